import { changedFields, finalConfig } from '../analysis/image-config.js';
import { Dockerfile } from '../dockerfile/dockerfile.js';
import { gitPatch } from '../text/patch.js';
import type { Transform } from '../transforms/transform.js';
import type { Fixture } from './fixture.js';
import { runAlone, type RunAlone } from './run-alone.js';

/** Each fixture runs in these shapes: what is no part of the case must not matter. */
export const SHAPES = {
  'as is': (text: string) => text,
  'with CRLF': (text: string) => text.replace(/\n/g, '\r\n'),
  'with a byte order mark': (text: string) => `\ufeff${text}`,
  'without a final newline': (text: string) => text.replace(/\n$/, ''),
} as const;

/** One of the shapes that a fixture runs in. */
export type Shape = keyof typeof SHAPES;

/** The shapes that a fixture runs in. */
export function shapesOf({ before, after }: Fixture): readonly Shape[] {
  const all: readonly Shape[] = ['as is', 'with CRLF', 'with a byte order mark', 'without a final newline'];
  // In the body of a heredoc a carriage return is part of the script: that is another case.
  return `${before}${after}`.includes('<<') ? all.filter((shape) => shape !== 'with CRLF') : all;
}

/** What is wrong with a transform's work on a fixture in one shape, each in a sentence; empty where all is well. */
export function checkFixture(transform: Transform, fixture: Fixture, shape: Shape = 'as is'): readonly string[] {
  const before = SHAPES[shape](fixture.before);
  const after = SHAPES[shape](fixture.after);
  const scanned = Dockerfile.parse(before);
  const result = runAlone(transform, before, fixture);
  const again = runAlone(transform, result.text, fixture);
  return [
    ...result.problems.map(({ line, message }) => `the file is not one that BuildKit reads, line ${line}: ${message}`),
    ...result.faults.map(({ message }) => `the engine refuses the result: ${message}`),
    ...(result.dispute === undefined ? [] : [`the second reader sees another file, ${result.dispute}`]),
    ...(result.text === after ? [] : [`the result is another one:\n${gitPatch('Dockerfile', after, result.text)}`]),
    ...(again.text === result.text
      ? []
      : [`a second run changes the result:\n${gitPatch('Dockerfile', result.text, again.text)}`]),
    ...again.faults.map(({ message }) => `the engine refuses the result of a second run: ${message}`),
    ...(again.changes.length === 0 ? [] : ['a second run finds more to do']),
    ...(result.isInputChanged ? ['the transform changed what it was given'] : []),
    ...lostComments(scanned, result),
    ...changedConfig(scanned, result),
    ...newProblems(result),
  ];
}

/** Comments that are gone though no fix said so. */
function lostComments(before: Dockerfile, { text, proposed }: RunAlone): readonly string[] {
  const left = [...commentsOf(Dockerfile.parse(text)), ...proposed.flatMap((fix) => fix.removesComments ?? [])];
  return commentsOf(before).flatMap((comment) => {
    const at = left.indexOf(comment);
    if (at < 0) return [`the comment ${JSON.stringify(comment)} is gone`];
    left.splice(at, 1);
    return [];
  });
}

function commentsOf({ comments, instructions }: Dockerfile): readonly string[] {
  return [...comments, ...instructions.flatMap(({ source }) => source.innerComments)].map(({ text }) => text.trimEnd());
}

/** Fields of the final image's configuration that differ though no change said so. */
function changedConfig(before: Dockerfile, { text, changes }: RunAlone): readonly string[] {
  const [old, now] = [finalConfig(before), finalConfig(Dockerfile.parse(text))];
  if (old === undefined || now === undefined) return [];
  const announced = new Set(changes.flatMap(({ configChanges }) => configChanges));
  return changedFields(old, now)
    .filter((field) => !announced.has(field))
    .map((field) => `the final image's ${field} is another one`);
}

function newProblems({ problems, text }: RunAlone): readonly string[] {
  if (problems.length > 0) return [];
  return Dockerfile.parse(text).problems.map(({ message }) => `the result has a problem: ${message}`);
}
