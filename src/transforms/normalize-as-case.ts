import { replacement } from '../text/edit.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Writes the AS of a FROM in the case of the FROM, upper case unless the file keeps its keywords in lower case.
 *
 * Safe because BuildKit compares the word without regard to case.
 */
export const normalizeAsCase: Transform = {
  name: 'normalize-as-case',
  summary: 'Writes the AS of a FROM like its keyword',
  category: 'style',
  related: ['buildkit:FromAsCasing', 'openrewrite:NormalizeFromAsCasing'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const { from, asWord } of dockerfile.stages) {
      if (asWord === undefined) continue;
      const wanted = from.cased('AS');
      if (asWord.text === wanted || !from.logical.isContiguous(asWord)) continue;
      const span = from.sourceSpan(asWord);
      yield fixed(span, `\`${asWord.text}\` is not in the case of \`${from.keywordText}\``, {
        edits: [replacement(span, wanted)],
        applicability: 'safe',
        checked: ['keywords are compared without regard to case'],
        removes: [asWord.text],
      });
    }
  },
};
