import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { fixtureTests, readFixtures, saidAbout } from '../src/testing/index.js';
import { transforms } from '../src/transforms/index.js';

const ROOT = join(import.meta.dirname, 'fixtures');

for (const transform of transforms) {
  const folder = join(ROOT, transform.name);

  describe(transform.name, () => {
    for (const { name, run } of fixtureTests(transform, folder)) test(name, run);

    for (const fixture of existsSync(folder) ? readFixtures(folder) : []) {
      test(`${fixture.name}: what is said`, () => {
        expect(saidAbout(transform, fixture)).toMatchSnapshot();
      });
    }
  });
}

test('every folder of fixtures belongs to a transform', () => {
  const names = transforms.map((transform) => transform.name);
  expect(readdirSync(ROOT).filter((folder) => !names.includes(folder))).toEqual([]);
});
