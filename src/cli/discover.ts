import { execFile } from 'node:child_process';
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { declarationKind, declaringFilesAbove } from './builds/declaring-files.js';
import { isLeftOut } from './dfixignore.js';
import { isDockerfileName, isVendored, SKIPPED_FOLDERS } from './dockerfile-names.js';

/** A Dockerfile to read, or a path that cannot be looked at. */
export interface Found {
  readonly path: string;
  readonly error?: string;
}

type IsWanted = (path: string) => boolean;

/**
 * The Dockerfiles that the paths of the command line mean, each once, those of a folder in the order of their names,
 * without what a `.dfixignore` names; or the files of other names.
 */
export async function discover(
  paths: readonly string[],
  isWanted: IsWanted = isDockerfileName,
): Promise<readonly Found[]> {
  const found = new Map<string, Found>();
  for (const path of paths) {
    let isFolder: boolean;
    try {
      isFolder = (await stat(path)).isDirectory();
    } catch (error) {
      found.set(path, { path, error: describeFault(error) });
      continue;
    }
    const files = isFolder ? await filesBelow(path, isWanted) : [path];
    for (const file of files) if (!found.has(file) && !isLeftOut(file)) found.set(file, { path: file });
  }
  return [...found.values()];
}

async function filesBelow(folder: string, isWanted: IsWanted): Promise<string[]> {
  const { files, declaring } = await listingOf(folder, isWanted);
  return files
    .concat(isWanted === isDockerfileName ? await dockerfilesOfOtherNames(folder, declaring) : [])
    .sort(byName)
    .map((name) => (folder === '.' ? name : join(folder, name)));
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What lies below a folder and counts: names below it, with slashes. */
interface Listing {
  readonly files: readonly string[];
  readonly declaring: Declaring;
}

/** The files that may declare builds. */
interface Declaring {
  readonly names: readonly string[];
  /** Whether a name is that of a file which is not ignored. */
  readonly has: (name: string) => boolean;
}

async function listingOf(folder: string, isWanted: IsWanted): Promise<Listing> {
  return (await listingOfRepository(folder, isWanted)) ?? listingOfFolder(folder, isWanted);
}

/** The Dockerfiles that only the builds of a repository tell: most folders declare none, and load nothing for it. */
async function dockerfilesOfOtherNames(folder: string, { names, has }: Declaring): Promise<readonly string[]> {
  const declaring = [...names.map((name) => join(folder, name)), ...declaringFilesAbove(folder)];
  if (declaring.length === 0) return [];
  const { dockerfilesOfUnusualName } = await import('./builds/unusual-names.js');
  return dockerfilesOfUnusualName(folder, declaring).filter((name) => !isVendored(name) && has(name));
}

/** The files below a folder that git knows or would add; undefined outside a repository or without git. */
async function listingOfRepository(folder: string, isWanted: IsWanted): Promise<Listing | undefined> {
  const args = ['-C', folder, 'ls-files', '-co', '--exclude-standard', '--deduplicate', '-z'];
  let stdout: string;
  try {
    ({ stdout } = await promisify(execFile)('git', args, { maxBuffer: 1 << 30 }));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // 128: no repository, or one that git refuses to read; ENOENT: no git. Then nothing is ignored.
    if (code === 128 || code === 'ENOENT') return undefined;
    throw error;
  }
  const all = stdout.split('\0');
  return {
    files: all.filter((name) => isWanted(name) && !isVendored(name) && isFileOrBroken(join(folder, name))),
    declaring: {
      names: all.filter((name) => declarationKind(name) !== undefined && !isVendored(name)),
      has: (name) => all.includes(name) && isFile(join(folder, name)),
    },
  };
}

/**
 * What lies below a folder that is in no repository, links to folders not followed. At once and not beside other work:
 * of a hundred thousand folders, that takes a fifth of the time.
 */
function listingOfFolder(folder: string, isWanted: IsWanted): Listing {
  const files: string[] = [];
  const names: string[] = [];
  const walk = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name)) walk(name);
      } else if (isWanted(name)) {
        if (entry.isFile() || isFileOrBroken(join(folder, name))) files.push(name);
      } else if (declarationKind(name) !== undefined) {
        names.push(name);
      }
    }
  };
  walk('');
  return { files, declaring: { names, has: (name) => isFile(join(folder, name)) } };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * False for what is gone and for a link to a folder; a broken link is kept, so that somebody is told. Git's index also
 * names what was deleted from the work tree: that is no fault.
 */
function isFileOrBroken(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return isThere(path);
  }
}

function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** One phrase for what the file system says. */
export function describeFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ENOENT':
      return 'no such file';
    case 'EACCES':
    case 'EPERM':
      return 'no permission';
    case 'ELOOP':
      return 'the symbolic links lead in a circle';
    case 'EISDIR':
      return 'it is a folder';
    case 'ENOSPC':
      return 'the disk is full';
    case 'EROFS':
      return 'the file system is read-only';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** A path as reports show it: relative to the working directory where it lies below, with slashes. */
export function shownPath(path: string): string {
  const own = relative(process.cwd(), path);
  const shown = own.startsWith('..') || own === '' ? path : own;
  // Where a slash separates, a backslash is a character like any other.
  return sep === '/' ? shown : shown.replaceAll(sep, '/');
}
