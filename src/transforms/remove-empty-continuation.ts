import { deletion } from '../text/edit.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Deletes empty lines inside an instruction that goes on over several lines. BuildKit warns about them and announces
 * that they will become errors.
 *
 * Safe because BuildKit drops them when it joins the lines.
 */
export const removeEmptyContinuation: Transform = {
  name: 'remove-empty-continuation',
  summary: 'Deletes empty lines between continuation lines',
  category: 'correctness',
  related: ['buildkit:NoEmptyContinuation', 'dockerfile-doctor:DD076'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const instruction of dockerfile.instructions) {
      if (instruction.source.emptyLines.length === 0) continue;
      // Empty lines behind the last line that has text are outside the instruction for a reader.
      const lines = instruction.source.emptyLines.filter((line) => line.end <= instruction.span.end);
      const [first] = lines;
      if (first === undefined) continue;
      yield fixed(first, `an empty line stands inside ${instruction.keywordText}`, {
        edits: lines.map(deletion),
        applicability: 'safe',
        checked: ['BuildKit joins the lines around it'],
      });
    }
  },
};
