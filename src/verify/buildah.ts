import { BuildahLog } from './build-log.js';
import { type Ended, runChild, streamChild } from './child.js';
import { buildOptions, type EngineSetting, runBuild } from './container-engine.js';
import type { Build, BuildRequest, ContainerState, Engine, Spoken } from './engine.js';
import { type ImageFacts, type InspectedConfig, readConfig } from './image.js';
import { packagesIn, readTree, usersIn } from './read-files.js';

interface InspectedImage {
  readonly Docker?: {
    readonly author?: string;
    readonly config?: InspectedConfig;
    readonly rootfs?: { readonly diff_ids?: readonly string[] };
  };
}

/** A container whose process runs as a child of dfix. */
interface Running {
  readonly control: AbortController;
  readonly lines: string[];
  readonly ended: Promise<unknown>;
  exitCode: number | undefined;
  isRunning: boolean;
}

/** Buildah alone: it has no daemon, so a container's process is a child of dfix, and ends with it. */
export class BuildahEngine implements Engine {
  readonly name = 'buildah';
  readonly version: string;
  readonly hasVolumes = false;
  readonly #setting: EngineSetting;
  readonly #images = new Set<string>();
  readonly #containers = new Set<string>();
  readonly #running = new Map<string, Running>();

  constructor(version: string, setting: EngineSetting) {
    this.version = version;
    this.#setting = setting;
  }

  build(request: BuildRequest): Promise<Build> {
    this.#images.add(request.tag);
    const args = ['build', '--format', 'docker', '--layers', ...buildOptions(request), request.context];
    const { signal, timeoutSeconds } = this.#setting;
    return runBuild('buildah', args, new BuildahLog(), request.onStep, { signal, timeoutSeconds });
  }

  async look(tag: string): Promise<ImageFacts> {
    const { author, config = {}, rootfs } = await this.#inspect(tag);
    const container = await this.#container(`${tag}-look`, tag);
    const { stdout } = await this.#call('mount', container);
    const args = ['--create', '--numeric-owner', '--directory', stdout.trim(), '.'];
    const tree = await streamChild('tar', args, this.#setting, readTree);
    await this.#call('rm', container);
    this.#containers.delete(container);
    let size = 0;
    for (const file of tree.files.values()) size += file.size;
    return {
      config: readConfig(config, author),
      size,
      layers: rootfs?.diff_ids?.length ?? 0,
      files: tree.files,
      packages: packagesIn(tree.texts),
      users: usersIn(tree.texts),
    };
  }

  async start(name: string, tag: string): Promise<void> {
    const { config = {} } = await this.#inspect(tag);
    const words = [config.Entrypoint, config.Cmd].flatMap((part) => (Array.isArray(part) ? part.map(String) : []));
    const container = await this.#container(name, tag);
    const control = new AbortController();
    const lines: string[] = [];
    const signal = AbortSignal.any([control.signal, this.#setting.signal]);
    const options = { signal, onLine: (line: string) => void lines.push(line) };
    const ended = runChild('buildah', ['run', ...this.#network(), container, '--', ...words], options).then(
      ({ code }) => {
        running.exitCode = code;
        running.isRunning = false;
      },
      () => {
        running.isRunning = false;
      },
    );
    const running: Running = { control, lines, ended, exitCode: undefined, isRunning: true };
    this.#running.set(name, running);
  }

  state(name: string): Promise<ContainerState> {
    const { isRunning = false, exitCode } = this.#running.get(name) ?? {};
    return Promise.resolve({ isRunning, exitCode });
  }

  async execute(name: string, words: readonly string[]): Promise<Spoken> {
    const { code, stdout, stderr } = await this.#try('run', ...this.#network(), containerCalled(name), '--', ...words);
    return { code, output: stdout + stderr };
  }

  address(_: string, port: number): Promise<string> {
    return Promise.resolve(`127.0.0.1:${port}`);
  }

  logs(name: string): Promise<string> {
    return Promise.resolve((this.#running.get(name)?.lines ?? []).join('\n'));
  }

  async stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    running?.control.abort();
    await running?.ended;
    this.#running.delete(name);
    const container = containerCalled(name);
    if (this.#containers.delete(container)) await this.#call('rm', container);
  }

  removeVolumes(): Promise<void> {
    return Promise.resolve();
  }

  async clean(): Promise<void> {
    const own = { signal: new AbortController().signal, timeoutSeconds: 60 };
    for (const { control, ended } of this.#running.values()) {
      control.abort();
      await ended;
    }
    if (this.#containers.size > 0) await runChild('buildah', ['rm', ...this.#containers], own);
    if (this.#images.size > 0) await runChild('buildah', ['rmi', '--force', ...this.#images], own);
  }

  async #container(name: string, tag: string): Promise<string> {
    const container = containerCalled(name);
    this.#containers.add(container);
    await this.#call('from', '--pull-never', '--name', container, tag);
    return container;
  }

  async #inspect(tag: string): Promise<NonNullable<InspectedImage['Docker']>> {
    const { stdout } = await this.#call('inspect', '--type', 'image', tag);
    return (JSON.parse(stdout) as InspectedImage).Docker ?? {};
  }

  #network(): readonly string[] {
    const { network } = this.#setting;
    return network === undefined ? [] : ['--network', network];
  }

  async #call(...args: readonly string[]): Promise<Ended> {
    const ended = await this.#try(...args);
    if (ended.code !== 0) throw new Error(`buildah ${args[0] ?? ''} failed: ${ended.stderr.trim()}`);
    return ended;
  }

  #try(...args: readonly string[]): Promise<Ended> {
    const { signal, timeoutSeconds } = this.#setting;
    return runChild('buildah', args, { signal, timeoutSeconds });
  }
}

function containerCalled(name: string): string {
  return name.replace(/[^a-z0-9-]/g, '-');
}
