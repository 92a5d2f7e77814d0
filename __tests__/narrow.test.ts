import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PROGRAM, putFile, runProgram } from './harness/program.js';
import { shardFrom } from '../src/cli/narrow.js';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const BAD = 'FROM debian:bookworm\nMAINTAINER me\n';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => putFile(folder, name, text);

function git(...words: readonly string[]): void {
  const names = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'init.defaultBranch=main'];
  execFileSync('git', [...names, ...words], { cwd: folder, stdio: 'pipe' });
}

function listed(...words: readonly string[]): string[] {
  const { code, out, err } = runProgram(folder, ['--list', ...words]);
  expect({ code, err }).toMatchObject({ code: 0 });
  return out.split('\n').filter((line) => line !== '');
}

describe('a run over what changed', () => {
  beforeEach(() => {
    git('init', '-q');
    for (const name of ['a', 'b', 'c', 'd/e']) put(`${name}/Dockerfile`, BAD);
    put('b/package.json', '{}');
    put('c/server.js', '');
    git('add', '.');
    git('commit', '-qm', 'one');
  });

  test('takes Dockerfiles that differ, those that are new, and those of manifests', () => {
    expect(listed('--changed')).toEqual([]);
    put('a/Dockerfile', `${BAD}RUN true\n`);
    put('b/package.json', '{ "name": "b" }');
    put('c/server.js', 'edited');
    put('new/Dockerfile', BAD);
    expect(listed('--changed')).toEqual(['a/Dockerfile', 'b/Dockerfile', 'new/Dockerfile']);
    git('add', 'a');
    expect(listed('--staged')).toEqual(['a/Dockerfile']);
  });

  test('takes Dockerfiles that a file declares which differs, and no others', () => {
    const compose = (target: string): string =>
      `services:\n  web:\n    build: { context: a, target: ${target} }\n  db: { image: postgres }\n`;
    put('compose.yaml', compose('one'));
    git('add', '.');
    git('commit', '-qm', 'two');
    expect(listed('--changed')).toEqual([]);
    put('compose.yaml', compose('two'));
    expect(listed('--changed')).toEqual(['a/Dockerfile']);
    put('compose.yaml', 'services: [\n');
    expect(listed('--changed')).toEqual([]);
  });

  test('starts where the branch left another one', () => {
    git('checkout', '-qb', 'work');
    put('d/e/Dockerfile', `${BAD}RUN true\n`);
    git('commit', '-qam', 'two');
    git('checkout', '-q', 'main');
    put('a/Dockerfile', `${BAD}RUN true\n`);
    git('commit', '-qam', 'three');
    git('checkout', '-q', 'work');
    expect(listed('--since', 'main')).toEqual(['d/e/Dockerfile']);
  });

  test('has one message for what git does not know', () => {
    const messages = [['--since', 'nothing'], ['--since=--output=x'], ['--changed', '--staged']].map((words) => {
      const { code, err } = runProgram(folder, words);
      return `${code} ${err}`;
    });
    expect(messages[0]).toMatch(/^2 dfix: git merge-base failed: fatal: Not a valid object name nothing\n$/);
    expect(messages[1]).toBe('2 dfix: --since --output=x is no commit\n');
    expect(messages[2]).toBe('2 dfix: --changed, --since and --staged exclude each other\n');
  });
});

describe('shards', () => {
  test('are the whole together, and each file is in one', () => {
    for (let index = 0; index < 40; index++) put(`s${index}/Dockerfile`, BAD);
    const parts = ['1/3', '2/3', '3/3'].map((shard) => listed('--shard', shard));
    expect(parts.flat().sort()).toEqual(listed().sort());
    expect(parts.every((part) => part.length > 0)).toBe(true);
  });

  test.each([
    ['2/5', {}, { index: 1, count: 5 }],
    ['auto', { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '4' }, { index: 0, count: 4 }],
    ['auto', { CIRCLE_NODE_INDEX: '3', CIRCLE_NODE_TOTAL: '4' }, { index: 3, count: 4 }],
    ['auto', { JOB_COMPLETION_INDEX: '2', JOB_COMPLETIONS: '3' }, { index: 2, count: 3 }],
    [
      'auto',
      { SLURM_ARRAY_TASK_ID: '11', SLURM_ARRAY_TASK_MIN: '10', SLURM_ARRAY_TASK_COUNT: '2' },
      { index: 1, count: 2 },
    ],
  ])('are read: %s of %j', (word, environment, shard) => {
    expect(shardFrom(word, environment)).toEqual(shard);
  });

  test.each([
    ['0/3', {}],
    ['4/3', {}],
    ['x', {}],
    ['auto', {}],
    ['auto', { CI_NODE_INDEX: '5', CI_NODE_TOTAL: '4' }],
  ])('that do not exist are refused: %s of %j', (word, environment) => {
    expect(() => shardFrom(word, environment)).toThrow('--shard');
  });
});

describe('--online', () => {
  test('pins the digest that the registry gives for the tag of the rewritten file', async () => {
    const digest = `sha256:${'ab'.repeat(32)}`;
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      if (request.url?.includes('/gone/') === true) response.writeHead(404);
      else response.writeHead(200, { 'docker-content-digest': digest, 'content-type': INDEX });
      response.end();
    });
    await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    put('Dockerfile', `FROM ${host}/team/node:20\nCOPY --from=${host}/gone:1 /x /x\nCMD ["node"]\n`);
    const child = spawn(process.execPath, [PROGRAM, '--online', '--write', '--format', 'json'], {
      cwd: folder,
      env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache'), DOCKER_CONFIG: folder },
    });
    let out = '';
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    expect(await new Promise((settle) => child.once('close', settle))).toBe(0);
    server.close();
    expect(readFileSync(join(folder, 'Dockerfile'), 'utf8')).toContain(`FROM ${host}/team/node:20@${digest}\n`);
    expect(out).toContain('"reason": "no-answer"');
    expect(asked.filter((line) => line === 'HEAD /v2/team/node/manifests/20')).toHaveLength(1);
  });

  test('has one message for a mirror that cannot be one', () => {
    put('Dockerfile', BAD);
    const words = ['--online', '--mirror', 'ftp://x'];
    const { code, err } = runProgram(folder, words);
    expect(code).toBe(2);
    expect(err).toMatch(/^dfix: --mirror: the mirror x has no address by https/);
  });
});
