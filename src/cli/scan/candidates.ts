import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { declarationKind, declaringFilesAbove } from '../builds/declaring-files.js';
import { isDockerfileName, isVendored } from '../dockerfile-names.js';

/** What lies below a folder and may be told of. */
export interface Candidates {
  /** Whatever has a name like a Dockerfile, ignored or not. */
  readonly dockerfiles: readonly string[];
  /** The files that may declare builds, those of the folders above included. */
  readonly declaring: readonly string[];
}

const NONE: Candidates = { dockerfiles: [], declaring: [] };

/** Looks at all that is below a folder, without the contents of `.git`. Nothing for a file, or what is not there. */
export async function candidatesBelow(path: string): Promise<Candidates> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return NONE;
  const names = (await namesOfRepository(path)) ?? (await namesOfFolder(path));
  const ignored = new Set(names.ignored);
  return {
    dockerfiles: [...names.all, ...names.ignored].filter(isCandidate).map((name) => join(path, name)),
    declaring: names.all
      .filter((name) => declarationKind(name) !== undefined && !isVendored(name) && !ignored.has(name))
      .map((name) => join(path, name))
      .concat(declaringFilesAbove(path)),
  };
}

function isCandidate(name: string): boolean {
  return isDockerfileName(name.replace(/\.dockerignore$/, ''));
}

interface Names {
  readonly all: readonly string[];
  /** What git ignores, as far as it may be a Dockerfile. */
  readonly ignored: readonly string[];
}

async function namesOfRepository(folder: string): Promise<Names | undefined> {
  const git = async (...words: readonly string[]): Promise<string[]> => {
    const args = ['-C', folder, 'ls-files', '-z', ...words];
    return (await promisify(execFile)('git', args, { maxBuffer: 1 << 30 })).stdout.split('\0').filter(Boolean);
  };
  try {
    return {
      all: await git('-co', '--exclude-standard', '--deduplicate'),
      ignored: await git('-oi', '--exclude-standard', '--', '*ockerfile*', '*ontainerfile*'),
    };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // As for a run: no repository, one that git refuses to read, or no git.
    if (code === 128 || code === 'ENOENT') return undefined;
    throw error;
  }
}

async function namesOfFolder(folder: string): Promise<Names> {
  const all: string[] = [];
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (!entry.isDirectory()) all.push(name);
      else if (entry.name !== '.git') await walk(name);
    }
  };
  await walk('');
  return { all, ignored: [] };
}
