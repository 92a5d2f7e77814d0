import { dirname, resolve } from 'node:path';
import { foldersAbove } from '../folder-names.js';
import { readText } from '../read-text.js';
import { Recent } from '../recent.js';
import { declaringFilesIn } from './declaring-files.js';

const byFolder = new Recent<boolean>(4096);

/** A quick look, without parsing, whether files of its repository may declare a build of a file that has a target. */
export function mayNameTargets(path: string): boolean {
  const file = resolve(path);
  const folders = foldersAbove(file);
  const root = folders[folders.length - 1] ?? dirname(file);
  return folders.some((folder) => byFolder.get(folder, () => saysTarget(declaringFilesIn(folder, folder === root))));
}

function saysTarget(files: readonly string[]): boolean {
  return files.some((file) => readText(file)?.includes('target') === true);
}
