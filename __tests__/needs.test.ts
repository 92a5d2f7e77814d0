import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Analysis } from '../src/analysis/analysis.js';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { mayFind } from '../src/needs.js';
import { readFixtures } from '../src/testing/index.js';
import { transforms } from '../src/transforms/index.js';
import type { Diagnostic, Subject, Transform } from '../src/transforms/transform.js';

const ROOT = join(import.meta.dirname, 'fixtures');

/** What the transforms look at in all fixtures: each text that any of them has a say about. */
const subjects: readonly Subject[] = transforms
  .map(({ name }) => join(ROOT, name))
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readFixtures(folder))
  .flatMap(({ before, after, contexts, targets, params, digests }) =>
    [before, after].map((text) => {
      const dockerfile = Dockerfile.parse(text);
      return { dockerfile, analysis: new Analysis(dockerfile), contexts, targets, params, digests };
    }),
  )
  .filter(({ dockerfile }) => dockerfile.problems.length === 0);

/** What a transform finds in files that it is not asked about. */
function hiddenFrom(transform: Transform): readonly Diagnostic[] {
  return subjects.filter((subject) => !mayFind(transform, subject)).flatMap((subject) => [...transform.check(subject)]);
}

describe('what transforms need', () => {
  test.each(transforms.map((transform) => [transform.name, transform] as const))(
    '%s: a file without it has nothing to find',
    (_, transform) => {
      expect(hiddenFrom(transform)).toEqual([]);
    },
  );

  test('a need that hides something is seen', () => {
    const transform = transforms.find(({ name }) => name === 'drop-sudo');
    if (transform === undefined) throw new Error('there is no drop-sudo');
    expect(hiddenFrom({ ...transform, needsProgram: ['zypper'] })).not.toEqual([]);
    expect(hiddenFrom({ ...transform, needsInstruction: ['STOPSIGNAL'] })).not.toEqual([]);
  });

  test('an instruction inside ONBUILD counts, and each kind of need has to be met', () => {
    const found = (text: string, needs: Pick<Transform, 'needsInstruction' | 'needsProgram'>): boolean => {
      const dockerfile = Dockerfile.parse(text);
      return mayFind(needs, { dockerfile, analysis: new Analysis(dockerfile) });
    };
    const text = 'FROM a\nONBUILD RUN sudo apk add b\nEXPOSE 80\n';
    expect(found(text, { needsInstruction: ['RUN'] })).toBe(true);
    expect(found(text, { needsInstruction: ['COPY', 'EXPOSE'] })).toBe(true);
    expect(found(text, { needsProgram: ['pip', 'sudo'] })).toBe(true);
    expect(found(text, { needsInstruction: ['EXPOSE'], needsProgram: ['pip'] })).toBe(false);
    expect(found(text, { needsInstruction: ['COPY'], needsProgram: ['sudo'] })).toBe(false);
    expect(found(text, {})).toBe(true);
  });
});
