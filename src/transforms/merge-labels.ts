import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { replacement } from '../text/edit.js';
import { indentationAt, lineEndingAt, lineStartAt } from '../text/line-endings.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Joins LABEL instructions that follow one another line by line into one with a label a line. It is a matter of
 * taste, so it is applied only when it is asked for by name.
 *
 * Safe because the labels keep their order, and a LABEL refers to no other.
 */
export const mergeLabels: Transform = {
  name: 'merge-labels',
  summary: 'Joins neighbouring LABEL instructions into one',
  category: 'style',
  related: ['tally:labels/prefer-grouped'],
  needsInstruction: ['LABEL'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const stage of dockerfile.stages) {
      let group: Instruction[] = [];
      for (const instruction of stage.instructions) {
        const last = group[group.length - 1];
        if (!isMergeable(instruction, dockerfile.escape)) continue;
        if (last !== undefined && isNextLine(dockerfile, last, instruction)) {
          group.push(instruction);
          continue;
        }
        yield* merge(dockerfile, group);
        group = [instruction];
      }
      yield* merge(dockerfile, group);
    }
  },
};

/** Not the form with a blank, whose value is the rest of the line, nor a line end that would protect what follows. */
function isMergeable({ keyword, pairs, argumentsText }: Instruction, escape: string): boolean {
  return (
    keyword === 'LABEL' && pairs.length > 0 && pairs.every((pair) => pair.hasEquals) && !argumentsText.endsWith(escape)
  );
}

/** Whether nothing stands between two instructions, neither an instruction nor a comment nor an empty line. */
function isNextLine(dockerfile: Dockerfile, above: Instruction, below: Instruction): boolean {
  return (
    below.index === above.index + 1 &&
    /^[ \t]*\r?\n[ \t]*$/.test(dockerfile.text.slice(above.span.end, below.span.start))
  );
}

function* merge(dockerfile: Dockerfile, group: readonly Instruction[]): Iterable<Diagnostic> {
  const [first, ...others] = group;
  if (first === undefined || others.length === 0) return;
  const { text } = dockerfile;
  const gap = ` ${dockerfile.escape}${lineEndingAt(text, first.span.start)}${labelIndentation(text, first)}`;
  let above = first;
  const edits = others.map((below) => {
    const start = above.sourceSpan(above.argumentsSpan).end;
    above = below;
    return replacement({ start, end: below.sourceSpan(below.argumentsSpan).start }, gap);
  });
  yield fixed(first.span, `${group.length} \`LABEL\` instructions follow one another`, {
    edits,
    applicability: 'safe',
    checked: ['the labels keep their order'],
    removes: others.map((instruction) => instruction.keywordText),
    isOptional: true,
  });
}

/** The blanks that put a label below the last one of an instruction. */
function labelIndentation(text: string, instruction: Instruction): string {
  const last = instruction.pairs[instruction.pairs.length - 1];
  const start = last === undefined ? instruction.span.start : instruction.sourceSpan(last).start;
  const lineStart = lineStartAt(text, start);
  const indentation = indentationAt(text, start);
  // A label behind its keyword has a column, one on a line of its own an indentation.
  if (lineStart > instruction.span.start) return indentation;
  const column = instruction.sourceSpan(instruction.argumentsSpan).start - lineStart;
  return indentation + ' '.repeat(column - indentation.length);
}
