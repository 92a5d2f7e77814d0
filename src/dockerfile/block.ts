import { deletion, type Edit, insertion, replacement } from '../text/edit.js';
import { indentationAt, lineEndAt, lineEndingAt, lineStartAt, nextLineAt } from '../text/line-endings.js';
import type { Span } from '../text/span.js';
import type { Dockerfile } from './dockerfile.js';
import type { Instruction } from './instruction.js';

/** The lines of an instruction with the comments directly above, and the line ending of the last one. */
export function blockOf({ text }: Dockerfile, instruction: Instruction): Span {
  const start = lineStartAt(text, instruction.source.comments[0]?.start ?? instruction.span.start);
  return { start: text.charCodeAt(start) === 0xfeff ? start + 1 : start, end: nextLineAt(text, instruction.span.end) };
}

/** Whether the line in front of an offset, which starts a line, is empty. */
export function hasEmptyLineBefore(text: string, start: number): boolean {
  return start > 0 && text.slice(lineStartAt(text, start - 1), start).trim() === '';
}

/** Whether the line that starts at an offset is empty. */
export function hasEmptyLineAt(text: string, start: number): boolean {
  return start < text.length && text.slice(start, lineEndAt(text, start)).trim() === '';
}

/**
 * Takes a block out, and puts other lines in its place. Where nothing takes its place, of the empty lines around it
 * one stays.
 */
export function replaceBlock(dockerfile: Dockerfile, block: Span, lines: readonly string[]): Edit {
  const { text } = dockerfile;
  if (lines.length > 0) return replacement(block, linesText(dockerfile, block.start, lines));
  const isBetween = hasEmptyLineBefore(text, block.start) && hasEmptyLineAt(text, block.end);
  return deletion(isBetween ? { start: block.start, end: nextLineAt(text, block.end) } : block);
}

/** Inserts lines in front of an instruction and the comments that belong to it. */
export function insertLinesBefore(dockerfile: Dockerfile, instruction: Instruction, lines: readonly string[]): Edit {
  const { start } = blockOf(dockerfile, instruction);
  return insertion(start, linesText(dockerfile, start, lines));
}

/** Blocks that follow one another directly, as one each. */
export function joinBlocks(blocks: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const block of blocks) {
    const previous = joined[joined.length - 1];
    if (previous?.end === block.start) joined[joined.length - 1] = { start: previous.start, end: block.end };
    else joined.push(block);
  }
  return joined;
}

/** Inserts lines behind an instruction, with empty lines around them where they are asked for. */
export function insertLinesBehind(
  dockerfile: Dockerfile,
  instruction: Instruction,
  lines: readonly string[],
  apartFrom: { readonly before: boolean; readonly behind: boolean },
): Edit {
  const { text } = dockerfile;
  const { end } = blockOf(dockerfile, instruction);
  const newline = lineEndingAt(text, instruction.span.start);
  const apart = apartFrom.before ? newline : '';
  // The last line of the file may have no ending.
  if (end === instruction.span.end) return insertion(end, `${newline}${apart}${lines.join(newline)}`);
  const behind = apartFrom.behind && end < text.length && !hasEmptyLineAt(text, end) ? newline : '';
  return insertion(end, `${apart}${linesText(dockerfile, instruction.span.start, lines)}${behind}`);
}

function linesText({ text }: Dockerfile, at: number, lines: readonly string[]): string {
  const newline = lineEndingAt(text, at);
  return lines.map((line) => line + newline).join('');
}

/** Inserts lines above an instruction; one that has comments of its own stands apart from them. */
export function insertLinesApart(dockerfile: Dockerfile, instruction: Instruction, lines: readonly string[]): Edit {
  const isCommented = instruction.source.comments.length > 0;
  return insertLinesBefore(dockerfile, instruction, isCommented ? [...lines, ''] : lines);
}

/** Inserts an instruction as a line above another one and above the comments that belong to that one. */
export function insertAbove(dockerfile: Dockerfile, instruction: Instruction, line: string): Edit {
  const cased = line.replace(/^[A-Z]+/, (keyword) => instruction.cased(keyword));
  const at = instruction.source.comments[0]?.start ?? instruction.span.start;
  return insertLineAt(dockerfile.text, at, cased, instruction);
}

/** Inserts a line at an offset that starts one, laid out like the line of an instruction near it. */
export function insertLineAt(text: string, at: number, line: string, near: Instruction): Edit {
  const { start } = near.span;
  return insertion(at, `${line}${lineEndingAt(text, start)}${indentationAt(text, start)}`);
}
