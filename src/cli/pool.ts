import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Found } from './discover.js';
import { UsageError } from './exit-codes.js';
import type { FileOutcome } from './process-file.js';
import type { RunRecord } from './record/run-record.js';
import type { RewriteCommand } from './rewrite-command.js';

/** How many files a worker gets at a time: enough that messages cost nothing, few enough that all end together. */
const BATCH = 32;

/** With fewer files for each worker, starting it takes longer than what it saves. */
const WORTHWHILE = 500;

/** What a worker is given when it starts. */
export interface WorkerSetting {
  readonly command: RewriteCommand;
}

/** What a worker answers to a batch. */
export type Answer = { readonly outcomes: readonly FileOutcome[] } | { readonly usageError: string };

/** How many workers pay for a number of files; `asked` is what the command line says. 0: none, all in this thread. */
export function workersFor(files: number, asked: number | undefined): number {
  const jobs = asked ?? Math.min(availableParallelism(), Math.floor(files / WORTHWHILE));
  return jobs < 2 ? 0 : Math.min(jobs, Math.ceil(files / BATCH));
}

/**
 * Rewrites files in workers and yields the outcomes in the order of the files, whichever worker is first. At most a few
 * batches wait for their turn, so memory does not grow with the number of files. Workers get only what `record` does not
 * know.
 */
export async function* rewriteInWorkers(
  found: readonly Found[],
  workers: number,
  command: RewriteCommand,
  record?: RunRecord,
): AsyncGenerator<FileOutcome> {
  const pool = Array.from({ length: workers }, () => new PooledWorker({ command }));
  try {
    const waiting: Promise<readonly FileOutcome[]>[] = [];
    let next = 0;
    const hand = (worker: PooledWorker): void => {
      const batch = found.slice(next, next + BATCH);
      next += BATCH;
      if (batch.length > 0)
        waiting.push(record === undefined ? worker.rewrite(batch) : withKnown(worker, batch, record));
    };
    // Each worker has one batch in hand and one in reserve.
    for (let round = 0; round < 2; round++) for (const worker of pool) hand(worker);
    for (let turn = 0; turn < waiting.length; turn++) {
      const outcomes = await waiting[turn];
      const worker = pool[turn % pool.length];
      if (worker !== undefined) hand(worker);
      // What was yielded is no longer held.
      waiting[turn] = Promise.resolve([]);
      yield* outcomes ?? [];
    }
  } finally {
    await Promise.all(pool.map((worker) => worker.end()));
  }
}

function withKnown(worker: PooledWorker, batch: readonly Found[], record: RunRecord): Promise<readonly FileOutcome[]> {
  const answered = (async () => {
    const known: (FileOutcome | undefined)[] = [];
    for (const found of batch) known.push(await record.outcomeOf(found));
    const rest = batch.filter((_, index) => known[index] === undefined);
    const rewritten = [...(rest.length === 0 ? [] : await worker.rewrite(rest))];
    return known.flatMap((outcome) => outcome ?? rewritten.shift() ?? []);
  })();
  answered.catch(() => undefined);
  return answered;
}

class PooledWorker {
  /** Undefined until there is something to do. */
  #worker: Worker | undefined;
  readonly #setting: WorkerSetting;
  /** The batches that were handed out and not answered yet, in order. */
  readonly #open: {
    readonly settle: (outcomes: readonly FileOutcome[]) => void;
    readonly fail: (error: unknown) => void;
  }[] = [];

  constructor(setting: WorkerSetting) {
    this.#setting = setting;
  }

  #start(): Worker {
    // The bundle lies one folder above, and is started like the command itself.
    const worker = new Worker(new URL('cli/launch.cjs', import.meta.url), { workerData: this.#setting });
    worker.on('message', (answer: Answer) => {
      const batch = this.#open.shift();
      if ('usageError' in answer) batch?.fail(new UsageError(answer.usageError));
      else batch?.settle(answer.outcomes);
    });
    worker.on('error', (error) => {
      for (const { fail } of this.#open.splice(0)) fail(error);
    });
    return worker;
  }

  rewrite(batch: readonly Found[]): Promise<readonly FileOutcome[]> {
    const answered = new Promise<readonly FileOutcome[]>((settle, fail) => {
      this.#open.push({ settle, fail });
    });
    // Whoever takes the batches in their order meets the failure; until then it is no unhandled one.
    answered.catch(() => undefined);
    this.#worker ??= this.#start();
    this.#worker.postMessage(batch);
    return answered;
  }

  async end(): Promise<void> {
    await this.#worker?.terminate();
  }
}
