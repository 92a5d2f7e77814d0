import type { Span } from '../text/span.js';

/**
 * The text of an instruction after its continuation lines were joined the way BuildKit joins them, with the way
 * back: each piece is a stretch of the file that was taken over as it is. What lies between two pieces in the file
 * (the escape character, blanks, line ending, comment lines, empty lines) is not part of the logical text.
 */
export class LogicalText {
  readonly text: string;
  /** Offset in the logical text at which each piece starts, ascending. */
  readonly #logicalStarts: readonly number[];
  /** Offset in the file at which each piece starts. */
  readonly #sourceStarts: readonly number[];

  constructor(text: string, logicalStarts: readonly number[], sourceStarts: readonly number[]) {
    this.text = text;
    this.#logicalStarts = logicalStarts;
    this.#sourceStarts = sourceStarts;
  }

  #pieceAt(offset: number): number {
    let low = 0;
    let high = this.#logicalStarts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#logicalStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The offset in the file of the code unit at a logical offset. */
  toSource(offset: number): number {
    const piece = this.#pieceAt(offset);
    return (this.#sourceStarts[piece] ?? 0) + offset - (this.#logicalStarts[piece] ?? 0);
  }

  /** The offset in the file just behind the code unit that ends at a logical offset. */
  endToSource(offset: number): number {
    return offset === 0 ? this.toSource(0) : this.toSource(offset - 1) + 1;
  }

  /** The stretch of the file from the first to the last code unit of a logical range. */
  toSourceSpan(span: Span): Span {
    if (span.start >= span.end) {
      const at = this.endToSource(span.start);
      return { start: at, end: at };
    }
    return { start: this.toSource(span.start), end: this.endToSource(span.end) };
  }

  /** Whether a logical range lies within one piece, so that its text is the same in the file. */
  isContiguous(span: Span): boolean {
    return span.end <= span.start || this.#pieceAt(span.start) === this.#pieceAt(span.end - 1);
  }

  /** The joined text of a range. */
  slice(span: Span): string {
    return this.text.slice(span.start, span.end);
  }
}
