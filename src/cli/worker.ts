import { parentPort, workerData } from 'node:worker_threads';
import type { Found } from './discover.js';
import { UsageError } from './exit-codes.js';
import type { Answer, WorkerSetting } from './pool.js';
import { type FileOutcome, readAndRewrite } from './process-file.js';
import { optionsOf } from './outcomes.js';

/** Answers each batch of files with their outcomes, in their order, until it is ended. */
export function runWorker(): void {
  const { command } = workerData as WorkerSetting;
  const options = optionsOf(command);
  // Who asks meets what is wrong with the options; until then it is no unhandled failure.
  options.catch(() => undefined);
  let last: Promise<void> = Promise.resolve();
  parentPort?.on('message', (batch: readonly Found[]) => {
    // One batch after the other: answers go back in the order of the questions.
    last = last.then(async () => parentPort?.postMessage(await answerTo(batch)));
  });

  async function answerTo(batch: readonly Found[]): Promise<Answer> {
    const outcomes: FileOutcome[] = [];
    try {
      for (const found of batch) outcomes.push(await readAndRewrite(found, await options));
    } catch (error) {
      if (error instanceof UsageError) return { usageError: error.message };
      throw error;
    }
    return { outcomes };
  }
}
