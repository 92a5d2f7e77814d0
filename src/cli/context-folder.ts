import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { BuildContext, ContextFile, IgnoreFile } from '../context/build-context.js';
import { ignoreFilter, openContext } from '../context/open-context.js';
import { isMissing } from './folder-names.js';
import { readText } from './read-text.js';
import { baseName } from '../text/path.js';

/** A folder with more files is no context that dfix looks into. */
const MAX_FILES = 100_000;

/** Folders of installed packages and of git: that they are there matters, but not what is in them. */
const OPAQUE_FOLDERS: ReadonlySet<string> = new Set(['node_modules', '.git']);

/**
 * Opens a folder as the context of a Dockerfile. The patterns of `<Dockerfile>.dockerignore` count before those of
 * `.dockerignore`. Undefined for a folder with too many files. Links are listed and not followed.
 */
export function openContextFolder(folder: string, dockerfile: string): BuildContext | undefined {
  const ignoreFile = ignoreFileOf(folder, dockerfile);
  const files = listFolder(folder, ignoreFile.text);
  if (files === undefined) return undefined;
  const root = realpathSync(folder);
  const read = (path: string): string | undefined => {
    let file: string;
    try {
      file = realpathSync(join(root, path));
    } catch (error) {
      // A link to nothing.
      if (isMissing(error)) return undefined;
      throw error;
    }
    // A link that leads out of the context is none of its files.
    return file.startsWith(root + sep) ? readText(file) : undefined;
  };
  return openContext({ name: shownFolder(folder), files, read, ignoreFile });
}

function ignoreFileOf(folder: string, dockerfile: string): IgnoreFile {
  const own = readText(`${dockerfile}.dockerignore`);
  if (own !== undefined) return { path: `${dockerfile}.dockerignore`, text: own };
  const path = join(folder, '.dockerignore');
  return { path, text: readText(path) };
}

function shownFolder(folder: string): string {
  const path = relative(process.cwd(), folder);
  return path === '' ? '.' : path;
}

/** What lies in a folder; nothing for one that may not be read, such as the data of a database, or is gone by now. */
function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function listFolder(root: string, ignoreText: string | undefined): readonly ContextFile[] | undefined {
  const isIgnored = ignoreFilter(ignoreText);
  // A pattern with `!` may bring back something below a folder that is left out.
  const canSkipFolders = ignoreText?.split('\n').every((line) => !line.startsWith('!')) === true;
  const files: ContextFile[] = [];
  const queue = [''];
  for (let at = 0; at < queue.length; at++) {
    const folder = queue[at] ?? '';
    const isOpaque = OPAQUE_FOLDERS.has(baseName(folder));
    for (const entry of entriesOf(join(root, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (isOpaque) files.push({ path, kind: 'folder' });
        else if (!(canSkipFolders && isIgnored(path))) queue.push(path);
      } else if (entry.isFile() || entry.isSymbolicLink()) {
        const kind = entry.isFile() ? 'file' : 'link';
        files.push({ path, kind });
        if (files.length > MAX_FILES) return undefined;
      }
    }
  }
  return files;
}
