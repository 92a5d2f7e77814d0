import { type ExitCode, UsageError } from '../exit-codes.js';
import { tell } from '../style.js';
import { scanJson, scanText } from './formats.js';
import type { ScanFormat } from './scan-format.js';
import { scan } from './scan.js';

export interface ScanCommand {
  readonly paths: readonly string[];
  readonly format: ScanFormat;
  /** For pipelines: how many parts; undefined for a job a Dockerfile. */
  readonly shards: number | undefined;
}

/** Runs `dfix scan`: tells what a run would read, and rewrites nothing. */
export async function runScan({ paths, format, shards }: ScanCommand): Promise<ExitCode> {
  if (shards !== undefined) {
    if (!Number.isInteger(shards) || shards < 1 || shards > 1000)
      throw new UsageError('--shards takes a whole number from 1 to 1000');
    if (format === 'text' || format === 'json') throw new UsageError(`--shards is for pipelines, not for ${format}`);
  }
  const asked = paths.length === 0 ? ['.'] : paths;
  const scanned = await scan(asked);
  switch (format) {
    case 'text':
      process.stdout.write(scanText(scanned));
      break;
    case 'json':
      process.stdout.write(scanJson(scanned));
      break;
    case 'github-matrix':
    case 'gitlab-child': {
      const { githubMatrix, gitlabChild } = await import('./pipelines.js');
      const isGithub = format === 'github-matrix';
      process.stdout.write(isGithub ? githubMatrix(scanned, shards) : gitlabChild(scanned, asked, shards));
    }
  }
  const { files, skipped } = scanned;
  tell(`${files.length} ${files.length === 1 ? 'Dockerfile' : 'Dockerfiles'} to read, ${skipped.length} passed over`);
  return files.length === 0 ? 3 : 0;
}
