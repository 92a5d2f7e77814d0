import type { Edit } from './edit.js';
import type { Span } from './span.js';

/** A stretch of the first text that is still there, or text that came in. */
type Part = Span | string;

/**
 * The edits of the first text that do what several steps do one after the other, by position; each step is sorted, and
 * counts in the text that the step before made. A diff of both texts might match what only looks alike; these edits
 * are what happened. Those that meet have become one.
 */
export function composeEdits(length: number, steps: readonly (readonly Edit[])[]): readonly Edit[] {
  let parts: readonly Part[] = [{ start: 0, end: length }];
  for (const step of steps) parts = afterStep(parts, step);
  const edits: Edit[] = [];
  let at = 0;
  let newText = '';
  for (const part of [...parts, { start: length, end: length }]) {
    if (typeof part === 'string') {
      newText += part;
      continue;
    }
    if (part.start > at || newText !== '') edits.push({ start: at, end: part.start, newText });
    at = part.end;
    newText = '';
  }
  return edits;
}

function afterStep(parts: readonly Part[], step: readonly Edit[]): readonly Part[] {
  const rest = [...parts].reverse();
  const result: Part[] = [];
  let at = 0;
  /** Takes the parts up to an offset of the text before the step. */
  const upTo = (offset: number, keeps: boolean): void => {
    while (at < offset) {
      const part = rest.pop();
      if (part === undefined) return;
      const size = lengthOf(part);
      const [head, tail] = size <= offset - at ? [part, undefined] : split(part, offset - at);
      at += lengthOf(head);
      if (keeps && lengthOf(head) > 0) result.push(head);
      if (tail !== undefined) rest.push(tail);
    }
  };
  for (const { start, end, newText } of step) {
    upTo(start, true);
    upTo(end, false);
    if (newText !== '') result.push(newText);
  }
  return [...result, ...rest.reverse()];
}

function lengthOf(part: Part): number {
  return typeof part === 'string' ? part.length : part.end - part.start;
}

function split(part: Part, size: number): readonly [Part, Part] {
  if (typeof part === 'string') return [part.slice(0, size), part.slice(size)];
  const middle = part.start + size;
  return [
    { start: part.start, end: middle },
    { start: middle, end: part.end },
  ];
}
