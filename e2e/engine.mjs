// A private container engine out of Debian's packages: Docker with BuildKit, or buildah. Nothing is installed on the
// machine but the runtime and the tool that makes root file systems; all else lies in the cache folder.
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** The release that the engine is taken from: the first whose BuildKit has all that examples use. */
const SUITE = 'trixie';

/** Downloads, the engine, its images: with the folder kept, the next run starts in a second. */
export const CACHE =
  process.env.DFIX_E2E_CACHE_FOLDER ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'dfix-e2e');

/** Says why no engine can run here, as an error that the runner takes for a skip. */
export class CannotRunError extends Error {}

/** Runs a program; throws what it says when it fails. */
export function run(program, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...options,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${(stderr || stdout).slice(-2000)}`);
  return stdout;
}

/** What makes the base images and the applications, with any engine. */
const TOOLS = ['mmdebstrap', 'git'];

/** What the machine needs besides Node: asked for once, from its own packages. */
function installTools(packages) {
  const missing = packages.filter((name) => spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status !== 0);
  if (missing.length === 0) return;
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-qq'], { env: environment });
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env: environment });
}

/** Downloads packages of another release with apt, through settings of its own, and unpacks them. */
function unpackPackages(folder, packages) {
  const apt = join(folder, 'apt');
  for (const name of ['lists/partial', 'archives/partial', 'sources']) mkdirSync(join(apt, name), { recursive: true });
  mkdirSync(join(folder, 'debs'), { recursive: true });
  const codename = /^VERSION_CODENAME=(\S+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'bookworm';
  for (const [from, to] of [
    ['/etc/apt/sources.list.d/debian.sources', 'debian.sources'],
    ['/etc/apt/sources.list', 'main.list'],
  ]) {
    const text = existsSync(from) ? readFileSync(from, 'utf8') : '';
    if (text.trim() !== '') writeFileSync(join(apt, 'sources', to), text.replaceAll(codename, SUITE));
  }
  writeFileSync(join(apt, 'status'), '');
  const settings = {
    'Dir::Etc::SourceList': '/dev/null',
    'Dir::Etc::SourceParts': join(apt, 'sources'),
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State::Lists': join(apt, 'lists'),
    'Dir::State::status': join(apt, 'status'),
    'Dir::Cache': apt,
    'APT::Sandbox::User': 'root',
  };
  writeFileSync(
    join(apt, 'apt.conf'),
    Object.entries(settings)
      .map(([key, value]) => `${key} "${value}";\n`)
      .join(''),
  );
  const options = { cwd: join(folder, 'debs'), env: { ...process.env, APT_CONFIG: join(apt, 'apt.conf') } };
  run('apt-get', ['update', '-qq'], options);
  run('apt-get', ['download', '-qq', ...packages], options);
  for (const name of readdirSync(join(folder, 'debs'))) run('dpkg-deb', ['-x', join(folder, 'debs', name), folder]);
  for (const name of ['debs', 'apt', 'usr/share']) rmSync(join(folder, name), { recursive: true, force: true });
}

function unpackDocker() {
  const folder = join(CACHE, `docker-${SUITE}`);
  const mark = join(folder, 'complete');
  if (existsSync(mark)) return folder;
  rmSync(folder, { recursive: true, force: true });
  unpackPackages(folder, ['docker.io', 'docker-cli', 'docker-buildx', 'containerd']);
  mkdirSync(join(folder, 'config/cli-plugins'), { recursive: true });
  // Without the plugin the command falls back to the old builder, and says nothing.
  symlinkSync(
    join(folder, 'usr/libexec/docker/cli-plugins/docker-buildx'),
    join(folder, 'config/cli-plugins/docker-buildx'),
  );
  writeFileSync(mark, '');
  return folder;
}

/** Starts Docker. Returns the environment that its client wants, and how to end it. */
export async function startDocker() {
  if (process.getuid?.() !== 0) throw new CannotRunError('an engine needs root');
  if (!existsSync('/etc/debian_version')) throw new CannotRunError('the engine comes from the packages of Debian');
  mkdirSync(CACHE, { recursive: true });
  let folder;
  try {
    // The runtime of the newer release wants a newer libc than the machine's.
    installTools([...TOOLS, 'runc', 'iptables']);
    folder = unpackDocker();
  } catch (error) {
    throw new CannotRunError(`the engine's packages cannot be had: ${error.message}`);
  }
  const state = join(CACHE, 'run');
  mkdirSync(state, { recursive: true });
  writeFileSync(join(state, 'daemon.json'), '{}');
  const socket = `unix://${join(state, 'docker.sock')}`;
  const log = openSync(join(state, 'dockerd.log'), 'w');
  const path = `${join(folder, 'usr/bin')}:${join(folder, 'usr/sbin')}:${process.env.PATH}`;
  // No bridge and no rules: the machine's network stays as it is, so builds use that of the host.
  const daemon = spawn(
    join(folder, 'usr/sbin/dockerd'),
    [
      ...['--config-file', join(state, 'daemon.json'), '--host', socket, '--pidfile', join(state, 'dockerd.pid')],
      ...['--data-root', join(CACHE, 'store'), '--exec-root', join(state, 'exec')],
      ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false', '--ip-masq=false'],
    ],
    { detached: true, stdio: ['ignore', log, log], env: { ...process.env, PATH: path } },
  );
  let hasEnded = false;
  daemon.once('exit', () => (hasEnded = true));
  const environment = { DOCKER_HOST: socket, DOCKER_CONFIG: join(folder, 'config'), PATH: path };
  const env = { ...process.env, ...environment };
  for (let tries = 0; spawnSync('docker', ['info'], { env, stdio: 'ignore' }).status !== 0; tries++) {
    if (hasEnded || tries === 150) {
      const words = readFileSync(join(state, 'dockerd.log'), 'utf8').slice(-600);
      throw new CannotRunError(`the engine does not start:\n${words}`);
    }
    await wait(200);
  }
  const stop = async () => {
    daemon.kill('SIGTERM');
    for (let tries = 0; !hasEnded && tries < 150; tries++) await wait(100);
  };
  return { environment, stop };
}

/** Installs buildah and gives it a store of its own. */
export function openBuildah() {
  if (process.getuid?.() !== 0) throw new CannotRunError('an engine needs root');
  try {
    installTools([...TOOLS, 'buildah']);
  } catch (error) {
    throw new CannotRunError(`buildah cannot be had: ${error.message}`);
  }
  const folder = join(CACHE, 'buildah');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'storage.conf'),
    `[storage]\ndriver = "overlay"\nrunroot = "${join(folder, 'run')}"\ngraphroot = "${join(folder, 'store')}"\n`,
  );
  const environment = { CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'), BUILDAH_ISOLATION: 'chroot' };
  return { environment, stop: () => Promise.resolve() };
}
