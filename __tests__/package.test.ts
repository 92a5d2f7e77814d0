import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { putFile, type Run } from './harness/program.js';

const ROOT = resolve(import.meta.dirname, '..');

let folder: string;
let tarball: string;
/** Why the package cannot be installed here; undefined where it is. */
let obstacle: string | undefined;

function run(cwd: string, program: string, ...words: readonly string[]): Run {
  // What npm tells this process about itself is no matter of the one below.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:npm_|NODE_OPTIONS)/i.test(name)));
  const { status, stdout, stderr } = spawnSync(program, words, { cwd, env, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
  // The tests run on what was built: nothing is built again.
  const packed = run(ROOT, 'npm', 'pack', '--ignore-scripts', '--silent', '--pack-destination', folder);
  tarball = join(folder, packed.out.trim());
  putFile(folder, 'app/package.json', '{ "name": "app", "private": true }');
  const words = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--fetch-retries=0'];
  const installed = run(join(folder, 'app'), 'npm', ...words, tarball);
  obstacle = installed.code === 0 ? undefined : installed.err;
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A test of the installed package; where npm cannot install it, it says so and checks nothing. */
function testInstalled(name: string, check: () => void): void {
  test(name, () => {
    if (obstacle === undefined) return check();
    // Only a registry that is out of reach is no fault of the package.
    expect(obstacle).toMatch(/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED|network/);
    process.stderr.write(`skipped, since npm reaches no registry: ${name}\n`);
  });
}

describe('the package', () => {
  test('ships the command as one script, the library, and their documents', () => {
    const names = run(folder, 'tar', 'tzf', tarball).out.trim().split('\n');
    const kept = names.map((name) => name.replace('package/', ''));
    expect(kept).toEqual(
      expect.arrayContaining([
        'dist/dfix.bundle.js',
        'dist/index.d.ts',
        'docs/config.schema.json',
        'LICENSE',
        'NOTICE',
      ]),
    );
    expect(kept.filter((name) => /^dist\/(?:cli|registry|verify)\//.test(name))).toEqual(['dist/cli/launch.cjs']);
    expect(kept.filter((name) => /^(?:src|__tests__|e2e|examples|scripts)\//.test(name))).toEqual([]);
  });

  test('is right for publint', () => {
    const { code, out, err } = run(ROOT, 'npx', 'publint', 'run', tarball, '--strict');
    expect({ code, out: out + err }).toMatchObject({ code: 0 });
  }, 60_000);

  test('has types that every way to resolve them finds, as a package of ES modules', () => {
    const { code, out, err } = run(ROOT, 'npx', 'attw', tarball, '--profile', 'esm-only', '--format', 'ascii');
    expect({ code, out: out + err }).toMatchObject({ code: 0 });
  }, 60_000);
});

describe('installed in an empty folder', () => {
  const app = (...words: readonly string[]): Run => run(join(folder, 'app'), ...(words as [string, ...string[]]));

  testInstalled('the command runs', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(app('node_modules/.bin/dfix', '--version')).toMatchObject({ code: 0, out: `${version}\n` });
    putFile(folder, 'app/Dockerfile', 'from alpine\n');
    expect(app('node_modules/.bin/dfix', '--check', '--list', 'Dockerfile')).toMatchObject({
      code: 1,
      out: 'Dockerfile\n',
    });
    expect(app('node_modules/.bin/dfix', 'explain', 'DL3059')).toMatchObject({ code: 0 });
  });

  testInstalled('its modules are imported, and required where Node can', () => {
    putFile(
      folder,
      'app/use.mjs',
      `import { createRewriter, defineConfig, rewrite, transforms } from 'dfix';
import { fixtureTests } from 'dfix/testing';
import * as browser from 'dfix/browser';
const { text } = createRewriter(defineConfig({ transforms: { DL3059: 'off' } })).rewrite('from alpine\\n');
console.log(text.trim(), rewrite(text, { transforms }).status, typeof fixtureTests, typeof browser.createRewriter);
`,
    );
    expect(app('node', 'use.mjs')).toMatchObject({ code: 0, out: 'FROM alpine unchanged function function\n' });
    expect(app('node', '-p', "require('dfix').rewrite('from a\\n', { transforms: [] }).status")).toMatchObject({
      code: 0,
      out: 'unchanged\n',
    });
    expect(app('node', '-e', "import('dfix/rewrite.js').catch(({ code }) => console.log(code))").out).toBe(
      'ERR_PACKAGE_PATH_NOT_EXPORTED\n',
    );
  });

  testInstalled('a plugin is written against it, and tested with it', () => {
    putFile(
      folder,
      'app/plugin.mjs',
      `import { fixed, replacement } from 'dfix';
export const transforms = [{
  name: 'rename-user', summary: 'Renames a user', category: 'style', related: [],
  *check({ dockerfile }) {
    for (const user of dockerfile.instructions) {
      if (user.keyword !== 'USER' || user.argumentsText !== 'a') continue;
      const span = user.sourceSpan(user.argumentsSpan);
      const fix = { edits: [replacement(span, 'b')], applicability: 'safe', checked: [], removes: ['a'] };
      yield fixed(span, 'it is', { ...fix, configChanges: ['user'] });
    }
  },
}];
`,
    );
    putFile(folder, 'app/user.Dockerfile', 'FROM alpine\nUSER a\n');
    expect(app('node_modules/.bin/dfix', '--plugin', './plugin.mjs', 'user.Dockerfile').out).toContain('\n+USER b\n');
    putFile(folder, 'app/fixtures/plain.before.Dockerfile', 'FROM alpine\nUSER a\n');
    putFile(folder, 'app/fixtures/plain.after.Dockerfile', 'FROM alpine\nUSER b\n');
    putFile(folder, 'app/fixtures/other.unchanged.Dockerfile', 'FROM alpine\nUSER c\n');
    putFile(
      folder,
      'app/plugin.test.mjs',
      `import { test } from 'node:test';
import { fixtureTests } from 'dfix/testing';
import { transforms } from './plugin.mjs';
for (const { name, run } of fixtureTests(transforms[0], 'fixtures')) test(name, run);
`,
    );
    expect(app('node', '--test', 'plugin.test.mjs').out).toMatch(/^# pass 10\n# fail 0$/m);
    putFile(folder, 'app/fixtures/plain.after.Dockerfile', 'FROM alpine\nUSER z\n');
    expect(app('node', '--test', 'plugin.test.mjs')).toMatchObject({ code: 1 });
  });
});
