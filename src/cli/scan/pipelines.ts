import { stringify } from 'yaml';
import { UsageError } from '../exit-codes.js';
import { shardsOf } from '../narrow.js';
import { version } from '../version.js';
import { pathOf } from './formats.js';
import type { Scan, ScannedFile } from './scan.js';

/** https://docs.github.com/en/actions/reference/limits: the jobs that one matrix makes. */
const MOST_JOBS = 256;

/**
 * A matrix for GitHub's `fromJSON`: an entry a Dockerfile, or a part of the files. Context and target are there where
 * all builds that are declared of a Dockerfile agree, and empty else.
 */
export function githubMatrix({ files }: Scan, shards: number | undefined): string {
  const include = shards === undefined ? files.map(entryOf) : partsOf(files, shards);
  if (include.length > MOST_JOBS)
    throw new UsageError(
      `a matrix of GitHub makes ${MOST_JOBS} jobs at most, and there are ${include.length}: use --shards N`,
    );
  return `${JSON.stringify({ include })}\n`;
}

function entryOf({ path, builds }: ScannedFile): Readonly<Record<string, string>> {
  const only = (words: readonly string[]): string => (new Set(words).size === 1 ? (words[0] ?? '') : '');
  return {
    dockerfile: pathOf(path),
    context: only(builds.map(({ context }) => pathOf(context))),
    target: only(builds.map(({ target }) => target ?? '')),
  };
}

function partsOf(files: readonly ScannedFile[], shards: number): readonly { readonly shard: string }[] {
  // A part without a file makes no job.
  return shardsOf(files, shards).flatMap((own, index) =>
    own.length === 0 ? [] : [{ shard: `${index + 1}/${shards}`, files: own.length }],
  );
}

const REPORT = 'gl-code-quality-report.json';

/**
 * A child pipeline for GitLab: a job a Dockerfile, or a part of the files. Each checks, and hands on a code quality
 * report. What the repository says reaches the shell as the value of a variable that nothing expands.
 */
export function gitlabChild({ files }: Scan, paths: readonly string[], shards: number | undefined): string {
  const check = `npx --yes dfix@${version()} --check --report gitlab=${REPORT}`;
  const jobs: Record<string, unknown> = {};
  if (shards === undefined) {
    for (const { path } of files) {
      const name = pathOf(path);
      jobs[jobName(name, jobs)] = job(`${check} -- "$DOCKERFILE"`, { DOCKERFILE: { value: name, expand: false } });
    }
  } else {
    const words = paths.map((path) => `'${path.replaceAll("'", `'\\''`)}'`).join(' ');
    for (const { shard } of partsOf(files, shards))
      jobs[`dfix ${shard}`] = job(`${check} --shard ${shard} -- ${words}`);
  }
  // A pipeline without a job is an error.
  if (files.length === 0) jobs['dfix'] = { script: ['echo "no Dockerfile"'] };
  return stringify({ default: { image: 'node:22' }, ...jobs }, { lineWidth: 0, aliasDuplicateObjects: false });
}

function job(script: string, variables?: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {
    stage: 'test',
    ...(variables === undefined ? {} : { variables }),
    script: [script],
    artifacts: { when: 'always', reports: { codequality: REPORT } },
  };
}

/** GitLab takes 255 characters, and reads a name in blanks and slashes as it is. */
function jobName(path: string, taken: Readonly<Record<string, unknown>>): string {
  const full = `dfix: ${path.replace(/[\u0000-\u001f\u007f]/g, '?')}`;
  const name = full.length <= 240 ? full : `${full.slice(0, 120)}…${full.slice(-110)}`;
  let free = name;
  for (let number = 2; Object.hasOwn(taken, free); number++) free = `${name} (${number})`;
  return free;
}
