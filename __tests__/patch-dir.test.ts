import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { putFile, type Run, runProgram } from './harness/program.js';

const BAD = 'FROM debian:bookworm\nMAINTAINER me\nRUN apt-get update && apt-get install curl\n';
const COPIES = 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-patches-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => putFile(folder, name, text);

const dfix = (...words: readonly string[]): Run => runProgram(folder, words);

function git(where: string, ...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', words, { cwd: join(folder, where), encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${words.join(' ')}: ${stderr}`);
  return stdout;
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

test('each repository gets a patch that git applies at its root, a commit message and a body', () => {
  put('services/api/deploy/Dockerfile', BAD);
  put('services/api/web/Dockerfile', COPIES);
  put('services/api/web/package.json', '{"dependencies":{"left-pad":"1.3.0"}}');
  put('services/api/web/package-lock.json', '{"lockfileVersion":3,"packages":{}}');
  put('services/good/Dockerfile', 'FROM scratch\nCOPY app /app\nUSER 1000\nENTRYPOINT ["/app"]\n');
  put('a b/-x$(id)/Dockerfile', BAD);
  put('plain/Dockerfile', BAD);
  const roots = ['services/api', 'services/good', 'a b/-x$(id)'];
  for (const root of roots) git(root, 'init', '-q');
  const before = dfix('--format', 'json', '--with-text');
  const { code, err } = dfix('--patch-dir', 'out/patches', '--quiet', 'services', 'a b', 'plain');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const endings = ['.commit.txt', '.patch', '.pr.md'];
  const names = ['a%20b+%2Dx%24%28id%29', 'plain', 'services+api'];
  expect(readdirSync(join(folder, 'out/patches')).sort()).toEqual(
    names.flatMap((name) => endings.map((ending) => name + ending)).sort(),
  );
  expect(read('out/patches/services+api.commit.txt')).toMatchSnapshot();
  expect(read('out/patches/services+api.pr.md')).toMatchSnapshot();
  git('services/api', 'apply', join(folder, 'out/patches/services+api.patch'));
  git('a b/-x$(id)', 'apply', join(folder, `out/patches/${names[0] ?? ''}.patch`));
  git('plain', 'apply', join(folder, 'out/patches/plain.patch'));
  const { files } = JSON.parse(before.out) as { files: { path: string; text: string }[] };
  expect(files).toHaveLength(5);
  for (const { path, text } of files) expect(read(path)).toBe(text);
  expect(read('services/api/web/.dockerignore')).toContain('node_modules');
});

test('the context of a submodule may belong to the repository around it', () => {
  put('sub/Dockerfile', COPIES);
  put('package.json', '{"dependencies":{"left-pad":"1.3.0"}}');
  put('package-lock.json', '{"lockfileVersion":3,"packages":{}}');
  git('.', 'init', '-q');
  git('sub', 'init', '-q');
  dfix('--patch-dir', 'out', '--context', '.', 'sub/Dockerfile');
  const [own = '', sub = ''] = readdirSync(join(folder, 'out'))
    .filter((name) => name.endsWith('.patch'))
    .sort();
  expect(sub).toBe('sub.patch');
  expect(read(`out/${own}`)).toContain('+++ b/.dockerignore\n');
  expect(read('out/sub.patch')).not.toContain('.dockerignore');
  git('.', 'apply', `out/${own}`);
});

test('names that differ by case alone are told apart, and long ones are cut', () => {
  const long = `${'é'.repeat(80)}/${'x'.repeat(120)}`;
  for (const name of ['API', 'api', long]) {
    put(`${name}/Dockerfile`, BAD);
    mkdirSync(join(folder, name, '.git'));
  }
  expect(dfix('--patch-dir', 'out').code).toBe(0);
  const names = readdirSync(join(folder, 'out')).filter((name) => name.endsWith('.patch'));
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(3);
  expect(Math.max(...names.map((name) => name.length))).toBeLessThan(220);
});

test('what cannot be written is told, and stdin has no repository', () => {
  put('Dockerfile', BAD);
  put('file', '');
  expect(dfix('--patch-dir', 'file/x')).toMatchObject({ code: 2, out: '' });
  expect(dfix('--patch-dir', 'out', '-').err).toBe('dfix: --patch-dir is about files, and - stands for stdin\n');
});
