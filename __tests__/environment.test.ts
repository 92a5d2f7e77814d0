import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OPTIONS } from '../src/cli/options.js';
import { type OptionKind, optionsInEnvironment, variableOf } from '../src/cli/environment.js';
import { putFile, type Run, runProgram } from './harness/program.js';

const BAD = 'FROM debian:bookworm\nRUN apt-get update && apt-get install curl\n';

/** What a variable may hold for each kind of option, and what comes of it. */
function examplesFor({ type, array }: OptionKind): readonly (readonly [text: string, value: unknown])[] {
  if (array === true)
    return [
      ['a,b', ['a,b']],
      ['a=1,2\nb\n', ['a=1,2', 'b']],
    ];
  if (type === 'boolean')
    return [
      ['true', true],
      ['1', true],
      ['FALSE', false],
      ['0', false],
    ];
  return type === 'number'
    ? [
        ['3', 3],
        ['x', NaN],
      ]
    : [['a b', 'a b']];
}

describe.each(Object.entries<OptionKind>(OPTIONS))('--%s', (name, option) => {
  test('is told by its variable', () => {
    const variable = variableOf(name);
    expect(variable).toMatch(/^DFIX_[A-Z_]+$/);
    for (const [text, value] of examplesFor(option))
      expect(optionsInEnvironment(OPTIONS, { [variable]: text })).toEqual({ [name]: value });
    expect(optionsInEnvironment(OPTIONS, { [variable]: '' })).toEqual({});
    if (option.type === 'boolean')
      expect(() => optionsInEnvironment(OPTIONS, { [variable]: 'ja' })).toThrow(
        `${variable} is neither true nor false`,
      );
  });

  test('stands in the table of README', () => {
    const text = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');
    const table = text.slice(text.indexOf('| option | meaning |'), text.indexOf('| exit | when |'));
    expect(table).toMatch(new RegExp(`\`--${name}[ \`]`));
  });
});

test.each(['config', 'context'])('--no-%s is told in two ways', (name) => {
  const [own, no] = [variableOf(name), variableOf(`no-${name}`)];
  for (const environment of [{ [own]: 'false' }, { [no]: 'true' }, { [no]: '1', [own]: 'x' }])
    expect(optionsInEnvironment(OPTIONS, environment)).toEqual({ [name]: false });
  expect(optionsInEnvironment(OPTIONS, { [no]: 'false', [own]: 'x' })).toEqual({ [name]: 'x' });
  expect(() => optionsInEnvironment(OPTIONS, { [no]: 'x' })).toThrow(`${no} is neither true nor false`);
});

describe('a run', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
    putFile(folder, 'Dockerfile', BAD);
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const dfix = (env: NodeJS.ProcessEnv, ...words: readonly string[]): Run =>
    runProgram(folder, words, { PATH: process.env['PATH'], ...env });

  test('goes by the environment, and the command line wins', () => {
    const env = { DFIX_CHECK: 'true', DFIX_ONLY: 'add-assume-yes,DL3015', DFIX_DIFF: '1', DFIX_JOBS: '2' };
    const { code, out } = dfix(env);
    expect({ code, hasYes: out.includes('install -y ') }).toEqual({ code: 1, hasYes: true });
    expect(dfix(env, '--only', 'clean-apt-lists').out).toContain('+RUN apt-get update && apt-get install curl && rm');
    expect(dfix({ ...env, DFIX_REPORT: 'csv=a.csv\njson=b,c.json' }).code).toBe(1);
    expect(existsSync(join(folder, 'a.csv')) && existsSync(join(folder, 'b,c.json'))).toBe(true);
    expect(dfix({ DFIX_CONFIG: 'false', DFIX_NO_CONTEXT: '1', DFIX_LIST: 'true' }).out).toBe('Dockerfile\n');
    // What is meant for another command is no mistake.
    expect(dfix({ ...env, DFIX_SMOKE: 'x' }, 'list').code).toBe(0);
    expect(dfix({ DFIX_SHARD: 'auto', DFIX_SHARD_INDEX: '0', DFIX_SHARD_COUNT: '1', DFIX_LIST: '1' }).out).toBe(
      'Dockerfile\n',
    );
  });

  test.each([
    [{ DFIX_JOBS: 'x' }, '--jobs takes a whole number from 1 to 256'],
    [{ DFIX_FORMAT: 'xml' }, 'Invalid values'],
    [{ DFIX_CHECK: 'ja' }, 'DFIX_CHECK is neither true nor false'],
    [{ DFIX_CHEK: '1' }, 'the environment sets DFIX_CHEK, and there is no such option (see: dfix --help)'],
  ])('with %j is a wrong call', (env, message) => {
    const { code, err } = dfix(env);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
