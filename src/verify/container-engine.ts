import { type ChildOptions, type Ended, runChild, streamChild } from './child.js';
import {
  type Build,
  type BuildRequest,
  type ContainerState,
  type Engine,
  FullDiskError,
  type Spoken,
} from './engine.js';
import type { BuildLog } from './build-log.js';
import { type ImageFacts, type InspectedConfig, readConfig } from './image.js';
import { packagesIn, readTree, usersIn } from './read-files.js';

/** What every call of an engine is given. */
export interface EngineSetting {
  readonly signal: AbortSignal;
  /** For one build. */
  readonly timeoutSeconds: number;
  readonly network: string | undefined;
  readonly platform: string | undefined;
}

/** How many characters of a builder's log are shown of a build that failed. */
const LAST_WORDS = 1500;

/** Runs a build and reads its log. */
export async function runBuild(
  program: string,
  args: readonly string[],
  log: BuildLog,
  onStep: (step: string) => void,
  options: ChildOptions,
): Promise<Build> {
  const words: string[] = [];
  const started = performance.now();
  const onLine = (line: string): void => {
    const step = log.add(line);
    if (step !== undefined) onStep(step);
    words.push(line);
    if (words.length > 200) words.shift();
  };
  const { code, isTimedOut, stderr } = await runChild(program, args, { ...options, onLine });
  const seconds = (performance.now() - started) / 1000;
  if (code === 0) return { isBuilt: true, steps: log.steps, seconds };
  if (/no space left on device/i.test(stderr)) throw new FullDiskError();
  const failure = { step: log.failed, words: words.join('\n').trim().slice(-LAST_WORDS), isTimedOut };
  return { isBuilt: false, steps: log.steps, seconds, failure };
}

/** The options that all builders share. */
export function buildOptions(request: BuildRequest): string[] {
  const { tag, dockerfile, target, platform, network, isFresh, buildArgs, secrets } = request;
  return [
    '--file',
    dockerfile,
    '--tag',
    tag,
    ...(target === undefined ? [] : ['--target', target]),
    ...(platform === undefined ? [] : ['--platform', platform]),
    ...(network === undefined ? [] : ['--network', network]),
    ...(isFresh ? ['--no-cache'] : []),
    ...buildArgs.flatMap((word) => ['--build-arg', word]),
    ...secrets.flatMap((word) => ['--secret', word]),
  ];
}

interface Inspected {
  readonly Author?: string;
  readonly Size?: number;
  readonly Config?: InspectedConfig;
  readonly HealthCheck?: unknown;
  readonly RootFS?: { readonly Layers?: readonly string[] };
}

/** What docker and podman share: containers and images by the same subcommands. */
export abstract class ContainerEngine implements Engine {
  abstract readonly name: 'docker' | 'podman';
  readonly version: string;
  readonly hasVolumes = true;
  protected readonly setting: EngineSetting;
  readonly #images = new Set<string>();
  readonly #containers = new Set<string>();
  readonly #volumes = new Set<string>();

  constructor(version: string, setting: EngineSetting) {
    this.version = version;
    this.setting = setting;
  }

  protected abstract runBuild(request: BuildRequest): Promise<Build>;

  build(request: BuildRequest): Promise<Build> {
    this.#images.add(request.tag);
    return this.runBuild(request);
  }

  async look(tag: string): Promise<ImageFacts> {
    const { stdout } = await this.#call('image', 'inspect', tag);
    const [image] = JSON.parse(stdout) as Inspected[];
    const container = `${tag.replace(/[^a-z0-9]/g, '-')}-look`;
    this.#containers.add(container);
    // It is never started, but an image without a command makes no container.
    await this.#call('create', '--name', container, '--network', 'none', tag, '/');
    const tree = await streamChild(this.name, ['export', container], this.setting, readTree);
    await this.#remove(container);
    return {
      // podman keeps the health check beside the configuration.
      config: readConfig({ Healthcheck: image?.HealthCheck, ...image?.Config }, image?.Author),
      size: image?.Size ?? 0,
      layers: image?.RootFS?.Layers?.length ?? 0,
      files: tree.files,
      packages: packagesIn(tree.texts),
      users: usersIn(tree.texts),
    };
  }

  async start(
    container: string,
    tag: string,
    port: number | undefined,
    volumes: ReadonlyMap<string, string>,
  ): Promise<void> {
    const { network } = this.setting;
    this.#containers.add(container);
    for (const name of volumes.keys()) this.#volumes.add(name);
    await this.#call(
      'run',
      '--detach',
      '--name',
      container,
      ...(network === undefined ? [] : ['--network', network]),
      ...(port === undefined || network !== undefined ? [] : ['--publish', `127.0.0.1::${port}`]),
      ...[...volumes].flatMap(([name, path]) => ['--volume', `${name}:${path}`]),
      tag,
    );
  }

  async state(container: string): Promise<ContainerState> {
    const { stdout } = await this.#call('container', 'inspect', '--format', '{{json .State}}', container);
    const state = JSON.parse(stdout) as { readonly Running?: boolean; readonly ExitCode?: number };
    const isRunning = state.Running === true;
    return { isRunning, exitCode: isRunning ? undefined : state.ExitCode };
  }

  async execute(container: string, words: readonly string[]): Promise<Spoken> {
    const { code, stdout, stderr } = await this.#try('exec', container, ...words);
    return { code, output: stdout + stderr };
  }

  async address(container: string, port: number): Promise<string> {
    // With a network of the caller's choice nothing is published; that of the host is the only one to be reached.
    if (this.setting.network !== undefined) return `127.0.0.1:${port}`;
    const { stdout } = await this.#call('port', container, `${port}/tcp`);
    return stdout.split('\n')[0]?.trim() ?? '';
  }

  async logs(container: string): Promise<string> {
    const { stdout, stderr } = await this.#try('logs', container);
    return stdout + stderr;
  }

  async stop(container: string): Promise<void> {
    await this.#try('stop', '--time', '10', container);
    await this.#remove(container);
  }

  async removeVolumes(names: readonly string[]): Promise<void> {
    await this.#call('volume', 'rm', '--force', ...names);
    for (const name of names) this.#volumes.delete(name);
  }

  /** Takes away all that was made, also after the run was interrupted. */
  async clean(): Promise<void> {
    const own = { ...this.setting, signal: new AbortController().signal, timeoutSeconds: 60 };
    if (this.#containers.size > 0) await runChild(this.name, ['rm', '--force', '--volumes', ...this.#containers], own);
    if (this.#volumes.size > 0) await runChild(this.name, ['volume', 'rm', '--force', ...this.#volumes], own);
    if (this.#images.size > 0) await runChild(this.name, ['image', 'rm', '--force', ...this.#images], own);
  }

  async #remove(container: string): Promise<void> {
    await this.#call('rm', '--force', '--volumes', container);
    this.#containers.delete(container);
  }

  /** Runs a subcommand; throws what the engine says when it fails. */
  async #call(...args: readonly string[]): Promise<Ended> {
    const ended = await this.#try(...args);
    if (ended.code !== 0) throw new Error(`${this.name} ${args[0] ?? ''} failed: ${ended.stderr.trim()}`);
    return ended;
  }

  #try(...args: readonly string[]): Promise<Ended> {
    return runChild(this.name, args, { signal: this.setting.signal, timeoutSeconds: this.setting.timeoutSeconds });
  }
}
