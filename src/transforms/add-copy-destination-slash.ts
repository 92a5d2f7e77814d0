import { lookupIn } from '../analysis/state.js';
import { withoutQuotes } from '../dockerfile/arguments.js';
import { expandValue, type Lookup, variableReferences } from '../dockerfile/variables.js';
import { insertion } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Ends the destination of a COPY or ADD with a slash where there are several sources. The destination has to be a
 * folder then, and the slash says so.
 *
 * Safe because nothing changes where the folder is there already. Where it is not, Docker's older builder fails
 * without the slash and BuildKit writes the files one over the other, on which no working build relies.
 */
export const addCopyDestinationSlash: Transform = {
  name: 'add-copy-destination-slash',
  summary: 'Ends the destination of several sources with a slash',
  category: 'correctness',
  related: [
    'hadolint:DL3021',
    'trivy:DS-0011',
    'kics:copy_with_more_than_two_arguments_not_ending_with_slash',
    'tally:hadolint/DL3021',
    'dockerfile-roast:DF048',
    'buddy:EC0004',
  ],
  needsInstruction: ['COPY', 'ADD'],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    for (const outer of dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue;
      const { words } = instruction;
      const destination = words[words.length - 1];
      if (destination === undefined || words.length < 3) continue;
      const text = instruction.exec === undefined ? withoutQuotes(destination.text) : destination.text;
      // The working directory is a folder in any spelling. The separators of Windows are left alone.
      if (text === undefined || text === '' || text === '.' || /\/$|["'\\`]/.test(text)) continue;
      const span = instruction.sourceSpan(destination);
      const message = `\`${text}\` takes ${words.length - 1} sources and does not end with a slash`;
      const ending = endingOf(text, dockerfile.escape, lookupIn(analysis.stateBefore(outer)));
      if (ending === '/') continue;
      if (ending === undefined) {
        yield declined(span, message, 'dynamic-value', 'the variable may be empty, or end with a slash');
        continue;
      }
      // The span of a quoted word, as that of a JSON string, includes its quotes.
      const isQuoted = instruction.exec !== undefined || text !== destination.text;
      const end = isQuoted ? destination.end - 1 : destination.end;
      yield fixed(span, message, {
        edits: [insertion(instruction.logical.endToSource(end), '/')],
        applicability: 'safe',
        checked: ['several sources need a folder'],
        removes: [instruction.logical.slice(destination)],
        configChanges: outer === instruction ? [] : ['onbuild'],
      });
    }
  },
};

/** The last character of a destination, undefined where a variable may hold anything. */
function endingOf(text: string, escape: string, lookup: Lookup): string | undefined {
  const references = variableReferences(text, escape);
  if (references[references.length - 1]?.end !== text.length) return text.slice(-1);
  const value = expandValue(text, escape, lookup);
  return value === undefined || value === '' ? undefined : value.slice(-1);
}
