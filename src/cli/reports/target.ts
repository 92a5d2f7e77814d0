import { open, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { describeFault } from '../discover.js';
import { UsageError } from '../exit-codes.js';
import { AtomicFile } from '../files.js';
import { plain } from './plain.js';

/** Where a report goes. */
export interface Target {
  write(part: string | Uint8Array): Promise<void>;
  /** Puts the whole report in its place. */
  end(): Promise<void>;
  /** Leaves things as they were, unless it has ended. */
  discard(): Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

export const STDOUT: Target = {
  write: (part) => {
    process.stdout.write(part);
    return Promise.resolve();
  },
  end: nothing,
  discard: nothing,
};

/** Opens a file for a report. Throws a `UsageError` where none can be written. */
export async function openTarget(path: string): Promise<Target> {
  try {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) throw new UsageError(`--report cannot write ${plain(path)}: it is a folder`);
    // A device or a pipe is written to: nothing may take its place.
    if (found?.isFile() === false || (await isShared(path))) return await openStream(path);
    return await AtomicFile.open(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--report cannot write ${plain(path)}: ${describeOpening(path, error)}`);
  }
}

/**
 * Whether others write to a file, too: what a job's steps say is united in the one that GitHub names.
 * https://docs.github.com/en/actions/reference/workflow-commands#adding-a-job-summary
 */
async function isShared(path: string): Promise<boolean> {
  const { GITHUB_STEP_SUMMARY } = process.env;
  if (GITHUB_STEP_SUMMARY === undefined || GITHUB_STEP_SUMMARY === '') return false;
  const real = (one: string): Promise<string> => realpath(one).catch(() => resolve(one));
  return (await real(path)) === (await real(GITHUB_STEP_SUMMARY));
}

async function openStream(path: string): Promise<Target> {
  const stream = await open(path, 'a');
  return {
    write: (part) => writeFile(stream, part),
    end: () => stream.close(),
    discard: () => stream.close(),
  };
}

function describeOpening(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' ? `there is no folder ${plain(dirname(path))}` : describeFault(error);
}
