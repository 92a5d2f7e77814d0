import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { declarationKind, folderOfWorkflow } from './builds/declaring-files.js';
import { type Found, shownPath } from './discover.js';
import { UsageError } from './exit-codes.js';

/** Which of the files that were found a run is about. */
export interface Narrowing {
  /** What differs from the last commit, and new files. */
  readonly changed: boolean;
  /** What differs from the commit in which the current branch left another one. */
  readonly since: string | undefined;
  /** What the next commit would hold. */
  readonly staged: boolean;
  /** Such as `2/5`, or `auto` for what the environment of a CI says. */
  readonly shard: string | undefined;
}

/** Keeps the files that a run is about. Throws a `UsageError` for what git or the environment does not know. */
export async function narrow(found: readonly Found[], narrowing: Narrowing): Promise<readonly Found[]> {
  const { changed, since, staged, shard } = narrowing;
  if ([changed, since !== undefined, staged].filter(Boolean).length > 1)
    throw new UsageError('--changed, --since and --staged exclude each other');
  const mine = shard === undefined ? found : inShard(found, shardFrom(shard, process.env));
  if (!changed && since === undefined && !staged) return mine;
  const touched = await touchedFiles(narrowing);
  const declared = await declaredIn([...touched].filter((path) => declarationKind(path) !== undefined));
  return mine.filter(({ path }) => {
    const file = real(path);
    return declared.has(file) || isTouched(file, touched);
  });
}

/** The Dockerfiles whose builds are declared in the folders of some files, since an override is read with what it overrides. */
async function declaredIn(declaring: readonly string[]): Promise<ReadonlySet<string>> {
  if (declaring.length === 0) return new Set();
  const { buildsDeclaredIn } = await import('./builds/declared-builds.js');
  const folders = new Set(declaring.map((path) => folderOfWorkflow(path) ?? dirname(path)));
  return new Set(
    [...folders].flatMap((folder) => buildsDeclaredIn(folder, folder)).map(({ dockerfile }) => dockerfile),
  );
}

/** Files of a build context that rewrites rely on: a Dockerfile is looked at again when one of them changes. */
const MANIFESTS =
  /^(?:\.dockerignore|.*\.dockerignore|package(?:-lock)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(?:lock|workspace)\.yaml|bun\.lockb?|\.npmrc|requirements[\w.-]*\.txt|pyproject\.toml|poetry\.lock|uv\.lock|Pipfile(?:\.lock)?|setup\.(?:py|cfg)|go\.(?:mod|sum|work)|Cargo\.(?:toml|lock)|pom\.xml|build\.gradle(?:\.kts)?|settings\.gradle(?:\.kts)?|Gemfile(?:\.lock)?|composer\.(?:json|lock)|mix\.(?:exs|lock)|.*\.(?:csproj|fsproj|sln)|\.hadolint\.ya?ml|dfix\.config\.(?:json|yaml)|\.dfix\.yaml|\.dfixignore)$/;

/** Whether a Dockerfile, or a manifest in its folder or below, is among some files. */
function isTouched(file: string, touched: ReadonlySet<string>): boolean {
  if (touched.has(file)) return true;
  const folder = dirname(file) + sep;
  for (const path of touched)
    if (path.startsWith(folder) && MANIFESTS.test(path.slice(path.lastIndexOf(sep) + 1))) return true;
  return false;
}

async function touchedFiles({ changed, since, staged }: Narrowing): Promise<ReadonlySet<string>> {
  const root = real((await git(['rev-parse', '--show-toplevel'])).trim());
  if (since?.startsWith('-') === true) throw new UsageError(`--since ${since} is no commit`);
  const lists = staged
    ? [await git(['diff', '--name-only', '-z', '--no-renames', '--diff-filter=d', '--cached'], root)]
    : [
        await git(['diff', '--name-only', '-z', '--no-renames', '--diff-filter=d', await baseOf(since), '--'], root),
        ...(changed || since !== undefined ? [await git(['ls-files', '-o', '--exclude-standard', '-z'], root)] : []),
      ];
  return new Set(
    lists.flatMap((list) => list.split('\0').filter((name) => name !== '')).map((name) => join(root, name)),
  );
}

async function baseOf(since: string | undefined): Promise<string> {
  if (since === undefined) return 'HEAD';
  return (await git(['merge-base', since, 'HEAD'])).trim();
}

async function git(args: readonly string[], cwd = process.cwd()): Promise<string> {
  try {
    return (await promisify(execFile)('git', [...args], { cwd, maxBuffer: 1 << 30 })).stdout;
  } catch (error) {
    const said = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : '';
    throw new UsageError(`git ${args[0] ?? ''} failed: ${said.trim().split('\n')[0] ?? 'git is not installed'}`);
  }
}

/** A path without symbolic links, as git names it. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // What is gone, or may not be looked at, keeps its name: whoever reads it says what is wrong.
    return resolve(path);
  }
}

/** One part of several: `index` counts from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The variables by which systems tell a job its part, with what the first part is called. Sources: the documentation of
 * GitLab CI, CircleCI, Buildkite, Kubernetes (Indexed Job, whose count has to be set) and Slurm (job arrays).
 */
const SYSTEMS: readonly (readonly [index: string, count: string, first: number])[] = [
  ['DFIX_SHARD_INDEX', 'DFIX_SHARD_COUNT', 0],
  ['CI_NODE_INDEX', 'CI_NODE_TOTAL', 1],
  ['CIRCLE_NODE_INDEX', 'CIRCLE_NODE_TOTAL', 0],
  ['BUILDKITE_PARALLEL_JOB', 'BUILDKITE_PARALLEL_JOB_COUNT', 0],
  ['JOB_COMPLETION_INDEX', 'JOB_COMPLETIONS', 0],
  ['SLURM_ARRAY_TASK_ID', 'SLURM_ARRAY_TASK_COUNT', -1],
];

/** Reads `i/n`, counted from 1, or finds the part in the environment. Throws a `UsageError`. */
export function shardFrom(word: string, environment: NodeJS.ProcessEnv): Shard {
  if (word === 'auto') return shardOfSystem(environment);
  const [, index = '0', count = '0'] = /^(\d{1,6})\/(\d{1,6})$/.exec(word) ?? [];
  const shard = { index: Number(index) - 1, count: Number(count) };
  if (shard.index < 0 || shard.index >= shard.count)
    throw new UsageError(`--shard ${word} is neither auto nor I/N with I from 1 to N`);
  return shard;
}

function shardOfSystem(environment: NodeJS.ProcessEnv): Shard {
  for (const [indexName, countName, first] of SYSTEMS) {
    const index = environment[indexName];
    const count = environment[countName];
    if (index === undefined || count === undefined || !/^\d+$/.test(index) || !/^\d+$/.test(count)) continue;
    // An array of Slurm may start anywhere.
    const start = first < 0 ? Number(environment['SLURM_ARRAY_TASK_MIN'] ?? 0) : first;
    const shard = { index: Number(index) - start, count: Number(count) };
    if (shard.index < 0 || shard.index >= shard.count)
      throw new UsageError(`--shard auto: ${indexName}=${index} is not one of ${count} parts`);
    return shard;
  }
  const names = SYSTEMS.map(([indexName, countName]) => `${indexName} with ${countName}`);
  throw new UsageError(`--shard auto finds none of ${names.join(', ')} in the environment`);
}

/** The files of one part. */
function inShard(found: readonly Found[], { index, count }: Shard): readonly Found[] {
  return found.filter(({ path }) => shardOf(path, count) === index);
}

/** Some files in their parts. */
export function shardsOf<T extends { readonly path: string }>(files: readonly T[], count: number): readonly T[][] {
  const shards = Array.from({ length: count }, (): T[] => []);
  for (const file of files) shards[shardOf(file.path, count)]?.push(file);
  return shards;
}

/** The part of a file, from 0: by a hash of its path, so that a new file moves no other one. */
function shardOf(path: string, count: number): number {
  return createHash('sha256').update(shownPath(path)).digest().readUInt32BE(0) % count;
}
