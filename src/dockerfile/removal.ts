import { deletion, type Edit } from '../text/edit.js';
import { lineEndAt, lineStartAt, nextLineAt } from '../text/line-endings.js';
import type { Span } from '../text/span.js';
import type { Dockerfile } from './dockerfile.js';
import type { Instruction } from './instruction.js';

/**
 * Takes words of an instruction away with the gap behind them, at the end with the gap in front, or the whole
 * instruction when none is left. Undefined when a comment or an empty line stands in what would go. The spans of the
 * words count in the logical text.
 */
export function removeWords<Word extends Span>(
  dockerfile: Dockerfile,
  instruction: Instruction,
  words: readonly Word[],
  unwanted: ReadonlySet<Word>,
): readonly Edit[] | undefined {
  const places = words.map((word) => ({ ...instruction.sourceSpan(word), isWanted: !unwanted.has(word) }));
  const lastWanted = places.findLastIndex((place) => place.isWanted);
  const spans: Span[] = [];
  for (const [index, { start, end, isWanted }] of places.entries()) {
    if (isWanted) continue;
    const previous = places[index - 1];
    const next = places[index + 1];
    if (index < lastWanted && next !== undefined) spans.push({ start, end: next.start });
    else if (lastWanted !== -1 && previous !== undefined) spans.push({ start: previous.end, end });
  }
  if (lastWanted === -1) {
    spans.push(linesOf(dockerfile, instruction));
  }
  const { innerComments, emptyLines } = instruction.source;
  const meets = (span: Span): boolean =>
    [...innerComments, ...emptyLines].some((other) => span.start < other.end && other.start < span.end);
  return spans.some(meets) ? undefined : spans.map((span) => deletion(span));
}

/**
 * A flag with the blanks behind it, or those in front, in the logical text; undefined where it stands alone on a
 * line.
 */
export function flagWithBlanks(instruction: Instruction, flag: Span): Span | undefined {
  const { keywordSpan, flags, argumentsSpan } = instruction;
  const next = Math.min(
    argumentsSpan.start,
    ...flags.map((other) => other.start).filter((start) => start > flag.start),
  );
  const previous = Math.max(keywordSpan.end, ...flags.map((other) => other.end).filter((end) => end < flag.end));
  const candidates = [
    { start: flag.start, end: next },
    { start: previous, end: flag.end },
  ];
  // The first character of the next word stands in the same line, too.
  return candidates.find(({ start, end }) =>
    instruction.logical.isContiguous({ start, end: end === next ? end + 1 : end }),
  );
}

/**
 * Takes an instruction away with its lines, and with the empty line behind it where one stands in front too. The
 * comments inside of it go along, those above it stay.
 */
export function removeInstruction(dockerfile: Dockerfile, instruction: Instruction): Edit {
  const { text } = dockerfile;
  const { start, end } = linesOf(dockerfile, instruction);
  const isEmpty = (from: number, to: number): boolean => from < to && text.slice(from, to).trim() === '';
  const isBetweenEmptyLines =
    start > 0 && isEmpty(lineStartAt(text, start - 1), start) && isEmpty(end, nextLineAt(text, end));
  return deletion({ start, end: isBetweenEmptyLines ? nextLineAt(text, end) : end });
}

/** Takes an instruction away that no comment is about; undefined where one stands above it or in it. */
export function removeUncommented(dockerfile: Dockerfile, instruction: Instruction): Edit | undefined {
  const { innerComments, comments } = instruction.source;
  return innerComments.length > 0 || comments.length > 0 ? undefined : removeInstruction(dockerfile, instruction);
}

/** The lines of an instruction. The last line of a file without a final line ending takes the one in front with it. */
function linesOf({ text }: Dockerfile, { span }: Instruction): Span {
  const start = lineStartAt(text, span.start);
  const end = nextLineAt(text, span.end);
  return { start: end > span.end ? start : lineEndAt(text, Math.max(0, start - 2)), end };
}
