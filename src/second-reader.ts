import { DockerfileParser } from 'dockerfile-ast';
import type { Dockerfile } from './dockerfile/dockerfile.js';

/** Where the two readers see different instructions; lines count from 1. */
export interface Disagreement {
  readonly line: number;
  readonly detail: string;
}

/**
 * Compares the instruction boundaries of our scanner with those of dockerfile-ast, a parser that we did not write.
 * Undefined when both see the same keywords on the same lines.
 */
export function compareWithSecondReader(dockerfile: Dockerfile): Disagreement | undefined {
  let theirs: readonly { readonly keyword: string; readonly line: number }[];
  try {
    theirs = DockerfileParser.parse(dockerfile.text)
      .getInstructions()
      .map((instruction) => ({
        keyword: instruction.getKeyword(),
        line: instruction.getRange().start.line + 1,
      }));
  } catch (error) {
    // It throws on some texts (see notes in ARCHITECTURE.md): then it has no second opinion to give.
    return { line: 1, detail: `the second reader failed: ${error instanceof Error ? error.message : String(error)}` };
  }
  const ours = dockerfile.instructions;
  for (let index = 0; index < Math.max(ours.length, theirs.length); index++) {
    const our = ours[index];
    const their = theirs[index];
    if (our === undefined) return { line: their?.line ?? 1, detail: `only the second reader sees ${their?.keyword ?? ''}` };
    const line = our.source.startLine;
    if (their === undefined) return { line, detail: `only our scanner sees ${our.keywordText}` };
    if (their.line !== line || their.keyword !== our.keywordText.toUpperCase()) {
      return { line, detail: `${our.keywordText} on line ${line}, or ${their.keyword} on line ${their.line}` };
    }
  }
  return undefined;
}
