import { Dockerfile } from '../../dockerfile/dockerfile.js';
import type { Change, RewriteResult } from '../../rewrite.js';
import { secondReader } from '../../second-reader.js';
import { applyEdits, type Edit } from '../../text/edit.js';
import { plain } from '../reports/plain.js';
import type { DockerfileHunk, Hunk } from '../review/hunks.js';
import { isOfDockerfile, nameOf, type Reviewed, takeHunks } from '../review/take.js';
import type { Paint } from '../style.js';
import { shownChange, shownEdit, shownHunk } from './show-hunk.js';
import { partsOf, withChanges } from './split-hunk.js';
import { type Answer, askFor, type Talk } from './talk.js';

export interface FileReview {
  /** What was taken; undefined where nothing was. */
  readonly result: RewriteResult | undefined;
  /** Whether the person wants to see no more files. */
  readonly hasEnded: boolean;
}

/** Asks about the hunks of a file, one after the other, and puts what was taken together. */
export async function reviewFile(path: string, reviewed: Reviewed, talk: Talk, paint: Paint): Promise<FileReview> {
  const { hunks, text } = reviewed;
  const taken: Hunk[] = [];
  const own: Edit[] = [];
  let rest: 'take' | 'leave' | undefined;
  let hasEnded = false;
  for (const [index, hunk] of hunks.entries()) {
    if (rest === 'take') taken.push(hunk);
    if (rest !== undefined) continue;
    talk.show(paint('bold', `${plain(path)} (${index + 1} of ${hunks.length})`));
    for (const line of shownHunk(text, hunk, paint)) talk.show(line);
    const parts = isOfDockerfile(hunk) ? partsOf(reviewed, hunk) : [];
    const answer = await answerTo(talk, hunk, parts, (edit) => own.push(edit), reviewed);
    if (answer === 'y' || answer === 'a') taken.push(hunk);
    if (answer === 's' && isOfDockerfile(hunk)) {
      const part = await split(reviewed, hunk, parts, talk, paint);
      taken.push(...part.hunks);
      hasEnded = part.hasEnded;
    }
    if (answer === 'q') hasEnded = true;
    if (hasEnded || answer === 'd') rest = 'leave';
    if (answer === 'a') rest = 'take';
  }
  return { result: put(reviewed, closed(hunks, taken, talk), own, talk), hasEnded };
}

/** The answer about a hunk. One that is to be edited is edited, until the file can be read with it. */
async function answerTo(
  talk: Talk,
  hunk: Hunk,
  parts: readonly Change[],
  takeEdited: (edit: Edit) => void,
  { text }: Reviewed,
): Promise<Answer> {
  const [splits, edits] = [parts.length > 1, isOfDockerfile(hunk)];
  const answers = (['y', 'n', 'a', 'd', 's', 'e', 'q', '?'] as const).filter(
    (one) => (one !== 's' || splits) && (one !== 'e' || edits),
  );
  for (;;) {
    const answer = await askFor(talk, 'Take this hunk', answers);
    if (answer !== 'e' || !isOfDockerfile(hunk)) return answer;
    const newText = await talk.edit(hunk.edit.newText);
    if (newText === undefined) {
      talk.show('The editor failed, and nothing was taken.');
      continue;
    }
    const edit = { ...hunk.edit, newText };
    const fault = faultOf(text, applyEdits(text, [edit]));
    if (fault === undefined) {
      takeEdited(edit);
      return 'e';
    }
    talk.show(`The file does not read with this: ${plain(fault)}`);
  }
}

interface Split {
  readonly hunks: readonly DockerfileHunk[];
  readonly hasEnded: boolean;
}

/** Asks about the changes of a hunk. Each is shown as it comes on top of those that were taken before. */
async function split(
  reviewed: Reviewed,
  hunk: DockerfileHunk,
  parts: readonly Change[],
  talk: Talk,
  paint: Paint,
): Promise<Split> {
  let taken: DockerfileHunk | undefined;
  let rest: 'take' | 'leave' | undefined;
  let hasEnded = false;
  for (const change of parts) {
    const next = withChanges(reviewed, hunk, [...(taken?.changes ?? []), change]);
    if (next === undefined || next.edit.newText === taken?.edit.newText) continue;
    if (rest === undefined) {
      for (const line of shownChange(change, paint)) talk.show(line);
      const base = taken === undefined ? reviewed.text : applyEdits(reviewed.text, [taken.edit]);
      const from = {
        start: hunk.edit.start,
        end: hunk.edit.start + (taken ?? asItIs(reviewed, hunk)).edit.newText.length,
      };
      for (const line of shownEdit(base, { ...from, newText: next.edit.newText }, paint)) talk.show(line);
      const answer = await askFor(talk, 'Take this change', ['y', 'n', 'a', 'd', 'q', '?']);
      if (answer === 'q') hasEnded = true;
      if (answer === 'y' || answer === 'a') taken = next;
      if (answer === 'a') rest = 'take';
      if (answer === 'd' || answer === 'q') rest = 'leave';
    } else if (rest === 'take') taken = next;
  }
  return { hunks: taken === undefined ? [] : [taken], hasEnded };
}

function asItIs({ text }: Reviewed, hunk: DockerfileHunk): DockerfileHunk {
  const { start, end } = hunk.edit;
  return { ...hunk, edit: { start, end, newText: text.slice(start, end) } };
}

/** Leaves out what relies on a hunk that was left alone, and says so. */
function closed(hunks: readonly Hunk[], taken: readonly Hunk[], talk: Talk): readonly Hunk[] {
  const ids = new Set(taken.map(({ id }) => id));
  const alone = taken.find(({ needs }) => needs.some((id) => !ids.has(id)));
  if (alone === undefined) return taken;
  const missing = hunks.filter(({ id }) => alone.needs.includes(id) && !ids.has(id)).map(nameOf);
  talk.show(`Left alone: ${plain(nameOf(alone))} relies on ${plain(missing.join(' and '))}.`);
  return closed(
    hunks,
    taken.filter((hunk) => hunk !== alone),
    talk,
  );
}

/** The result with what was taken, and with what a person wrote in its place. */
function put(reviewed: Reviewed, taken: readonly Hunk[], own: readonly Edit[], talk: Talk): RewriteResult | undefined {
  if (taken.length === 0 && own.length === 0) return undefined;
  const isWhole =
    own.length === 0 && taken.length === reviewed.hunks.length && taken.every((hunk) => reviewed.hunks.includes(hunk));
  const part = isWhole ? { result: reviewed.result } : takeHunks(reviewed, taken);
  if ('refusal' in part) {
    talk.show(`The file is left alone: ${plain(part.refusal)}.`);
    return undefined;
  }
  if (own.length === 0) return part.result;
  const text = applyEdits(reviewed.text, [...part.result.edits, ...own]);
  const fault = faultOf(reviewed.text, text);
  if (fault === undefined) return { ...part.result, status: 'changed', text };
  talk.show(`The file is left alone, since it does not read: ${plain(fault)}.`);
  return undefined;
}

/** Why a text that a person wrote is no Dockerfile that both readers see alike. */
function faultOf(before: string, text: string): string | undefined {
  const dockerfile = Dockerfile.parse(before).parseEdited(text);
  const [problem] = dockerfile.problems;
  if (problem !== undefined) return `line ${dockerfile.lineAt(problem.start)}: ${problem.message}`;
  const disputed = secondReader.compare(dockerfile);
  return disputed === undefined ? undefined : `two parsers read line ${disputed.line} differently, ${disputed.detail}`;
}
