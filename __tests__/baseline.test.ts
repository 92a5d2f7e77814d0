import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Baseline, writeBaseline } from '../src/cli/baseline/baseline-file.js';
import { namesIn, rewriteBeside, type RewriteWith } from '../src/cli/baseline/beside-baseline.js';
import { corpusFiles, describeWithCorpus, SHARED_CORPUS } from './harness/shared.js';
import { rewrite } from '../src/rewrite.js';
import { transforms } from '../src/transforms/index.js';
import { putFile, type Run, runProgram } from './harness/program.js';

const BAD = 'FROM debian:bookworm\nMAINTAINER me\nRUN apt-get update && apt-get install curl\n';
const BASELINE = ['--baseline', '.dfix-baseline.json'];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => putFile(folder, name, text);

const dfix = (...words: readonly string[]): Run => runProgram(folder, words);

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

describe('dfix baseline', () => {
  test('keeps what is found, and later runs tell and mend only what is new', () => {
    put('a/Dockerfile', BAD);
    put('b/Dockerfile', BAD);
    const { code, out, err } = dfix('baseline');
    expect({ code, out, err: err.split('\n')[0] }).toEqual({
      code: 0,
      out: '',
      err: '12 findings in .dfix-baseline.json, 0 before',
    });
    const text = read('.dfix-baseline.json');
    expect(text).toMatchSnapshot();
    expect(dfix('--check').code).toBe(1);
    for (const words of [['--check'], ['--check', '--unsafe'], ['--write', '--unsafe']])
      expect(dfix(...words, ...BASELINE)).toMatchObject({ code: 0, out: '' });
    expect(dfix('--format', 'concise', ...BASELINE).out).toBe('');
    // Lines may move, be indented otherwise and end otherwise.
    put('a/Dockerfile', `# ours\r\n\r\n${BAD.replaceAll('\n', '\r\n')}`);
    put('b/Dockerfile', `${BAD}USER root\nRUN apt-get update && apt-get install git\n`);
    expect(dfix('--list', ...BASELINE).out).toBe('b/Dockerfile\n');
    expect(dfix('--write', ...BASELINE).code).toBe(0);
    expect(read('b/Dockerfile')).toContain(BAD);
    expect(read('b/Dockerfile')).toContain('apt-get install -y git');
    expect(dfix('--check', ...BASELINE)).toMatchObject({ code: 0 });
    // A second one of the same kind and text is new.
    put('a/Dockerfile', `${BAD}FROM debian:bookworm\nRUN apt-get update && apt-get install curl\n`);
    const changes = dfix('--format', 'json', '--only', 'add-assume-yes', 'a', ...BASELINE).out;
    expect((JSON.parse(changes) as { files: { changes: { line: number }[] }[] }).files[0]?.changes).toMatchObject([
      { line: 5 },
    ]);
    expect(dfix('baseline').err).toMatch(/^\d+ findings in \.dfix-baseline\.json, 12 before\n/);
    expect(dfix('--check', ...BASELINE).code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['.dfix-baseline.json', 'a', 'b']);
  });

  test('what is not there any more fails a check, until it is taken out', () => {
    put('a/Dockerfile', BAD);
    put('b/Dockerfile', BAD);
    put('c/Dockerfile', 'FROM scratch\n');
    dfix('baseline');
    put('a/Dockerfile', BAD.replace('MAINTAINER me\n', ''));
    rmSync(join(folder, 'b'), { recursive: true });
    const message =
      '.dfix-baseline.json holds 7 findings that are not there any more: take them out by dfix baseline --prune\n';
    const check = dfix('--check', ...BASELINE);
    expect(check.code).toBe(1);
    expect(check.err).toContain(message);
    expect(dfix(...BASELINE)).toMatchObject({ code: 0 });
    // A run of other transforms cannot tell.
    expect(dfix('--check', '--only', 'add-assume-yes', 'c', ...BASELINE).err).toContain('holds 6 findings');
    put('a/Dockerfile', `${read('a/Dockerfile')}RUN apt-get update && apt-get install git\n`);
    expect(dfix('baseline', '--prune').err).toContain('5 findings in .dfix-baseline.json, 12 before\n');
    const after = dfix('--check', ...BASELINE);
    expect(after.err).not.toContain('any more');
    expect(after.code).toBe(1);
  });

  test('keeps what it is not asked about', () => {
    put('a/Dockerfile', BAD);
    put('b/Dockerfile', BAD);
    dfix('baseline', '--baseline', 'all.json', 'a');
    expect(read('all.json').match(/"file"/g)).toHaveLength(6);
    dfix('baseline', '--baseline', 'all.json', '--only', 'add-assume-yes');
    expect(read('all.json').match(/"a\/Dockerfile"/g)).toHaveLength(6);
    expect(read('all.json').match(/"b\/Dockerfile"/g)).toHaveLength(1);
  });

  test.each([
    [[], undefined, '--baseline .dfix-baseline.json: no such file (dfix baseline writes one)'],
    [[], '<<<<<<< HEAD\n', '.dfix-baseline.json: it is no baseline: Unexpected token'],
    [[], '{"version": 2}', '.dfix-baseline.json: it is no baseline: its version is not 1'],
    [[], '{"version": 1}', '.dfix-baseline.json: it is no baseline: it has no findings'],
    [[], '{"version": 1, "findings": [null, {"file": "x"}]}', 'finding 2 has no file, transform and fingerprint'],
    [['-'], '{"version": 1, "findings": []}', '--baseline is about files, and - stands for stdin'],
  ])('%j beside %j is a wrong call', (words, text, message) => {
    put('Dockerfile', BAD);
    if (text !== undefined) put('.dfix-baseline.json', text);
    const { code, err } = dfix(...words, ...BASELINE);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test('does not prune what is not there', () => {
    expect(dfix('baseline', '--prune')).toMatchObject({
      code: 2,
      err: 'dfix: there is no .dfix-baseline.json to prune\n',
    });
  });
});

test('a baseline is united by lines, and read as it was written', async () => {
  const path = join(folder, 'x.json');
  const names = new Map([
    ['b', new Set(['t 2:1', 't 1:1'])],
    ['a"\n', new Set(['t 1:1'])],
  ]);
  await writeBaseline(path, names);
  const lines = read('x.json').split('\n');
  expect(lines.slice(3, -4)).toHaveLength(3);
  expect(Baseline.read(path).copy()).toEqual(names);
  // What git's union of two branches makes: the same line twice.
  put('x.json', [...lines.slice(0, 4), ...lines.slice(3)].join('\n'));
  expect(Baseline.read(path).copy()).toEqual(names);
});

describeWithCorpus('on real Dockerfiles', () => {
  test('a run beside a baseline of today finds nothing, and nothing is stale', () => {
    const files = corpusFiles().filter((_, index) => index % 60 === 0);
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const text = readFileSync(join(SHARED_CORPUS, 'dockerfiles', file), 'utf8');
      const rewriteWith: RewriteWith = (accepts) =>
        rewrite(text, { transforms, unsafe: true, ...(accepts === undefined ? {} : { accepts }) });
      const names = namesIn(text, rewriteWith);
      const { result, stale } = rewriteBeside(names, text, rewriteWith, () => true);
      expect({ file, changes: result.changes, offers: result.offers, reports: result.reports, stale }).toEqual({
        file,
        changes: [],
        offers: [],
        reports: [],
        stale: [],
      });
    }
  });
});
