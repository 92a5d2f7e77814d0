import { describe, expect, test } from '@jest/globals';
import { putFile, runProgram } from './harness/program.js';
import { inRepository } from './harness/repository.js';

const TEXT =
  'FROM quay.io/acme/node:22\nCOPY --from=eu.gcr.io/acme/tools:1 /a /a\nRUN apt-get update && apt-get install x\n';

let folder: string;

inRepository((made) => {
  folder = made;
});

/** A Dockerfile in a folder of its own, beside a configuration. */
function service(name: string, config?: string): void {
  putFile(folder, `${name}/Dockerfile`, TEXT);
  if (config !== undefined) putFile(folder, `${name}/.hadolint.yaml`, config);
}

interface Told {
  readonly code: number | null;
  readonly err: string;
  /** By the folder of the Dockerfile: the images of registries that are not allowed. */
  readonly foreign: Readonly<Record<string, readonly string[]>>;
  /** The folders in which -y is added. */
  readonly assuming: readonly string[];
  /** The same for what is wrong with labels. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

function dfix(words: readonly string[] = [], input?: string): Told {
  const { code, out, err } = runProgram(folder, ['--format', 'json', ...words], process.env, input);
  interface Entry {
    readonly transform: string;
    readonly message: string;
  }
  const { files } = JSON.parse(out) as {
    readonly files: readonly { path: string; changes: readonly Entry[]; reports: readonly Entry[] }[];
  };
  const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/');
  const reportsOf = (name: string, told: (message: string) => string): Told['foreign'] =>
    Object.fromEntries(
      files.map(({ path, reports }) => [
        folderOf(path),
        reports.filter(({ transform }) => transform === name).map(({ message }) => told(message)),
      ]),
    );
  return {
    code,
    err,
    foreign: reportsOf('report-foreign-registry', (message) => message.split('`')[1] ?? ''),
    labels: reportsOf('report-wrong-labels', (message) => message),
    assuming: files
      .filter(({ changes }) => changes.some(({ transform }) => transform === 'add-assume-yes'))
      .map(({ path }) => folderOf(path)),
  };
}

/** A configuration, and what is told of a service beside it. */
type Case = readonly [config: string, told: readonly string[]];

/** Gives each configuration a service, in folders that are numbers. */
function toldOf(cases: readonly Case[]): Told {
  for (const [index, [config]] of cases.entries()) service(`${index}`, `${config}\n`);
  return dfix();
}

function expectedOf(cases: readonly Case[]): Told['labels'] {
  return Object.fromEntries(cases.map(([, told], index) => [`${index}`, told]));
}

const NODE = 'quay.io/acme/node:22';
const TOOLS = 'eu.gcr.io/acme/tools:1';

describe('the registries that hadolint trusts', () => {
  test('are those that images may come from', () => {
    const cases: readonly Case[] = [
      ['trustedRegistries: [quay.io]', [TOOLS]],
      ['trustedRegistries: quay.io', [TOOLS]],
      ['trustedRegistries: &list [quay.io, "*.gcr.io"]', []],
      ['trustedRegistries: ["eu.*"]', [NODE]],
      ['trustedRegistries: [hub.docker.com]', [NODE, TOOLS]],
      ['trustedRegistries: [docker.io, "*"]', []],
      ['trustedRegistries: []', []],
      ['trustedRegistries:', []],
      ['trustedRegistries: [docker.io]\nignored: [DL3026]', []],
      ['', []],
    ];
    expect(toldOf(cases).foreign).toEqual(expectedOf(cases));
  });

  test('count behind a policy that was written for dfix', () => {
    service('a', 'trustedRegistries: [docker.io]\n');
    expect(dfix(['--policy', 'allowed-registries=quay.io']).foreign).toEqual({ a: [TOOLS] });
    putFile(folder, '.dfix.yaml', 'policy: { allowed-registries: [eu.gcr.io] }\n');
    expect(dfix().foreign).toEqual({ a: [NODE] });
  });

  test('name where short names lead by two names', () => {
    putFile(folder, '.hadolint.yaml', 'trustedRegistries: [hub.docker.com]\n');
    expect(dfix(['-'], 'FROM node:22\n').foreign).toEqual({ '': [] });
  });
});

describe('the labels that hadolint asks for', () => {
  test('are looked for', () => {
    const cases: readonly Case[] = [
      ['label-schema: { version: semver }', ['the image has no `version`, which the schema of labels asks for']],
      ['label-schema: { a: &type text, b: *type }', ['the image has no `a`, `b`, which the schema of labels asks for']],
      ['label-schema: {}', []],
      ['label-schema:', []],
      ['strict-labels: true', []],
      ['label-schema: { version: text }\nignored: [DL3049]', []],
    ];
    expect(toldOf(cases).labels).toEqual(expectedOf(cases));
  });

  test('may be more than those of its schema unless it is strict', () => {
    const text = 'FROM alpine:3.20\nLABEL version=1.0 vendor=acme\n';
    putFile(folder, '.hadolint.yaml', 'label-schema: { version: semver }\n');
    const wrong = 'the value of `version` is no semantic version';
    expect(dfix(['-'], text).labels).toEqual({ '': [wrong] });
    putFile(folder, '.hadolint.yaml', 'label-schema: { version: semver }\nstrict-labels: true\n');
    expect(dfix(['-'], text).labels).toEqual({ '': [wrong, '`vendor` is no label of the schema'] });
    expect(dfix(['-', '--param', 'report-wrong-labels.schema=version,vendor'], text).labels).toEqual({ '': [] });
  });
});

describe("hadolint's configuration", () => {
  test('is the nearest one above a file, up to the root of the repository', () => {
    putFile(folder, '.hadolint.yaml', 'ignored: [DL3014]\n');
    service('a/b');
    service('c', 'ignored: [DL3009]\n');
    putFile(folder, 'd/.hadolint.yml', 'ignored: DL3009\n');
    service('d/e');
    service('f');
    putFile(folder, 'f/.git', 'gitdir: elsewhere\n');
    expect(dfix().assuming).toEqual(['c', 'd/e', 'f']);
  });

  test('counts for what comes from stdin', () => {
    putFile(folder, '.hadolint.yaml', 'ignored: [DL3014]\n');
    expect(dfix(['-'], TEXT).assuming).toEqual([]);
  });

  test('may set what is no business of a rewrite', () => {
    service(
      'a',
      `failure-threshold: error
format: sarif
ignored: DL3009
label-schema: { author: text }
no-color: true
no-fail: true
override: { error: [DL3014], info: [DL3015], style: [], warning: [] }
strict-labels: true
`,
    );
    expect(dfix()).toMatchObject({ code: 0, assuming: ['a'] });
  });

  test('that is wrong leaves its files alone, and no others', () => {
    const cases: readonly (readonly [config: string, message: string])[] = [
      ['ignored: [DL3014\n', '2:1: '],
      ['ignored:\n  - DL3014\n  - 3015\n', '3:5: ignored holds more than words\n'],
      ['ignored: { a: b }\n', '1:10: ignored holds more than words\n'],
      ['a: 1\ntrustedRegistries:\n  - https://quay.io\n', "3:5: 'https://quay.io' is no registry\n"],
      ['trustedRegistries: ["quay.io,ghcr.io"]\n', "1:21: 'quay.io,ghcr.io' is no registry\n"],
      ['- DL3014\n', '1:1: it is no mapping\n'],
      ['label-schema: [version]\n', '1:15: label-schema is no mapping\n'],
      [
        'label-schema:\n  a: text\n  b: number\n',
        "3:6: 'number' is none of text, rawtext, url, rfc3339, semver, hash, spdx, email\n",
      ],
      ['label-schema: { "a b": text }\n', "1:17: 'a b' is no key of a label\n"],
      ['a: 1\na: 2\n', '2:1: '],
    ];
    for (const [index, [config]] of cases.entries()) service(`${index}`, config);
    service('right');
    const { code, err, assuming } = dfix();
    expect({ code, assuming }).toEqual({ code: 2, assuming: ['right'] });
    for (const [index, [, message]] of cases.entries())
      expect(err).toContain(`error: ${index}/Dockerfile: ${index}/.hadolint.yaml:${message}`);
  });

  test('that is wrong is an error of usage for what comes from stdin', () => {
    putFile(folder, '.hadolint.yaml', 'ignored: [1]\n');
    const { code, out, err } = runProgram(folder, ['-', '--write'], process.env, TEXT);
    const message = 'dfix: .hadolint.yaml:1:11: ignored holds more than words\n';
    expect({ code, out, err }).toEqual({ code: 2, out: '', err: message });
  });
});
