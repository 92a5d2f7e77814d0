import type { LineRange, RewriteResult } from '../../rewrite.js';
import { applySortedEdits, type Edit } from '../../text/edit.js';
import { LineIndex } from '../../text/lines.js';
import { lineEdits } from '../../text/patch.js';
import type { Span } from '../../text/span.js';
import type { FileOutcome } from '../process-file.js';
import type { Finding } from './finding.js';

/** Whole lines of a file as it was read, but for the end of the last one. Can be replaced without the others. */
export interface Stretch extends LineRange {
  /** Behind the last character of `endLine`, in UTF-16 code units; a byte order mark does not count. */
  readonly endColumn: number;
  /** What takes their place. Holds the byte order mark, if the lines do. */
  readonly newText: string;
  /** The lines that a change says it touched, if it is one of this stretch. */
  readonly near: LineRange;
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
  const { changes, files, touched } = result;
  const whole = piecesOf(before, lines, result);
  const writers = new Set(files.map(({ transform }) => transform));
  const dependent = changes.filter(({ transform }) => writers.has(transform)).map((change) => touched.get(change));
  return whole
    .filter((piece) => !dependent.some((range) => range !== undefined && meets(piece.near, range)))
    .flatMap((piece) => stretchOf(before, lines, piece));
}

/** An edit of whole lines, and the lines that it is at: an insertion has one on either side. */
export interface Piece extends Edit {
  readonly near: LineRange;
}

/** A rewrite in pieces, in their order, none of which parts what a change touches. */
export function piecesOf(before: string, lines: LineIndex, { edits, touched }: RewriteResult): readonly Piece[] {
  // Within the lines of an edit a diff finds those that stay. Over the whole file it might match what only looks alike.
  const small = blocksOf(before, lines, edits).flatMap(({ start, end, newText }) =>
    lineEdits(before.slice(start, end), newText).map((edit) =>
      wholeLines(before, lines, { ...edit, start: start + edit.start, end: start + edit.end }),
    ),
  );
  return [...touched.values()].reduce((pieces, range) => mergedWithin(before, pieces, range), joined(before, small));
}

/** Edits as edits of whole lines: those of the same lines become one. */
function blocksOf(text: string, lines: LineIndex, edits: readonly Edit[]): readonly Edit[] {
  const blocks: (Span & { readonly edits: Edit[] })[] = [];
  for (const edit of edits) {
    const start = lines.startOf(lines.lineAt(edit.start));
    const isWhole = start === edit.start && edit.end === lines.startOf(lines.lineAt(edit.end));
    const end = isWhole && /(?:^|\n)$/.test(edit.newText) ? edit.end : text.indexOf('\n', edit.end) + 1 || text.length;
    const last = blocks.at(-1);
    // What comes in or goes at the end of the file takes the line before along: it must be one that stays.
    const isAtEnd = end === text.length && (start === end || edit.newText === '');
    const isApart = last === undefined || last.end < start || (last.end === start && !isAtEnd);
    if (isApart) blocks.push({ start, end, edits: [edit] });
    else blocks[blocks.length - 1] = { start: last.start, end: Math.max(last.end, end), edits: [...last.edits, edit] };
  }
  return blocks.map(({ start, end, edits: own }) => {
    const inside = own.map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start }));
    return { start, end, newText: applySortedEdits(text.slice(start, end), inside) };
  });
}

/** Nothing where only the end of the last line differs: lines cannot say that. */
function stretchOf(before: string, lines: LineIndex, { start, end, newText, near }: Piece): readonly Stretch[] {
  const old = before.slice(start, end);
  const lineEnd = /\r?\n$/.exec(old)?.[0] ?? '';
  if (!newText.endsWith(lineEnd)) return [];
  const lastLine = old.slice(0, old.length - lineEnd.length).replace(/^(?:[^]*\n|\ufeff)/, '');
  return [
    {
      line: lines.lineAt(start),
      endLine: lines.lineAt(end - 1),
      endColumn: lastLine.length + 1,
      newText: newText.slice(0, newText.length - lineEnd.length),
      near,
    },
  ];
}

/** The stretch that holds a change of the Dockerfile. */
export function stretchAt(stretches: readonly Stretch[], { touched }: Finding): Stretch | undefined {
  return touched === undefined ? undefined : stretches.find(({ near }) => meets(near, touched));
}

/** Takes the line behind an insertion or a deletion along, or at the end of the file the one before. */
function wholeLines(text: string, lines: LineIndex, edit: Edit): Piece {
  const line = lines.lineAt(edit.start);
  const near =
    edit.start === edit.end
      ? { line: Math.max(1, line - 1), endLine: line }
      : { line, endLine: lines.lineAt(edit.end - 1) };
  if (edit.start < edit.end && edit.newText !== '') return { ...edit, near };
  if (edit.end < text.length) {
    const end = text.indexOf('\n', edit.end) + 1 || text.length;
    return { start: edit.start, end, newText: edit.newText + text.slice(edit.end, end), near };
  }
  const start = lines.startOf(lines.lineAt(Math.max(0, edit.start - 1)));
  return { start, end: edit.end, newText: text.slice(start, edit.start) + edit.newText, near };
}

/** Makes one of neighbours that took the same line along. */
function joined(text: string, pieces: readonly Piece[]): readonly Piece[] {
  const result: Piece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last === undefined || last.end <= piece.start) result.push(piece);
    else result[result.length - 1] = together(text, [last, piece]);
  }
  return result;
}

/** Makes one of all pieces that a change touches. */
function mergedWithin(text: string, pieces: readonly Piece[], range: LineRange): readonly Piece[] {
  const first = pieces.findIndex(({ near }) => meets(near, range));
  const last = pieces.findLastIndex(({ near }) => meets(near, range));
  if (first === last) return pieces;
  return [...pieces.slice(0, first), together(text, pieces.slice(first, last + 1)), ...pieces.slice(last + 1)];
}

/** One piece in the place of several in their order. A line that two of them took along is in both their texts. */
function together(text: string, pieces: readonly Piece[]): Piece {
  return pieces.reduce((all, piece) => {
    const between =
      all.end <= piece.start
        ? all.newText + text.slice(all.end, piece.start)
        : all.newText.slice(0, all.newText.length - (all.end - piece.start));
    const near = { line: all.near.line, endLine: piece.near.endLine };
    return { start: all.start, end: piece.end, newText: between + piece.newText, near };
  });
}

/** Whether two stretches of lines have one in common. */
export function meets(a: LineRange, b: LineRange): boolean {
  return a.line <= b.endLine && b.line <= a.endLine;
}
