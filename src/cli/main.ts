#!/usr/bin/env node
import { isMainThread } from 'node:worker_threads';
import type { ExitCode } from './exit-codes.js';
import { UsageError } from './exit-codes.js';

/** Runs a command line and sets the exit code. */
async function main(words: readonly string[]): Promise<void> {
  let code: ExitCode = 2;
  try {
    const { runCommandLine } = await import('./command-line.js');
    code = await runCommandLine(words);
  } catch (error) {
    if (isBrokenPipe(error)) return;
    const message =
      error instanceof UsageError
        ? error.message
        : `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    process.stderr.write(`dfix: ${message}\n`);
  }
  // Not process.exit(): stdout may still hold what a pipe has not taken yet.
  process.exitCode = code;
}

/** `dfix | head`: nobody reads on, which is no fault. */
function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}

process.stdout.on('error', (error: unknown) => {
  if (!isBrokenPipe(error)) throw error;
  process.exit(0);
});

if (isMainThread) void main(process.argv.slice(2));
else void import('./worker.js').then(({ runWorker }) => runWorker());
