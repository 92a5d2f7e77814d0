import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Analysis } from '../src/analysis/analysis.js';
import { repeatedInstructions } from '../src/analysis/cache.js';
import { placementsOf, readContextCopy } from '../src/analysis/copies.js';
import { openContextFolder } from '../src/cli/context-folder.js';
import { findContexts } from '../src/cli/find-contexts.js';
import type { BuildContext } from '../src/context/build-context.js';
import { openContext } from '../src/context/open-context.js';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { globExpression } from '../src/dockerfile/glob.js';
import { rewrite } from '../src/rewrite.js';
import { transforms } from '../src/transforms/index.js';
import { describeWithCorpus, SHARED_CORPUS } from './harness/shared.js';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dfix-context-')));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function put(name: string, text = ''): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

function contextOf(files: Readonly<Record<string, string>>): BuildContext {
  return openContext({
    name: '.',
    files: Object.keys(files).map((path) => ({ path, kind: 'file' })),
    read: (path) => files[path],
    ignoreFile: { path: '.dockerignore', text: files['.dockerignore'] },
  });
}

describe('the patterns of .dockerignore', () => {
  const paths = ['a.md', 'sub/a.md', 'README.md', 'node_modules/x/y.js', 'sub/node_modules/z.js', 'build/out.bin'];
  const kept = (patterns: string): string[] => {
    const files = Object.fromEntries(paths.map((path) => [path, '']));
    return contextOf({ ...files, '.dockerignore': patterns }).files.map(({ path }) => path);
  };

  test.each([
    ['*.md', ['.dockerignore', 'build/out.bin', 'node_modules/x/y.js', 'sub/a.md', 'sub/node_modules/z.js']],
    [
      '**/*.md\n!README.md',
      ['.dockerignore', 'README.md', 'build/out.bin', 'node_modules/x/y.js', 'sub/node_modules/z.js'],
    ],
    ['node_modules', ['.dockerignore', 'README.md', 'a.md', 'build/out.bin', 'sub/a.md', 'sub/node_modules/z.js']],
    ['# comment\n/build/\n**/node_modules', ['.dockerignore', 'README.md', 'a.md', 'sub/a.md']],
    ['*\n!sub', ['sub/a.md', 'sub/node_modules/z.js']],
  ])('%j', (patterns, expected) => {
    expect(kept(patterns)).toEqual(expected);
  });
});

describe('an opened context', () => {
  test('finds files and folders, and reads only what reaches the builder', () => {
    const context = contextOf({ 'a/b/c.json': '{"x":[1]}', 'ab.txt': 't', '.env': 'S=1', '.dockerignore': '.env' });
    expect(context.below('a').map(({ path }) => path)).toEqual(['a/b/c.json']);
    expect(context.hasFolder('a/b')).toBe(true);
    expect(context.hasFolder('a/c')).toBe(false);
    expect(context.hasFolder('ab.txt')).toBe(false);
    expect(context.read('.env')).toBeUndefined();
    expect(context.parse('a/b/c.json', 'json')).toEqual({ x: [1] });
    expect(context.parse('ab.txt', 'json')).toBeUndefined();
    expect(context.parse('missing', 'toml')).toBeUndefined();
  });

  test('follows no link out of its folder, and looks into no folder of packages', () => {
    put('context/package.json', '{}');
    put('context/node_modules/a/index.js');
    put('secret.txt', 'secret');
    symlinkSync('../secret.txt', join(folder, 'context/link.txt'));
    symlinkSync('package.json', join(folder, 'context/inner.json'));
    const context = openContextFolder(join(folder, 'context'), join(folder, 'context/Dockerfile'));
    expect(context?.files.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'link inner.json',
      'link link.txt',
      'folder node_modules/a',
      'file package.json',
    ]);
    expect(context?.read('link.txt')).toBeUndefined();
    expect(context?.read('inner.json')).toBe('{}');
    expect(context?.read('package.json')).toBe('{}');
  });

  test('does without a folder that may not be read', () => {
    put('a.txt');
    put('data/secret');
    chmodSync(join(folder, 'data'), 0o000);
    try {
      const context = openContextFolder(folder, join(folder, 'Dockerfile'));
      // Root may read it anyway.
      expect(context?.files.map(({ path }) => path).filter((path) => path !== 'data/secret')).toEqual(['a.txt']);
    } finally {
      chmodSync(join(folder, 'data'), 0o755);
    }
  });

  test('takes the patterns beside the Dockerfile first', () => {
    put('a.txt');
    put('b.txt');
    put('.dockerignore', 'a.txt');
    const dockerfile = put('Dockerfile');
    expect(openContextFolder(folder, dockerfile)?.file('a.txt')).toBeUndefined();
    put('Dockerfile.dockerignore', 'b.txt');
    const context = openContextFolder(folder, dockerfile);
    expect([context?.file('a.txt')?.path, context?.file('b.txt')?.path]).toEqual(['a.txt', undefined]);
  });
});

describe('what a COPY puts where', () => {
  const context = contextOf({ 'src/a.js': '', 'src/lib/b.js': '', 'package.json': '', 'package-lock.json': '' });
  const placed = (line: string, folders: readonly string[] = []): string[] | string => {
    const dockerfile = Dockerfile.parse(`FROM debian\nENV DIR=/opt/x\nWORKDIR /app\n${line}\n`);
    const instruction = dockerfile.instructions[3];
    if (instruction === undefined) throw new Error('no instruction');
    const copy = readContextCopy(new Analysis(dockerfile), instruction, '/app');
    if (copy === undefined || copy === 'unknown') return String(copy);
    return (placementsOf(copy, context, (path) => folders.includes(path)) ?? []).map(
      ({ image, context: from }) => `${from} > ${image}`,
    );
  };

  test.each([
    ['COPY src .', ['src/a.js > /app/a.js', 'src/lib/b.js > /app/lib/b.js']],
    ['COPY ./src/ /srv/', ['src/a.js > /srv/a.js', 'src/lib/b.js > /srv/lib/b.js']],
    ['COPY package.json /srv', ['package.json > /srv']],
    ['COPY package.json $DIR/', ['package.json > /opt/x/package.json']],
    ['COPY package*.json ./', ['package-lock.json > /app/package-lock.json', 'package.json > /app/package.json']],
    ['COPY ["src/lib", "package.json", "/x/"]', ['src/lib/b.js > /x/b.js', 'package.json > /x/package.json']],
    ['COPY ../src/a.js ./x.js', ['src/a.js > /app/x.js']],
    ['COPY --from=build /a /b', 'undefined'],
    ['COPY --parents src/a.js /b/', 'unknown'],
    ['ADD https://example.com/a /a', 'unknown'],
    ['COPY $UNSET /a', 'unknown'],
  ])('%s', (line, expected) => {
    expect(placed(line)).toEqual(expected);
  });

  test('a file that goes to a folder lies in it', () => {
    expect(placed('COPY package.json /srv', ['/srv'])).toEqual(['package.json > /srv/package.json']);
  });
});

test.each([
  ['*.js', 'a.js', true],
  ['*.js', 'a/b.js', false],
  ['a?c', 'abc', true],
  ['[a-c]x', 'bx', true],
  ['[^a]x', 'ax', false],
  ['a\\*', 'a*', true],
])('the pattern %s and %s', (pattern, path, expected) => {
  expect(globExpression(pattern)?.test(path)).toBe(expected);
});

test.each(['[', '[]', '[z-a]'])('%s is no pattern', (pattern) => {
  expect(globExpression(pattern)).toBeUndefined();
});

test('a package behind a link is not left out', () => {
  const files: Readonly<Record<string, string>> = {
    'package.json': '{ "workspaces": ["packages/*"] }',
    'package-lock.json': '{}',
    'index.js': '',
    'packages/cart': '',
  };
  const context = openContext({
    name: '.',
    files: Object.keys(files).map((path) => ({ path, kind: path === 'packages/cart' ? 'link' : 'file' })),
    read: (path) => files[path],
  });
  const text = 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n';
  const named = transforms.filter(({ name }) => name === 'order-copy-for-cache');
  const result = rewrite(text, { transforms: named, unsafe: true, contexts: [context] });
  expect(result.declines.map(({ detail }) => detail)).toEqual(['packages/cart is a symbolic link to a package']);
});

test('what an edit repeats', () => {
  const dockerfile = Dockerfile.parse(
    [
      'FROM node AS deps',
      'COPY package.json /app/',
      'RUN npm ci',
      'FROM deps AS build',
      'COPY src /app/src',
      'RUN npm run build',
      'FROM nginx',
      'RUN apt-get update',
      'COPY --from=build /app/dist /srv',
      'RUN ls',
      'FROM node AS other',
      'RUN --mount=type=bind,source=src,target=/src npm test',
      '',
    ].join('\n'),
  );
  const context = contextOf({ 'package.json': '{}', 'src/a.js': '' });
  const lines = (path: string): number[] =>
    [...repeatedInstructions(new Analysis(dockerfile), context, new Set([path]))].map(({ source }) => source.startLine);
  expect(lines('src/a.js')).toEqual([5, 6, 9, 10, 12]);
  expect(lines('package.json')).toEqual([2, 3, 5, 6, 9, 10]);
});

describe('the contexts of a Dockerfile', () => {
  const COPIES = 'FROM debian\nCOPY src /src\n';
  const found = (path: string, text = COPIES): string[] => {
    const file = put(path, text);
    return findContexts(file, text).map(({ files }) => files.map((entry) => entry.path).join(' '));
  };

  beforeEach(() => {
    put('.git/HEAD');
  });

  test('its own folder, when all that it copies is there', () => {
    put('api/src/a');
    expect(found('api/Dockerfile')).toEqual(['Dockerfile src/a']);
  });

  test('the nearest folder above in which all is found', () => {
    put('src/a');
    put('docker/x');
    expect(found('docker/Dockerfile')).toEqual(['.git/HEAD docker/Dockerfile docker/x src/a']);
  });

  test('none when something is missing', () => {
    expect(found('Dockerfile')).toEqual([]);
  });

  test.each([
    ['compose.yaml', 'services:\n  a:\n    build:\n      context: ./ctx\n      dockerfile: ../Dockerfile\n'],
    ['docker-compose.prod.yml', 'services:\n  a:\n    build:\n      context: ctx\n      dockerfile: ../Dockerfile\n'],
    ['docker-bake.json', '{ "target": { "a": { "context": "ctx", "dockerfile": "../Dockerfile" } } }'],
    [
      'docker-bake.hcl',
      'target "a" {\n  # none\n  context = "ctx"\n  dockerfile = "../Dockerfile"\n  args = {\n    A = "1"\n  }\n}\n',
    ],
    [
      '.devcontainer/devcontainer.json',
      '{ // a comment\n  "build": { "dockerfile": "../Dockerfile", "context": "../ctx" }, }',
    ],
    [
      'skaffold.yaml',
      'build:\n  artifacts:\n    - image: a\n      context: ctx\n      docker:\n        dockerfile: ../Dockerfile\n',
    ],
    [
      '.github/workflows/build.yml',
      'jobs:\n  a:\n    steps:\n      - uses: docker/build-push-action@v6\n        with:\n          context: ./ctx\n          file: Dockerfile\n',
    ],
  ])('what %s says', (name, text) => {
    put('ctx/only-here');
    put('src/a');
    put(name, text);
    expect(found('Dockerfile')).toEqual(['only-here']);
  });

  test('nothing of a file that does not parse, or is made to take all memory', () => {
    put('src/a');
    const levels = Array.from({ length: 9 }, (_, level) =>
      level === 0
        ? 'x0: &x0 [a, a, a, a, a, a, a, a, a]'
        : `x${level}: &x${level} [${Array(9)
            .fill(`*x${level - 1}`)
            .join(', ')}]`,
    );
    put(
      'compose.yaml',
      `${levels.join('\n')}\nservices:\n  a: { build: { context: ctx, dockerfile: ../Dockerfile } }\n`,
    );
    put('compose.dev.yaml', 'services: [');
    put('docker-bake.json', '{ "target": ');
    expect(found('Dockerfile')).toEqual(['.git/HEAD Dockerfile compose.dev.yaml compose.yaml docker-bake.json src/a']);
  });

  test('all that are declared', () => {
    put('one/a');
    put('two/b');
    put(
      'compose.yaml',
      'services:\n  a: { build: { context: one, dockerfile: ../Dockerfile } }\n  b: { build: { context: two, dockerfile: ../Dockerfile } }\n  c: { build: { context: "${DIR}", dockerfile: ../Dockerfile } }\n  d: { build: { context: "https://example.com/x.git" } }\n',
    );
    expect(found('Dockerfile')).toEqual(['a', 'b']);
  });
});

describeWithCorpus('real services', () => {
  test.each([[[]], [['--no-context']]])(
    'keep their files at their places, find what they install, and change no second time: %j',
    (words) => {
      const script = resolve(import.meta.dirname, '../scripts/contexts.mjs');
      const folder = join(SHARED_CORPUS, 'contexts');
      const { status, stderr } = spawnSync(process.execPath, [script, folder, ...words], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(status).toBe(0);
    },
  );
});
