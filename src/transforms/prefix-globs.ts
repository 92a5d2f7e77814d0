import { invocationsOf } from '../shell/invocation.js';
import { insertion } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/** Programs that take file names and options in one list. */
const PROGRAMS = ['rm', 'chmod', 'chown', 'cp', 'mv', 'cat'] as const;

/**
 * Writes `./` in front of a pattern such as `*.tar.gz`. A file whose name starts with a dash, which any archive may
 * bring along, is taken for an option else.
 *
 * Safe because the pattern matches the same files in the same folder; only names that start with a dash are no
 * options any more, which is the purpose.
 */
export const prefixGlobs: Transform = {
  name: 'prefix-globs',
  summary: 'Writes ./ in front of a pattern of file names',
  category: 'correctness',
  related: ['shellcheck:SC2035'],
  needsProgram: PROGRAMS,
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming(...PROGRAMS)) {
      if (!/\s["']?[*?]/.test(analysis.rawText(instruction))) continue;
      const body = analysis.body(instruction);
      if (body === undefined) continue;
      for (const { program, programWord, args } of invocationsOf(body)) {
        if (!PROGRAMS.some((name) => name === program)) continue;
        const dashes = args.findIndex((word) => word.text === '--');
        for (const [index, word] of args.entries()) {
          // Behind `--` nothing is an option. `*(…)` is a pattern of another kind.
          if (!/^[*?](?!\()/.test(word.text) || (dashes !== -1 && index > dashes)) continue;
          const span = body.sourceSpan(word);
          const message = `\`${programWord.text} ${word.text}\` takes a file whose name starts with a dash for an option`;
          if (body.wordSpan(word) === undefined) {
            yield declined(span, message, 'not-one-place', 'a line continuation cuts it');
            continue;
          }
          yield fixed(span, message, {
            edits: [insertion(span.start, './')],
            applicability: 'safe',
            checked: ['it matches the same files'],
            removes: [word.text],
          });
        }
      }
    }
  },
};
