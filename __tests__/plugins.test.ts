import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { putFile, type Run, runProgram } from './harness/program.js';

const PLUGIN = `import { writeFileSync } from 'node:fs';
writeFileSync(new URL('was-run', import.meta.url), '');
export const transforms = [
  {
    name: 'leave-old-registry',
    summary: 'Takes images from the new registry',
    category: 'correctness',
    related: ['acme:R1'],
    explanation: 'The old registry is gone since May.',
    params: [{ name: 'host', summary: 'the host of the new one', values: /^[a-z0-9.-]+$/ }],
    *check({ dockerfile, params }) {
      for (const { from } of dockerfile.stages) {
        const [word] = from.words;
        if (word?.text.startsWith('old.example.com/') !== true) continue;
        const { start } = from.sourceSpan(word);
        const span = { start, end: start + 'old.example.com'.length };
        const edits = [{ ...span, newText: params.get('host') ?? 'new.example.com' }];
        const fix = { edits, applicability: 'safe', checked: ['it has the same images'], removes: [word.text] };
        yield { kind: 'fix', span, message: 'the registry is gone', fix: { ...fix, configChanges: ['base'] } };
      }
    },
  },
];
`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
  mkdirSync(join(folder, 'repo/.git'), { recursive: true });
  put('tools/plugin.mjs', PLUGIN);
  put('repo/Dockerfile', 'FROM old.example.com/app:1\nRUN true\n');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => putFile(folder, name, text);

const dfix = (...words: readonly string[]): Run => runProgram(folder, words);

/** The images that the rewritten file starts from. */
function from({ out }: Run): readonly string[] {
  return [...out.matchAll(/^\+FROM (\S+)/gm)].map(([, image = '']) => image);
}

describe('a plugin', () => {
  test('that --plugin names runs behind our transforms, and goes by its names', () => {
    expect(from(dfix('repo'))).toEqual([]);
    expect(from(dfix('--plugin', './tools/plugin.mjs', 'repo'))).toEqual(['new.example.com/app:1']);
    const named = ['--plugin', './tools/plugin.mjs', '--only', 'ACME:R1'];
    expect(from(dfix(...named, '--param', 'leave-old-registry.host=x.example.com', 'repo'))).toEqual([
      'x.example.com/app:1',
    ]);
    expect(dfix(...named, '--param', 'leave-old-registry.host=a b', 'repo')).toMatchObject({ code: 2 });
    expect(from(dfix('--plugin', './tools/plugin.mjs', '--skip', 'leave-old-registry', 'repo'))).toEqual([]);
    const listed = dfix('list', '--plugin', './tools/plugin.mjs').out.trimEnd().split('\n');
    expect(listed.at(-1)).toMatch(/^leave-old-registry +correctness +Takes images from the new registry$/);
    expect(dfix('explain', 'R1', '--plugin', './tools/plugin.mjs').out).toContain('gone since May');
  });

  test('that a named configuration names is found relative to it, and takes settings', () => {
    put('tools/dfix.yaml', 'plugins: [./plugin.mjs]\ntransforms:\n  acme:R1: { host: y.example.com }\n');
    expect(from(dfix('--config', 'tools/dfix.yaml', 'repo'))).toEqual(['y.example.com/app:1']);
    put('tools/more.yaml', 'extends: dfix.yaml\ntransforms: { leave-old-registry: on }\n');
    const variable = { ...process.env, DFIX_CONFIG: 'tools/more.yaml' };
    expect(from(runProgram(folder, ['repo'], variable))).toEqual(['y.example.com/app:1']);
    put('tools/dfix.yaml', 'plugins: [./plugin.mjs]\ntransforms:\n  acme:R1: { host: "a b" }\n');
    expect(dfix('--config', 'tools/dfix.yaml', 'repo')).toMatchObject({
      code: 2,
      err: expect.stringContaining("tools/dfix.yaml:3:20: acme:R1.host does not take 'a b'") as unknown as string,
    });
  });

  test('works in workers', () => {
    for (let index = 0; index < 80; index++) put(`repo/${index}/Dockerfile`, `FROM old.example.com/app:${index}\n`);
    const one = dfix('--plugin', './tools/plugin.mjs', '--jobs', '1', 'repo');
    expect(from(one)).toHaveLength(81);
    expect(dfix('--plugin', './tools/plugin.mjs', '--jobs', '2', 'repo').out).toBe(one.out);
  });

  test('that is a package is looked for where it is named', () => {
    put('tools/node_modules/@acme/dfix-plugin/package.json', '{ "type": "module", "exports": "./index.js" }');
    put('tools/node_modules/@acme/dfix-plugin/index.js', PLUGIN);
    put('tools/dfix.yaml', 'plugins: ["@acme/dfix-plugin"]\n');
    expect(from(dfix('--config', 'tools/dfix.yaml', 'repo'))).toEqual(['new.example.com/app:1']);
    expect(dfix('--plugin', '@acme/dfix-plugin', 'repo')).toMatchObject({
      code: 2,
      err: 'dfix: --plugin @acme/dfix-plugin: there is no plugin @acme/dfix-plugin\n',
    });
  });

  test('is judged by law 1 like every other transform', () => {
    put('tools/plugin.mjs', PLUGIN.replace("configChanges: ['base']", 'configChanges: []'));
    const { code, err, out } = dfix('--plugin', './tools/plugin.mjs', 'repo');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain("leave-old-registry, which comes from a plugin: the final image's base changes");
  });
});

describe('a configuration that is found', () => {
  const wasRun = (): boolean => existsSync(join(folder, 'tools/was-run'));

  test.each([
    ['of the repository', 'repo/dfix.config.yaml', 'plugins: [../tools/plugin.mjs]\n'],
    ['in a package.json', 'repo/package.json', '{ "dfix": { "plugins": ["../tools/plugin.mjs"] } }'],
    ['by what it extends', 'repo/.dfix.yaml', 'extends: ../tools/base.yaml\n'],
  ])('runs no code, %s', (_, name, text) => {
    put('tools/base.yaml', 'plugins: [./plugin.mjs]\n');
    put(name, text);
    for (const words of [['repo'], ['--write', 'repo']]) {
      const { code, out, err } = dfix(...words);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(
        /^dfix: \S+:1:\d+: the plugin \S+ is code, and none is run for a configuration that was found: allow it with --plugin \.\/tools\/plugin\.mjs, or name the configuration with --config \S+\n$/,
      );
    }
    expect(wasRun()).toBe(false);
    // What the message says allows it.
    expect(from(dfix('--plugin', './tools/plugin.mjs', 'repo'))).toEqual(['new.example.com/app:1']);
    expect(wasRun()).toBe(true);
  });

  test('may set what a plugin of the command line brings', () => {
    put('repo/dfix.config.yaml', 'transforms: { leave-old-registry: { host: z.example.com } }\n');
    expect(dfix('repo')).toMatchObject({ code: 2 });
    expect(from(dfix('--plugin', './tools/plugin.mjs', 'repo'))).toEqual(['z.example.com/app:1']);
  });
});

describe('a plugin that is wrong', () => {
  test.each([
    ['no list', 'export const rules = [];', 'exports no list called transforms'],
    ['no syntax', 'export const = 1;', 'does not load: Unexpected token'],
    ['a fault', "throw new Error('out of order\\nat once');", 'does not load: out of order\n'],
  ])('is told so: %s', (_, text, message) => {
    put('tools/wrong.mjs', text);
    const { code, out, err } = dfix('--plugin', './tools/wrong.mjs', 'repo');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^dfix: --plugin \.\/tools\/wrong\.mjs: the plugin .*\n$/);
    expect(err).toContain(message);
  });
});
