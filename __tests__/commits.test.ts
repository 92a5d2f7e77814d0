import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { putFile, type Run, runProgram } from './harness/program.js';

const BAD = `FROM debian:bookworm
MAINTAINER me
RUN apt update
RUN apt install python3 curl
ADD app.py /srv/
CMD python3 /srv/app.py
`;
const NODE = 'FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "index.js"]\n';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => putFile(folder, name, text);
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** As on a machine where the only settings of git are those of the repositories. */
const env = { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };
const dfix = (cwd: string, ...words: readonly string[]): Run => runProgram(join(folder, cwd), words, env);

function git(cwd: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', words, { cwd: join(folder, cwd), encoding: 'utf8', env });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** A clone of a repository with what lies in a folder. */
function clone(name: string): void {
  git(name, 'init', '-q', '-b', 'main');
  git(name, 'config', 'user.name', 'Origin');
  git(name, 'config', 'user.email', 'origin@example.com');
  git(name, 'add', '.');
  git(name, 'commit', '-qm', 'Begin');
  git('.', 'clone', '-q', name, `clones/${name}`);
  git(`clones/${name}`, 'config', 'user.name', 'Some One');
  git(`clones/${name}`, 'config', 'user.email', 'one@example.com');
}

const subjects = (repository: string): readonly string[] =>
  git(repository, 'log', '--reverse', '--format=%s').trimEnd().split('\n').slice(1);

describe('--commit-per-transform', () => {
  beforeEach(() => {
    put('shop/Dockerfile', BAD);
    put('shop/api/Dockerfile', BAD.replace('python3 curl', 'wget curl'));
    put('shop/app.py', '');
    put('shop/api/app.py', '');
    for (const name of ['Dockerfile', 'worker.Dockerfile']) put(`web/${name}`, NODE);
    put('web/package.json', '{ "name": "x", "version": "1.0.0", "dependencies": { "ms": "2.1.3" }, "scripts": {} }');
    put('web/package-lock.json', '{ "name": "x", "lockfileVersion": 3, "packages": {} }');
    put('web/index.js', '');
    clone('shop');
    clone('web');
  });

  test('ends with what --write gives in one go, a transform after the other', () => {
    cpSync(join(folder, 'clones'), join(folder, 'plain'), { recursive: true });
    const words = ['--write', '--unsafe', '--report', 'jsonl=-'];
    const plain = dfix('plain', ...words);
    expect(dfix('clones', ...words, '--commit-per-transform')).toEqual(plain);
    for (const name of [
      'shop/Dockerfile',
      'shop/api/Dockerfile',
      'web/Dockerfile',
      'web/worker.Dockerfile',
      'web/.dockerignore',
    ])
      expect(read(`clones/${name}`)).toBe(read(`plain/${name}`));
    for (const repository of ['clones/shop', 'clones/web']) {
      expect(git(repository, 'status', '--porcelain')).toBe('');
      expect(git(repository, 'log', '-1', '--format=%an %ae').trim()).toBe('Some One one@example.com');
    }
    expect(subjects('clones/shop')).toContain('Replace maintainer in 2 Dockerfiles');
    expect(subjects('clones/web')).toContain('Write dockerignore in 2 Dockerfiles');
    expect(subjects('clones/shop').length).toBeGreaterThan(5);
  });

  test('says what, why, the risk and how to opt out, and commits nothing else', () => {
    put('clones/shop/notes', 'mine\n');
    git('clones/shop', 'add', 'notes');
    dfix('clones', '--write', '--commit-per-transform', '--only', 'replace-maintainer');
    expect(git('clones/shop', 'log', '-1', '--format=%B')).toBe(`Replace maintainer in 2 Dockerfiles

What:
- replace-maintainer: Turns MAINTAINER into a label

Why:
- Dockerfile:2: \`MAINTAINER\` is deprecated
- api/Dockerfile:2: \`MAINTAINER\` is deprecated

Risk, 2 safe fixes: The image stays as it is, but for what the practice
takes away on purpose. Every result was read again, and its
configuration compared with the one before.

Opt out: a comment above an instruction keeps a transform from it, such
as "# dfix ignore=replace-maintainer reason"; "# dfix ignore-file" keeps
dfix from the file. "dfix explain replace-maintainer" tells more.

`);
    expect(git('clones/shop', 'show', '--name-only', '--format=').trim().split('\n')).toEqual([
      'Dockerfile',
      'api/Dockerfile',
    ]);
    expect(git('clones/shop', 'status', '--porcelain')).toBe('A  notes\n');
    expect(subjects('clones/web')).toEqual([]);
  });

  test('refuses files that are not as they were committed, before anything is written', () => {
    put('clones/web/Dockerfile', `${NODE}\n`);
    const { code, err } = dfix('clones', '--write', '--commit-per-transform');
    expect({ code, err }).toEqual({
      code: 2,
      err: 'dfix: --commit-per-transform: web/Dockerfile is not as it was committed: commit or stash it first\n',
    });
    expect(subjects('clones/shop')).toEqual([]);
    expect(read('clones/shop/Dockerfile')).toBe(BAD);
    put('nowhere/Dockerfile', BAD);
    expect(dfix('nowhere', '--write', '--commit-per-transform').err).toContain(
      'nowhere: git rev-parse failed: fatal: not a git',
    );
    expect(dfix('nowhere', '--commit-per-transform').err).toBe('dfix: --commit-per-transform needs --write\n');
    expect(read('nowhere/Dockerfile')).toBe(BAD);
  });

  test('puts back what a hook refuses, and goes on with the next repository', () => {
    const hook = put(
      'clones/shop/.git/hooks/commit-msg',
      '#!/bin/sh\n! grep -q "^Use exec form" "$1" || { echo no shells >&2; exit 1; }\n',
    );
    chmodSync(hook, 0o755);
    const { code, err } = dfix('clones', '--write', '--unsafe', '--commit-per-transform');
    expect(code).toBe(2);
    expect(err).toContain('error: shop/Dockerfile: not committed: git commit failed: no shells\n');
    expect(git('clones/shop', 'status', '--porcelain')).toBe('');
    expect(subjects('clones/shop')).toContain('Replace maintainer in 2 Dockerfiles');
    expect(subjects('clones/shop').join()).not.toContain('Use exec form');
    expect(existsSync(join(folder, 'clones/web/.dockerignore'))).toBe(true);
    expect(git('clones/web', 'status', '--porcelain')).toBe('');
  });
});
