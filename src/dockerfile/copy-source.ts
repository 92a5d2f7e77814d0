import type { ArgumentWord } from './arguments.js';
import type { Instruction } from './instruction.js';

/** What `COPY --from` or `RUN --mount=from` names: a stage by name or number, an image, or a build context. */
export interface CopySource {
  readonly instruction: Instruction;
  /** The name, without quotes; it may hold a variable. */
  readonly word: ArgumentWord;
  /** The flag that it is part of, as it is written. */
  readonly flagText: string;
}

const IN_COPY = /^(--from=["']?)([^"'\\]+)/;
const IN_MOUNT = /^(--mount=(?:.*,)?["']?from=)([^,"'\\]+)/i;

const NONE: readonly CopySource[] = [];

/** The sources that the flags of an instruction name; for ONBUILD ask its trigger. */
export function copySourcesOf(instruction: Instruction): readonly CopySource[] {
  const { keyword } = instruction;
  if ((keyword !== 'COPY' && keyword !== 'RUN') || instruction.flags.length === 0) return NONE;
  const sources: CopySource[] = [];
  for (const flag of instruction.flags) {
    const flagText = instruction.logical.slice(flag);
    const match = (keyword === 'RUN' ? IN_MOUNT : IN_COPY).exec(flagText);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const start = flag.start + match[1].length;
    sources.push({ instruction, word: { start, end: start + match[2].length, text: match[2] }, flagText });
  }
  return sources;
}
