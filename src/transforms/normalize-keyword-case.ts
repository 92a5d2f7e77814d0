import type { Instruction } from '../dockerfile/instruction.js';
import { type Edit, replacement } from '../text/edit.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Writes instruction keywords in upper case, the triggers of ONBUILD and the CMD of HEALTHCHECK included. Docker's
 * reference writes them so, to tell them from their arguments.
 *
 * Safe because BuildKit compares keywords without regard to case.
 */
export const normalizeKeywordCase: Transform = {
  name: 'normalize-keyword-case',
  summary: 'Writes instruction keywords in upper case',
  category: 'style',
  related: [
    'buildkit:ConsistentInstructionCasing',
    'dockerfile-doctor:DD071',
    'buddy:EI0005',
    'openrewrite:UpperCaseInstructions',
  ],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const instruction of dockerfile.instructions) {
      const { keyword } = instruction;
      // Most instructions are in upper case and hold no second keyword.
      if (instruction.isUpperCase && keyword !== 'ONBUILD' && keyword !== 'HEALTHCHECK') continue;
      const edits: Edit[] = [];
      const removes: string[] = [];
      for (const word of keywordWords(instruction)) {
        const upper = word.text.toUpperCase();
        if (upper === word.text || !instruction.logical.isContiguous(word)) continue;
        edits.push(replacement(instruction.sourceSpan(word), upper));
        removes.push(word.text);
      }
      if (edits.length === 0) continue;
      yield fixed(instruction.sourceSpan(instruction.keywordSpan), `\`${removes.join(' ')}\` is not in upper case`, {
        edits,
        applicability: 'safe',
        checked: ['keywords are compared without regard to case'],
        removes,
        // ONBUILD is stored as text.
        configChanges: keyword === 'ONBUILD' ? ['onbuild'] : [],
      });
    }
  },
};

interface KeywordWord {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function keywordWords(instruction: Instruction): readonly KeywordWord[] {
  const words = [{ ...instruction.keywordSpan, text: instruction.keywordText }];
  const { trigger, healthcheckType } = instruction;
  if (trigger !== undefined) words.push(...keywordWords(trigger));
  if (healthcheckType !== undefined) words.push(healthcheckType);
  return words;
}
