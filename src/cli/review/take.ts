import { judgePart } from '../../acceptance.js';
import { changeKey } from '../../change-key.js';
import { Dockerfile } from '../../dockerfile/dockerfile.js';
import type { Change, RewriteResult } from '../../rewrite.js';
import { secondReader } from '../../second-reader.js';
import { applyEdits } from '../../text/edit.js';
import type { DockerfileHunk, Hunk } from './hunks.js';

/** Rewrites the file again with the changes that a function takes. */
export type Again = (accepts: (change: Change) => boolean) => RewriteResult;

/** A rewrite that a person chooses from. */
export interface Reviewed {
  readonly text: string;
  readonly result: RewriteResult;
  readonly hunks: readonly Hunk[];
  readonly again: Again;
}

/** A part of a rewrite, or in one phrase why it cannot be had. */
export type Taken = { readonly result: RewriteResult } | { readonly refusal: string };

/**
 * Takes some hunks of a rewrite: the text is the given one with just these in it, since they are what was shown. The
 * engine is asked for the same changes without the others. If it makes the same text, law 1 has judged it; if it makes
 * the same changes in other words, the text is judged as a part of the whole; and if it does not make one of them, that
 * one relies on another that was left alone, and nothing is taken.
 */
export function take(reviewed: Reviewed, accepted: ReadonlySet<string>): Taken {
  const { result, hunks } = reviewed;
  const taken = hunks.filter(({ id }) => accepted.has(id));
  if (taken.length === hunks.length) return { result };
  const alone = taken.find(({ needs }) => needs.some((id) => !accepted.has(id)));
  if (alone === undefined) return takeHunks(reviewed, taken);
  const missing = hunks.filter(({ id }) => alone.needs.includes(id) && !accepted.has(id));
  return { refusal: `${nameOf(alone)} relies on ${missing.map(nameOf).join(' and ')}, which is not accepted` };
}

/** The same for hunks that may have become smaller. */
export function takeHunks({ text, result, again }: Reviewed, taken: readonly Hunk[]): Taken {
  const edits = taken.filter(isOfDockerfile).map(({ edit }) => edit);
  const part: RewriteResult = {
    ...result,
    status: edits.length === 0 && result.status === 'changed' ? 'unchanged' : result.status,
    text: applyEdits(text, edits),
    edits,
    changes: result.changes.filter((change) => taken.some(({ changes }) => changes.includes(change))),
    files: taken.flatMap((hunk) => (hunk.kind === 'context' ? hunk.file : [])),
  };
  if (edits.length === 0) return { result: part };
  const keys = keysOf(taken);
  const made = again((change) => keys.has(changeKey(change)));
  if (made.text === part.text) return { result: part };
  const [lost] = notMade(taken, made);
  if (lost !== undefined) return { refusal: `${nameOf(lost)} relies on a hunk that is not accepted` };
  const refusal = judgedAsPart(text, result.text, part);
  if (refusal === undefined) return { result: part };
  return { refusal: `the accepted hunks do not go without the others: ${refusal}` };
}

/** The hunks of which the engine has not made every change. */
export function notMade(taken: readonly Hunk[], { changes, files }: RewriteResult): readonly Hunk[] {
  const left = countsOf([...changes, ...files]);
  const missing = new Set<string>();
  for (const [key, count] of countsOf(taken.flatMap((hunk) => hunk.changes)))
    if ((left.get(key) ?? 0) < count) missing.add(key);
  return taken.filter((hunk) => hunk.changes.some((change) => missing.has(changeKey(change))));
}

export function keysOf(hunks: readonly Hunk[]): ReadonlySet<string> {
  return new Set(hunks.flatMap(({ changes }) => changes.map(changeKey)));
}

export function isOfDockerfile(hunk: Hunk): hunk is DockerfileHunk {
  return hunk.kind === 'dockerfile';
}

/** A hunk as a person finds it. */
export function nameOf(hunk: Hunk): string {
  const names = [...new Set(hunk.changes.map(({ transform }) => transform))].join(', ');
  return hunk.kind === 'context' ? `the change of ${hunk.file.path} (${names})` : `line ${hunk.lines.line} (${names})`;
}

function countsOf(changes: readonly Change[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const change of changes) counts.set(changeKey(change), (counts.get(changeKey(change)) ?? 0) + 1);
  return counts;
}

/** Reads a part of a rewrite as law 1 reads a whole one; why it is not accepted. */
function judgedAsPart(text: string, whole: string, part: RewriteResult): string | undefined {
  const before = Dockerfile.parse(text);
  const after = before.parseEdited(part.text);
  const fields = new Set(part.changes.flatMap(({ configChanges }) => configChanges));
  const disputed = secondReader.compare(after);
  return (
    judgePart(before, after, before.parseEdited(whole), fields) ??
    (disputed === undefined ? undefined : `two parsers read the result differently, ${disputed.detail}`)
  );
}
