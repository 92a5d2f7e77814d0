import type { Pair } from '../dockerfile/arguments.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { type Edit, insertion, replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Writes `ENV name value` and `LABEL name value` as `name=value`. The form with a blank takes the whole rest of the
 * line as one value, which surprises, and BuildKit warns about it.
 *
 * Safe because the value stays the same: blanks get quotes around them, and quotes and escapes that were resolved
 * before are resolved to the same text in the new form.
 */
export const replaceLegacyKeyValue: Transform = {
  name: 'replace-legacy-key-value',
  summary: 'Writes ENV and LABEL as name=value',
  category: 'correctness',
  related: ['buildkit:LegacyKeyValueFormat', 'openrewrite:UseKeyValueEnvAndLabel'],
  needsInstruction: ['ENV', 'LABEL'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const outer of dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      if (instruction.keyword !== 'ENV' && instruction.keyword !== 'LABEL') continue;
      const pair = instruction.pairs[0];
      if (pair === undefined || pair.hasEquals) continue;
      const span = instruction.sourceSpan(pair.nameSpan);
      const message = `\`${instruction.keywordText} ${pair.name}\` has a blank where an equals sign belongs`;
      const edits = rewrite(instruction, pair, dockerfile.escape);
      if (edits === undefined) {
        yield declined(
          span,
          message,
          'not-one-place',
          'a line continuation cuts the instruction where quotes would have to go',
        );
        continue;
      }
      yield fixed(span, message, {
        edits,
        applicability: 'safe',
        checked: ['the value means the same text'],
        removes: [pair.name, pair.value],
        configChanges: outer === instruction ? [] : ['onbuild'],
      });
    }
  },
};

/** The edits, or undefined where the value would have to be written anew over several lines. */
function rewrite(instruction: Instruction, pair: Pair, escape: string): readonly Edit[] | undefined {
  const gap = instruction.sourceSpan({ start: pair.nameSpan.end, end: pair.valueSpan.start });
  const { value } = pair;
  // A continuation between name and value: only the blanks on the name's line go.
  if (!instruction.logical.isContiguous({ start: pair.nameSpan.start, end: pair.valueSpan.start + 1 }))
    return undefined;
  if (!/["']/.test(value) && !value.includes(escape)) {
    const needsQuotes = /\s/.test(value) || value === '';
    const open = replacement(gap, needsQuotes ? '="' : '=');
    return needsQuotes ? [open, insertion(instruction.sourceSpan(pair.valueSpan).end, '"')] : [open];
  }
  if (isOneQuotedWord(value, escape) || !/\s/.test(value)) return [replacement(gap, '=')];
  if (!instruction.logical.isContiguous(pair.valueSpan)) return undefined;
  return [replacement(gap, '='), replacement(instruction.sourceSpan(pair.valueSpan), requote(value, escape))];
}

/** Whether quotes open at the first character and close at the last, and nowhere else. */
function isOneQuotedWord(value: string, escape: string): boolean {
  const quote = value.charAt(0);
  if (quote !== '"' && quote !== "'") return false;
  for (let at = 1; at < value.length; at++) {
    const character = value.charAt(at);
    if (character === escape && quote === '"') at++;
    else if (character === quote) return at === value.length - 1;
  }
  return false;
}

/** One word in double quotes that is resolved to the same text as the value without them. */
function requote(value: string, escape: string): string {
  let result = '"';
  let quote = '';
  const protect = (character: string): string =>
    character === '"' || character === '$' || character === escape ? escape + character : character;
  for (let at = 0; at < value.length; at++) {
    const character = value.charAt(at);
    if (quote === '' ? character === '"' || character === "'" : character === quote) {
      quote = quote === '' ? character : '';
    } else if (quote === "'") {
      result += protect(character);
    } else if (character === escape && at + 1 < value.length) {
      const next = value.charAt(++at);
      // Outside quotes an escape protects any character, inside double quotes only a few.
      result += quote === '' ? protect(next) : protect(next) === next ? protect(escape) + next : escape + next;
    } else {
      result += character === escape ? '' : character;
    }
  }
  return `${result}"`;
}
