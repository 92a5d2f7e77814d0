import { setImmediate } from 'node:timers/promises';
import type { BaselineReader } from './baseline/beside-baseline.js';
import type { Found } from './discover.js';
import { type FileOutcome, type ProcessOptions, readAndRewrite, settle } from './process-file.js';
import type { RunRecord } from './record/run-record.js';
import type { RewriteCommand } from './rewrite-command.js';
import { select } from './selection.js';
import { usePlugins } from './use-plugins.js';

/** Whether a report, as `--report` was given it, is the page that hunks are reviewed on. */
export function isPage(report: string): boolean {
  return report.startsWith('html=');
}

/** What a run is done with; a worker finds the same. Throws a `UsageError` for options that cannot be met. */
export async function optionsOf(command: RewriteCommand): Promise<ProcessOptions> {
  const { Online } = command.online ? await import('./online.js') : { Online: undefined };
  await usePlugins(command);
  const { readDecisions } =
    command.decisions === undefined ? { readDecisions: undefined } : await import('./review/read-decisions.js');
  const isDryRun = ['true', '1'].includes(process.env['DRY_RUN']?.toLowerCase() ?? '');
  return {
    selection: select(command),
    unsafe: command.unsafe,
    write: (command.write || command.interactive) && !isDryRun,
    config: command.config,
    context: command.context,
    isRecorded: command.resume !== undefined,
    writtenFiles: new Map(),
    ...(command.baseline === undefined ? {} : { baseline: await readBaseline(command.baseline) }),
    withHunks: command.report.some(isPage),
    ...(readDecisions === undefined || command.decisions === undefined
      ? {}
      : { decisions: await readDecisions(command.decisions) }),
    ...(Online === undefined ? {} : { online: new Online(command.mirror) }),
  };
}

async function readBaseline(path: string): Promise<BaselineReader> {
  const { Baseline } = await import('./baseline/baseline-file.js');
  return Baseline.read(path);
}

/**
 * The outcomes in the order of the files: from workers where these pay, else one after the other. What a record knows
 * is taken over from there.
 */
async function* outcomesOf(
  found: readonly Found[],
  command: RewriteCommand,
  options: ProcessOptions,
  record?: RunRecord,
): AsyncGenerator<FileOutcome> {
  if (command.jobs !== 1) {
    const { rewriteInWorkers, workersFor } = await import('./pool.js');
    const workers = workersFor(found.length, command.jobs);
    if (workers > 0) {
      yield* rewriteInWorkers(found, workers, command, record);
      return;
    }
  }
  for (const [index, file] of found.entries()) {
    // Nothing in a file waits for anything: without a pause no signal is heard, and no output leaves, until the end.
    if (index % FILES_AT_A_TIME === 0) await setImmediate();
    yield (await record?.outcomeOf(file)) ?? (await readAndRewrite(file, options));
  }
}

/** Some milliseconds of work. */
const FILES_AT_A_TIME = 8;

/** What became of the files in the end, in their order: what is to be written is. */
export async function* settledOutcomes(
  found: readonly Found[],
  command: RewriteCommand,
  options: ProcessOptions,
  record?: RunRecord,
): AsyncGenerator<FileOutcome> {
  let at = 0;
  for await (const rewritten of outcomesOf(found, command, options, record)) {
    const file = found[at++];
    if (file === undefined) return;
    record?.add(rewritten);
    const outcome = await settle(file, rewritten, options);
    record?.settle(rewritten, outcome);
    yield outcome;
  }
}

/** The same, with a commit for each transform in the repositories of the files. Holds all outcomes until the last. */
export async function* committedOutcomes(
  found: readonly Found[],
  command: RewriteCommand,
  options: ProcessOptions,
): AsyncGenerator<FileOutcome> {
  const { commitAll } = await import('./commits/commit-run.js');
  const all: { readonly found: Found; readonly outcome: FileOutcome }[] = [];
  for await (const outcome of outcomesOf(found, command, options)) {
    const file = found[all.length];
    if (file !== undefined) all.push({ found: file, outcome });
  }
  yield* await commitAll(all, options);
}
