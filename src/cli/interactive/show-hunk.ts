import type { Change } from '../../rewrite.js';
import type { Edit } from '../../text/edit.js';
import { LineIndex } from '../../text/lines.js';
import { lineEdits } from '../../text/patch.js';
import { shownPath } from '../discover.js';
import { plain } from '../reports/plain.js';
import type { Hunk } from '../review/hunks.js';
import type { Paint } from '../style.js';

/** How many lines around an edit are shown. */
const CONTEXT = 2;

/** A hunk as a person sees it: why, how far it may go, what was checked, and the lines. */
export function shownHunk(text: string, hunk: Hunk, paint: Paint): readonly string[] {
  const reasons = hunk.changes.flatMap((change) => shownChange(change, paint));
  if (hunk.kind === 'context') {
    const { path, adds } = hunk.file;
    return [...reasons, `adds to ${plain(shownPath(path))}:`, ...adds.map((line) => paint('green', `+${plain(line)}`))];
  }
  return [...reasons, ...shownEdit(text, hunk.edit, paint)];
}

export function shownChange({ transform, applicability, message, checked }: Change, paint: Paint): readonly string[] {
  const colour = applicability === 'safe' ? 'green' : 'yellow';
  const head = `${paint('bold', transform)} (${paint(colour, applicability)}): ${plain(message)}`;
  return [head, ...checked.map((one) => `  ${paint('dim', plain(one))}`)];
}

/** What an edit of whole lines does, with the lines around it. */
export function shownEdit(text: string, edit: Edit, paint: Paint): readonly string[] {
  const lines = new LineIndex(text);
  const first = lines.lineAt(edit.start);
  const from = lines.startOf(Math.max(1, first - CONTEXT));
  const last = lines.lineAt(Math.max(edit.start, edit.end - 1)) + (edit.end > edit.start ? 1 : 0);
  const to = last + CONTEXT <= lines.count ? lines.startOf(last + CONTEXT) : text.length;
  const before = text.slice(from, to);
  const after = text.slice(from, edit.start) + edit.newText + text.slice(edit.end, to);
  const shown = [paint('cyan', `@@ line ${first} @@`)];
  let at = 0;
  const add = (part: string, sign: string, colour?: 'red' | 'green'): void => {
    for (const line of part.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
      const whole = sign + plain(line.replace(/\r?\n$/, ''));
      shown.push(colour === undefined ? whole : paint(colour, whole));
    }
  };
  for (const { start, end, newText } of lineEdits(before, after)) {
    add(before.slice(at, start), ' ');
    add(before.slice(start, end), '-', 'red');
    add(newText, '+', 'green');
    at = end;
  }
  add(before.slice(at), ' ');
  return shown;
}
