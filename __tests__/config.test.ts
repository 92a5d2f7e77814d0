import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { putFile, type Run, runProgram } from './harness/program.js';
import { inRepository } from './harness/repository.js';
import { configJsonSchema } from '../src/config-schema.js';

const BAD = 'FROM debian:bookworm\nMAINTAINER me\nRUN apt-get update && apt-get install curl\n';

let folder: string;

inRepository((made) => {
  folder = made;
});

const put = (name: string, text: string): string => putFile(folder, name, text);

const dfix = (...words: readonly string[]): Run => runProgram(folder, words);

/** The transforms that changed a file. */
function applied(path: string, ...words: readonly string[]): string {
  const { out, err } = dfix('--format', 'json', ...words, path);
  expect(err).not.toContain('dfix:');
  const report = JSON.parse(out) as { files: { changes: { transform: string }[] }[] };
  return [...new Set(report.files.flatMap(({ changes }) => changes.map(({ transform }) => transform)))]
    .sort()
    .join(' ');
}

describe('a configuration', () => {
  beforeEach(() => {
    put('a/Dockerfile', BAD);
    put('a/b/Dockerfile', BAD);
  });

  test('switches transforms off, and lets others go further', () => {
    expect(applied('a/Dockerfile')).toBe('add-assume-yes clean-apt-lists replace-maintainer');
    put('dfix.config.yaml', 'transforms:\n  replace-maintainer: off\n  hadolint:DL3015: on\n');
    expect(applied('a/Dockerfile')).toBe('add-assume-yes add-no-install-recommends clean-apt-lists');
    expect(applied('a/Dockerfile', '--no-config')).toBe('add-assume-yes clean-apt-lists replace-maintainer');
    // What the command line names, it means.
    expect(applied('a/Dockerfile', '--only', 'replace-maintainer')).toBe('replace-maintainer');
  });

  test('holds a transform to its safe fixes, whatever --unsafe says', () => {
    put('dfix.config.json', '{ "unsafe": true, "transforms": { "add-no-install-recommends": "safe" } }');
    expect(applied('a/Dockerfile', '--unsafe')).not.toContain('add-no-install-recommends');
    put('dfix.config.json', '{ "unsafe": true }');
    expect(applied('a/Dockerfile')).toContain('add-no-install-recommends');
  });

  test('of the nearest folder wins, up to one that is the root', () => {
    put('.dfix.yaml', 'transforms: { replace-maintainer: off }\n');
    put('a/b/package.json', '{ "name": "b", "dfix": { "transforms": { "clean-apt-lists": "off" } } }');
    expect(applied('a/b/Dockerfile')).toBe('add-assume-yes');
    put('a/b/package.json', '{ "dfix": { "root": true, "transforms": { "clean-apt-lists": "off" } } }');
    expect(applied('a/b/Dockerfile')).toBe('add-assume-yes replace-maintainer');
    put('a/b/package.json', '{ "name": "dfix-user" }');
    expect(applied('a/b/Dockerfile')).toBe('add-assume-yes clean-apt-lists');
  });

  test('extends others, and overrides by the patterns of files', () => {
    put('base.yaml', 'transforms: { replace-maintainer: off, clean-apt-lists: off }\n');
    put(
      'dfix.config.yaml',
      'extends: base.yaml\ntransforms: { clean-apt-lists: safe }\noverrides:\n  - files: [a/b/]\n    transforms: { replace-maintainer: on }\n',
    );
    expect(applied('a/Dockerfile')).toBe('add-assume-yes clean-apt-lists');
    expect(applied('a/b/Dockerfile')).toBe('add-assume-yes clean-apt-lists replace-maintainer');
  });

  test('sets parameters, behind those of the command line', () => {
    put('a/Dockerfile', 'FROM node:20\nEXPOSE 80\nCMD ["node", "x.js"]\n');
    put('dfix.config.yaml', 'transforms: { add-healthcheck: { path: /from-file } }\n');
    expect(dfix('--only', 'add-healthcheck', '--unsafe', 'a/Dockerfile').out).toContain('/from-file');
    const param = 'add-healthcheck.path=/from-line';
    expect(dfix('--only', 'add-healthcheck', '--unsafe', '--param', param, 'a/Dockerfile').out).toContain('/from-line');
  });

  test('may forbid comments to silence a transform', () => {
    put('a/Dockerfile', `# dfix ignore-file\n${BAD}`);
    expect(applied('a/Dockerfile')).toBe('');
    put('dfix.config.yaml', 'policy: { no-ignore: [replace-maintainer] }\n');
    expect(applied('a/Dockerfile')).toBe('replace-maintainer');
    put('a/Dockerfile', BAD.replace('MAIN', '# dfix ignore=all\nMAIN').replace('RUN', '# dfix ignore=all\nRUN'));
    expect(applied('a/Dockerfile')).toBe('replace-maintainer');
  });

  test.each([
    ['transfroms: {}', "1:1: there is no setting 'transfroms'; did you mean 'transforms'?"],
    ['transforms: { merge-run: off }', "1:15: no transform is called 'merge-run'; did you mean 'merge-runs'?"],
    ['transforms:\n  merge-runs: maybe', '2:15: transforms.merge-runs: it is neither off, safe nor on, nor a mapping'],
    ['transforms: { add-healthcheck: { pth: /x } }', "1:34: add-healthcheck has no parameter 'pth': there is path"],
    ['transforms: { add-healthcheck: { path: "a b" } }', "1:40: add-healthcheck.path does not take 'a b'"],
    ['overrides:\n  - file: [a]', "2:5: there is no setting 'file'; did you mean 'files'?"],
    ['overrides: [{ transforms: {} }]', '1:13: overrides.0.files: it is missing'],
    ['extends: nope.yaml', '1:10: there is no nope.yaml'],
    ['extends: dfix.config.yaml', ' it extends itself'],
    ['a: [', '2:1: Flow sequence'],
    ['unsafe: 3', '1:9: unsafe: it is no boolean'],
  ])('that is wrong has one message: %s', (text, message) => {
    put('dfix.config.yaml', `${text}\n`);
    const { code, out, err } = dfix('--write');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`dfix: dfix.config.yaml:${message}`);
    expect(readFileSync(join(folder, 'a/Dockerfile'), 'utf8')).toBe(BAD);
  });

  test('is written by dfix init, once', () => {
    expect(dfix('init')).toMatchObject({ code: 0, out: 'dfix.config.yaml\n' });
    expect(applied('a/Dockerfile')).toBe('add-assume-yes clean-apt-lists replace-maintainer');
    expect(dfix('init')).toMatchObject({ code: 2, err: 'dfix: dfix.config.yaml is there already\n' });
    expect(existsSync(join(folder, 'dfix.config.yaml'))).toBe(true);
  });

  test('has a schema that names every transform', () => {
    const text = readFileSync(resolve(import.meta.dirname, '../docs/config.schema.json'), 'utf8');
    expect(JSON.parse(text)).toEqual(configJsonSchema());
  });
});

describe('.dfixignore', () => {
  test('leaves out what its patterns say, files that are named too', () => {
    put('a/Dockerfile', BAD);
    put('b/Dockerfile', BAD);
    put('.dfixignore', '# not ours\nb/\n');
    expect(dfix('--list').out).toBe('a/Dockerfile\n');
    expect(dfix('--list', 'b/Dockerfile')).toMatchObject({ code: 3, out: '' });
    put('b/.dfixignore', '');
    put('.dfixignore', '*\n!a/\n!a/**\n');
    expect(dfix('--list').out).toBe('a/Dockerfile\n');
  });
});
