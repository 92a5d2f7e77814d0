import { realpathSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Change, FileChange, RewriteResult } from '../../rewrite.js';
import { withAddedLines } from '../../text/added-lines.js';
import { describeFault, type Found, shownPath } from '../discover.js';
import { UsageError } from '../exit-codes.js';
import { ChangedFileError, readTextFile, writeTextFile } from '../files.js';
import { type FileOutcome, type ProcessOptions, unite, writeContextFile } from '../process-file.js';
import { transformMessage } from '../reports/commit-message.js';
import { urgentFindings } from '../reports/finding.js';
import type { Row } from '../reports/markdown-text.js';
import { commit, GitError, repositoryOf, uncommitted } from './git.js';
import { type Step, stepsOf } from './steps.js';

/** A Dockerfile on its way through the commits of its repository. */
interface Entry {
  readonly outcome: FileOutcome;
  /** Where its bytes are, whatever links lead there. */
  readonly path: string;
  readonly steps: readonly Step[];
  /** What the last commit holds of it. */
  result: RewriteResult | undefined;
}

/**
 * Writes files with a commit for each transform in the repository of each file, and gives the outcomes in their order.
 * Throws a `UsageError`, before anything is written, for a file that is in no repository or is not as it was committed.
 */
export async function commitAll(
  all: readonly { readonly found: Found; readonly outcome: FileOutcome }[],
  options: ProcessOptions,
): Promise<readonly FileOutcome[]> {
  const repositories = new Map<
    string,
    { readonly found: Found; readonly outcome: FileOutcome; readonly path: string }[]
  >();
  const roots = new Map<string, string>();
  for (const { found, outcome } of all) {
    const { result } = outcome;
    if (result === undefined || result.faults.length > 0) continue;
    if (result.status !== 'changed' && result.files.length === 0) continue;
    const path = realpathSync(found.path);
    const folder = dirname(path);
    const root = roots.get(folder) ?? repositoryOf(folder);
    roots.set(folder, root);
    repositories.set(root, [...(repositories.get(root) ?? []), { found, outcome, path }]);
  }
  for (const [root, files] of repositories) refuseUncommitted(root, files);
  const errors = new Map<FileOutcome, string>();
  const committed = new Set<FileOutcome>();
  for (const [root, files] of repositories) {
    const entries: Entry[] = [];
    for (const { found, outcome, path } of files)
      entries.push({ outcome, path, steps: await stepsOf(found, outcome, options), result: undefined });
    const fault = await new RepositoryRun(root, entries).run(options);
    for (const { outcome } of entries) {
      if (fault === undefined) committed.add(outcome);
      else errors.set(outcome, fault);
    }
  }
  return all.map(({ outcome }) => {
    const united = unite(outcome, options.writtenFiles);
    const error = errors.get(outcome);
    if (error !== undefined) return { ...united, error };
    return { ...united, isWritten: committed.has(outcome) && united.result?.status === 'changed' };
  });
}

function refuseUncommitted(
  root: string,
  files: readonly { readonly outcome: FileOutcome; readonly path: string }[],
): void {
  const paths = files.flatMap(({ outcome, path }) => [
    path,
    ...(outcome.result?.files ?? []).filter(({ before }) => before !== undefined).map((file) => realPlace(file.path)),
  ]);
  const [first] = uncommitted(root, paths);
  if (first !== undefined)
    throw new UsageError(
      `--commit-per-transform: ${shownPath(`${root}/${first}`)} is not as it was committed: commit or stash it first`,
    );
}

class RepositoryRun {
  readonly #root: string;
  readonly #entries: readonly Entry[];
  /** The texts of files of build contexts as they were, and as the last commit holds them. */
  readonly #before = new Map<string, string | undefined>();
  readonly #now = new Map<string, string | undefined>();

  constructor(root: string, entries: readonly Entry[]) {
    this.#root = root;
    this.#entries = entries;
    for (const { outcome } of entries) {
      for (const { path, before } of outcome.result?.files ?? []) {
        if (this.#before.has(path)) continue;
        this.#before.set(path, before);
        this.#now.set(path, before);
      }
    }
  }

  /** Makes the commits, in the order of the transforms; why it stopped. What it stopped at is as it was again. */
  async run({ selection }: ProcessOptions): Promise<string | undefined> {
    for (const { name } of selection.transforms) {
      const undo: (() => Promise<void>)[] = [];
      try {
        await this.#commit(name, undo);
      } catch (error) {
        const left = await undone(undo);
        return [`not committed: ${reasonOf(error)}`, ...left].join('; ');
      }
    }
    return undefined;
  }

  async #commit(name: string, undo: (() => Promise<void>)[]): Promise<void> {
    const mine = this.#entries.flatMap((entry) => {
      const step = entry.steps.find(({ transform }) => transform === name);
      return step === undefined ? [] : [{ entry, before: entry.result, result: step.result }];
    });
    if (mine.length === 0) return;
    for (const { entry, result } of mine) entry.result = result;
    const paths: string[] = [];
    const added: string[] = [];
    for (const file of this.#contextFiles()) {
      await writeContextFile(file);
      if (file.before === undefined) added.push(realPlace(file.path));
      if (file.before === undefined) undo.push(() => Promise.resolve(rmSync(file.path)));
      else undo.push(() => writeContextFile({ ...file, before: file.after, after: file.before ?? '' }));
      this.#now.set(file.path, file.after);
      paths.push(realPlace(file.path));
    }
    for (const { entry, before, result } of mine) {
      const text = before?.text ?? entry.outcome.read?.text;
      if (text === result.text) continue;
      await writeOver(entry.path, text, result.text);
      undo.push(() => writeOver(entry.path, result.text, text ?? ''));
      paths.push(entry.path);
    }
    if (paths.length === 0) return;
    commit(this.#root, paths, added, transformMessage(name, this.#rowsOf(mine)));
  }

  /** What files of build contexts become with all that Dockerfiles add to them by now, in the order of the Dockerfiles. */
  *#contextFiles(): Generator<Pick<FileChange, 'path' | 'before' | 'after'>> {
    const texts = new Map(this.#before);
    for (const { result } of this.#entries)
      for (const { path, adds } of result?.files ?? []) texts.set(path, withAddedLines(texts.get(path), adds));
    for (const [path, after] of texts) {
      const before = this.#now.get(path);
      if (after !== undefined && after !== before) yield { path, before, after };
    }
  }

  #rowsOf(
    mine: readonly {
      readonly entry: Entry;
      readonly before: RewriteResult | undefined;
      readonly result: RewriteResult;
    }[],
  ): readonly Row[] {
    return mine.flatMap(({ entry, before, result }) => {
      const known = new Set([...(before?.changes ?? []), ...(before?.files ?? [])].map(nameOf));
      const changes = result.changes.filter((change) => !known.has(nameOf(change)));
      const files = result.files.filter((file) => !known.has(nameOf(file)));
      const nothing = { offers: [], declines: [], reports: [] };
      const path = relative(this.#root, entry.path).split(sep).join('/');
      const outcome = { ...entry.outcome, result: { ...result, ...nothing, changes, files } };
      return urgentFindings(outcome).map((finding) => ({ path, finding }));
    });
  }
}

/** Takes steps back, the last one first; what could not be. */
async function undone(steps: readonly (() => Promise<void>)[]): Promise<readonly string[]> {
  const left: string[] = [];
  for (const step of steps.toReversed()) {
    try {
      await step();
    } catch (error) {
      left.push(`not put back: ${reasonOf(error)}`);
    }
  }
  return left;
}

/** Throws what is a fault of dfix. */
function reasonOf(error: unknown): string {
  if (error instanceof GitError || error instanceof ChangedFileError) return error.message;
  if (!(error instanceof Error && 'code' in error)) throw error;
  return describeFault(error);
}

/** A path as git knows it, without links among its folders; the file itself need not be there yet. */
function realPlace(path: string): string {
  return join(realpathSync(dirname(path)), basename(path));
}

/** What tells a change from the others of its file. */
function nameOf({ transform, message, line, column }: Change): string {
  return JSON.stringify([transform, message, line, column]);
}

/** Writes a file that has a text. Throws a `ChangedFileError` when it has another one. */
async function writeOver(path: string, before: string | undefined, after: string): Promise<void> {
  const read = readTextFile(path);
  if (read.text !== before) throw new ChangedFileError(`${shownPath(path)} has changed in the meantime`);
  await writeTextFile(path, after, read);
}
