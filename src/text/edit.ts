import type { Span } from './span.js';

/** Replaces `[start, end)` of a text, in UTF-16 code units, by `newText`; an insertion has `start === end`. */
export interface Edit extends Span {
  readonly newText: string;
}

/** Puts a text in. */
export function insertion(at: number, newText: string): Edit {
  return { start: at, end: at, newText };
}

/** Takes a text away. */
export function deletion(span: Span): Edit {
  return { start: span.start, end: span.end, newText: '' };
}

/** Puts a text in the place of another. */
export function replacement(span: Span, newText: string): Edit {
  return { start: span.start, end: span.end, newText };
}

/**
 * Whether two edits cannot be applied together. Edits that start at the same offset are in conflict too, since
 * nothing says which text comes first.
 */
export function editsConflict(a: Edit, b: Edit): boolean {
  return a.start === b.start || (a.start < b.end && b.start < a.end);
}

/** The edits by position. Throws when two of them are in conflict or reach outside the text. */
export function sortEdits(text: string, edits: readonly Edit[]): readonly Edit[] {
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  let previous: Edit | undefined;
  for (const edit of sorted) {
    if (edit.start < 0 || edit.end < edit.start || edit.end > text.length) {
      throw new RangeError(`edit [${edit.start}, ${edit.end}) reaches outside a text of ${text.length}`);
    }
    if (previous !== undefined && editsConflict(previous, edit)) {
      throw new RangeError(`edits [${previous.start}, ${previous.end}) and [${edit.start}, ${edit.end}) overlap`);
    }
    previous = edit;
  }
  return sorted;
}

/** Applies edits that were put in order by `sortEdits`. */
export function applySortedEdits(text: string, sorted: readonly Edit[]): string {
  let result = '';
  let from = 0;
  for (const edit of sorted) {
    result += text.slice(from, edit.start) + edit.newText;
    from = edit.end;
  }
  return result + text.slice(from);
}

/** Applies disjoint edits in any order. Throws a `RangeError` when they overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  return applySortedEdits(text, sortEdits(text, edits));
}

/**
 * The offset in the old text that an offset in the new text comes from. Inserted text maps to the place where it
 * was inserted, so a message about it points at its neighbourhood.
 */
export function offsetBeforeEdits(sorted: readonly Edit[], offset: number): number {
  let shift = 0;
  for (const edit of sorted) {
    const newStart = edit.start + shift;
    if (offset < newStart) break;
    if (offset < newStart + edit.newText.length) {
      return Math.min(edit.start + (offset - newStart), edit.end);
    }
    shift += edit.newText.length - (edit.end - edit.start);
  }
  return offset - shift;
}
