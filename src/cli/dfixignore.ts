import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';

interface Patterns {
  readonly folder: string;
  readonly filter: Ignore;
}

/** By folder: the files of patterns that count there, the nearest last. */
const byFolder = new Map<string, readonly Patterns[]>();

/**
 * Whether a `.dfixignore` names a file: those of its folder and the folders above, up to the root of its repository,
 * with the patterns of `.gitignore`; the nearest that says something counts.
 */
export function isLeftOut(path: string): boolean {
  const file = resolve(path);
  let isIgnored = false;
  for (const { folder, filter } of patternsFor(dirname(file))) {
    const { ignored, unignored } = filter.test(relative(folder, file).split(sep).join('/'));
    if (ignored) isIgnored = true;
    if (unignored) isIgnored = false;
  }
  return isIgnored;
}

function patternsFor(folder: string): readonly Patterns[] {
  const known = byFolder.get(folder);
  if (known !== undefined) return known;
  const parent = dirname(folder);
  const above = parent === folder || existsSync(join(folder, '.git')) ? [] : patternsFor(parent);
  const path = join(folder, '.dfixignore');
  const own = existsSync(path) ? [{ folder, filter: ignore().add(readFileSync(path, 'utf8')) }] : [];
  const patterns = [...above, ...own];
  byFolder.set(folder, patterns);
  return patterns;
}
