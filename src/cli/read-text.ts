import { readFileSync, statSync } from 'node:fs';
import { isMissing } from './folder-names.js';

/** In bytes: manifests and files that declare builds are smaller, and nothing else is read. */
const MAX_FILE_SIZE = 4 << 20;

/** The text of a file; undefined where there is none, or one that is too large for what dfix looks for. */
export function readText(path: string): string | undefined {
  try {
    return statSync(path).size > MAX_FILE_SIZE ? undefined : readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
