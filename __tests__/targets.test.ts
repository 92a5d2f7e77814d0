import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mayNameTargets } from '../src/cli/builds/may-name-targets.js';
import { buildsOf, targetsOf } from '../src/cli/find-contexts.js';
import { openSubject, rewriteSubject } from '../src/cli/verify-subject.js';
import { putFile, type Run, runProgram } from './harness/program.js';

/** The transform that renames `context` has to leave it to the build that names it. */
const STAGES = 'FROM alpine:3.20 AS context\nRUN true\nFROM alpine:3.20 AS test\nFROM alpine:3.20\nUSER app\n';
const RENAMED = STAGES.replace('AS context', 'AS context-stage');

const compose = (target: string): string =>
  `services:\n  api:\n    build:\n      context: api\n      target: ${target}\n  db: { image: postgres }\n`;

const BAKE = 'target "api" {\n  context = "api"\n  target = "Context"\n}\n';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
  put('.git/HEAD', '');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => putFile(folder, name, text);
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const dfix = (...words: readonly string[]): Run => runProgram(folder, words);

/** What a run says that may rename, a line each. */
function said(...words: readonly string[]): readonly string[] {
  const { out } = dfix('--only', 'rename-reserved-stages,report-unreachable-stages', '--format', 'json', ...words);
  const [file] = (JSON.parse(out) as { files: readonly Said[] }).files;
  if (file === undefined) return [];
  return [
    ...file.changes.map(({ message }) => message),
    ...file.declines.map(({ reason, detail }) => `${reason}: ${detail}`),
    ...file.reports.map(({ message }) => message),
  ];
}

interface Said {
  readonly changes: readonly { readonly message: string }[];
  readonly declines: readonly { readonly reason: string; readonly detail: string }[];
  readonly reports: readonly { readonly message: string }[];
}

const KEPT = 'build-target: `--target context` would find no stage';
const CHANGED = '`context` is a reserved name';
const UNREACHED = 'the last stage does not need the stage `test`';

describe('the target of a build', () => {
  test.each([
    ['compose.yaml', compose('Context')],
    ['docker-bake.hcl', BAKE],
    ['docker-bake.json', '{ "target": { "api": { "context": "api", "target": "Context" } } }'],
    [
      'skaffold.yaml',
      'build:\n  artifacts:\n    - image: api\n      context: api\n      docker:\n        target: Context\n',
    ],
    [
      'api/.devcontainer/devcontainer.json',
      '{ "build": { "dockerfile": "../Dockerfile", "context": "..", "target": "Context" } }',
    ],
    [
      '.github/workflows/build.yml',
      'jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: api\n          target: Context\n',
    ],
  ])('that %s names is known', (name, text) => {
    put(name, text);
    expect(mayNameTargets(join(folder, 'api/Dockerfile'))).toBe(true);
    expect(targetsOf(buildsOf(join(folder, 'api/Dockerfile')))).toEqual(['Context']);
  });

  test.each([
    ['compose.yaml', compose('Context')],
    ['docker-bake.hcl', BAKE],
  ])('that %s names is kept, unless nobody is to look around', (name, text) => {
    put('api/Dockerfile', STAGES);
    put(name, text);
    expect(said('--unsafe')).toEqual([KEPT.replace('context', 'Context'), UNREACHED]);
    expect(said('--unsafe', '--no-context')).toEqual([
      CHANGED,
      'the last stage does not need the stage `context-stage`',
      UNREACHED,
    ]);
  });

  test('is known of a file that copies, and of one with a context that was named', () => {
    put('api/Dockerfile', `${STAGES}COPY . .\n`);
    put('compose.yaml', compose('context'));
    expect(said('--unsafe')).toEqual([KEPT, UNREACHED]);
    expect(said('--context', 'api')).toEqual([KEPT, UNREACHED]);
  });

  test('is unknown where a variable tells it, no build names one, or another Dockerfile has it', () => {
    put('api/Dockerfile', STAGES);
    put('web/Dockerfile', STAGES);
    put('compose.yaml', compose('${STAGE:-context}').replace('image: postgres', 'build: { context: web, target: a }'));
    expect(targetsOf(buildsOf(join(folder, 'api/Dockerfile')))).toEqual([]);
    expect(targetsOf(buildsOf(join(folder, 'web/Dockerfile')))).toEqual(['a']);
    put('compose.yaml', 'services: { api: { build: api } }\n');
    expect(said('api', '--unsafe')).toContain(CHANGED);
  });

  test('is kept in what is written, and by workers', () => {
    for (let index = 0; index < 40; index++) put(`s${index}/Dockerfile`, STAGES);
    put('s7/compose.yml', 'services: { a: { build: { context: ., target: context } } }\n');
    const args = ['--only', 'rename-reserved-stages', '--unsafe'];
    const diff = dfix(...args, '--diff', '--jobs', '1');
    expect(diff.out).not.toContain('s7/Dockerfile');
    expect(dfix(...args, '--diff', '--jobs', '2')).toEqual(diff);
    dfix(...args, '--write', 's7', 's8');
    expect([read('s7/Dockerfile'), read('s8/Dockerfile')]).toEqual([STAGES, RENAMED]);
  });

  test('makes a recorded result stale when it becomes another one', () => {
    put('api/Dockerfile', STAGES);
    const result = (): boolean => {
      const { out } = dfix('--only', 'rename-reserved-stages', '--unsafe', '--resume', 'record', '--diff', 'api');
      return out.includes('context-stage');
    };
    const isKept = (): boolean => read('record').trimEnd().split('\n').slice(-2).join('').includes('"kept":true');
    expect([result(), isKept()]).toEqual([true, false]);
    expect([result(), isKept()]).toEqual([true, true]);
    put('compose.yaml', compose('context'));
    expect([result(), isKept()]).toEqual([false, false]);
  });

  test('is known to verify', async () => {
    const path = put('api/Dockerfile', STAGES);
    put('compose.yaml', compose('context'));
    const own = { only: ['rename-reserved-stages'], skip: [], category: [], param: [], plugin: [] };
    const subject = await openSubject(path, { ...own, config: false, unsafe: true, context: undefined });
    expect(rewriteSubject(subject).text).toBe(STAGES);
  });
});
