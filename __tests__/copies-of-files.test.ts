import { describe, expect, test } from '@jest/globals';
import { knownResult } from '../src/cli/known-results.js';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { rewrite } from '../src/rewrite.js';
import { transforms } from '../src/transforms/index.js';
import { putFile, runProgram } from './harness/program.js';
import { inRepository } from './harness/repository.js';

const BAD = 'FROM debian:bookworm\nMAINTAINER me\nCOPY gone /srv/\nRUN apt-get update && apt-get install curl\n';

interface Report {
  readonly files: readonly { readonly path: string; readonly changes: readonly { readonly transform: string }[] }[];
}

describe('copies of a Dockerfile', () => {
  let folder: string;

  inRepository((made) => {
    folder = made;
  });

  test('each get what their folder asks for', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) putFile(folder, `${name}/Dockerfile`, BAD);
    putFile(folder, 'b/.dfix.yaml', 'transforms: { replace-maintainer: off }\n');
    putFile(folder, 'c/.hadolint.yaml', 'ignored: [DL3014]\n');
    // With its file there is a context, and with that another answer.
    putFile(folder, 'd/gone', '');
    putFile(folder, 'd/.env', 'SECRET=1\n');
    const { files } = JSON.parse(runProgram(folder, ['--format', 'json', '.']).out) as Report;
    const names = files.map(({ changes }) => changes.map(({ transform }) => transform).sort());
    const alone = ['a', 'b', 'c', 'd', 'e'].map((name) => {
      const own = JSON.parse(runProgram(folder, ['--format', 'json', name]).out) as Report;
      return own.files[0]?.changes.map(({ transform }) => transform).sort();
    });
    expect(names).toEqual(alone);
    expect(names[0]).toEqual(names[4]);
    expect(names[1]).not.toContain('replace-maintainer');
    expect(names[2]).not.toContain('add-assume-yes');
  });

  test('are rewritten once, for the same options', () => {
    let count = 0;
    const once = (options: object): unknown =>
      knownResult(BAD, options, () => {
        count++;
        return rewrite(BAD, { transforms });
      });
    const options = {};
    expect(once(options)).toBe(once(options));
    expect(count).toBe(1);
    once({});
    expect(count).toBe(2);
  });
});

test('an instruction that stood in another file before is read with its own escape character', () => {
  const text = 'FROM a\nENV A=b\\ c\n';
  const values = (file: string): unknown => Dockerfile.parse(file).instructions[1]?.pairs.map(({ value }) => value);
  const backslash = values(text);
  expect(values(`# escape=\`\n${text}`)).not.toEqual(backslash);
  expect(values(text)).toEqual(backslash);
});

test('an instruction that stood in another file before has its own place', () => {
  const first = Dockerfile.parse('FROM a\nRUN apt-get install curl\n').instructions[1];
  const second = Dockerfile.parse('FROM a\n# far below\n\nRUN apt-get install curl\n').instructions[1];
  expect(second?.parts).toBe(first?.parts);
  expect(first?.span.start).toBe(7);
  expect(second?.span.start).toBe(20);
});
