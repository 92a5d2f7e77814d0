import { type Found, shownPath } from './discover.js';
import { type ExitCode, strongest, UsageError } from './exit-codes.js';
import { contextsOf, type FileOutcome, optionsFor, type ProcessOptions, rewriteText, settle } from './process-file.js';
import type { Narrowing } from './narrow.js';
import { optionsOf, outcomesOf } from './outcomes.js';
import type { Reports } from './reports/open-reports.js';
import type { PatchFolder } from './reports/patch-folder.js';
import { painterFor, progressOn, tell } from './style.js';
import { Summary } from './summary.js';

export const FORMATS = ['diff', 'concise', 'json', 'jsonl'] as const;

export type Format = (typeof FORMATS)[number];

export interface RewriteCommand {
  readonly paths: readonly string[];
  readonly check: boolean;
  readonly write: boolean;
  readonly diff: boolean;
  readonly list: boolean;
  readonly unsafe: boolean;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly category: readonly string[];
  readonly param: readonly string[];
  readonly plugin: readonly string[];
  readonly format: Format | undefined;
  /** Each as `FORMAT=PATH`. */
  readonly report: readonly string[];
  /** The folder for a patch, a commit message and the body of a pull request of each repository. */
  readonly patchDir: string | undefined;
  readonly withText: boolean;
  readonly quiet: boolean;
  /** Asks registries for digests. */
  readonly online: boolean;
  readonly mirror: readonly string[];
  /** The file of what is known already. */
  readonly baseline: string | undefined;
  /** Undefined for all files. */
  readonly narrowing: Narrowing | undefined;
  /** How many workers; undefined for as many as pay. */
  readonly jobs: number | undefined;
  /** `false` for `--no-config`. */
  readonly config: string | false | undefined;
  /** `false` for `--no-context`. */
  readonly context: string | false | undefined;
}

type Print = (outcome: FileOutcome) => void | Promise<void>;

/** Runs `dfix [paths..]`. Results go to stdout, everything else to stderr. */
export async function runRewrite(command: RewriteCommand): Promise<ExitCode> {
  if (command.check && command.write) throw new UsageError('--check and --write exclude each other');
  const options = await optionsOf(command);
  if (typeof command.context === 'string') await checkFolder(command.context);
  const paths = command.paths.length === 0 ? ['.'] : command.paths;
  if (paths.includes('-')) {
    if (paths.length > 1) throw new UsageError('- stands for stdin and takes no other path beside it');
    if (command.baseline !== undefined) throw new UsageError('--baseline is about files, and - stands for stdin');
    if (command.patchDir !== undefined) throw new UsageError('--patch-dir is about files, and - stands for stdin');
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
  const reports = await openReports(
    command,
    found.map(({ path }) => path),
  );
  try {
    return await runFiles(command, options, { paths, hasFiles: all.length > 0, found, reports });
  } finally {
    await reports?.discard();
  }
}

interface Files {
  readonly paths: readonly string[];
  /** Whether there was any file before the run was narrowed. */
  readonly hasFiles: boolean;
  readonly found: readonly Found[];
  readonly reports: Reports | undefined;
}

async function runFiles(
  command: RewriteCommand,
  options: ProcessOptions,
  { paths, hasFiles, found, reports }: Files,
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
  for await (const rewritten of outcomesOf(ordered, command, options)) {
    const file = ordered[at++];
    if (file === undefined) break;
    const outcome = await settle(file, rewritten, options);
    summary.add(outcome);
    await printer.print(outcome);
    await reports?.add(outcome);
    patches?.add(file, outcome);
    if (ordered.length > SHOWS_PROGRESS && at % 50 === 0) progress.show(summary.progress(at, ordered.length));
  }
  progress.clear();
  if (hasFiles) await printer.end();
  await endReports(reports, summary);
  await endReports(patches, summary);
  if (command.baseline !== undefined) {
    const { tellStale } = await import('./baseline/tell-stale.js');
    if (await tellStale(command.baseline, summary)) summary.codes.add(command.check ? 1 : 0);
  }
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

function byPath(a: Found, b: Found): number {
  const [first, second] = [shownPath(a.path), shownPath(b.path)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** The reports that were asked for. Most runs have none, and load nothing of them. */
async function openReports(command: RewriteCommand, inputs: readonly string[]): Promise<Reports | undefined> {
  if (command.report.length === 0) return undefined;
  const { Reports } = await import('./reports/open-reports.js');
  const reports = await Reports.open(command.report, inputs, { withText: command.withText });
  const rival = stdoutRival(command);
  if (!reports.takesStdout || rival === undefined) return reports;
  await reports.discard();
  throw new UsageError(`--report to stdout and ${rival} exclude each other`);
}

async function openPatches(command: RewriteCommand, paths: readonly string[]): Promise<PatchFolder | undefined> {
  if (command.patchDir === undefined) return undefined;
  const { PatchFolder } = await import('./reports/patch-folder.js');
  return PatchFolder.open(command.patchDir, paths);
}

/** What else was asked to go to stdout. */
function stdoutRival(command: RewriteCommand): string | undefined {
  if (command.list) return '--list';
  if (command.diff) return '--diff';
  if (command.format !== undefined) return '--format';
  return command.write && command.paths.includes('-') ? '--write of stdin' : undefined;
}

async function endReports(reports: Reports | PatchFolder | undefined, summary: Summary): Promise<void> {
  for (const { path, fault } of (await reports?.end()) ?? []) summary.addUnwritten(path, fault);
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
  // The configuration is that of the working directory.
  const options = await optionsFor('Dockerfile', given);
  const { decodeBytes, encodeText } = await import('../text/bytes.js');
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  const bytes = Buffer.concat(chunks);
  const read = { bytes, ...decodeBytes(bytes) };
  const isBinary = read.text.includes('\0');
  // Without a path there is no place to look for a context, but one may be given.
  const contexts = typeof options.context === 'string' ? await contextsOf('Dockerfile', read.text, options) : [];
  const result = isBinary ? undefined : rewriteText(read.text, options, {}, contexts);
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

interface Printer {
  readonly print: Print;
  readonly end: () => void | Promise<void>;
}

async function printerFor(command: RewriteCommand, reports: Reports | undefined): Promise<Printer> {
  const out = (part: string | Uint8Array): void => void process.stdout.write(part);
  const end = (): void => undefined;
  if (command.list) {
    const listed = new Set<string>();
    const print: Print = ({ path, result }) => {
      for (const file of result?.files ?? []) {
        if (!listed.has(file.path)) out(`${shownPath(file.path)}\n`);
        listed.add(file.path);
      }
      if (result?.status === 'changed') out(`${path}\n`);
    };
    return { print, end };
  }
  const isSilent = reports?.takesStdout === true || ((command.check || command.write) && !command.diff);
  const format = command.format ?? (isSilent ? undefined : 'diff');
  switch (format) {
    case undefined:
      return { print: () => undefined, end };
    case 'diff': {
      const { filePatches, patchBytes, shownPatch } = await import('./report-diff.js');
      const paint = painterFor(process.stdout, process.env);
      const isForPeople = process.stdout.isTTY || paint('bold', '') !== '';
      return {
        print: (outcome) => {
          if (isForPeople) return out(shownPatch(outcome, paint));
          out(patchBytes(outcome));
          out(filePatches(outcome.result?.files ?? []));
        },
        end,
      };
    }
    case 'concise': {
      const { conciseLines } = await import('./report-concise.js');
      const paint = painterFor(process.stdout, process.env);
      return { print: (outcome) => conciseLines(outcome, paint).forEach((line) => out(`${line}\n`)), end };
    }
    case 'json':
    case 'jsonl': {
      const { reporterFor } = await import('./reports/index.js');
      const reporter = await reporterFor(format, { withText: command.withText });
      return { print: (outcome) => out(reporter.add(outcome)), end: () => out(reporter.end()) };
    }
  }
}
