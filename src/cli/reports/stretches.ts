import type { LineRange } from '../../rewrite.js';
import type { Edit } from '../../text/edit.js';
import { LineIndex } from '../../text/lines.js';
import { lineEdits } from '../../text/patch.js';
import type { FileOutcome } from '../process-file.js';
import type { Finding } from './finding.js';

/** Whole lines of a file as it was read, but for the end of the last one. Can be replaced without the others. */
export interface Stretch extends LineRange {
  /** Behind the last character of `endLine`, in UTF-16 code units; a byte order mark does not count. */
  readonly endColumn: number;
  /** What takes their place. Holds the byte order mark, if the lines do. */
  readonly newText: string;
}

/**
 * What a person may take over of a rewrite, piece by piece. A stretch holds all that one fix touches, so that nobody
 * gets the half of it; and at least one old line, since a review can only put lines in the place of lines. None for
 * what is written already, for text that is not UTF-8, which those who apply it would read in another way, and where a
 * file of the build context has to change as well.
 */
export function stretchesOf({ read, result, isWritten }: FileOutcome): readonly Stretch[] {
  if (read?.encoding !== 'utf-8' || result?.status !== 'changed' || isWritten) return [];
  const before = read.text;
  const lines = new LineIndex(before);
  const linesOf = ({ start, end }: Edit): LineRange => ({
    line: lines.lineAt(start),
    endLine: lines.lineAt(Math.max(start, end - 1)),
  });
  const edits = lineEdits(before, result.text).map((edit) => withNeighbour(before, lines, edit));
  let stretches = joined(
    before,
    edits.map((edit) => ({ ...edit, ...linesOf(edit) })),
  );
  for (const range of result.inseparable) {
    const touched = stretches.filter((stretch) => meets(stretch, range));
    const [first, last] = [touched[0], touched.at(-1)];
    if (first === undefined || last === undefined || first === last) continue;
    const from = stretches.indexOf(first);
    const to = stretches.indexOf(last) + 1;
    stretches = [...stretches.slice(0, from), together(before, stretches.slice(from, to)), ...stretches.slice(to)];
  }
  const writers = new Set(result.files.map(({ transform }) => transform));
  const dependent = result.changes.filter(({ transform }) => writers.has(transform));
  return stretches
    .filter((stretch) => !dependent.some((change) => meets(stretch, change)))
    .flatMap((edit) => stretchOf(before, edit));
}

/** Nothing where only the end of the last line differs: lines cannot say that. */
function stretchOf(before: string, { start, end, line, endLine, newText }: Lines): readonly Stretch[] {
  const old = before.slice(start, end);
  const lineEnd = /\r?\n$/.exec(old)?.[0] ?? '';
  if (!newText.endsWith(lineEnd)) return [];
  const lastLine = old.slice(0, old.length - lineEnd.length).replace(/^\ufeff|[^]*\n/, '');
  return [
    { line, endLine, endColumn: lastLine.length + 1, newText: newText.slice(0, newText.length - lineEnd.length) },
  ];
}

/** The stretch that holds a change of the Dockerfile. */
export function stretchAt(stretches: readonly Stretch[], { kind, place }: Finding): Stretch | undefined {
  if (kind !== 'fix' || place === undefined) return undefined;
  const first = { line: place.line, endLine: place.line };
  return stretches.find((stretch) => meets(stretch, first)) ?? stretches.find((stretch) => meets(stretch, place));
}

type Lines = Edit & LineRange;

/** Takes the line behind an insertion or a deletion along, or at the end of the file the one before. */
function withNeighbour(text: string, lines: LineIndex, edit: Edit): Edit {
  if (edit.start < edit.end && edit.newText !== '') return edit;
  if (edit.end < text.length) {
    const end = text.indexOf('\n', edit.end) + 1 || text.length;
    return { start: edit.start, end, newText: edit.newText + text.slice(edit.end, end) };
  }
  const start = lines.startOf(lines.lineAt(Math.max(0, edit.start - 1)));
  return { start, end: edit.end, newText: text.slice(start, edit.start) + edit.newText };
}

/** Makes one of neighbours that took the same line along. */
function joined(text: string, edits: readonly Lines[]): readonly Lines[] {
  const result: Lines[] = [];
  for (const edit of edits) {
    const last = result.at(-1);
    if (last === undefined || last.end <= edit.start) result.push(edit);
    else
      result[result.length - 1] = {
        ...last,
        end: edit.end,
        endLine: edit.endLine,
        newText: overlapped(text, last, edit),
      };
  }
  return result;
}

/** The new text of two edits of which the second begins with lines that the first took along as they are. */
function overlapped(text: string, first: Lines, second: Lines): string {
  const shared = text.slice(second.start, first.end);
  return first.newText.slice(0, first.newText.length - shared.length) + second.newText;
}

/** One edit in the place of several in their order. */
function together(text: string, edits: readonly Lines[]): Lines {
  return edits.reduce((all, edit) => ({
    start: all.start,
    end: edit.end,
    line: all.line,
    endLine: edit.endLine,
    newText: all.newText + text.slice(all.end, edit.start) + edit.newText,
  }));
}

function meets(a: LineRange, b: LineRange): boolean {
  return a.line <= b.endLine && b.line <= a.endLine;
}
