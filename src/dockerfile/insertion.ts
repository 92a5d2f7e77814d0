import { type Edit, insertion } from '../text/edit.js';
import { indentationAt, lineEndingAt } from '../text/line-endings.js';
import type { Dockerfile } from './dockerfile.js';
import type { Instruction } from './instruction.js';

/** Inserts an instruction as a line above another one and above the comments that belong to that one. */
export function insertAbove(dockerfile: Dockerfile, instruction: Instruction, line: string): Edit {
  const { keywordText } = instruction;
  const isLower = keywordText === keywordText.toLowerCase();
  const cased = isLower ? line.replace(/^[A-Z]+/, (keyword) => keyword.toLowerCase()) : line;
  const at = instruction.source.comments[0]?.start ?? instruction.span.start;
  return insertLineAt(dockerfile.text, at, cased, instruction);
}

/** Inserts a line at an offset that starts one, laid out like the line of an instruction near it. */
export function insertLineAt(text: string, at: number, line: string, near: Instruction): Edit {
  const { start } = near.span;
  return insertion(at, `${line}${lineEndingAt(text, start)}${indentationAt(text, start)}`);
}
