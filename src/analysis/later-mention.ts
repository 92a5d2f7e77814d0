import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';

/** The first instruction behind another one, in any stage, whose text or heredoc holds a text. */
export function laterMention(dockerfile: Dockerfile, after: Instruction, text: string): Instruction | undefined {
  return dockerfile.instructions.find(
    ({ index, span }) => index > after.index && dockerfile.text.slice(span.start, span.end).includes(text),
  );
}
