import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, test } from '@jest/globals';

/** Real Dockerfiles that lie beside the checkout while dfix is developed; a user's clone has none. */
export const SHARED_CORPUS = resolve(import.meta.dirname, '../../../shared/corpus');

/** Runs a group of tests where the shared corpus is, else one skipped test that says what is missing. */
export function describeWithCorpus(name: string, define: () => void): void {
  if (existsSync(SHARED_CORPUS)) describe(name, define);
  else describe(name, () => test.skip(`needs ${SHARED_CORPUS}, which is not there`, () => undefined));
}

export function readJsonLines<T>(name: string): T[] {
  const text = gunzipSync(readFileSync(join(SHARED_CORPUS, name))).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

/** Paths of all corpus Dockerfiles, relative to its `dockerfiles` folder. */
export function corpusFiles(): string[] {
  const root = join(SHARED_CORPUS, 'dockerfiles');
  return readdirSync(root).flatMap((repository) =>
    readdirSync(join(root, repository)).map((file) => `${repository}/${file}`),
  );
}
