import type { Instruction } from '../dockerfile/instruction.js';
import { lookupIn } from '../analysis/state.js';
import type { ShellBody } from '../shell/body.js';
import type { ShellWord } from '../shell/parse.js';
import { replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** A word without quotes in which nothing but plain variables is expanded. */
const PLAIN_WORD = /^(?:[\w./:@%+,-]|\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\})+$/;

/** A value that is one word however it is expanded. */
const ONE_WORD = /^[\w./:@%+=,-]+$/;

/** Commands that may give a variable another value without naming it. */
const REDEFINES = /(?:^|[\s;&|(])(?:\.|source|eval|IFS=|set\s+-a)(?=\s|$)/;

/**
 * Puts quotes around a variable whose value ENV sets in this file. Without quotes the shell splits the value at
 * blanks and matches it with file names: that works until somebody gives it another value.
 *
 * Safe because ENV cannot be overridden by the builder, and the value is one plain word: with and without quotes the
 * command gets the same. A value that a build argument gives may be meant as several words, so that is left alone.
 * Only on request, since it touches a great many lines and mends nothing today.
 */
export const quoteVariables: Transform = {
  name: 'quote-variables',
  summary: 'Quotes variables whose value is known to be one word',
  category: 'style',
  related: ['shellcheck:SC2086'],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    if (!dockerfile.has('ENV')) return;
    for (const instruction of dockerfile.instructions) {
      if (instruction.keyword !== 'RUN' || !instruction.logical.text.includes('$')) continue;
      if (analysis.stateBefore(instruction).environment === undefined) continue;
      const body = analysis.body(instruction);
      if (body === undefined || REDEFINES.test(body.text)) continue;
      yield* checkBody(subject, instruction, body);
    }
  },
};

function* checkBody({ analysis }: Subject, instruction: Instruction, body: ShellBody): Iterable<Diagnostic> {
  const lookup = lookupIn(analysis.stateBefore(instruction));
  const hasBackticks = body.text.includes('`');
  let bare: ReadonlySet<string> | undefined;
  for (const command of body.shell.commands) {
    // Quotes inside backticks that stand in quotes themselves mean something else.
    if (hasBackticks && command.enclosures.includes('CommandExpansion')) continue;
    for (const word of command.words) {
      const names = variablesOf(word);
      if (names.length === 0) continue;
      // Only what is known for every variable of the word counts.
      if (!names.every((name) => ONE_WORD.test(lookup(name) ?? '') && !(bare ??= bareNames(body)).has(name))) continue;
      const span = body.sourceSpan(word);
      const message = `\`${word.text}\` has no quotes: the shell would split another value into words`;
      const place = body.wordSpan(word);
      if (place === undefined) {
        yield declined(span, message, 'not-one-place', 'a line continuation cuts it');
        continue;
      }
      yield fixed(span, message, {
        edits: [replacement(place, `"${word.text}"`)],
        applicability: 'safe',
        checked: [`ENV gives ${[...new Set(names)].join(' and ')} a value of one word`],
        removes: [word.text],
        isOptional: true,
      });
    }
  }
}

/** The variables of a word that holds nothing else that is special; none where it does. */
function variablesOf({ text }: ShellWord): string[] {
  if (!text.includes('$') || !PLAIN_WORD.test(text)) return [];
  return [...text.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map((match) => match[1] ?? '');
}

/** The names without a dollar in front: a script may set those variables itself. */
function bareNames({ text }: ShellBody): ReadonlySet<string> {
  return new Set(text.match(/(?<![\w$]|\$\{)[A-Za-z_]\w*/g));
}
