import { Analysis } from './analysis/analysis.js';
import { changedFields, type ConfigField, finalConfig, touchesConfig } from './analysis/image-config.js';
import type { Dockerfile } from './dockerfile/dockerfile.js';
import type { Instruction } from './dockerfile/instruction.js';
import type { Edit } from './text/edit.js';
import type { Span } from './text/span.js';
import type { Fix } from './transforms/transform.js';

/** Why a new text is not accepted, in one phrase. */
export type Refusal = string;

/**
 * Law 1: judges the text that a fix's edits made, by reading it again. Undefined when it is accepted.
 * `edits` are in order and are all that happened between the two texts.
 */
export function judge(
  before: Analysis,
  after: Analysis,
  edits: readonly Edit[],
  fixes: readonly Fix[],
): Refusal | undefined {
  return (
    judgeProblems(before.dockerfile, after.dockerfile) ??
    judgeDirectives(before.dockerfile, after.dockerfile) ??
    judgeComments(before.dockerfile, after.dockerfile, fixes) ??
    judgeInstructions(before, after, edits, fixes)
  );
}

/**
 * Judges a text that holds a part of an accepted rewrite: it may lose no word and no comment that the whole keeps, and
 * change no other field of the final image's configuration.
 */
export function judgePart(
  before: Dockerfile,
  part: Dockerfile,
  whole: Dockerfile,
  configChanges: ReadonlySet<ConfigField>,
): Refusal | undefined {
  const lost = (textsOf: (dockerfile: Dockerfile) => string[]): string | undefined =>
    missingFrom(missingFrom(textsOf(before), textsOf(part)), missingFrom(textsOf(before), textsOf(whole)))[0];
  const comment = lost(commentTexts);
  if (comment !== undefined) return `the comment ${JSON.stringify(comment)} is lost`;
  const word = lost((dockerfile) => wordsOf(textOfAll(dockerfile, dockerfile.instructions)));
  return (
    judgeProblems(before, part) ??
    judgeDirectives(before, part) ??
    (word === undefined ? undefined : `the word ${JSON.stringify(word)} is lost`) ??
    judgeScripts(new Analysis(before), before.instructions, new Analysis(part), part.instructions) ??
    judgeConfig(before, part, configChanges)
  );
}

function judgeProblems(before: Dockerfile, after: Dockerfile): Refusal | undefined {
  const known = new Map<string, number>();
  for (const problem of before.problems) known.set(problem.kind, (known.get(problem.kind) ?? 0) + 1);
  for (const problem of after.problems) {
    const left = known.get(problem.kind) ?? 0;
    if (left === 0) return `it has a new problem: ${problem.message}`;
    known.set(problem.kind, left - 1);
  }
  return undefined;
}

function judgeDirectives(before: Dockerfile, after: Dockerfile): Refusal | undefined {
  const same =
    before.directives.length === after.directives.length &&
    before.directives.every((directive, index) => directive.text === after.directives[index]?.text);
  return same ? undefined : 'a parser directive is lost or changed';
}

function commentTexts(dockerfile: Dockerfile): string[] {
  return dockerfile.allComments.map((comment) => comment.text);
}

function judgeComments(before: Dockerfile, after: Dockerfile, fixes: readonly Fix[]): Refusal | undefined {
  const old = commentTexts(before);
  const now = commentTexts(after);
  if (old.length === now.length && old.every((text, index) => text === now[index])) return undefined;
  const declared = fixes.flatMap((fix) => fix.removesComments ?? []);
  const lost = missingFrom(old, now);
  const unannounced = missingFrom(lost, declared);
  if (unannounced[0] !== undefined) return `the comment ${JSON.stringify(unannounced[0])} is lost`;
  // A comment may change only into one that replaces it, or is announced.
  const announced = fixes.flatMap((fix) => fix.addsComments ?? []);
  const added = missingFrom(missingFrom(now, old), announced);
  return added.length > lost.length ? `${JSON.stringify(added[0])} became a comment` : undefined;
}

/** The texts that occur more often in `texts` than in `others`. */
function missingFrom(texts: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of others) counts.set(text, (counts.get(text) ?? 0) + 1);
  return texts.filter((text) => {
    const left = counts.get(text) ?? 0;
    counts.set(text, left - 1);
    return left <= 0;
  });
}

function judgeInstructions(
  before: Analysis,
  after: Analysis,
  edits: readonly Edit[],
  fixes: readonly Fix[],
): Refusal | undefined {
  const old = before.dockerfile.instructions;
  const now = after.dockerfile.instructions;
  // What was taken over from the text before is the same.
  let kept = 0;
  while (kept < old.length && old[kept] === now[kept]) kept++;
  const byStart = new Map<number, Instruction>();
  for (const instruction of now.slice(kept)) byStart.set(instruction.span.start, instruction);
  const oldTouched: Instruction[] = [];
  let shift = 0;
  let next = 0;
  for (const instruction of old.slice(kept)) {
    const { span } = instruction;
    for (let edit = edits[next]; edit !== undefined && edit.end < span.start; edit = edits[++next]) {
      shift += edit.newText.length - (edit.end - edit.start);
    }
    const edit = edits[next];
    if (edit !== undefined && edit.start <= span.end) {
      oldTouched.push(instruction);
      continue;
    }
    const moved = byStart.get(span.start + shift)?.span;
    if (moved === undefined || textOf(after.dockerfile, moved) !== textOf(before.dockerfile, span)) {
      return `line ${instruction.source.startLine}, which no edit touched, is no longer the same instruction`;
    }
    byStart.delete(span.start + shift);
  }
  return judgeTouched(before, after, oldTouched, [...byStart.values()], fixes);
}

function judgeTouched(
  before: Analysis,
  after: Analysis,
  old: readonly Instruction[],
  now: readonly Instruction[],
  fixes: readonly Fix[],
): Refusal | undefined {
  const allowed = fixes.flatMap((fix) => fix.removes ?? []).flatMap(wordsOf);
  const oldText = textOfAll(before.dockerfile, old);
  const nowText = textOfAll(after.dockerfile, now);
  if (missingFrom(lostWords(oldText, nowText), allowed).length > 0) {
    // The first that nothing else in the text makes up for.
    const [word] = missingFrom(missingFrom(wordsOf(oldText), wordsOf(nowText)), allowed);
    return `the word ${JSON.stringify(word)} is lost`;
  }
  const refusal = judgeScripts(before, old, after, now);
  if (refusal !== undefined || !(old.some(touchesConfig) || now.some(touchesConfig))) return refusal;
  return judgeConfig(before.dockerfile, after.dockerfile, new Set(fixes.flatMap((fix) => fix.configChanges ?? [])));
}

function judgeScripts(
  before: Analysis,
  old: readonly Instruction[],
  after: Analysis,
  now: readonly Instruction[],
): Refusal | undefined {
  const hadBadBody = old.some((instruction) => isRun(instruction) && before.body(instruction) === undefined);
  const bad = hadBadBody
    ? undefined
    : now.find((instruction) => isRun(instruction) && after.body(instruction) === undefined);
  return bad === undefined ? undefined : `the script on line ${bad.source.startLine} does not parse`;
}

function isRun(instruction: Instruction): boolean {
  return instruction.keyword === 'RUN' && instruction.exec === undefined;
}

function textOf(dockerfile: Dockerfile, span: Span): string {
  return dockerfile.text.slice(span.start, span.end);
}

/** The joined texts of instructions, heredocs included, a line each. */
function textOfAll(dockerfile: Dockerfile, instructions: readonly Instruction[]): string {
  return instructions
    .flatMap(({ logical, heredocs }) => [logical.text, ...heredocs.map(({ body }) => textOf(dockerfile, body))])
    .join('\n');
}

/** Operators of the shell separate words like blanks do. */
const SEPARATOR = /[\s;&|()<>{},[\]]/;

/** The words that a text holds more often than another one. Only what differs between them is cut into words. */
function lostWords(old: string, now: string): string[] {
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old.charCodeAt(start) === now.charCodeAt(start)) start++;
  while (start > 0 && !SEPARATOR.test(old.charAt(start - 1))) start--;
  let end = 0;
  while (end < shorter - start && old.charCodeAt(old.length - 1 - end) === now.charCodeAt(now.length - 1 - end)) end++;
  while (end > 0 && !SEPARATOR.test(old.charAt(old.length - end))) end--;
  return missingFrom(wordsOf(old.slice(start, old.length - end)), wordsOf(now.slice(start, now.length - end)));
}

function wordsOf(text: string): string[] {
  return text.split(/[\s;&|()<>{},[\]]+/).filter((word) => word !== '');
}

function judgeConfig(before: Dockerfile, after: Dockerfile, declared: ReadonlySet<ConfigField>): Refusal | undefined {
  const old = finalConfig(before);
  const now = finalConfig(after);
  if (old === undefined || now === undefined) return undefined;
  const field = changedFields(old, now).find((candidate) => !declared.has(candidate));
  return field === undefined ? undefined : `the final image's ${field} changes from ${old[field]} to ${now[field]}`;
}
