import type { ImageFacts } from './image.js';

export const ENGINE_NAMES = ['docker', 'podman', 'buildah'] as const;

export type EngineName = (typeof ENGINE_NAMES)[number];

/** What a build is given besides the Dockerfile and its context. */
export interface BuildSettings {
  /** Each as the engine takes it: `NAME=VALUE`, or `NAME` for a value of the environment. */
  readonly buildArgs: readonly string[];
  readonly secrets: readonly string[];
  readonly target: string | undefined;
  readonly platform: string | undefined;
  /** The network of the RUNs, and of the containers of the smoke tests. */
  readonly network: string | undefined;
}

export interface BuildRequest extends BuildSettings {
  /** The name that the image gets. */
  readonly tag: string;
  readonly dockerfile: string;
  readonly context: string;
  /** Runs every step again. */
  readonly isFresh: boolean;
  /** Gets the text of each step when the builder comes to it. */
  readonly onStep: (step: string) => void;
}

/** A step of a build: an instruction but FROM, and those that make no layer. */
export interface BuildStep {
  /** The builder's own text, such as `[builder 2/5] RUN make`. */
  readonly text: string;
  readonly isCached: boolean;
}

export interface Build {
  readonly isBuilt: boolean;
  readonly steps: readonly BuildStep[];
  readonly seconds: number;
  /** Of a build that failed: the step, and the builder's last words. */
  readonly failure?: { readonly step: string | undefined; readonly words: string; readonly isTimedOut: boolean };
}

/** A container that runs, or has run. */
export interface ContainerState {
  readonly isRunning: boolean;
  readonly exitCode: number | undefined;
}

export interface Spoken {
  readonly code: number | undefined;
  readonly output: string;
}

/**
 * Builds images, looks into them, and runs containers. All that it makes has a private name, and `clean` takes it away;
 * what a build leaves in the builder's cache stays.
 */
export interface Engine {
  readonly name: EngineName;
  /** As people know it, with its version. */
  readonly version: string;
  /** Whether containers can share volumes that start with what the image has at their place. */
  readonly hasVolumes: boolean;
  build(request: BuildRequest): Promise<Build>;
  look(tag: string): Promise<ImageFacts>;
  /** Starts the image as it is configured, in the background, with volumes by their names. A port is made reachable from here. */
  start(container: string, tag: string, port: number | undefined, volumes: ReadonlyMap<string, string>): Promise<void>;
  state(container: string): Promise<ContainerState>;
  /** Runs a command in a running container. */
  execute(container: string, words: readonly string[]): Promise<Spoken>;
  /** Where the port of a running container is reachable, such as `127.0.0.1:49153`. */
  address(container: string, port: number): Promise<string>;
  logs(container: string): Promise<string>;
  /** Ends a container and takes it away. */
  stop(container: string): Promise<void>;
  removeVolumes(names: readonly string[]): Promise<void>;
  clean(): Promise<void>;
}

/** Why nothing can be verified: one sentence, and the exit code is that of a missing engine. */
export class NoEngineError extends Error {}

/** The disk of the engine is full: no fault of the Dockerfile. */
export class FullDiskError extends Error {
  constructor() {
    super('the disk is full: the engine has no space left for the build');
  }
}
