import { execFile } from 'node:child_process';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { isLeftOut } from './dfixignore.js';

const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules', 'third_party', 'vendor']);
const TEMPLATE_NAME = /\.(?:j2|tmpl|erb|mustache)$/i;

/** A Dockerfile to read, or a path that cannot be looked at. */
export interface Found {
  readonly path: string;
  readonly error?: string;
}

/** Whether a file is a Dockerfile by its name. */
export function isDockerfileName(path: string): boolean {
  const name = basename(path);
  if (name.endsWith('.dockerignore')) return false;
  return /^(?:Dockerfile(?:\..+)?|Containerfile.*|.+\.[Dd]ockerfile)$/.test(name);
}

/** Whether a file is a template by its name, such as `Dockerfile.j2`. */
export function isTemplateName(path: string): boolean {
  return TEMPLATE_NAME.test(path);
}

/**
 * The Dockerfiles that the paths of the command line mean, each once, those of a folder in the order of their names,
 * without what a `.dfixignore` names.
 */
export async function discover(paths: readonly string[]): Promise<readonly Found[]> {
  const found = new Map<string, Found>();
  for (const path of paths) {
    let isFolder: boolean;
    try {
      isFolder = (await stat(path)).isDirectory();
    } catch (error) {
      found.set(path, { path, error: describeFault(error) });
      continue;
    }
    const files = isFolder ? await dockerfilesBelow(path) : [path];
    for (const file of files) if (!found.has(file) && !isLeftOut(file)) found.set(file, { path: file });
  }
  return [...found.values()];
}

async function dockerfilesBelow(folder: string): Promise<string[]> {
  const names = (await filesOfRepository(folder)) ?? (await filesOfFolder(folder));
  const files = names
    .filter((name) => isDockerfileName(name) && !name.split('/').some((part) => SKIPPED_FOLDERS.has(part)))
    .sort(byName);
  return files.map((name) => (folder === '.' ? name : join(folder, name)));
}

function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The files below a folder that git knows or would add; undefined outside a repository or without git. */
async function filesOfRepository(folder: string): Promise<string[] | undefined> {
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
  const names = stdout.split('\0').filter((name) => name !== '' && isDockerfileName(name));
  const kept = await Promise.all(names.map((name) => isFileOrBroken(join(folder, name))));
  return names.filter((_, index) => kept[index]);
}

/** All Dockerfiles below a folder that is in no repository, links to folders not followed. */
async function filesOfFolder(folder: string): Promise<string[]> {
  const files: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!SKIPPED_FOLDERS.has(entry.name)) await walk(name);
      } else if (isDockerfileName(name) && (await isFileOrBroken(join(folder, name)))) {
        files.push(name);
      }
    }
  };
  await walk('');
  return files;
}

/** False for what is gone and for a link to a folder; a broken link is kept, so that somebody is told. */
async function isFileOrBroken(path: string): Promise<boolean> {
  try {
    return !(await stat(path)).isDirectory();
  } catch {
    // Git's index also names what was deleted from the work tree: that is no fault.
    return lstat(path).then(
      () => true,
      () => false,
    );
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
  return (own.startsWith('..') || own === '' ? path : own).replaceAll('\\', '/');
}
