import { resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { build, type BuildResult } from 'esbuild';
import {
  createRewriter,
  defineConfig,
  type Plugin,
  rewrite,
  type RewriterOptions,
  transforms,
  UsageError,
} from '../src/index.js';
import { fixed, replacement, type Transform } from '../src/index.js';

const BAD = 'FROM debian:bookworm\nMAINTAINER me\nRUN apt-get update && apt-get install curl\n';

/** The transforms that changed a text. */
function applied({ changes }: { readonly changes: readonly { readonly transform: string }[] }): readonly string[] {
  return [...new Set(changes.map(({ transform }) => transform))].sort();
}

const renameUser: Transform = {
  name: 'rename-user',
  summary: 'Renames the user a to b',
  category: 'style',
  related: ['acme:U1'],
  *check({ dockerfile }) {
    for (const instruction of dockerfile.instructions) {
      if (instruction.keyword !== 'USER' || instruction.argumentsText !== 'a') continue;
      const span = instruction.sourceSpan(instruction.argumentsSpan);
      const edits = [replacement(span, 'b')];
      yield fixed(span, 'it is', {
        edits,
        applicability: 'safe',
        checked: [],
        removes: ['a'],
        configChanges: ['user'],
      });
    }
  },
};

describe('a rewriter', () => {
  test('does without options what the command does', () => {
    const rewriter = createRewriter();
    expect(rewriter.transforms).toEqual(transforms);
    expect(rewriter.rewrite(BAD).text).toBe(rewrite(BAD, { transforms }).text);
    expect(rewriter.rewrite('RUN x\n').status).toBe('unparsable');
  });

  test('chooses by names, ids and categories, and takes settings', () => {
    expect(applied(createRewriter({ only: ['DL3009', 'replace-maintainer'] }).rewrite(BAD))).toEqual([
      'clean-apt-lists',
      'replace-maintainer',
    ]);
    expect(applied(createRewriter({ category: ['size'] }).rewrite(BAD))).toEqual(['clean-apt-lists']);
    const config = defineConfig({
      unsafe: true,
      transforms: { DL4000: 'off', 'add-no-install-recommends': 'safe', 'add-healthcheck': { path: '/up' } },
      policy: { 'no-ignore': ['clean-apt-lists'] },
    });
    const { rewrite: apply } = createRewriter({ ...config, skip: ['add-nonroot-user', 'use-slim-base'] });
    const text = BAD.replace('RUN', '# dfix ignore=all no\nRUN');
    expect(applied(apply(text))).toEqual(['clean-apt-lists']);
    expect(applied(apply('FROM debian:bookworm\nEXPOSE 80\nRUN apt-get install -y curl\nCMD ["curl"]\n'))).toContain(
      'add-healthcheck',
    );
    expect(applied(apply(text, { ignore: { ids: ['hadolint:DL3009'] } }))).toEqual(['clean-apt-lists']);
    expect(applied(apply(text, { accepts: () => false }))).toEqual([]);
  });

  test.each<readonly [RewriterOptions & { readonly overrides?: unknown }, RegExp]>([
    [{ only: ['DL9999'] }, /no transform is called 'DL9999'/],
    [{ category: ['speed' as 'size'] }, /no category is called 'speed'/],
    [{ transforms: { 'merge-runs': 'of' as 'off' } }, /merge-runs is neither off, safe nor on: 'of'/],
    [{ transforms: { 'add-healthcheck': { pfad: '/' } } }, /add-healthcheck has no parameter 'pfad'/],
    [{ transforms: { 'add-healthcheck': { path: '/"]\nRUN id' } } }, /add-healthcheck.path does not take/],
    [{ only: ['merge-runs'], skip: ['merge-runs'] }, /leave no transform/],
    [{ overrides: [] }, /a rewriter takes no overrides/],
    [{ plugins: ['./plugin.js' as unknown as Plugin] }, /plugin.js is a name: import its module first/],
  ])('says what is wrong with its options: %j', (options, message) => {
    expect(() => createRewriter(options)).toThrow(UsageError);
    expect(() => createRewriter(options)).toThrow(message);
  });

  test('runs the transforms of plugins behind ours', () => {
    const { rewrite: apply, transforms: list } = createRewriter({ plugins: [{ transforms: [renameUser] }] });
    expect(list.at(-1)).toBe(renameUser);
    expect(apply('from alpine\nuser a\n').text).toBe('FROM alpine\nUSER b\n');
    expect(() => createRewriter({ only: ['acme:U1'] })).toThrow(UsageError);
  });

  test.each([
    ['a bad name', { name: 'Do_It' }, 'Do_It has no name of the kind verb-object'],
    ['a name of ours', { name: 'merge-runs' }, 'there is a transform merge-runs already'],
    ['no category', { category: 'speed' }, 'rename-user has no category of cache, '],
    ['no check', { check: 1 }, 'rename-user has no function check'],
    ['a summary of lines', { summary: 'a\nb' }, 'rename-user has no summary of one line'],
    ['a word', { onlyUnsafe: 'yes' }, 'rename-user may only say true for onlyUnsafe'],
    ['open values', { params: [{ name: 'a', summary: 'b', values: /x/ }] }, 'rename-user has a parameter without'],
    ['flagged values', { params: [{ name: 'a', summary: 'b', values: /^x$/m }] }, 'has a parameter without'],
    ['an image change', { imageChanges: ['all'] }, 'rename-user may only name as imageChanges users, '],
  ])('takes no plugin with %s', (_, wrong, message) => {
    const plugin: unknown = { transforms: [{ ...renameUser, ...wrong }] };
    expect(() => createRewriter({ plugins: [plugin as Plugin] })).toThrow(message);
    expect(() => createRewriter({ plugins: [{ transforms: [renameUser, renameUser] }] })).toThrow('already');
  });
});

describe('what an entry loads', () => {
  const bundle = (
    entry: string,
    platform: 'browser' | 'node',
  ): Promise<BuildResult<{ write: false; metafile: true }>> =>
    build({
      entryPoints: [resolve(import.meta.dirname, '../dist', entry)],
      bundle: true,
      write: false,
      metafile: true,
      format: 'iife',
      globalName: 'dfix',
      platform,
      logLevel: 'silent',
    });

  const packagesIn = ({ metafile }: { readonly metafile: { readonly inputs: object } }): readonly string[] => {
    const names = Object.keys(metafile.inputs).map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
    return [...new Set(names.filter((name) => name !== undefined))].sort();
  };

  test('dfix/browser runs where there is nothing of Node', async () => {
    const bundled = await bundle('browser.js', 'browser');
    expect(packagesIn(bundled)).toEqual([
      'diff',
      'dockerfile-ast',
      'unbash',
      'vscode-languageserver-textdocument',
      'vscode-languageserver-types',
    ]);
    // A context has the language itself, and of the rest what it is given.
    const context = createContext({ TextEncoder, TextDecoder });
    const run = `${bundled.outputFiles[0]?.text ?? ''}
      const { rewrite } = dfix.createRewriter({ unsafe: true });
      JSON.stringify([rewrite(${JSON.stringify(BAD)}), typeof process, typeof Buffer, typeof require]);`;
    const answer: unknown = JSON.parse(String(runInContext(run, context)));
    const [result, ...missing] = answer as [{ text: string; faults: unknown }, ...string[]];
    expect(missing).toEqual(['undefined', 'undefined', 'undefined']);
    expect(result.text).toBe(createRewriter({ unsafe: true }).rewrite(BAD).text);
    expect(result.text).not.toBe(BAD);
    expect(result.faults).toEqual([]);
  });

  test('dfix adds what reads a build context, and nothing of the command', async () => {
    expect(packagesIn(await bundle('index.js', 'node'))).toEqual([
      '@balena/dockerignore',
      'diff',
      'dockerfile-ast',
      'smol-toml',
      'unbash',
      'vscode-languageserver-textdocument',
      'vscode-languageserver-types',
      'yaml',
    ]);
  });
});
