import { type Found, shownPath } from './discover.js';
import { type ExitCode, strongest, UsageError } from './exit-codes.js';
import type { Narrowing } from './narrow.js';
import { checkCombination } from './check-combination.js';
import { committedOutcomes, optionsOf, settledOutcomes } from './outcomes.js';
import { withHadolintConfig } from './hadolint-config.js';
import { endReports, openReports, type OutputOptions, printerFor } from './outputs.js';
import { type FileOutcome, optionsFor, type ProcessOptions, rewriteText } from './process-file.js';
import type { RunRecord } from './record/run-record.js';
import type { Reports } from './reports/open-reports.js';
import type { PatchFolder } from './reports/patch-folder.js';
import { painterFor, progressOn, tell } from './style.js';
import { Summary } from './summary.js';
import { NO_SURROUNDINGS, surroundingsOf } from './surroundings.js';

export interface RewriteCommand extends OutputOptions {
  /** Asks about each hunk. */
  readonly interactive: boolean;
  readonly unsafe: boolean;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly category: readonly string[];
  readonly param: readonly string[];
  readonly plugin: readonly string[];
  /** The folder for a patch, a commit message and the body of a pull request of each repository. */
  readonly patchDir: string | undefined;
  readonly quiet: boolean;
  /** A file of what a person decided about the hunks. */
  readonly decisions: string | undefined;
  /** Asks registries for digests. */
  readonly online: boolean;
  readonly mirror: readonly string[];
  /** The file of what is known already. */
  readonly baseline: string | undefined;
  /** Undefined for all files. */
  readonly narrowing: Narrowing | undefined;
  /** How many workers; undefined for as many as pay. */
  readonly jobs: number | undefined;
  /** With `write`: makes a commit for each transform. */
  readonly commitPerTransform: boolean;
  /** The file of the record. */
  readonly resume: string | undefined;
  /** `false` for `--no-config`. */
  readonly config: string | false | undefined;
  /** `false` for `--no-context`. */
  readonly context: string | false | undefined;
}

/** Runs `dfix [paths..]`. Results go to stdout, everything else to stderr. */
export async function runRewrite(command: RewriteCommand): Promise<ExitCode> {
  checkCombination(command);
  if (command.interactive) {
    const { checkInteractive } = await import('./interactive/run-interactive.js');
    checkInteractive(command);
  }
  const options = await optionsOf(command);
  if (typeof command.context === 'string') await checkFolder(command.context);
  const paths = command.paths.length === 0 ? ['.'] : command.paths;
  if (paths.includes('-')) {
    const reports = await openReports(command, []);
    try {
      return await runStdin(command, options, reports);
    } finally {
      await reports?.discard();
    }
  }
  const { discover } = await import('./discover.js');
  const all = await discover(paths);
  const found = command.narrowing === undefined ? all : await narrowed(all, command.narrowing);
  if (command.interactive && all.length > 0) {
    const { runInteractive } = await import('./interactive/run-interactive.js');
    return await runInteractive(found, options);
  }
  const record = command.resume === undefined ? undefined : await openRecord(command.resume, found, command, options);
  const reports = await openReports(
    command,
    found.map(({ path }) => path),
  );
  try {
    return await runFiles(command, options, { paths, hasFiles: all.length > 0, found, reports, record });
  } finally {
    record?.close();
    await reports?.discard();
  }
}

interface Files {
  readonly paths: readonly string[];
  /** Whether there was any file before the run was narrowed. */
  readonly hasFiles: boolean;
  readonly found: readonly Found[];
  readonly reports: Reports | undefined;
  readonly record: RunRecord | undefined;
}

async function runFiles(
  command: RewriteCommand,
  options: ProcessOptions,
  { paths, hasFiles, found, reports, record }: Files,
): Promise<ExitCode> {
  const summary = new Summary(painterFor(process.stderr, process.env), tell);
  if (!hasFiles) {
    tell(`no Dockerfile in ${paths.join(', ')}: looked for Dockerfile, Dockerfile.*, *.Dockerfile and Containerfile*`);
    summary.codes.add(3);
  }
  const printer = await printerFor(command, reports);
  const patches = await openPatches(command, paths);
  // A configuration that is wrong ends the run before anything is written.
  if (command.write) for (const file of found) await optionsFor(file.path, options);
  // Reports are in the order of the paths, and some of them are written file by file.
  const ordered = reports === undefined && patches === undefined ? found : found.toSorted(byPath);
  const progress = progressOn(process.stderr);
  let at = 0;
  const outcomes =
    command.commitPerTransform && options.write
      ? committedOutcomes(ordered, command, options)
      : settledOutcomes(ordered, command, options, record);
  for await (const outcome of outcomes) {
    const file = ordered[at++];
    summary.add(outcome);
    await printer.print(outcome);
    await reports?.add(outcome);
    if (file !== undefined) patches?.add(file, outcome);
    if (ordered.length > SHOWS_PROGRESS && at % 50 === 0) progress.show(summary.progress(at, ordered.length));
  }
  progress.clear();
  if (command.narrowing === undefined) {
    const read = new Set(ordered.map(({ path }) => shownPath(path)));
    for (const path of options.decisions?.keys() ?? [])
      if (!read.has(path))
        summary.addUnwritten(path, `${command.decisions ?? ''} names it, and it is not among the files`);
  }
  if (hasFiles) await printer.end();
  await endReports(reports, summary);
  await endReports(patches, summary);
  if (command.baseline !== undefined) {
    const { tellStale } = await import('./baseline/tell-stale.js');
    if (tellStale(command.baseline, summary)) summary.codes.add(command.check ? 1 : 0);
  }
  record?.end(summary);
  if (command.check && summary.hasChanges) summary.codes.add(1);
  if (!command.quiet && hasFiles) tell(summary.line(options.write));
  return strongest(summary.codes);
}

/** Fewer files are done before anybody reads a line. */
const SHOWS_PROGRESS = 200;

async function narrowed(found: readonly Found[], narrowing: Narrowing): Promise<readonly Found[]> {
  const { narrow } = await import('./narrow.js');
  return narrow(found, narrowing);
}

async function openRecord(
  path: string,
  found: readonly Found[],
  command: RewriteCommand,
  options: ProcessOptions,
): Promise<RunRecord> {
  const { RunRecord } = await import('./record/run-record.js');
  return RunRecord.open(path, found, command, options);
}

function byPath(a: Found, b: Found): number {
  const [first, second] = [shownPath(a.path), shownPath(b.path)];
  return first < second ? -1 : first > second ? 1 : 0;
}

async function openPatches(command: RewriteCommand, paths: readonly string[]): Promise<PatchFolder | undefined> {
  if (command.patchDir === undefined) return undefined;
  const { PatchFolder } = await import('./reports/patch-folder.js');
  return PatchFolder.open(command.patchDir, paths);
}

async function checkFolder(path: string): Promise<void> {
  const { stat } = await import('node:fs/promises');
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new UsageError(`--context ${path} is no folder`);
}

async function runStdin(
  command: RewriteCommand,
  given: ProcessOptions,
  reports: Reports | undefined,
): Promise<ExitCode> {
  // The configurations are those of the working directory.
  const { options, ignore } = await withHadolintConfig('Dockerfile', await optionsFor('Dockerfile', given));
  const { decodeBytes, encodeText } = await import('../text/bytes.js');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  const bytes = Buffer.concat(chunks);
  const read = { bytes, ...decodeBytes(bytes) };
  const isBinary = read.text.includes('\0');
  // Without a path there is no place to look for a context, but one may be given.
  const isGiven = typeof options.context === 'string';
  const { contexts } = isGiven ? await surroundingsOf('Dockerfile', read.text, options) : NO_SURROUNDINGS;
  const result = isBinary ? undefined : rewriteText(read.text, options, ignore, { contexts, targets: [] });
  const outcome: FileOutcome = {
    path: 'Dockerfile',
    read,
    result,
    error: isBinary ? 'it is a binary file' : undefined,
    isWritten: false,
  };
  const summary = new Summary(painterFor(process.stderr, process.env), tell);
  summary.add(outcome);
  if (command.write && command.format === undefined) {
    // Whatever happened, what goes in comes out: a filter must not lose a file.
    const isGood = result !== undefined && result.faults.length === 0;
    process.stdout.write(encodeText(isGood ? result.text : read.text, read.encoding));
    for (const { path, adds } of isGood ? result.files : [])
      tell(`${shownPath(path)} is not written, since stdin has no place: it wants ${adds.join(' ')}`);
  } else {
    const printer = await printerFor(command, reports);
    await printer.print(outcome);
    await printer.end();
  }
  await reports?.add(outcome);
  await endReports(reports, summary);
  if (command.check && summary.hasChanges) summary.codes.add(1);
  if (!command.quiet) tell(summary.line(false));
  return strongest(summary.codes);
}
