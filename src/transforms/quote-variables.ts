import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { lookupIn } from '../analysis/state.js';
import type { ShellBody } from '../shell/body.js';
import type { ShellWord } from '../shell/parse.js';
import { replacement } from '../text/edit.js';
import { type Applicability, declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** A word without quotes in which nothing but plain variables is expanded. */
const PLAIN_WORD = /^(?:[\w./:@%+,-]|\$[A-Za-z_]\w*|\$\{[A-Za-z_]\w*\})+$/;

/** A value that is one word however it is expanded. */
const ONE_WORD = /^[\w./:@%+=,-]+$/;

/** A word without quotes around one substitution, and what runs in it. */
const SUBSTITUTION = /^[\w./:@%+,-]*\$\(([^()"'`$\\]+)\)[\w./:@%+,-]*$/;

/** Commands that print one word, whatever the machine. */
const PRINTS_ONE_WORD =
  /^\s*(?:uname -[imprs]|nproc(?: --all)?|arch|whoami|pwd|mktemp(?: -d)?|id -(?:u|g|un|gn)|dpkg --print-architecture|dpkg-architecture -q\w+|apk --print-arch|lsb_release -[csr]{2}|rpm -E %\{?\w+\}?|getconf [A-Z_]+|go env [A-Z]+)\s*$/;

/** Arguments that are named like several words. */
const SEVERAL = /(?:s|args?|opts?|flag|list|param|cmd|command)$/i;

/** Commands that may give a variable another value without naming it. */
const REDEFINES = /(?:^|[\s;&|(])(?:\.|source|eval|IFS=|set\s+-a)(?=\s|$)/;

/**
 * Puts quotes around a variable whose value ENV sets in this file. Without quotes the shell splits the value at
 * blanks and matches it with file names: that works until somebody gives it another value.
 *
 * Safe because ENV cannot be overridden by the builder, and the value is one plain word: with and without quotes the
 * command gets the same. So it does with `$(nproc)` and other commands that print one word. Unsafe for a build argument
 * whose default is one word, since the builder may give it several; one that is named like a list is left alone. Only
 * on request, since it touches a great many lines and mends nothing today.
 */
export const quoteVariables: Transform = {
  name: 'quote-variables',
  summary: 'Quotes variables and substitutions that are known to be one word',
  category: 'style',
  related: ['shellcheck:SC2086', 'shellcheck:SC2046'],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    for (const instruction of dockerfile.all('RUN')) {
      if (!instruction.logical.text.includes('$')) continue;
      const body = analysis.body(instruction);
      if (body === undefined || REDEFINES.test(body.text)) continue;
      yield* checkBody(subject, instruction, body);
    }
  },
};

function* checkBody(subject: Subject, instruction: Instruction, body: ShellBody): Iterable<Diagnostic> {
  const hasBackticks = body.text.includes('`');
  let bare: ReadonlySet<string> | undefined;
  const isSetInScript = (name: string): boolean => (bare ??= bareNames(body)).has(name);
  for (const command of body.shell.commands) {
    // Quotes inside backticks that stand in quotes themselves mean something else.
    if (hasBackticks && command.enclosures.includes('CommandExpansion')) continue;
    for (const word of command.words) {
      if (!/[$`]/.test(word.text)) continue;
      const known = whyOneWord(subject, instruction, word, isSetInScript);
      if (known === undefined) continue;
      const span = body.sourceSpan(word);
      const message = `\`${word.text}\` has no quotes: the shell would split another value into words`;
      const place = body.wordSpan(word);
      if (place === undefined) {
        yield declined(span, message, 'not-one-place', 'a line continuation cuts it');
        continue;
      }
      yield fixed(span, message, {
        edits: [replacement(place, `"${word.text}"`)],
        applicability: known.applicability,
        checked: [known.reason],
        removes: [word.text],
        isOptional: true,
      });
    }
  }
}

interface OneWord {
  readonly applicability: Applicability;
  readonly reason: string;
}

/** What shows that a word stays one word; undefined where nothing does. */
function whyOneWord(
  { dockerfile, analysis }: Subject,
  instruction: Instruction,
  word: ShellWord,
  isSetInScript: (name: string) => boolean,
): OneWord | undefined {
  const inner = SUBSTITUTION.exec(word.text)?.[1];
  if (inner !== undefined) {
    return PRINTS_ONE_WORD.test(inner)
      ? { applicability: 'safe', reason: `\`${inner.trim()}\` prints one word` }
      : undefined;
  }
  const names = [...new Set(variablesOf(word))];
  if (names.length === 0 || names.some(isSetInScript)) return undefined;
  const lookup = lookupIn(analysis.stateBefore(instruction));
  const open = names.filter((name) => !ONE_WORD.test(lookup(name) ?? ''));
  // Only what is known for every variable of the word counts.
  if (open.length === 0)
    return { applicability: 'safe', reason: `ENV gives ${names.join(' and ')} a value of one word` };
  const stage = dockerfile.stageOf(instruction);
  const isArgument = (name: string): boolean =>
    lookup(name) === undefined && !SEVERAL.test(name) && hasDefault(stage, instruction, name);
  if (!open.every(isArgument)) return undefined;
  return { applicability: 'unsafe', reason: `assumes that nobody builds with several words in ${open.join(' or ')}` };
}

/** Whether an argument of the stage has one word for its default, and no ENV of that name hides it. */
function hasDefault(stage: Stage | undefined, before: Instruction, name: string): boolean {
  const above = (stage?.instructions ?? []).filter(({ index }) => index < before.index);
  if (above.some(({ keyword, pairs }) => keyword === 'ENV' && pairs.some((pair) => pair.name === name))) return false;
  const pair = above
    .filter(({ keyword }) => keyword === 'ARG')
    .flatMap(({ pairs }) => pairs)
    .findLast((one) => one.name === name);
  return pair !== undefined && ONE_WORD.test(pair.value.replace(/^(["'])(.*)\1$/, '$2'));
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
