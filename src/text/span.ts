/** A half-open range `[start, end)` of UTF-16 code units in some text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export function spansOverlap(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}
