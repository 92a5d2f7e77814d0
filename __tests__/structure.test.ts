import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import typescript from 'typescript';
import { transforms } from '../src/transforms/index.js';

const ROOT = resolve(import.meta.dirname, '..');
const SOURCE = join(ROOT, 'src');

/** What each part may import, besides itself. The root's files stand by their own names. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  text: [],
  dockerfile: ['text'],
  shell: ['text', 'dockerfile'],
  context: [],
  analysis: ['text', 'dockerfile', 'shell', 'context'],
  transforms: ['text', 'dockerfile', 'shell', 'context', 'analysis'],
  'acceptance.ts': ['text', 'dockerfile', 'analysis', 'transforms'],
  'build-targets.ts': ['text', 'dockerfile', 'analysis', 'transforms'],
  'foreign-ids.ts': [],
  'needs.ts': ['transforms'],
  'ignores.ts': ['dockerfile', 'transforms', 'foreign-ids.ts'],
  'second-reader.ts': ['dockerfile'],
  'rewrite.ts': [
    'text',
    'dockerfile',
    'context',
    'analysis',
    'transforms',
    'acceptance.ts',
    'build-targets.ts',
    'ignores.ts',
    'needs.ts',
    'second-reader.ts',
  ],
  'usage-error.ts': [],
  'selection.ts': ['text', 'transforms', 'usage-error.ts', 'foreign-ids.ts'],
  'settings.ts': ['transforms', 'rewrite.ts', 'selection.ts', 'usage-error.ts'],
  'config-schema.ts': ['transforms', 'settings.ts'],
  'define-config.ts': ['config-schema.ts'],
  'plugin.ts': ['dockerfile', 'analysis', 'transforms', 'usage-error.ts'],
  'rewriter.ts': [
    'transforms',
    'rewrite.ts',
    'second-reader.ts',
    'usage-error.ts',
    'selection.ts',
    'settings.ts',
    'config-schema.ts',
    'plugin.ts',
  ],
  'browser.ts': [
    'text',
    'dockerfile',
    'shell',
    'context',
    'analysis',
    'transforms',
    'ignores.ts',
    'rewrite.ts',
    'second-reader.ts',
    'usage-error.ts',
    'settings.ts',
    'config-schema.ts',
    'define-config.ts',
    'plugin.ts',
    'rewriter.ts',
  ],
  'index.ts': ['context', 'browser.ts'],
  testing: ['text', 'dockerfile', 'context', 'analysis', 'transforms', 'rewrite.ts', 'second-reader.ts'],
  verify: ['text', 'dockerfile', 'context', 'analysis', 'transforms', 'rewrite.ts', 'change-key.ts'],
  'change-key.ts': ['rewrite.ts'],
  registry: ['text', 'dockerfile'],
  compose: ['text', 'context'],
  'review-page': [],
  cli: [
    'text',
    'dockerfile',
    'context',
    'analysis',
    'transforms',
    'acceptance.ts',
    'foreign-ids.ts',
    'ignores.ts',
    'rewrite.ts',
    'change-key.ts',
    'second-reader.ts',
    'usage-error.ts',
    'selection.ts',
    'settings.ts',
    'config-schema.ts',
    'plugin.ts',
    'verify',
    'registry',
    'compose',
    'review-page',
  ],
};

/** Packages, and the one place that may import them. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  unbash: /^shell\/parse\.ts$/,
  'dockerfile-ast': /^second-reader\.ts$/,
  diff: /^text\/patch\.ts$/,
  yaml: /^(?:compose\/[\w-]+|cli\/(?:read-hadolint|builds\/data-file|scan\/pipelines|config\/read-config)|context\/open-context)\.ts$/,
  zod: /^(?:config-schema|cli\/(?:config\/read-config|review\/read-decisions))\.ts$/,
  ignore: /^cli\/(?:dfixignore|config\/file-config)\.ts$/,
  'jsonc-parser': /^cli\/(?:builds\/data-file|review\/read-decisions)\.ts$/,
  'smol-toml': /^context\/open-context\.ts$/,
  '@balena/dockerignore': /^context\/open-context\.ts$/,
  yargs: /^cli\/command-line\.ts$/,
  'tar-stream': /^verify\/read-files\.ts$/,
};

function sourceFiles(folder = SOURCE): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sourceFiles(path) : /\.c?ts$/.test(entry.name) ? [relative(SOURCE, path)] : [];
  });
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(SOURCE, file), 'utf8');
  return typescript.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

function partOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file;
}

describe('imports', () => {
  test('point one way', () => {
    const wrong = sourceFiles().flatMap((file) => {
      const part = partOf(file);
      return importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => partOf(relative(SOURCE, resolve(SOURCE, file, '..', target)).replace(/\.js$/, '.ts')))
        .filter((target) => target !== part && ALLOWED[part]?.includes(target) !== true)
        .map((target) => `${file} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  test('transforms import neither each other nor anything of Node', () => {
    const wrong = sourceFiles()
      .filter((file) => file.startsWith('transforms/') && !file.endsWith('index.ts'))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => (target.startsWith('./') && target !== './transform.js') || target.startsWith('node:'))
          .map((target) => `${file} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  test('only the command line, verify, registry and what reads fixtures know of Node, and each package has one place', () => {
    const wrong = sourceFiles().flatMap((file) =>
      importsOf(file)
        .filter((target) => !target.startsWith('.'))
        .filter((target) =>
          target.startsWith('node:')
            ? !/^(?:cli|verify|registry|testing)\//.test(file)
            : PACKAGES[target]?.test(file) !== true,
        )
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe('every transform', () => {
  test.each(transforms.map((transform) => [transform.name, transform] as const))(
    '%s has its parts',
    (name, transform) => {
      const missing = [
        `src/transforms/${name}.ts`,
        `examples/${name}/Dockerfile`,
        `docs/transforms/${name}.md`,
        `__tests__/fixtures/${name}`,
      ].filter((path) => !existsSync(join(ROOT, path)));
      expect(missing).toEqual([]);
      expect(name).toMatch(/^[a-z]+(?:-[a-z]+)+$/);
      expect(transform.summary).toMatch(/^[A-Z].*[^.]$/);
      expect(transform.related.filter((id) => !/^[a-z0-9-]+:\S+$/.test(id))).toEqual([]);
    },
  );

  test('has a name of its own', () => {
    expect(new Set(transforms.map((transform) => transform.name)).size).toBe(transforms.length);
  });

  test('argues in its doc comment why its fixes are safe or unsafe', () => {
    const silent = transforms.filter(
      ({ name }) =>
        !/ \* (?:.* )?(?:Safe|Unsafe) (?:because|for|where)/.test(
          readFileSync(join(SOURCE, `transforms/${name}.ts`), 'utf8'),
        ),
    );
    expect(silent.map((transform) => transform.name)).toEqual([]);
  });
});

describe('docs/practices.json', () => {
  const practices = JSON.parse(readFileSync(join(ROOT, 'docs/practices.json'), 'utf8')) as {
    row: number;
    ids?: string[];
    transforms?: string[];
    waitsFor?: string;
    note?: string;
  }[];

  test('says what becomes of every practice', () => {
    expect(practices.map((practice) => practice.row)).toEqual(Array.from({ length: 110 }, (_, index) => index + 1));
    const silent = practices.filter((practice) => !practice.transforms && !practice.waitsFor && !practice.note);
    expect(silent).toEqual([]);
  });

  test('answers each id of a practice by a transform, or says why not', () => {
    const answered = new Set(transforms.flatMap(({ related }) => related));
    const silent = practices.flatMap(({ ids = [], waitsFor, note }) =>
      waitsFor === undefined && note === undefined ? ids.filter((id) => !answered.has(id)) : [],
    );
    expect(silent).toEqual([]);
    expect(practices.flatMap(({ ids = [] }) => ids).filter((id) => !/^[a-z-]+:[\w./-]+$/.test(id))).toEqual([]);
  });

  test('names every transform, and none that is not there', () => {
    const named = new Set(practices.flatMap((practice) => practice.transforms ?? []));
    expect([...named].sort()).toEqual(transforms.map((transform) => transform.name).sort());
  });
});

test('generated documents are up to date', () => {
  // The script runs on the built library, as a user's clone builds it before the tests.
  execFileSync(process.execPath, ['scripts/generate.mjs', '--check'], { cwd: ROOT, stdio: 'pipe' });
});
