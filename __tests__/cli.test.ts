import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ChangedFileError, readTextFile, writeTextFile } from '../src/cli/files.js';
import { PROGRAM, putFile, type Run, runProgram } from './harness/program.js';

const BAD = 'FROM debian:bookworm\nRUN apt-get update && apt-get install curl\n';
const GOOD = 'FROM debian:bookworm\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\n';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function dfix(
  words: readonly string[],
  more: { readonly input?: string | Buffer; readonly env?: NodeJS.ProcessEnv } = {},
): Run {
  return runProgram(folder, words, { PATH: process.env['PATH'], ...more.env }, more.input);
}

const put = (name: string, text: string | Buffer): string => putFile(folder, name, text);

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

function canMount(): boolean {
  const place = mkdtempSync(join(tmpdir(), 'dfix-mount-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', place]).status === 0;
  if (isMounted) spawnSync('umount', [place]);
  rmSync(place, { recursive: true });
  return isMounted;
}

describe('a dry run', () => {
  test('prints a diff that git applies, and writes nothing', () => {
    put('Dockerfile', BAD);
    put('a b/x.Dockerfile', BAD.replace(/\n/g, '\r\n'));
    put('é.Dockerfile', BAD.trimEnd());
    const { code, out, err } = dfix([]);
    expect({ code, isUnchanged: read('Dockerfile') === BAD }).toEqual({ code: 0, isUnchanged: true });
    expect(err).toBe('3 files read, 3 would change (6 fixes), 6 more fixes with --unsafe, 3 to look at by hand\n');
    spawnSync('git', ['init', '-q'], { cwd: folder });
    const applied = spawnSync('git', ['apply', '-'], { cwd: folder, input: out, encoding: 'utf8' });
    expect(applied.stderr).toBe('');
    expect(read('Dockerfile')).toBe(GOOD);
    expect(read('a b/x.Dockerfile')).toBe(GOOD.replace(/\n/g, '\r\n'));
    expect(read('é.Dockerfile')).toBe(GOOD.trimEnd());
  });

  test('colours only for a terminal, or when forced', () => {
    put('Dockerfile', BAD);
    expect(dfix([]).out).not.toContain('\u001b');
    expect(dfix([], { env: { FORCE_COLOR: '1' } }).out).toContain('\u001b');
    expect(dfix([], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }).out).not.toContain('\u001b');
  });

  test('shows control characters instead of obeying them', () => {
    put('Dockerfile', 'FROM debian\nMAINTAINER \u001b[31mx\u0007\n');
    const { out } = dfix([], { env: { FORCE_COLOR: '1' } });
    expect(out).toContain('␛[31mx␇');
    expect(out).not.toContain('\u0007');
  });

  test('keeps the bytes of a file that is not UTF-8', () => {
    put('Dockerfile', Buffer.from('FROM debian\nMAINTAINER Andr\xe9\n', 'latin1'));
    dfix(['--write']);
    expect(readFileSync(join(folder, 'Dockerfile')).toString('latin1')).toBe(
      'FROM debian\nLABEL org.opencontainers.image.authors="Andr\xe9"\n',
    );
  });
});

describe('--check, --list and --diff', () => {
  test('tell by the exit code whether anything would change', () => {
    put('Dockerfile', BAD);
    put('good/Dockerfile', GOOD);
    expect(dfix(['--check'])).toMatchObject({ code: 1, out: '' });
    expect(dfix(['--check', 'good'])).toMatchObject({ code: 0, out: '' });
    expect(dfix(['--check', '--list'])).toMatchObject({ code: 1, out: 'Dockerfile\n' });
    expect(dfix(['--check', '--diff']).out).toContain('+RUN apt-get update');
    expect(dfix(['--check', '--write'])).toMatchObject({
      code: 2,
      err: 'dfix: --check and --write exclude each other\n',
    });
  });
});

describe('the build context', () => {
  const COPIES = 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n';

  beforeEach(() => {
    put('api/Dockerfile', COPIES);
    put('api/package.json', '{}');
    put('api/package-lock.json', '{}');
    put('api/index.js', '');
  });

  test('is found, given, or done without', () => {
    put('api/.dockerignore', 'node_modules\n');
    const only = ['--only', 'order-copy-for-cache', '--list'];
    expect(dfix([...only, '.']).out).toBe('api/Dockerfile\n');
    expect(dfix([...only, '--context', 'api', 'api/Dockerfile']).out).toBe('api/Dockerfile\n');
    expect(dfix([...only, '--no-context', '.']).out).toBe('');
    expect(dfix([...only, '--context', 'nowhere', '.'])).toMatchObject({ code: 2 });
    expect(dfix([...only, '--context', 'api', '-'], { input: COPIES }).out).toBe('Dockerfile\n');
  });

  test('gets files beside the Dockerfile, once for all that share it', () => {
    put('api/Dockerfile.dev', COPIES);
    const words = ['--only', 'write-dockerignore', '--unsafe', '.'];
    const dry = dfix(words);
    expect(dry.err).toBe('2 files read, 0 would change (0 fixes), 1 file of build contexts to write\n');
    expect(dfix(['--check', ...words]).code).toBe(1);
    expect(dfix(['--list', ...words]).out).toBe('api/.dockerignore\n');
    spawnSync('git', ['init', '-q'], { cwd: folder });
    const applied = spawnSync('git', ['apply', '--check', '-'], { cwd: folder, input: dry.out, encoding: 'utf8' });
    expect(applied.stderr).toBe('');
    const json = JSON.parse(dfix(['--format', 'json', ...words]).out) as {
      readonly files: readonly { readonly files: readonly { readonly path: string; readonly isNew: boolean }[] }[];
    };
    expect(json.files.flatMap(({ files }) => files)).toMatchObject([{ path: 'api/.dockerignore', isNew: true }]);
    expect(dfix(['--write', ...words]).code).toBe(0);
    expect(read('api/.dockerignore')).toContain('**/node_modules\n');
    expect(dfix(['--check', ...words])).toMatchObject({ code: 0, out: '' });
  });

  test('keeps out what an order of copies relies on, in one file for all stages and Dockerfiles', () => {
    const uv = (name: string): string =>
      `FROM ghcr.io/astral-sh/uv:python3.12-bookworm AS ${name}\nWORKDIR /srv\nCOPY . .\nRUN uv sync --frozen --no-install-project\n`;
    put('api/Dockerfile', `${COPIES}${uv('jobs')}`);
    put('api/Dockerfile.jobs', `${uv('jobs')}${COPIES}`);
    put('api/package.json', '{"dependencies":{"left-pad":"1.3.0"}}');
    put('api/package-lock.json', '{"lockfileVersion":3,"packages":{}}');
    put('api/pyproject.toml', '[project]\nname = "api"\nversion = "1"\n');
    put('api/uv.lock', '');
    const words = ['--only', 'order-copy-for-cache', '.'];
    const dry = dfix(words);
    expect(dry.out.match(/^\+.*node_modules$/gm)).toEqual(['+**/node_modules']);
    expect(dry.err).toBe('2 files read, 2 would change (4 fixes), 1 file of build contexts to write\n');
    spawnSync('git', ['init', '-q'], { cwd: folder });
    const applied = spawnSync('git', ['apply', '--check', '-'], { cwd: folder, input: dry.out, encoding: 'utf8' });
    expect(applied.stderr).toBe('');
    expect(dfix(['--list', ...words]).out).toBe('api/.dockerignore\napi/Dockerfile\napi/Dockerfile.jobs\n');
    expect(dfix(['--write', ...words]).code).toBe(0);
    expect(read('api/.dockerignore')).toBe('# Installed by the build itself\n**/node_modules\n**/.venv\n');
    expect(dfix(['--check', ...words])).toMatchObject({ code: 0, out: '' });
    put('api/.dockerignore', '');
    const filter = dfix(['--only', 'order-copy-for-cache', '--context', 'api', '--write', '-'], { input: COPIES });
    expect(filter.out).toContain('COPY package.json package-lock.json ./');
    expect(filter.err).toContain('api/.dockerignore is not written');
  });

  test('gets further lines, and keeps those that are there', () => {
    put('api/.dockerignore', '# ours\r\n*.md');
    expect(dfix(['--only', 'write-dockerignore', '--unsafe', '--write', '.']).code).toBe(0);
    expect(read('api/.dockerignore')).toMatch(/^# ours\r\n\*\.md\r\n\r\n# Version control\r\n\.git\r\n/);
    expect(dfix(['--only', 'write-dockerignore', '--unsafe', '--check', '.']).code).toBe(0);
  });
});

describe('--write', () => {
  test('writes, and then has nothing to do', () => {
    put('Dockerfile', BAD);
    expect(dfix(['--write'])).toMatchObject({
      code: 0,
      out: '',
      err: '1 file read, 1 rewritten (2 fixes), 2 more fixes with --unsafe, 1 to look at by hand\n',
    });
    expect(read('Dockerfile')).toBe(GOOD);
    expect(dfix(['--check']).code).toBe(0);
  });

  test('keeps the mode and goes through a symbolic link', () => {
    const real = put('real/Dockerfile', BAD);
    chmodSync(real, 0o640);
    symlinkSync('real/Dockerfile', join(folder, 'Dockerfile'));
    dfix(['--write', 'Dockerfile']);
    expect(lstatSync(join(folder, 'Dockerfile')).isSymbolicLink()).toBe(true);
    expect(read('real/Dockerfile')).toBe(GOOD);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(folder, 'real'))).toEqual(['Dockerfile']);
  });

  test('writes nothing when DRY_RUN is set', () => {
    put('Dockerfile', BAD);
    dfix(['--write'], { env: { DRY_RUN: 'true' } });
    expect(read('Dockerfile')).toBe(BAD);
  });

  test('refuses a file that changed since it was read, or is gone', async () => {
    const path = put('Dockerfile', BAD);
    const before = readTextFile(path);
    writeFileSync(path, 'FROM other\n');
    await expect(writeTextFile(path, GOOD, before)).rejects.toThrow(ChangedFileError);
    expect(read('Dockerfile')).toBe('FROM other\n');
    rmSync(path);
    await expect(writeTextFile(path, GOOD, before)).rejects.toThrow(ChangedFileError);
    expect(existsSync(path)).toBe(false);
  });

  (canMount() ? test : test.skip)('leaves the old file whole when the disk is full (needs the right to mount)', () => {
    const text = `${BAD}# ${'x'.repeat(20_000)}\n`;
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'tmpfs', folder]);
    try {
      put('Dockerfile', text);
      const { code, err } = dfix(['--write']);
      expect(code).toBe(2);
      expect(err).toContain('error: Dockerfile: not written: the disk is full');
      expect(read('Dockerfile')).toBe(text);
      expect(readdirSync(folder)).toEqual(['Dockerfile']);
    } finally {
      spawnSync('umount', [folder]);
    }
  });

  test('leaves the old file whole when dfix is killed while it writes', () => {
    const text = `${BAD}# ${'x'.repeat(5000)}\n`;
    put('Dockerfile', text);
    // The limit on the size of files ends the process in the middle of its write.
    spawnSync('bash', ['-c', `ulimit -f 1; "${process.execPath}" "${PROGRAM}" --write`], { cwd: folder });
    expect(read('Dockerfile')).toBe(text);
  });
});

describe('stdin', () => {
  test('comes out as a diff, or rewritten with --write', () => {
    expect(dfix(['-'], { input: BAD }).out).toContain('diff --git a/Dockerfile b/Dockerfile');
    expect(dfix(['-', '--write'], { input: BAD })).toMatchObject({ code: 0, out: GOOD });
    expect(dfix(['-', '--check'], { input: BAD }).code).toBe(1);
  });

  test('comes out as it went in when it is no Dockerfile', () => {
    expect(dfix(['-', '--write'], { input: 'FROM a\nRUN <<EOF\n' })).toMatchObject({
      code: 4,
      out: 'FROM a\nRUN <<EOF\n',
    });
    expect(dfix(['-', '--write'], { input: 'a\0b' })).toMatchObject({ code: 4, out: 'a\0b' });
    expect(dfix(['-', 'x'], { input: BAD }).code).toBe(2);
  });
});

describe('folders', () => {
  test('are searched for Dockerfiles, vendored and ignored ones left out', () => {
    const names = [
      'Dockerfile',
      'Dockerfile.dev',
      'web.Dockerfile',
      'x.dockerfile',
      'Containerfile',
      '.devcontainer/Dockerfile',
      'sub/Dockerfile/Dockerfile',
    ];
    const others = [
      'node_modules/a/Dockerfile',
      'vendor/Dockerfile',
      'third_party/Dockerfile',
      'x.dockerignore',
      'Dockerfile.dockerignore',
      'MyDockerfile',
      'ignored/Dockerfile',
    ];
    for (const name of [...names, ...others]) put(name, BAD);
    put('.gitignore', 'ignored\n');
    expect(dfix(['--list']).out.trim().split('\n').sort()).toEqual([...names, 'ignored/Dockerfile'].sort());
    spawnSync('git', ['init', '-q'], { cwd: folder });
    expect(dfix(['--list']).out.trim().split('\n').sort()).toEqual(names.sort());
    expect(dfix(['--list', 'sub', 'sub/Dockerfile']).out).toBe('sub/Dockerfile/Dockerfile\n');
  });

  test('without a Dockerfile are told with exit code 3', () => {
    expect(dfix([])).toMatchObject({ code: 3, out: '' });
    expect(dfix([]).err).toContain('no Dockerfile in .');
  });

  test('one bad file never stops the others', () => {
    put('1.Dockerfile', 'FROM a\nRUN <<EOF\n');
    put('2.Dockerfile', Buffer.from([0, 1, 2]));
    put('3.Dockerfile', '');
    put('Dockerfile.j2', 'FROM {{ x }}\n');
    symlinkSync('nowhere', join(folder, '4.Dockerfile'));
    symlinkSync('5.Dockerfile', join(folder, '5.Dockerfile'));
    symlinkSync('.', join(folder, '6.Dockerfile'));
    put('7.Dockerfile', BAD);
    const { code, out, err } = dfix(['--list']);
    expect({ code, out }).toEqual({ code: 2, out: '7.Dockerfile\n' });
    expect(err.split('\n').slice(0, -2)).toEqual([
      'error: 1.Dockerfile:2:1: the heredoc EOF is not terminated',
      'error: 2.Dockerfile: it is a binary file',
      'error: 3.Dockerfile:1:1: the file has no instruction',
      'error: 4.Dockerfile: no such file',
      'error: 5.Dockerfile: the symbolic links lead in a circle',
      'Dockerfile.j2: left alone: it is a template of a Dockerfile',
    ]);
    expect(err).toContain('1 would change (2 fixes)');
  });
});

describe('selection', () => {
  test('takes names, ids of other tools and categories', () => {
    put('Dockerfile', BAD);
    const names = (words: readonly string[]): unknown =>
      (
        JSON.parse(dfix([...words, '--format', 'json']).out) as { files: { changes: { transform: string }[] }[] }
      ).files[0]?.changes.map((change) => change.transform);
    expect(names(['--only', 'DL3009'])).toEqual(['clean-apt-lists']);
    expect(names(['--only', 'trivy:DS-0021,clean-apt-lists'])).toEqual(['clean-apt-lists', 'add-assume-yes']);
    expect(names(['--skip', 'hadolint:dl3009'])).toEqual(['add-assume-yes']);
    expect(names(['--category', 'size'])).toEqual(['clean-apt-lists']);
    expect(names(['--only', 'trivy:AVD-DS-0021'])).toEqual(['add-assume-yes']);
    // Lists of other tools may hold what no transform answers.
    expect(names(['--skip', 'DL3061,DL3009'])).toEqual(['add-assume-yes']);
    put('.dfix.yaml', 'transforms: { DL3061: off, DL3009: off }\n');
    expect(names([])).toEqual(['add-assume-yes']);
    const { code, err } = dfix(['--only', 'DL3009,DL3061']);
    expect({ code, err }).toEqual({
      code: 2,
      err: 'dfix: no transform answers DL3061 (FROM or ARG first): BuildKit does not read such a file, and dfix says so with its place\n',
    });
  });

  test('parameters of transforms are set by option and by environment', () => {
    put('Dockerfile', 'FROM alpine:3.20\nEXPOSE 80\nCMD ["/app"]\n');
    const words = ['--only', 'add-healthcheck', '--unsafe', 'Dockerfile'];
    expect(dfix(words).out).toContain('"nc"');
    expect(dfix(['--param', 'add-healthcheck.path=/a', '--param', 'add-healthcheck.path=/b,c', ...words]).code).toBe(2);
    expect(dfix(['--param', 'add-healthcheck.path=/a', '--param', 'add-healthcheck.path=/b', ...words]).out).toContain(
      'http://127.0.0.1:80/b"',
    );
    expect(dfix(words, { env: { DFIX_PARAM: 'add-healthcheck.path=/c' } }).out).toContain('http://127.0.0.1:80/c"');
  });

  test('a variable of the environment that is no option is named', () => {
    put('Dockerfile', BAD);
    const { code, err } = dfix([], { env: { DFIX_E2E_CACHE: '/tmp' } });
    expect({ code, err }).toEqual({
      code: 2,
      err: 'dfix: the environment sets DFIX_E2E_CACHE, and there is no such option (see: dfix --help)\n',
    });
  });

  test.each([
    [['--only', 'clean-apt-list'], "no transform is called 'clean-apt-list'; did you mean 'clean-apt-lists'?"],
    [['--category', 'sise'], "no category is called 'sise'"],
    [['--chek'], 'there is no option --chek; did you mean --check?'],
    [['--format', 'xml'], 'Invalid values'],
    [['--only', 'DL3009', '--skip', 'DL3009'], 'the options leave no transform to run'],
    [['nothing-here'], 'error: nothing-here: no such file'],
    [['explain', 'nope'], "no transform is called 'nope'"],
    [['--param', 'add-healthcheck.path'], '--param add-healthcheck.path is not TRANSFORM.PARAM=VALUE'],
    [['--param', 'add-healthchek.path=/'], "no transform is called 'add-healthchek'; did you mean 'add-healthcheck'?"],
    [['--param', 'add-healthcheck.port=1'], "add-healthcheck has no parameter 'port': there is path"],
    [['--param', 'merge-runs.path=/'], "merge-runs has no parameter 'path' (see: dfix explain merge-runs)"],
    [['--param', 'add-healthcheck.path=/"]\nRUN id'], 'add-healthcheck.path does not take'],
    [['--param', 'add-builder-stage.runtime=alpine'], 'distroless or scratch'],
  ])('%j is a wrong call', (words, message) => {
    put('Dockerfile', BAD);
    const { code, err } = dfix(words);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test('takes options from the environment', () => {
    put('Dockerfile', BAD);
    expect(dfix([], { env: { DFIX_UNSAFE: 'true' } }).out).toContain('--no-install-recommends');
  });
});

describe('reports', () => {
  test('json holds every change with its place, and the text on request', () => {
    put(
      'Dockerfile',
      'FROM node:22\nRUN apt-get update && apt-get install curl\nRUN apt-get install git\nCMD node $X\n',
    );
    const report = JSON.parse(dfix(['--format', 'json', '--with-text']).out) as { files: Record<string, unknown>[] };
    expect(report.files[0]).toMatchSnapshot();
  });

  test('jsonl holds a file a line', () => {
    put('a.Dockerfile', BAD);
    put('b.Dockerfile', GOOD);
    const lines = dfix(['--format', 'jsonl'])
      .out.trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((line) => [line['path'], line['status']])).toEqual([
      ['a.Dockerfile', 'changed'],
      ['b.Dockerfile', 'unchanged'],
    ]);
  });

  test('concise holds a finding a line', () => {
    put('Dockerfile', BAD);
    expect(dfix(['--format', 'concise']).out).toMatchSnapshot();
  });
});

describe('ignore comments', () => {
  test.each([
    ['# hadolint ignore=DL3014\n', 'RUN apt-get update && apt-get install curl && rm -rf /var/lib/apt/lists/*'],
    ['# dfix ignore=add-assume-yes,clean-apt-lists vendor script\n', 'RUN apt-get update && apt-get install curl'],
    ['# dfix ignore-file\n\n', 'RUN apt-get update && apt-get install curl'],
    ['# hadolint global ignore=DL3014,DL3009\n\n', 'RUN apt-get update && apt-get install curl'],
    ['# trivy:ignore:AVD-DS-0021\n', 'RUN apt-get update && apt-get install curl && rm -rf /var/lib/apt/lists/*'],
  ])('%j', (comment, run) => {
    put('Dockerfile', BAD.replace('RUN', `${comment}RUN`));
    dfix(['--write']);
    expect(read('Dockerfile').split('\n').at(-2)).toBe(run);
  });

  const KICS_FILE = `FROM debian:bookworm AS a
RUN apt-get update && apt-get install curl
RUN apt-get update && apt-get install git
FROM debian:bookworm
RUN apt-get update && apt-get install vim
`;

  test.each([
    ['at the beginning', '# kics-scan ignore\n', 'FROM debian:bookworm AS a', []],
    ['in the middle', '# kics-scan ignore\n', 'FROM debian:bookworm\n', ['curl', 'git', 'vim']],
    ['for a line', '# kics-scan ignore-line\n', 'RUN apt-get update && apt-get install curl', ['git', 'vim']],
    ['for a block', '# KICS-SCAN IGNORE-BLOCK: reason\n', 'RUN apt-get update && apt-get install git', ['curl', 'vim']],
    ['for a stage', '# kics-scan ignore-block\n', 'FROM debian:bookworm AS a', ['vim']],
    ['by name', '# kics-scan disable=apt_get_missing_flags_to_avoid_manual_input,b\n', 'FROM debian:bookworm AS a', []],
    ['by an unknown id', '# kics-scan disable=5bf1d0d1\n', 'FROM debian:bookworm AS a', ['curl', 'git', 'vim']],
  ])('of KICS count %s', (_, comment, place, installed) => {
    const input = KICS_FILE.replace(place, (found) => `${comment}${found}`);
    const { out } = dfix(['-', '--write', '--only', 'add-assume-yes'], { input });
    expect([...out.matchAll(/install -y (\w+)/g)].map((match) => match[1])).toEqual(installed);
  });

  test('of hadolint are read from the configuration beside the file too', () => {
    put('a/Dockerfile', BAD);
    put('a/.hadolint.yaml', 'ignored:\n  - DL3014\n');
    put('b/Dockerfile', BAD.replace('RUN', '# hadolint ignore=DL3014\nRUN'));
    put('b/.hadolint.yml', 'disable-ignore-pragma: true\n');
    put('c/Dockerfile', BAD);
    put('c/.hadolint.yaml', 'ignored: [DL3014\n');
    const { code, err } = dfix(['--write']);
    expect(read('a/Dockerfile')).toContain('apt-get install curl && rm');
    expect(read('b/Dockerfile')).toContain('apt-get install -y curl && rm');
    expect(read('c/Dockerfile')).toBe(BAD);
    expect(code).toBe(2);
    expect(err).toContain('error: c/Dockerfile: c/.hadolint.yaml:2:1: ');
  });

  test('of BuildKit are read from the check directive', () => {
    expect(dfix(['-', '--write'], { input: '# check=skip=FromAsCasing\nFROM a as b\n' }).out).toContain(' as b');
    expect(dfix(['-', '--write'], { input: '# check=skip=all\nFROM a as b\nMAINTAINER x\n' }).out).toContain(
      'MAINTAINER x',
    );
  });
});

describe('help', () => {
  test('list and explain print what the documents say', () => {
    expect(dfix(['list']).out).toContain('clean-apt-lists');
    expect(JSON.parse(dfix(['list', '--format', 'json']).out)).toContainEqual(
      expect.objectContaining({ name: 'clean-apt-lists', category: 'size' }),
    );
    expect(dfix(['explain', 'DL3009']).out).toBe(
      readFileSync(resolve(import.meta.dirname, '../docs/transforms/clean-apt-lists.md'), 'utf8'),
    );
    expect(dfix(['explain', 'buildkit:InvalidBaseImagePlatform']).out).toContain(
      'No transform answers it: it waits for ',
    );
    expect(dfix(['--help']).out).toContain('Exit codes:');
    expect(dfix(['--version']).out).toMatch(/^\d+\.\d+\.\d+/);
  });

  test('a reader that stops early is no fault', () => {
    for (let index = 0; index < 50; index++) put(`${index}.Dockerfile`, BAD);
    const { status, stderr } = spawnSync('bash', ['-c', `"${process.execPath}" "${PROGRAM}" --quiet | head -n 1`], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
