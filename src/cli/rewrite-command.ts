import { type Found, shownPath } from './discover.js';
import { type ExitCode, strongest, UsageError } from './exit-codes.js';
import {
  contextsOf,
  type FileOutcome,
  optionsFor,
  type ProcessOptions,
  readAndRewrite,
  rewriteText,
  settle,
} from './process-file.js';
import type { Narrowing } from './narrow.js';
import { select } from './selection.js';
import { painterFor, progressOn } from './style.js';
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
  readonly format: Format | undefined;
  readonly withText: boolean;
  readonly quiet: boolean;
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
  const options = optionsOf(command);
  if (typeof command.context === 'string') await checkFolder(command.context);
  const paths = command.paths.length === 0 ? ['.'] : command.paths;
  if (paths.includes('-')) {
    if (paths.length > 1) throw new UsageError('- stands for stdin and takes no other path beside it');
    return runStdin(command, options);
  }
  const { discover } = await import('./discover.js');
  const all = await discover(paths);
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  if (all.length === 0) {
    tell(`no Dockerfile in ${paths.join(', ')}: looked for Dockerfile, Dockerfile.*, *.Dockerfile and Containerfile*`);
    return 3;
  }
  const found = command.narrowing === undefined ? all : await narrowed(all, command.narrowing);
  const summary = new Summary(painterFor(process.stderr, process.env), tell);
  const printer = await printerFor(command);
  // A configuration that is wrong ends the run before anything is written.
  if (command.write) for (const file of found) await optionsFor(file.path, options);
  const progress = progressOn(process.stderr);
  let at = 0;
  for await (const rewritten of outcomesOf(found, command, options)) {
    const file = found[at++];
    if (file === undefined) break;
    const outcome = await settle(file, rewritten, options);
    summary.add(outcome);
    await printer.print(outcome);
    if (found.length > SHOWS_PROGRESS && at % 50 === 0) progress.show(summary.progress(at, found.length));
  }
  progress.clear();
  await printer.end();
  if (command.check && summary.hasChanges) summary.codes.add(1);
  if (!command.quiet) tell(summary.line(options.write));
  return strongest(summary.codes);
}

async function narrowed(found: readonly Found[], narrowing: Narrowing): Promise<readonly Found[]> {
  const { narrow } = await import('./narrow.js');
  return narrow(found, narrowing);
}

/** What a run is done with; a worker finds the same. */
export function optionsOf(command: RewriteCommand): ProcessOptions {
  const isDryRun = ['true', '1'].includes(process.env['DRY_RUN']?.toLowerCase() ?? '');
  return {
    selection: select(command),
    unsafe: command.unsafe,
    write: command.write && !isDryRun,
    config: command.config,
    context: command.context,
    writtenFiles: new Map(),
  };
}

/** Fewer files are done before anybody reads a line. */
const SHOWS_PROGRESS = 200;

/** The outcomes in the order of the files: from workers where these pay, else one after the other. */
async function* outcomesOf(
  found: readonly Found[],
  command: RewriteCommand,
  options: ProcessOptions,
): AsyncGenerator<FileOutcome> {
  if (command.jobs !== 1) {
    const { rewriteInWorkers, workersFor } = await import('./pool.js');
    const workers = workersFor(found.length, command.jobs);
    if (workers > 0) {
      yield* rewriteInWorkers(found, workers, command);
      return;
    }
  }
  for (const file of found) yield await readAndRewrite(file, options);
}

async function checkFolder(path: string): Promise<void> {
  const { stat } = await import('node:fs/promises');
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new UsageError(`--context ${path} is no folder`);
}

async function runStdin(command: RewriteCommand, given: ProcessOptions): Promise<ExitCode> {
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
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const summary = new Summary(painterFor(process.stderr, process.env), tell);
  summary.add(outcome);
  if (command.write && command.format === undefined) {
    // Whatever happened, what goes in comes out: a filter must not lose a file.
    const isGood = result !== undefined && result.faults.length === 0;
    process.stdout.write(encodeText(isGood ? result.text : read.text, read.encoding));
    for (const { path, adds } of isGood ? result.files : [])
      tell(`${shownPath(path)} is not written, since stdin has no place: it wants ${adds.join(' ')}`);
  } else {
    const printer = await printerFor(command);
    await printer.print(outcome);
    await printer.end();
  }
  if (command.check && summary.hasChanges) summary.codes.add(1);
  if (!command.quiet) tell(summary.line(false));
  return strongest(summary.codes);
}

async function printerFor(command: RewriteCommand): Promise<{ readonly print: Print; end(): void | Promise<void> }> {
  const out = (text: string): void => void process.stdout.write(text);
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
  const isSilent = (command.check || command.write) && !command.diff;
  const format = command.format ?? (isSilent ? undefined : 'diff');
  switch (format) {
    case undefined:
      return { print: () => undefined, end };
    case 'diff': {
      const { shownPatch } = await import('./report-diff.js');
      const { encodeText } = await import('../text/bytes.js');
      const paint = painterFor(process.stdout, process.env);
      const isForPeople = process.stdout.isTTY || paint('bold', '') !== '';
      return {
        print: (outcome) => {
          const patch = shownPatch(outcome, paint, isForPeople);
          // A patch for git holds the bytes of the file, in whatever encoding they are.
          process.stdout.write(isForPeople ? patch : encodeText(patch, outcome.read?.encoding ?? 'utf-8'));
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
      const { fileReport } = await import('./report-json.js');
      if (format === 'jsonl') {
        return { print: (outcome) => out(`${JSON.stringify(fileReport(outcome, command.withText))}\n`), end };
      }
      const files: Record<string, unknown>[] = [];
      return {
        print: (outcome) => void files.push(fileReport(outcome, command.withText)),
        end: () => out(`${JSON.stringify({ version: 1, files }, undefined, 2)}\n`),
      };
    }
  }
}
