import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { putFile } from './harness/program.js';
import { deletion, fixed, type Fix, replacement, type Subject, type Transform } from '../src/index.js';
import {
  checkFixture,
  type Fixture,
  FixtureError,
  fixtureTests,
  readFixtures,
  type Shape,
} from '../src/testing/index.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Writes `WORKDIR /a` as `WORKDIR /b`; `more` spoils it. */
function transform(more: (subject: Subject, fix: Fix) => Fix = (_, fix) => fix): Transform {
  return {
    name: 'move-a',
    summary: 'Moves /a to /b',
    category: 'style',
    related: [],
    *check(subject) {
      for (const instruction of subject.dockerfile.instructions) {
        if (instruction.keyword !== 'WORKDIR' || instruction.argumentsText !== '/a') continue;
        const span = instruction.sourceSpan(instruction.argumentsSpan);
        const fix: Fix = {
          edits: [replacement(span, '/b')],
          applicability: 'unsafe',
          checked: [],
          removes: ['/a'],
          configChanges: ['workdir'],
        };
        yield fixed(span, 'it moves', more(subject, fix));
      }
    },
  };
}

const FIXTURE: Fixture = {
  name: 'plain',
  before: 'FROM alpine\n# why\nWORKDIR /a\n',
  after: 'FROM alpine\n# why\nWORKDIR /b\n',
  contexts: [],
  targets: [],
  params: new Map(),
  digests: new Map(),
};

describe('a fixture', () => {
  test('is fine in every shape', () => {
    for (const shape of ['as is', 'with CRLF', 'with a byte order mark', 'without a final newline'] as const)
      expect(checkFixture(transform(), FIXTURE, shape)).toEqual([]);
  });

  const endsLine = transform((_, fix) => ({ ...fix, edits: fix.edits.map((edit) => ({ ...edit, newText: '/b\n' })) }));

  test.each([
    [
      'another result',
      transform(),
      { after: FIXTURE.before },
      'as is',
      /^the result is another one:\n[^]*\n-WORKDIR \/a\n/,
    ],
    [
      'a file that does not parse',
      transform(),
      { before: 'RUM\n' },
      'as is',
      /^the file is not one that BuildKit reads/,
    ],
    ['line endings', endsLine, { after: FIXTURE.after + '\n' }, 'with CRLF', /^the result is another one/],
    [
      'a lost comment',
      transform(({ dockerfile }, fix) => ({
        ...fix,
        edits: [...fix.edits, ...dockerfile.comments.map((comment) => deletion(comment))],
      })),
      {},
      'as is',
      /^the engine refuses the result: the comment "# why" is lost/,
    ],
    [
      'a changed configuration',
      transform((_, fix) => ({ ...fix, configChanges: [] })),
      {},
      'as is',
      /^the engine refuses the result: the final image's workdir changes/,
    ],
  ] satisfies readonly [string, Transform, Partial<Fixture>, Shape, RegExp][])(
    'fails for %s',
    (_, spoiled, more, shape, message) => {
      const [first = ''] = checkFixture(spoiled, { ...FIXTURE, ...more }, shape);
      expect(first).toMatch(message);
    },
  );

  test('fails for a transform that changes what it is given', () => {
    const { name, summary, category, related } = transform();
    const careless: Transform = {
      ...{ name, summary, category, related },
      check: ({ dockerfile }) => {
        (dockerfile.instructions as unknown[]).length = 0;
        return [];
      },
    };
    expect(checkFixture(careless, { ...FIXTURE, after: FIXTURE.before })).toEqual([
      'the transform changed what it was given',
    ]);
  });
});

describe('the tests of a folder', () => {
  const put = (name: string, text: string): string => putFile(folder, name, text);

  /** The names of the tests that fail. */
  const failing = (one: Transform): readonly string[] =>
    fixtureTests(one, folder).flatMap(({ name, run }) => {
      try {
        run();
        return [];
      } catch (error) {
        if (error instanceof FixtureError) return [name];
        throw error;
      }
    });

  test('are those of every fixture in every shape', () => {
    put('plain.before.Dockerfile', FIXTURE.before);
    put('plain.after.Dockerfile', FIXTURE.after);
    expect(failing(transform())).toEqual(['has a fixture that changes and one that does not']);
    put('elsewhere.unchanged.Dockerfile', 'FROM alpine\nWORKDIR /c\n');
    expect(failing(transform())).toEqual([]);
    put('heredoc.unchanged.Dockerfile', 'FROM alpine\nRUN <<EOF\ntrue\nEOF\n');
    expect(fixtureTests(transform(), folder).map(({ name }) => name)).toEqual([
      'has a fixture that changes and one that does not',
      ...['elsewhere, as is', 'elsewhere, with CRLF', 'elsewhere, with a byte order mark'],
      'elsewhere, without a final newline',
      ...['heredoc, as is', 'heredoc, with a byte order mark', 'heredoc, without a final newline'],
      ...['plain, as is', 'plain, with CRLF', 'plain, with a byte order mark', 'plain, without a final newline'],
      'leaves an empty file and one with only comments alone',
    ]);
    put('elsewhere.unchanged.Dockerfile', 'FROM alpine\nWORKDIR /a\n');
    expect(failing(transform())).toContain('elsewhere, as is');
  });

  test('need files that belong together', () => {
    put('plain.before.Dockerfile', '');
    expect(() => readFixtures(folder)).toThrow(/plain\.….*is \.before\.Dockerfile with \.after\.Dockerfile/);
    put('plain.after.Dockerfile', '');
    put('plain.params.json', '{ "a": "b" }');
    put('plain.context/src/index.js', '');
    const [fixture] = readFixtures(folder);
    expect([fixture?.params.get('a'), fixture?.contexts[0]?.file('src/index.js')?.kind]).toEqual(['b', 'file']);
    put('notes.txt', '');
    expect(() => readFixtures(folder)).toThrow(/notes\.txt is no part of a fixture/);
  });
});
