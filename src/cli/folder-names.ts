import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Recent } from './recent.js';

/** How many folders above a file are looked at outside a repository. */
const MAX_PARENTS = 4;

/** Undefined for a folder that cannot be listed. */
const listed = new Recent<ReadonlySet<string> | undefined>(512);

/** What lies in a folder; nothing where it cannot be listed. */
export function namesIn(folder: string): ReadonlySet<string> {
  return listOf(folder) ?? new Set();
}

/** Whether a folder has something of a name. Many names are looked for in each folder, and one list answers them all. */
export function hasName(folder: string, name: string): boolean {
  return listOf(folder)?.has(name) ?? existsSync(join(folder, name));
}

/** The folder of a file and those above, up to the root of its repository. */
export function foldersAbove(file: string): readonly string[] {
  const folders = [dirname(file)];
  for (;;) {
    const folder = folders[folders.length - 1] ?? '/';
    if (hasName(folder, '.git')) return folders;
    const parent = dirname(folder);
    if (parent === folder || folders.length > 32) return folders.slice(0, MAX_PARENTS);
    folders.push(parent);
  }
}

function listOf(folder: string): ReadonlySet<string> | undefined {
  return listed.get(folder, () => {
    try {
      return new Set(readdirSync(folder));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  });
}

/** Whether the file system says that there is no such file, or none that may be read. */
export function isMissing(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ELOOP'].includes(code);
}
