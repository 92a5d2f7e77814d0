import type { Invocation } from '../../shell/invocation.js';
import { baseName } from '../../text/path.js';
import type { ImageView } from '../copies.js';

export type Ecosystem = 'node' | 'python' | 'go' | 'rust' | 'maven' | 'gradle' | 'dotnet' | 'php' | 'ruby' | 'elixir';

/** What a command reads of the application, as paths in the image. */
export interface Reads {
  readonly files: readonly string[];
  /** Folders that are read as a whole. */
  readonly folders: readonly string[];
  /** Files that have to be there, though nobody reads what is in them. */
  readonly stubs: readonly string[];
  /** The files and folders that it looks for, those that are not there, too. */
  readonly looked: readonly string[];
  readonly lookedFolders: readonly string[];
  /** What it writes besides what the installation says. */
  readonly writes: readonly string[];
  /** What is taken for granted; empty when the build context proves that nothing else is read. */
  readonly assumptions: readonly string[];
}

/** Why a command cannot run before the application's sources are there. */
export interface Obstacle {
  readonly reason: 'reads-sources' | 'missing-manifest';
  /** With the file and what stands in it. */
  readonly detail: string;
}

/** What a command reads where nobody has the build context: names or patterns in its folder. */
export interface Guess {
  readonly files: readonly string[];
  /** What may be wrong about it, and what to look at. */
  readonly assumption: string;
}

/** A command that downloads the dependencies of an application, alone or on its way to something else. */
export interface Installation {
  readonly ecosystem: Ecosystem;
  /** As messages name it, such as `npm ci`. */
  readonly label: string;
  /** The folder in the image that it works in. */
  readonly folder: string;
  /** What it writes below the application, so that no later COPY may lie over it. */
  readonly writes: readonly string[];
  /** What it reads; undefined for a command that needs the sources in any case, such as `go build`. */
  readonly reads?: (view: ImageView) => Reads | Obstacle;
  readonly guess?: Guess;
  /** A step that only downloads, to run before the sources are there; the command itself stays where it is. */
  readonly fetch?: Fetch;
}

export interface Fetch {
  readonly command: string;
  /** Where to run it; in the folder of the installation if it does not say. */
  readonly folder?: string;
  /** What it writes below the application, so that a later COPY over it makes it useless. */
  readonly writes?: readonly string[];
  /** Undefined when there is nothing to download. */
  readonly reads: (view: ImageView) => Reads | Obstacle | undefined;
  readonly guess?: Guess;
  /** What is different from downloading on the way, for the person who decides. */
  readonly note: string;
}

/** Reads an invocation in a folder of the image; undefined when it installs nothing of this ecosystem. */
export type InstallReader = (invocation: Invocation, folder: string) => Installation | undefined;

export function isObstacle(answer: Reads | Obstacle): answer is Obstacle {
  return 'reason' in answer;
}

export function readsSources(detail: string): Obstacle {
  return { reason: 'reads-sources', detail };
}

export function missing(path: string): Obstacle {
  return { reason: 'missing-manifest', detail: `nothing copies ${shownPath(path)} before` };
}

/** A path of the image for people: without the mark of what is unknown. */
export function shownPath(path: string): string {
  return path.includes('\0') ? baseName(path) : path;
}

/** Collects what a command reads. */
export class ReadsBuilder {
  readonly #view: ImageView;
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #stubs = new Set<string>();
  readonly #looked = new Set<string>();
  readonly #lookedFolders = new Set<string>();
  readonly #writes = new Set<string>();
  readonly #assumptions = new Set<string>();

  constructor(view: ImageView) {
    this.#view = view;
  }

  /** Adds a file where it is there. Whether it is. */
  file(path: string): boolean {
    this.#looked.add(path);
    const isThere = this.#view.has(path);
    if (isThere) this.#files.add(path);
    return isThere;
  }

  /** Adds all of a folder where something is in it. Whether there is. */
  folder(path: string): boolean {
    this.#lookedFolders.add(path);
    for (const file of this.#view.below(path)) {
      this.#folders.add(path);
      return file !== '';
    }
    return false;
  }

  /** Adds a file, or all of a folder, where one of both is there. */
  fileOrFolder(path: string): boolean {
    return this.file(path) || this.folder(path);
  }

  /** Whether a file is there, which decides what else is read. */
  looksFor(path: string): boolean {
    this.#looked.add(path);
    return this.#view.has(path);
  }

  write(path: string): void {
    this.#writes.add(path);
  }

  stub(path: string): void {
    this.#stubs.add(path);
  }

  assume(assumption: string): void {
    this.#assumptions.add(assumption);
  }

  get reads(): Reads {
    const folders = [...this.#folders];
    return {
      files: [...this.#files].filter((file) => !folders.some((folder) => file.startsWith(`${folder}/`))),
      folders,
      stubs: [...this.#stubs],
      looked: [...this.#looked],
      lookedFolders: [...this.#lookedFolders],
      writes: [...this.#writes],
      assumptions: [...this.#assumptions],
    };
  }
}

/** The number of the line that holds a text; for messages, such as `package.json:12`. */
export function lineOf(text: string, needle: string): number {
  const at = text.indexOf(needle);
  return at === -1 ? 1 : text.slice(0, at).split('\n').length;
}
