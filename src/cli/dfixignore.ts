import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { hasName } from './folder-names.js';
import { Recent } from './recent.js';

interface Patterns {
  readonly folder: string;
  readonly filter: Ignore;
}

/** By folder: the files of patterns that count there, the nearest last. */
const byFolder = new Recent<readonly Patterns[]>(512);

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
  return byFolder.get(folder, () => {
    const parent = dirname(folder);
    const above = parent === folder || hasName(folder, '.git') ? [] : patternsFor(parent);
    if (!hasName(folder, '.dfixignore')) return above;
    return [...above, { folder, filter: ignore().add(readFileSync(join(folder, '.dfixignore'), 'utf8')) }];
  });
}
