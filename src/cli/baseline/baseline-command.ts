import { existsSync } from 'node:fs';
import { describeFault, discover } from '../discover.js';
import { type ExitCode, strongest, UsageError } from '../exit-codes.js';
import { type ProcessOptions, readAndRewrite } from '../process-file.js';
import { plain } from '../reports/plain.js';
import { select, type SelectionOptions } from '../selection.js';
import { painterFor, tell } from '../style.js';
import { Summary } from '../summary.js';
import { Baseline, writeBaseline } from './baseline-file.js';
import { type BaselineReader, namesIn } from './beside-baseline.js';
import { transformOf } from './finding-names.js';

/** Where a baseline is written unless another file is named. */
export const BASELINE_NAME = '.dfix-baseline.json';

export interface BaselineCommand extends SelectionOptions {
  readonly paths: readonly string[];
  readonly baseline: string | undefined;
  /** Takes out what stands for nothing any more, and adds nothing. */
  readonly prune: boolean;
  readonly config: string | false | undefined;
  readonly context: string | false | undefined;
}

/** Runs `dfix baseline`: keeps what is found today, so that later runs tell only what is new. */
export async function runBaseline(command: BaselineCommand): Promise<ExitCode> {
  const path = command.baseline ?? BASELINE_NAME;
  if (command.prune && !existsSync(path)) throw new UsageError(`there is no ${plain(path)} to prune`);
  const before = existsSync(path) ? Baseline.read(path) : new Baseline(path, new Map());
  const names = before.copy();
  for (const gone of before.goneFiles().keys()) names.delete(gone);
  const found = await discover(command.paths.length === 0 ? ['.'] : command.paths);
  const summary = new Summary(painterFor(process.stderr, process.env), tell);
  const options: ProcessOptions = {
    selection: select(command),
    unsafe: false,
    write: false,
    config: command.config,
    context: command.context,
    writtenFiles: new Map(),
    baseline: command.prune ? pruning(before, names) : recording(before, names),
  };
  for (const file of found) summary.add(await readAndRewrite(file, options));
  try {
    await writeBaseline(path, names);
  } catch (error) {
    throw new UsageError(`${plain(path)} cannot be written: ${describeFault(error)}`);
  }
  tell(`${countOf(names)} findings in ${plain(path)}, ${countOf(before.copy())} before`);
  return strongest(summary.codes);
}

type Names = Map<string, ReadonlySet<string>>;

function recording(before: Baseline, names: Names): BaselineReader {
  return {
    rewrite: (path, text, rewriteWith, isRun) => {
      const key = before.keyOf(path);
      // What transforms found that are not run today stays.
      const kept = [...(names.get(key) ?? [])].filter((name) => !isRun(transformOf(name)));
      put(names, key, new Set([...kept, ...namesIn(text, rewriteWith)]));
      return { result: rewriteWith(() => false), known: 0, stale: [] };
    },
  };
}

function pruning(before: Baseline, names: Names): BaselineReader {
  return {
    rewrite: (path, text, rewriteWith, isRun) => {
      const beside = before.rewrite(path, text, rewriteWith, isRun);
      const key = before.keyOf(path);
      const stale = new Set(beside.stale);
      put(names, key, new Set([...(names.get(key) ?? [])].filter((name) => !stale.has(name))));
      return beside;
    },
  };
}

function put(names: Names, key: string, own: ReadonlySet<string>): void {
  if (own.size === 0) names.delete(key);
  else names.set(key, own);
}

function countOf(names: ReadonlyMap<string, ReadonlySet<string>>): number {
  return [...names.values()].reduce((sum, own) => sum + own.size, 0);
}
