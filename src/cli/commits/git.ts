import { spawnSync } from 'node:child_process';
import { UsageError } from '../exit-codes.js';
import { plain } from '../reports/plain.js';

/** A hook of one repository hands these to what it starts: they must not lead into another one. */
const PLACES = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_COMMON_DIR', 'GIT_OBJECT_DIRECTORY'];

/** Thrown for what git refuses, with its first line. */
export class GitError extends Error {}

/** The repository that a folder lies in. Throws a `UsageError` where there is none, or no git. */
export function repositoryOf(folder: string): string {
  try {
    return git(folder, ['rev-parse', '--show-toplevel']).replace(/\n$/, '');
  } catch (error) {
    if (error instanceof GitError) throw new UsageError(`--commit-per-transform: ${plain(folder)}: ${error.message}`);
    throw error;
  }
}

/** The paths, from the root of the repository on, that differ from the last commit or are not in it. */
export function uncommitted(root: string, paths: readonly string[]): readonly string[] {
  // The command takes no list on stdin, and a command line is only so long.
  const step = 500;
  const found: string[] = [];
  for (let at = 0; at < paths.length; at += step) {
    const args = ['status', '--porcelain', '-z', '--no-renames', '--untracked-files=all', '--ignored', '--'];
    const said = git(root, [...args, ...paths.slice(at, at + step)]);
    found.push(...said.split('\0').flatMap((entry) => (entry === '' ? [] : entry.slice(3))));
  }
  return found;
}

/** Commits some files as they are in the work tree, and nothing else, whatever is staged. */
export function commit(root: string, paths: readonly string[], added: readonly string[], message: string): void {
  const list = ['--pathspec-from-file=-', '--pathspec-file-nul'];
  if (added.length > 0) git(root, ['add', ...list], added.join('\0'));
  try {
    git(root, ['commit', '--quiet', '--cleanup=whitespace', '--message', message, '--only', ...list], paths.join('\0'));
  } catch (error) {
    if (added.length > 0) git(root, ['reset', '--quiet', ...list], added.join('\0'));
    throw error;
  }
}

function git(folder: string, args: readonly string[], input = ''): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !PLACES.includes(name)));
  const { status, stdout, stderr, error } = spawnSync('git', ['--literal-pathspecs', '-C', folder, ...args], {
    env,
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status === 0) return stdout;
  const said = `${stderr ?? ''}\n${stdout ?? ''}`.split('\n').find((line) => line.trim() !== '');
  throw new GitError(`git ${args[0] ?? ''} failed: ${plain(error?.message ?? said ?? 'it says nothing')}`);
}
