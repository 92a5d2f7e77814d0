import { changeKey } from '../../change-key.js';
import type { Change } from '../../rewrite.js';
import type { Edit } from '../../text/edit.js';
import type { DockerfileHunk } from '../review/hunks.js';
import type { Reviewed } from '../review/take.js';

/** The changes of a hunk, each of which can be made without the others. */
export function partsOf({ text, again }: Reviewed, { changes }: DockerfileHunk): readonly Change[] {
  if (changes.length < 2) return [];
  return changes.filter((change) => again((one) => changeKey(one) === changeKey(change)).text !== text);
}

/** A hunk with some of its changes; undefined when these do not keep to its lines. */
export function withChanges(
  { text, again }: Reviewed,
  hunk: DockerfileHunk,
  changes: readonly Change[],
): DockerfileHunk | undefined {
  const keys = new Set(changes.map(changeKey));
  const made = again((one) => keys.has(changeKey(one))).text;
  const { start, end } = hunk.edit;
  const tail = text.length - end;
  const isWithin =
    made.length >= start + tail && made.slice(0, start) === text.slice(0, start) && made.endsWith(text.slice(end));
  if (!isWithin) return undefined;
  const edit: Edit = { start, end, newText: made.slice(start, made.length - tail) };
  return { ...hunk, edit, changes };
}
