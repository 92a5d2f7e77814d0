import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { PROGRAM, putFile, runProgram } from './harness/program.js';
import { isDockerfileName, isTemplateName } from '../src/cli/dockerfile-names.js';

const ROOT = resolve(import.meta.dirname, '..');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => putFile(folder, name, text);

interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly files: string;
  readonly exclude: string;
}

const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

describe('.pre-commit-hooks.yaml', () => {
  const hooks = parse(read('.pre-commit-hooks.yaml')) as readonly Hook[];

  test('takes the files that dfix finds by itself', () => {
    const names =
      'Dockerfile a/Dockerfile Dockerfile.dev .devcontainer/Dockerfile web.Dockerfile web.dockerfile Containerfile ' +
      'Containerfile.x Dockerfile.dockerignore a.Dockerfile.dockerignore Dockerfile.j2 MyDockerfile Dockerfiles Dockerfile. ' +
      'web.DOCKERFILE Dockerfile.md/x .dockerfile docker-compose.yml';
    for (const name of names.split(' '))
      for (const { id, files, exclude } of hooks)
        expect([id, name, new RegExp(files).test(name) && !new RegExp(exclude).test(name)]).toEqual([
          id,
          name,
          isDockerfileName(name) && !isTemplateName(name),
        ]);
    expect(hooks.map(({ exclude }) => new RegExp(exclude).test('a/vendor/b/Dockerfile'))).toEqual([true, true]);
  });

  const hasPreCommit = spawnSync('pre-commit', ['--version']).status === 0;

  (hasPreCommit ? test : test.skip)('works by pre-commit (needs the package pre-commit)', () => {
    // As they are, but for the installation: that of language node builds the whole project first.
    const local = hooks.map((hook) => ({
      ...hook,
      language: 'system',
      entry: hook.entry.replace('dfix', `${process.execPath} ${PROGRAM}`),
    }));
    put('.pre-commit-config.yaml', JSON.stringify({ repos: [{ repo: 'local', hooks: local }] }));
    put('a b/Dockerfile', 'from alpine\n');
    put('vendor/Dockerfile', 'from alpine\n');
    put('notes.txt', 'from alpine\n');
    const env = { ...process.env, PRE_COMMIT_HOME: join(folder, '.cache'), GIT_CONFIG_GLOBAL: '/dev/null' };
    const inFolder = (program: string, ...words: readonly string[]): { readonly code: number | null; out: string } => {
      const { status, stdout } = spawnSync(program, words, { cwd: folder, env, encoding: 'utf8' });
      return { code: status, out: stdout };
    };
    inFolder('git', 'init', '-q');
    inFolder('git', 'add', '-A', ':!.cache');
    const check = inFolder('pre-commit', 'run', 'dfix-check');
    expect(check.code).toBe(1);
    expect(check.out).toContain('+FROM alpine');
    const fix = inFolder('pre-commit', 'run', 'dfix');
    expect({ code: fix.code, out: fix.out }).toMatchObject({ code: 1 });
    expect(fix.out).toContain('files were modified by this hook');
    const texts = ['a b/Dockerfile', 'vendor/Dockerfile', 'notes.txt'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    );
    expect(texts).toEqual(['FROM alpine\n', 'from alpine\n', 'from alpine\n']);
    inFolder('git', 'add', 'a b');
    expect(inFolder('pre-commit', 'run')).toMatchObject({ code: 0 });
  });
});

describe('action.yml', () => {
  interface Action {
    readonly inputs: Readonly<Record<string, { readonly default: string }>>;
    readonly runs: {
      readonly steps: readonly { readonly run?: string; readonly env?: Readonly<Record<string, string>> }[];
    };
  }
  const action = parse(read('action.yml')) as Action;
  const [step] = action.runs.steps;

  test('hands every input on by the environment, and puts none into a script', () => {
    expect(action.runs.steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
    const names = Object.keys(action.inputs);
    expect(step?.env).toEqual(
      Object.fromEntries(names.map((name) => [`INPUT_${name.toUpperCase()}`, `\${{ inputs.${name} }}`])),
    );
  });

  /** The words that npx is given for some inputs, and the exit code of the step. */
  function runStep(inputs: Readonly<Record<string, string>>, status = 0): readonly [number | null, readonly string[]] {
    const npx = put(
      'bin/npx',
      `#!/usr/bin/env bash\nprintf '%s\\0' "$@" > "$RUNNER_TEMP/words"\nif [ -n "$SAYS" ]; then echo "$SAYS" > "$RUNNER_TEMP/dfix-summary.md"; fi\nexit ${status}\n`,
    );
    chmodSync(npx, 0o755);
    const all = {
      ...Object.fromEntries(Object.entries(action.inputs).map(([name, one]) => [name, one.default])),
      ...inputs,
    };
    const env = {
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
      SAYS: 'all is well',
      ...Object.fromEntries(Object.entries(all).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value])),
    };
    const run = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? ''], {
      env,
      cwd: folder,
    });
    return [run.status, readFileSync(join(folder, 'words'), 'utf8').split('\0').slice(0, -1)];
  }

  test('checks all by default, and ends as dfix does', () => {
    const words = [
      '--check',
      '--report=github=-',
      `--report=github-summary=${join(folder, 'dfix-summary.md')}`,
      '--',
      '.',
    ];
    expect(runStep({}, 1)).toEqual([1, ['--yes', '--package', 'dfix@latest', '--', 'dfix', ...words]]);
    expect(readFileSync(join(folder, 'summary'), 'utf8')).toBe('all is well\n');
  });

  test('takes inputs as words, whatever they hold', () => {
    const hostile = '$(touch x); `touch x` "\' & -rf';
    const quiet = { annotations: 'false', summary: 'false' };
    const inputs = { ...quiet, write: 'true', unsafe: 'true', sarif: 'true', version: hostile, config: hostile };
    const [, words] = runStep({ ...inputs, only: hostile, skip: hostile, paths: `a b\n\n--write\n${hostile}\n` });
    expect(words).toEqual([
      ...['--yes', '--package', `dfix@${hostile}`, '--', 'dfix', '--write', '--unsafe'],
      ...[
        `--only=${hostile}`,
        `--skip=${hostile}`,
        `--config=${hostile}`,
        `--report=sarif=${join(folder, 'dfix.sarif')}`,
      ],
      ...['--', 'a b', '--write', hostile],
    ]);
    expect(readFileSync(join(folder, 'output'), 'utf8')).toBe(`sarif-file=${join(folder, 'dfix.sarif')}\n`);
    expect(spawnSync('ls', [join(folder, 'x')]).status).not.toBe(0);
  });

  test('asks for options that there are', () => {
    put('Dockerfile', 'from alpine\n');
    const [, words] = runStep({ unsafe: 'true', only: 'normalize-keyword-case', skip: 'merge-runs', sarif: 'true' });
    const { code, err } = runProgram(folder, words.slice(5));
    expect({ code, err }).toEqual({ code: 1, err: '1 file read, 1 would change (1 fix)\n' });
  });
});

describe('the Dockerfile of this project', () => {
  test('leaves nothing to do, but what stands for a person', () => {
    const { code, out } = runProgram(ROOT, ['--check', '--unsafe', '--format', 'json', 'Dockerfile']);
    expect(code).toBe(0);
    const report = JSON.parse(out) as {
      files: { reports: { transform: string }[]; offers: { isOptional: boolean }[] }[];
    };
    const [file] = report.files;
    expect(file?.reports.map(({ transform }) => transform)).toEqual(['report-unpinned-packages']);
    expect(file?.offers.filter(({ isOptional }) => !isOptional)).toEqual([]);
  });

  test('copies what there is, and leaves tests and examples out of its context', () => {
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, words = '']) =>
      words.split(' '),
    );
    expect([...new Set(copied)].map((name) => name.replace('./', '')).sort()).toEqual(kept.sort());
  });
});
