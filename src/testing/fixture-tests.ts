import { existsSync } from 'node:fs';
import type { Transform } from '../transforms/transform.js';
import { checkFixture, shapesOf } from './check-fixture.js';
import { type Fixture, readFixtures } from './fixture.js';
import { runAlone } from './run-alone.js';

/** A test for any runner: `for (const { name, run } of fixtureTests(…)) test(name, run)`. */
export interface FixtureTest {
  readonly name: string;
  /** Throws a `FixtureError` where the transform does not hold what its fixture says. */
  readonly run: () => void;
}

/** What is wrong with a transform. */
export class FixtureError extends Error {
  /** Each in a sentence. */
  readonly failures: readonly string[];

  constructor(failures: readonly string[]) {
    super(failures.join('\n'));
    this.name = 'FixtureError';
    this.failures = failures;
  }
}

/** The tests of a transform: one for each fixture of a folder in each of its shapes, and those that need no fixture. */
export function fixtureTests(transform: Transform, folder: string): readonly FixtureTest[] {
  const fixtures = existsSync(folder) ? readFixtures(folder) : [];
  const testOf = (name: string, check: () => readonly string[]): FixtureTest => ({
    name,
    run: () => {
      const failures = check();
      if (failures.length > 0) throw new FixtureError(failures);
    },
  });
  return [
    testOf('has a fixture that changes and one that does not', () => missingKinds(transform, fixtures)),
    ...fixtures.flatMap((fixture) =>
      shapesOf(fixture).map((shape) =>
        testOf(`${fixture.name}, ${shape}`, () => checkFixture(transform, fixture, shape)),
      ),
    ),
    testOf('leaves an empty file and one with only comments alone', () =>
      ['', '\n', '# only a comment\n']
        .filter((text) => runAlone(transform, text).text !== text)
        .map((text) => `it changes ${JSON.stringify(text)}`),
    ),
  ];
}

function missingKinds(transform: Transform, fixtures: readonly Fixture[]): readonly string[] {
  const changing = fixtures.filter((fixture) => {
    if (transform.reportsOnly === true) return runAlone(transform, fixture.before, fixture).reports.length > 0;
    return fixture.before !== fixture.after || runAlone(transform, fixture.before, fixture).files.length > 0;
  });
  return [
    ...(changing.length > 0 ? [] : ['it has no fixture in which it does something']),
    ...(changing.length < fixtures.length ? [] : ['it has no fixture in which it does nothing']),
  ];
}
