import { createHash } from 'node:crypto';
import type { BuildContext, ContextFile, DataFormat } from '../../context/build-context.js';
import { transforms } from '../../transforms/index.js';
import type { Transform } from '../../transforms/transform.js';
import { shownPath } from '../discover.js';
import type { FileOutcome, Input } from '../process-file.js';
import type { Surroundings } from '../surroundings.js';
import { version } from '../version.js';

/** What a result rests on: while all of it is the same, a rewrite would say the same again. */
export interface Basis {
  /** Of the text, the version of dfix and the options that count for the file. */
  readonly key: string;
  /** Of the build targets and of the build contexts: their names, their ignore patterns and which files they have. */
  readonly around: string;
  /** The files of contexts whose text somebody looked at: which context, which file, and a hash of its text. */
  readonly looked: readonly (readonly [context: number, path: string, text: string])[];
}

/** The hash of a missing file. */
const NO_TEXT = '';

const OURS: ReadonlySet<Transform> = new Set(transforms);

/** The outcome of a rewrite, with what it rests on. */
export function withBasis(
  input: Input,
  around: Surroundings,
  rewrite: (around: Surroundings) => FileOutcome,
): FileOutcome {
  const watched = around.contexts.map((context) => new WatchedContext(context));
  const outcome = rewrite({ ...around, contexts: watched });
  // What a plugin says may change without its name.
  if (input.options.selection.transforms.some((transform) => !OURS.has(transform))) return outcome;
  const looked = watched.flatMap((context, index) =>
    context.looked().map(([path, text]): Basis['looked'][number] => [index, path, text]),
  );
  return { ...outcome, basis: { key: keyOf(input), around: hashOfSurroundings(around), looked } };
}

/** The key of a file with its options. */
export function keyOf({ read, options, ignore }: Input): string {
  const { selection, unsafe, reach = new Map<string, string>(), unsilenced = new Set<string>() } = options;
  const settings = [
    version(),
    selection.transforms.map(({ name }) => name),
    [...selection.named].sort(),
    [...selection.params].map(([name, values]) => [name, [...values].sort()]),
    unsafe,
    [...reach],
    [...unsilenced].sort(),
    ignore.ids,
    ignore.withoutHadolintPragmas,
  ];
  return hashOf(JSON.stringify(settings), read.bytes);
}

const hashes = new WeakMap<BuildContext, string>();

/** The hash of the targets, and of all that can be seen of contexts without reading one of their files. */
function hashOfSurroundings({ contexts, targets }: Surroundings): string {
  const known = contexts.map((context) => {
    const hash = hashes.get(context) ?? hashOfContext(context);
    hashes.set(context, hash);
    return hash;
  });
  return hashOf(known.join(' '), ...targets);
}

function hashOfContext({ name, ignoreFile, files }: BuildContext): string {
  const ignored = ignoreFile === undefined ? [] : [shownPath(ignoreFile.path), ignoreFile.text];
  const list = files.map(({ path, kind }) => `${kind} ${path}`).join('\0');
  return hashOf(JSON.stringify([name, ...ignored]), list);
}

/** Whether the surroundings are those that a result rests on. */
export function isOfSurroundings({ around: hash, looked }: Basis, around: Surroundings): boolean {
  const { contexts } = around;
  return (
    hash === hashOfSurroundings(around) &&
    looked.every(([index, path, text]) => hashOfText(contexts[index]?.read(path)) === text)
  );
}

function hashOfText(text: string | undefined): string {
  return text === undefined ? NO_TEXT : hashOf(text);
}

function hashOf(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 32);
}

/** A context that remembers which of its files were read. Whatever else is asked of it follows from its hash. */
class WatchedContext implements BuildContext {
  readonly #context: BuildContext;
  readonly #read = new Set<string>();

  constructor(context: BuildContext) {
    this.#context = context;
  }

  /** The files that were read, each with the hash of its text. */
  looked(): readonly (readonly [path: string, text: string])[] {
    return [...this.#read].sort().map((path) => [path, hashOfText(this.#context.read(path))]);
  }

  get name(): string {
    return this.#context.name;
  }

  get ignoreFile(): BuildContext['ignoreFile'] {
    return this.#context.ignoreFile;
  }

  get files(): readonly ContextFile[] {
    return this.#context.files;
  }

  file(path: string): ContextFile | undefined {
    return this.#context.file(path);
  }

  hasFolder(path: string): boolean {
    return this.#context.hasFolder(path);
  }

  below(folder: string): readonly ContextFile[] {
    return this.#context.below(folder);
  }

  read(path: string): string | undefined {
    this.#read.add(path);
    return this.#context.read(path);
  }

  isIgnored(path: string): boolean {
    return this.#context.isIgnored(path);
  }

  matches(patterns: string, path: string): boolean {
    return this.#context.matches(patterns, path);
  }

  parse(path: string, format: DataFormat): unknown {
    this.#read.add(path);
    return this.#context.parse(path, format);
  }
}
