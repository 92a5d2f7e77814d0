import { type LineData, type RowData, TOKEN_KINDS } from '../../review-page/data.js';
import type { Edit } from '../../text/edit.js';
import { LineIndex } from '../../text/lines.js';
import { lineEdits, wordEdits } from '../../text/patch.js';
import type { Span } from '../../text/span.js';
import type { Token } from './highlight.js';

/** How many lines around a hunk are shown. */
const CONTEXT = 2;

/** With less than this part of a text in common, marks would be all over the lines, and say nothing. */
const LEAST_COMMON = 0.4;

/** One side of a rewrite. */
export class Side {
  readonly text: string;
  readonly lines: LineIndex;
  readonly #tokens: readonly Token[];

  constructor(text: string, tokens: readonly Token[]) {
    this.text = text;
    this.lines = new LineIndex(text);
    this.#tokens = tokens;
  }

  /** The lines that a span of whole lines holds. */
  linesIn({ start, end }: Span): readonly number[] {
    if (start >= end) return [];
    const first = this.lines.lineAt(start);
    return Array.from({ length: this.lines.lineAt(end - 1) - first + 1 }, (_, index) => first + index);
  }

  line(line: number, marks: readonly Span[] = []): LineData {
    const start = this.lines.startOf(line);
    const feed = this.text.indexOf('\n', start);
    const text = this.text.slice(start, feed === -1 ? undefined : feed).replace(/\r$/, '');
    const span = { start, end: start + text.length };
    const tokens = this.#tokensIn(span).flatMap(({ kind, ...token }) => {
      const inside = within(token, span);
      return inside === undefined ? [] : [...inside, TOKEN_KINDS.indexOf(kind)];
    });
    const marked = marks.flatMap((mark) => within(mark, span) ?? []);
    return { text, ...(tokens.length > 0 ? { tokens } : {}), ...(marked.length > 0 ? { marks: marked } : {}) };
  }

  #tokensIn({ start, end }: Span): readonly Token[] {
    let low = 0;
    let high = this.#tokens.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#tokens[middle]?.end ?? 0) <= start) low = middle + 1;
      else high = middle;
    }
    const found: Token[] = [];
    for (let at = low; (this.#tokens[at]?.start ?? end) < end; at++) found.push(...this.#tokens.slice(at, at + 1));
    return found;
  }
}

/** Start and length of the part of a span that a line holds. */
function within(span: Span, line: Span): readonly [number, number] | undefined {
  const start = Math.max(span.start, line.start);
  const end = Math.min(span.end, line.end);
  return start < end ? [start - line.start, end - start] : undefined;
}

export interface Rows {
  readonly rows: readonly RowData[];
  /** How many of them are above the hunk. */
  readonly lead: number;
}

/**
 * The rows of a hunk: the lines that differ beside each other, with those around them. `newStart` is where it begins in
 * the new text.
 */
export function rowsOf(before: Side, after: Side, edit: Edit, newStart: number): Rows {
  const old = before.text.slice(edit.start, edit.end);
  const rows: RowData[] = [];
  let at = 0;
  let shift = newStart - edit.start;
  const same = (from: number, to: number): void => {
    for (const line of before.linesIn({ start: from, end: to })) rows.push({ same: before.line(line) });
  };
  for (const part of lineEdits(old, edit.newText)) {
    const own = { start: edit.start + part.start, end: edit.start + part.end, newText: part.newText };
    same(edit.start + at, own.start);
    rows.push(...changedRows(before, after, own, own.start + shift));
    shift += own.newText.length - (own.end - own.start);
    at = part.end;
  }
  same(edit.start + at, edit.end);
  const first = before.lines.lineAt(edit.start);
  const above = range(Math.max(1, first - CONTEXT), first - 1);
  const below = before.linesIn({ start: edit.end, end: before.text.length }).slice(0, CONTEXT);
  return {
    rows: [
      ...above.map((line) => ({ same: before.line(line) })),
      ...rows,
      ...below.map((line) => ({ same: before.line(line) })),
    ],
    lead: above.length,
  };
}

/** The rows of lines all of which differ. */
function changedRows(before: Side, after: Side, edit: Edit, newStart: number): readonly RowData[] {
  const { old, now } = marksOf(before.text.slice(edit.start, edit.end), edit.newText);
  const oldLines = before.linesIn(edit);
  const newLines = after.linesIn({ start: newStart, end: newStart + edit.newText.length });
  return range(0, Math.max(oldLines.length, newLines.length) - 1).map((index) => {
    const [oldLine, newLine] = [oldLines[index], newLines[index]];
    return {
      ...(oldLine === undefined
        ? {}
        : {
            old: before.line(
              oldLine,
              old.map((span) => moved(span, edit.start)),
            ),
          }),
      ...(newLine === undefined
        ? {}
        : {
            now: after.line(
              newLine,
              now.map((span) => moved(span, newStart)),
            ),
          }),
    };
  });
}

/** What of two texts the other one does not have; nothing where they have too little in common. */
function marksOf(before: string, after: string): { readonly old: readonly Span[]; readonly now: readonly Span[] } {
  const edits = wordEdits(before, after);
  const removed = edits.reduce((sum, { start, end }) => sum + end - start, 0);
  if (before.length - removed < LEAST_COMMON * Math.min(before.length, after.length) || before === '' || after === '')
    return { old: [], now: [] };
  let shift = 0;
  const now = edits.map(({ start, end, newText }) => {
    const span = { start: start + shift, end: start + shift + newText.length };
    shift += newText.length - (end - start);
    return span;
  });
  return { old: edits, now };
}

function moved({ start, end }: Span, by: number): Span {
  return { start: start + by, end: end + by };
}

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}
