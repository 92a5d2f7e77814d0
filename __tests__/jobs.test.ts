import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { putFile, type Run, runProgram } from './harness/program.js';
import { workersFor } from '../src/cli/pool.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => putFile(folder, name, text);

const dfix = (cwd: string, ...words: readonly string[]): Run => runProgram(join(folder, cwd), words);

describe('workers', () => {
  test('are started only where they pay, or where they are asked for', () => {
    expect([workersFor(1, undefined), workersFor(900, undefined), workersFor(900, 1)]).toEqual([0, 0, 0]);
    expect([workersFor(900, 2), workersFor(20, 8), workersFor(64, 8)]).toEqual([2, 1, 2]);
  });

  test('make the same of a folder as one thread, in the same order', () => {
    for (let index = 0; index < 150; index++) {
      const packages = Array.from({ length: (index * 37) % 60 }, (_, at) => `p${at}`).join(' ');
      const text =
        index % 19 === 0 ? 'FROM a\nRUM b\n' : `FROM debian:bookworm\nRUN apt-get install curl ${packages}\n`;
      put(`a/${index}/Dockerfile`, text);
    }
    // Two Dockerfiles of one context add to one file.
    put('a/app/package.json', '{ "name": "x", "version": "1.0.0", "dependencies": { "ms": "2.1.3" } }');
    put('a/app/package-lock.json', '{ "name": "x", "lockfileVersion": 3, "packages": {} }');
    put('a/app/index.js', '');
    for (const name of ['Dockerfile', 'worker.Dockerfile'])
      put(`a/app/${name}`, 'FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "index.js"]\n');
    for (const words of [[], ['--format', 'jsonl'], ['--list', '--unsafe'], ['--check', '--diff']]) {
      const [one, two] = ['1', '3'].map((jobs) => dfix('a', '--jobs', jobs, ...words));
      expect(two).toEqual(one);
      expect(one?.out).not.toBe('');
    }
    cpSync(join(folder, 'a'), join(folder, 'b'), { recursive: true });
    expect(dfix('b', '--write', '--jobs', '3')).toEqual(dfix('a', '--write', '--jobs', '1'));
    for (const name of ['a/7/Dockerfile', 'a/app/Dockerfile', 'a/app/.dockerignore'])
      expect(readFileSync(join(folder, name.replace('a/', 'b/')), 'utf8')).toBe(
        readFileSync(join(folder, name), 'utf8'),
      );
  });

  test('hand on what is wrong with a configuration', () => {
    for (let index = 0; index < 70; index++) put(`${index}/Dockerfile`, 'FROM debian:bookworm\nMAINTAINER me\n');
    put('50/dfix.config.yaml', 'transforms: { merge-run: off }\n');
    const { code, err } = dfix('.', '--jobs', '2');
    expect(code).toBe(2);
    expect(err).toContain("dfix: 50/dfix.config.yaml:1:15: no transform is called 'merge-run'");
    const written = dfix('.', '--write', '--jobs', '2');
    expect(written.code).toBe(2);
    expect(readFileSync(join(folder, '0/Dockerfile'), 'utf8')).toContain('MAINTAINER');
  });

  test('are counted by a whole number', () => {
    expect(dfix('.', '--jobs', '0').err).toBe('dfix: --jobs takes a whole number from 1 to 256\n');
  });
});
