import { type Change, type FileChange, type Reach, rewrite, type RewriteResult, untouched } from '../rewrite.js';
import type { Digests } from '../transforms/transform.js';
import type { BaselineReader, BesideBaseline } from './baseline/beside-baseline.js';
import type { Online } from './online.js';
import type { Basis } from './record/basis.js';
import type { Hunk } from './review/hunks.js';
import type { FileDecisions } from './review/read-decisions.js';
import type { Rewritten } from './review/review.js';
import type { Again } from './review/take.js';
import type { Selection } from './selection.js';
import { secondReader } from '../second-reader.js';
import { ChangedFileError, createTextFile, type ReadFile, readTextFile, writeTextFile } from './files.js';
import { NO_IGNORES, withHadolintConfig } from './hadolint-config.js';
import { knownResult } from './known-results.js';
import type { IgnoreSettings } from '../ignores.js';
import { withAddedLines } from '../text/added-lines.js';
import { describeFault, type Found, shownPath } from './discover.js';
import { isTemplateName } from './dockerfile-names.js';
import { NO_SURROUNDINGS, type Surroundings, surroundingsOf } from './surroundings.js';

/** What became of one file. */
export interface FileOutcome {
  /** As reports show it. */
  readonly path: string;
  /** Undefined when the file could not be read. */
  readonly read: ReadFile | undefined;
  readonly result: RewriteResult | undefined;
  /** Why the file could not be read or written. */
  readonly error: string | undefined;
  readonly isWritten: boolean;
  /** With a baseline: how much of what was found it holds, and what it holds that is not found any more. */
  readonly known?: number;
  readonly stale?: readonly string[];
  /** What the result rests on; only in a run that is recorded. */
  readonly basis?: Basis;
  /** The pieces of the rewrite, if they were asked for. */
  readonly hunks?: readonly Hunk[];
}

export interface ProcessOptions {
  readonly selection: Selection;
  readonly unsafe: boolean;
  readonly write: boolean;
  /** The configuration file to take; undefined to look for them, `false` to do without. */
  readonly config?: string | false | undefined;
  /** Asks registries about images; undefined for a run without the network. */
  readonly online?: Online;
  /** What registries said of the images of this file. */
  readonly digests?: Digests;
  /** Keeps what was found at some time from being told and mended; undefined for a run that tells all. */
  readonly baseline?: BaselineReader;
  /** How far single transforms may go, as a configuration says. */
  readonly reach?: ReadonlyMap<string, Reach>;
  /** The names of transforms that no comment silences, as a configuration says. */
  readonly unsilenced?: ReadonlySet<string>;
  /** The folder to take for the build context; undefined to look for it, `false` to do without. */
  readonly context: string | false | undefined;
  /** Whether outcomes go into a record and so have to say what they rest on. */
  readonly isRecorded?: boolean;
  /** Cuts each rewrite into hunks. */
  readonly withHunks?: boolean;
  /** What a person decided about the hunks, by the paths of the files; undefined to apply all. */
  readonly decisions?: ReadonlyMap<string, FileDecisions>;
  /** The texts of files of build contexts that Dockerfiles before wrote: several have the same context. */
  readonly writtenFiles: Map<string, string>;
}

const NO_REACH: ReadonlyMap<string, Reach> = new Map();

/** The options that count for a file: those of the command line, and behind them those of its configuration. */
export async function optionsFor(path: string, options: ProcessOptions): Promise<ProcessOptions> {
  if (options.config === false) return options;
  const { configFor } = await import('./config/file-config.js');
  const config = await configFor(path, options.config);
  if (config === undefined) return options;
  const { configured } = await import('./config/configured.js');
  return configured(options, config);
}

/** Rewrites a text with the options of the command line. */
export function rewriteText(
  text: string,
  options: ProcessOptions,
  ignore: IgnoreSettings = {},
  { contexts, targets }: Surroundings = NO_SURROUNDINGS,
  accepts?: (change: Change) => boolean,
): RewriteResult {
  const { selection, unsafe, reach = NO_REACH, unsilenced, digests } = options;
  return rewrite(text, {
    transforms: selection.transforms,
    named: selection.named,
    params: selection.params,
    unsafe,
    reach,
    ...(digests === undefined ? {} : { digests }),
    secondReader,
    ignore: unsilenced === undefined ? ignore : { ...ignore, unsilenced },
    contexts,
    targets,
    ...(accepts === undefined ? {} : { accepts }),
  });
}

/** Puts what is written into files of the context behind what another Dockerfile of the same context put there. */
function withNewFiles(result: RewriteResult, known: Map<string, string>): RewriteResult {
  const files = result.files.flatMap((file) => {
    const before = known.get(file.path) ?? file.before;
    const after = withAddedLines(before, file.adds);
    known.set(file.path, after);
    return after === before ? [] : [{ ...file, before, after }];
  });
  return { ...result, files };
}

/** Writes a file of a build context. Throws a `ChangedFileError` when it is not what was read any more. */
export async function writeContextFile({
  path,
  before,
  after,
}: Pick<FileChange, 'path' | 'before' | 'after'>): Promise<void> {
  if (before === undefined) return createTextFile(path, after);
  const read = readTextFile(path);
  if (read.text !== before) throw new ChangedFileError(`${shownPath(path)} has changed in the meantime`);
  await writeTextFile(path, after, read);
}

/** A file with all that its rewrite is done with, but for its surroundings. */
export interface Input {
  readonly read: ReadFile;
  /** Those of the command line and of the configurations. */
  readonly options: ProcessOptions;
  readonly ignore: IgnoreSettings;
}

/**
 * Reads a file; its outcome where that is known already, such as for a template. A configuration that is wrong throws a
 * `UsageError`.
 */
export async function readInput(found: Found, given: ProcessOptions): Promise<Input | FileOutcome> {
  if (found.error !== undefined) return failed(found, found.error);
  const own = await optionsFor(found.path, given);
  let read: ReadFile;
  let input: Pick<Input, 'options' | 'ignore'>;
  try {
    read = readTextFile(found.path);
    input = await withHadolintConfig(found.path, own);
  } catch (error) {
    return failed(found, describeFault(error));
  }
  if (read.text.includes('\0')) return failed(found, 'it is a binary file', read);
  if (isTemplateName(found.path)) return outcomeOf(found, read, untouched(read.text, 'template'));
  return { read, ...input };
}

/** Reads and rewrites a file, and writes nothing. Faults of the file system become part of the outcome. */
export async function readAndRewrite(found: Found, given: ProcessOptions): Promise<FileOutcome> {
  const { outcome, rewritten } = await rewriteFile(found, given);
  if (rewritten === undefined || (given.withHunks !== true && given.decisions === undefined)) return outcome;
  const { decided, withHunks } = await import('./review/review.js');
  return given.decisions === undefined
    ? withHunks(outcome, rewritten)
    : decided(outcome, rewritten, given.decisions.get(outcome.path));
}

/** What became of a file, and for one that could be rewritten the way to do it again. */
export async function rewriteFile(
  found: Found,
  given: ProcessOptions,
): Promise<{ readonly outcome: FileOutcome; readonly rewritten?: Rewritten }> {
  const input = await readInput(found, given);
  if ('path' in input) return { outcome: input };
  const { read, options, ignore } = input;
  let around: Surroundings;
  try {
    around = await surroundingsOf(found.path, read.text, options);
  } catch (error) {
    return { outcome: failed(found, contextFault(error), read) };
  }
  if (options.isRecorded === true && options.online === undefined) {
    const { withBasis } = await import('./record/basis.js');
    const outcome = withBasis(input, around, (watched) =>
      outcomeOf(found, read, rewriteText(read.text, options, ignore, watched)),
    );
    return { outcome };
  }
  const rewriteOnce = (own: ProcessOptions): BesideBaseline => {
    // Where nothing but the text and the options counts, a copy of a file before gets the same.
    const isKnown = around.contexts.length === 0 && around.targets.length === 0 && ignore === NO_IGNORES;
    const rewriteWith = (accepts?: (change: Change) => boolean): RewriteResult =>
      isKnown && accepts === undefined
        ? knownResult(read.text, own, () => rewriteText(read.text, own))
        : rewriteText(read.text, own, ignore, around, accepts);
    const isRun = (name: string): boolean => isRunWith(own, name);
    return (
      own.baseline?.rewrite(found.path, read.text, rewriteWith, isRun) ?? { result: rewriteWith(), ...NO_BASELINE }
    );
  };
  let own = options;
  let rewritten = rewriteOnce(own);
  if (options.online !== undefined) {
    // The images are those of the rewritten file: a fix may have named another one.
    own = { ...options, digests: await options.online.digestsFor(rewritten.result.text) };
    rewritten = rewriteOnce(own);
  }
  const { result, ...beside } = rewritten;
  const again: Again = (accepts) => rewriteText(read.text, withOnlyThoseOf(own, result), ignore, around, accepts);
  return { outcome: { ...outcomeOf(found, read, result), ...beside }, rewritten: { read, result, again } };
}

/** With only the transforms that changed something: no other one has a say in a part of what they did. */
function withOnlyThoseOf(options: ProcessOptions, { changes, files }: RewriteResult): ProcessOptions {
  const names = new Set([...changes, ...files].map(({ transform }) => transform));
  const transforms = options.selection.transforms.filter(({ name }) => names.has(name));
  return { ...options, selection: { ...options.selection, transforms } };
}

const NO_BASELINE = { known: 0, stale: [] };

/** Whether a transform has a say in a run: those of taste only when they are named. */
function isRunWith({ selection, reach }: ProcessOptions, name: string): boolean {
  const transform = selection.transforms.find((one) => one.name === name);
  return (
    transform !== undefined && (transform.onlyNamed !== true || selection.named.has(name) || reach?.get(name) === 'all')
  );
}

function contextFault(error: unknown): string {
  return `its build context cannot be read: ${describeFault(error)}`;
}

function failed(found: Found, error: string, read?: ReadFile): FileOutcome {
  return { path: shownPath(found.path), read, result: undefined, error, isWritten: false };
}

function outcomeOf(found: Found, read: ReadFile, result: RewriteResult): FileOutcome {
  return { path: shownPath(found.path), read, result, error: undefined, isWritten: false };
}

/** Unites what an outcome adds to files of its context with what others before it added there, see `known`. */
export function unite(outcome: FileOutcome, known: Map<string, string>): FileOutcome {
  return outcome.result === undefined ? outcome : { ...outcome, result: withNewFiles(outcome.result, known) };
}

/**
 * Unites what several Dockerfiles write into one file of their context, in the order of the calls, and writes the file
 * when asked. Faults of the file system become part of the outcome.
 */
export async function settle(found: Found, outcome: FileOutcome, options: ProcessOptions): Promise<FileOutcome> {
  if (outcome.error !== undefined) return outcome;
  const { read, result } = unite(outcome, options.writtenFiles);
  if (result === undefined || read === undefined) return outcome;
  // The run that a record continues may have written it.
  if (!options.write || outcome.isWritten || result.faults.length > 0) return { ...outcome, result };
  try {
    for (const file of result.files) await writeContextFile(file);
    if (result.status !== 'changed') return { ...outcome, result };
    await writeTextFile(found.path, result.text, read);
  } catch (error) {
    const reason = error instanceof ChangedFileError ? error.message : describeFault(error);
    return { ...outcome, result, error: `not written: ${reason}` };
  }
  return { ...outcome, result, isWritten: true };
}
