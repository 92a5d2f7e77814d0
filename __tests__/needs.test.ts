import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Analysis } from '../src/analysis/analysis.js';
import { callersOf, PROGRAMS } from '../src/analysis/program-words.js';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { mayFind } from '../src/needs.js';
import { managerOf } from '../src/shell/managers.js';
import { type Fixture, readFixtures } from '../src/testing/index.js';
import { transforms } from '../src/transforms/index.js';
import type { Diagnostic, Subject, Transform } from '../src/transforms/transform.js';

const ROOT = join(import.meta.dirname, 'fixtures');

type Needs = Pick<Transform, 'needsInstruction' | 'needsProgram'>;

function subjectOf(text: string, rest: Omit<Subject, 'dockerfile' | 'analysis'>): Subject {
  const dockerfile = Dockerfile.parse(text);
  return { ...rest, dockerfile, analysis: new Analysis(dockerfile) };
}

const fixtures: ReadonlyMap<string, readonly Fixture[]> = new Map(
  transforms
    .map(({ name }) => [name, join(ROOT, name)] as const)
    .map(([name, folder]) => [name, existsSync(folder) ? readFixtures(folder) : []]),
);

/** What the transforms look at in all fixtures: each text that any of them has a say about. */
const subjects: readonly Subject[] = [...fixtures.values()]
  .flat()
  .flatMap((fixture) => [fixture.before, fixture.after].map((text) => subjectOf(text, fixture)))
  .filter(isReadable);

function isReadable({ dockerfile }: Subject): boolean {
  return dockerfile.problems.length === 0;
}

/** A text without the instructions that a transform needs. */
function withoutInstructions(text: string, { needsInstruction = [] }: Needs): string {
  const gone = Dockerfile.parse(text).instructions.filter(({ keyword, trigger }) =>
    needsInstruction.some((needed) => needed === keyword || needed === trigger?.keyword),
  );
  return gone.reduceRight((rest, { span }) => rest.slice(0, span.start) + rest.slice(span.end), text);
}

/** A text that calls the programs that a transform needs by other names. */
function withoutPrograms(text: string, { needsProgram = [] }: Needs): string {
  return needsProgram.reduce((rest, program) => rest.replaceAll(program, program.replace(/\w/g, 'q')), text);
}

/** The fixtures of a transform, each without one of the things that it needs. */
function reduced(transform: Transform): readonly Subject[] {
  return (fixtures.get(transform.name) ?? [])
    .flatMap((fixture) =>
      [withoutInstructions(fixture.before, transform), withoutPrograms(fixture.before, transform)]
        .filter((text) => text !== fixture.before)
        .map((text) => subjectOf(text, fixture)),
    )
    .filter(isReadable);
}

/** What a transform finds in files that it is not asked about. */
function hiddenFrom(transform: Transform): readonly Diagnostic[] {
  return [...subjects, ...reduced(transform)]
    .filter((subject) => !mayFind(transform, subject))
    .flatMap((subject) => [...transform.check(subject)]);
}

function transformCalled(wanted: string): Transform {
  const found = transforms.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`there is no ${wanted}`);
  return found;
}

describe('what transforms need', () => {
  test.each(transforms.map((transform) => [transform.name, transform] as const))(
    '%s: a file without it has nothing to find',
    (_, transform) => {
      expect(hiddenFrom(transform)).toEqual([]);
    },
  );

  test('a need that hides something is seen', () => {
    expect(hiddenFrom({ ...transformCalled('drop-sudo'), needsProgram: ['zypper'] })).not.toEqual([]);
    expect(hiddenFrom({ ...transformCalled('drop-sudo'), needsInstruction: ['STOPSIGNAL'] })).not.toEqual([]);
    // It also speaks of what no ARG declares: only a file that has lost its ARG shows that.
    expect(hiddenFrom({ ...transformCalled('declare-from-arguments'), needsInstruction: ['ARG'] })).not.toEqual([]);
  });

  test('an instruction inside ONBUILD counts, and each kind of need has to be met', () => {
    const found = (text: string, needs: Needs): boolean => {
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

  test('a script that calls a package manager is found under each name that the manager has', () => {
    const named = (script: string, program: string): boolean => {
      const analysis = new Analysis(Dockerfile.parse(`FROM a\nRUN ${script}\n`));
      const manager = managerOf(program);
      return manager !== undefined && analysis.runsNaming(...callersOf([manager.name])).length === 1;
    };
    const others = ['dnf4', 'dnf5', 'pip3.11', 'yarnpkg'];
    const called = [...PROGRAMS.filter((program) => managerOf(program) !== undefined), ...others];
    expect(called.length).toBeGreaterThan(20);
    for (const program of called) expect([program, named(`${program} install a`, program)]).toEqual([program, true]);
    expect(named('python3 -m pip install a', 'pip')).toBe(true);
    expect(named('apt-get install a', 'apk')).toBe(false);
  });
});
