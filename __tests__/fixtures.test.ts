import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { BuildContext } from '../src/context/build-context.js';
import { openContext } from '../src/context/open-context.js';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { type FileChange, rewrite, type RewriteResult } from '../src/rewrite.js';
import { secondReader } from '../src/second-reader.js';
import { transforms } from '../src/transforms/index.js';
import type { DigestAnswer, Digests, ParamValues, Transform } from '../src/transforms/transform.js';

const ROOT = join(import.meta.dirname, 'fixtures');

interface Fixture {
  readonly name: string;
  readonly before: string;
  /** The same as `before` for a file that must stay as it is. */
  readonly after: string;
  /** The folder `<case>.context`, where there is one. */
  readonly contexts: readonly BuildContext[];
  /** `<case>.params.json`, where there is one. */
  readonly params: ParamValues;
  /** `<case>.digests.json`, where there is one. */
  readonly digests: Digests;
}

function readFixtures(transform: string): Fixture[] {
  const folder = join(ROOT, transform);
  if (!existsSync(folder)) return [];
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const contextsOf = (name: string): BuildContext[] => {
    const context = join(folder, `${name}.context`);
    return existsSync(context) ? [openFolder(context)] : [];
  };
  const paramsOf = (name: string): ParamValues => {
    const file = `${name}.params.json`;
    return new Map(
      existsSync(join(folder, file)) ? Object.entries(JSON.parse(read(file)) as Record<string, string>) : [],
    );
  };
  const digestsOf = (name: string): Digests => {
    const file = `${name}.digests.json`;
    return new Map(
      existsSync(join(folder, file)) ? Object.entries(JSON.parse(read(file)) as Record<string, DigestAnswer>) : [],
    );
  };
  const fixtureOf = (name: string, file: string, after: string): Fixture => {
    return {
      name,
      before: read(file),
      after: read(after),
      contexts: contextsOf(name),
      params: paramsOf(name),
      digests: digestsOf(name),
    };
  };
  return readdirSync(folder)
    .sort()
    .flatMap((file) => {
      const before = /^(.*)\.before\.Dockerfile$/.exec(file)?.[1];
      if (before !== undefined) return [fixtureOf(before, file, `${before}.after.Dockerfile`)];
      const unchanged = /^(.*)\.unchanged\.Dockerfile$/.exec(file)?.[1];
      return unchanged === undefined ? [] : [fixtureOf(unchanged, file, file)];
    });
}

function isFile(entry: object): entry is FileChange {
  return 'after' in entry;
}

function openFolder(folder: string): BuildContext {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
  const files = paths.flatMap((path) => {
    return statSync(join(folder, path)).isFile() ? [{ path, kind: 'file' as const }] : [];
  });
  const read = (path: string): string | undefined =>
    existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined;
  return openContext({ name: '.', files, read, ignoreFile: { path: '.dockerignore', text: read('.dockerignore') } });
}

/** Each fixture runs in these shapes: what is no part of the case must not matter. */
const SHAPES: Readonly<Record<string, (text: string) => string>> = {
  'as is': (text) => text,
  'with CRLF': (text) => text.replace(/\n/g, '\r\n'),
  'with a byte order mark': (text) => `\ufeff${text}`,
  'without a final newline': (text) => text.replace(/\n$/, ''),
};

function runAlone(
  text: string,
  transform: Transform,
  {
    contexts = [],
    params = new Map(),
    digests = new Map(),
  }: Partial<Pick<Fixture, 'contexts' | 'params' | 'digests'>> = {},
): RewriteResult {
  const { name } = transform;
  return rewrite(text, {
    transforms: [transform],
    unsafe: true,
    named: new Set([name]),
    secondReader,
    contexts,
    params: new Map([[name, params]]),
    digests,
  });
}

for (const transform of transforms) {
  const fixtures = readFixtures(transform.name);

  describe(transform.name, () => {
    test('has a fixture that changes and one that does not', () => {
      const changing = fixtures.filter((fixture) =>
        transform.reportsOnly === true
          ? runAlone(fixture.before, transform).reports.length > 0
          : fixture.before !== fixture.after || runAlone(fixture.before, transform, fixture).files.length > 0,
      );
      expect({
        transform: transform.name,
        changing: changing.length > 0,
        unchanged: changing.length < fixtures.length,
      }).toEqual({
        transform: transform.name,
        changing: true,
        unchanged: true,
      });
    });

    for (const fixture of fixtures) {
      for (const [shape, shaped] of Object.entries(SHAPES)) {
        // In the body of a heredoc a carriage return is part of the script: that is another case.
        if (shape === 'with CRLF' && `${fixture.before}${fixture.after}`.includes('<<')) continue;
        test(`${fixture.name}, ${shape}`, () => {
          const before = shaped(fixture.before);
          const scanned = Dockerfile.parse(before);
          const spans = JSON.stringify(scanned.instructions.map((instruction) => instruction.span));
          const result = runAlone(before, transform, fixture);
          expect(result.faults).toEqual([]);
          expect(result.problems).toEqual([]);
          expect(result.text).toBe(shaped(fixture.after));
          // A second run finds nothing more to do, and nothing was changed in place.
          const again = runAlone(result.text, transform, fixture);
          expect({ text: again.text, changes: again.changes }).toEqual({ text: result.text, changes: [] });
          expect(JSON.stringify(Dockerfile.parse(before).instructions.map((instruction) => instruction.span))).toBe(
            spans,
          );
        });
      }

      test(`${fixture.name}: what is said`, () => {
        const { changes, files, declines, offers, reports } = runAlone(fixture.before, transform, fixture);
        expect(
          [...changes, ...files, ...declines, ...offers, ...reports].map((entry) => ({
            at: `${entry.line}:${entry.column}`,
            message: entry.message,
            ...('advice' in entry
              ? { advice: entry.advice }
              : 'reason' in entry
                ? { declined: entry.reason, detail: entry.detail }
                : {
                    applicability: entry.applicability,
                    checked: entry.checked,
                    ...(isFile(entry) ? { path: entry.path, after: entry.after.split('\n') } : {}),
                  }),
          })),
        ).toMatchSnapshot();
      });
    }

    test('leaves an empty file and one with only comments alone', () => {
      for (const text of ['', '\n', '# only a comment\n']) expect(runAlone(text, transform).text).toBe(text);
    });
  });
}

test('every folder of fixtures belongs to a transform', () => {
  const names = transforms.map((transform) => transform.name);
  expect(readdirSync(ROOT).filter((folder) => !names.includes(folder))).toEqual([]);
});
