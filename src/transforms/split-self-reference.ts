import type { Pair } from '../dockerfile/arguments.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { variableReferences } from '../dockerfile/variables.js';
import { type Edit, replacement } from '../text/edit.js';
import { indentationAt, lineEndingAt } from '../text/line-endings.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Splits an ENV in front of a variable that refers to one that the same instruction sets. All values of an
 * instruction are resolved with what held before it, so the reference means an older value, or nothing.
 *
 * Unsafe because the reference gets the new value, which is nearly always meant and yet another one than today.
 */
export const splitSelfReference: Transform = {
  name: 'split-self-reference',
  summary: 'Splits an ENV that refers to a variable it sets itself',
  category: 'correctness',
  related: ['hadolint:DL3044', 'kics:env_no_refer_envvar', 'dockerfile-roast:DF062'],
  onlyUnsafe: true,
  needsInstruction: ['ENV'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const instruction of dockerfile.all('ENV')) {
      if (instruction.pairs.length < 2) continue;
      const breaks = breaksOf(instruction, dockerfile.escape);
      const [first] = breaks;
      if (first === undefined) continue;
      const span = instruction.sourceSpan(first.user);
      const message = `\`${first.user.name}\` refers to ${first.name}, which the same ENV sets: it gets the value from before`;
      if (instruction.source.innerComments.length > 0) {
        yield declined(span, message, 'comment-in-the-way', 'a comment stands between its lines');
        continue;
      }
      const { text } = dockerfile;
      const { start } = instruction.span;
      const keyword = `${lineEndingAt(text, start)}${indentationAt(text, start)}${instruction.keywordText} `;
      const edits: Edit[] = breaks.map(({ above, user }) =>
        replacement({ start: instruction.sourceSpan(above).end, end: instruction.sourceSpan(user).start }, keyword),
      );
      yield fixed(span, message, {
        edits,
        applicability: 'unsafe',
        checked: breaks.map(
          ({ user, name }) => `${user.name} gets the new value of ${name}: look whether that is meant`,
        ),
        configChanges: ['env'],
      });
    }
  },
};

interface Break {
  /** The last pair that stays in the instruction above. */
  readonly above: Pair;
  readonly user: Pair;
  /** What it refers to. */
  readonly name: string;
}

/** Where a new instruction has to start, so that every reference comes behind what it means. */
function breaksOf(instruction: Instruction, escape: string): readonly Break[] {
  const breaks: Break[] = [];
  let above: Pair | undefined;
  let values = new Map<string, string>();
  for (const pair of instruction.pairs) {
    const reference = variableReferences(pair.value, escape).find(({ name, start, end }) => {
      const value = values.get(name);
      // `NAME=$NAME` and `NAME=${NAME:-x}` with another `${NAME:-x}` come to the same either way.
      return (
        value !== undefined && value !== `$${name}` && value !== `\${${name}}` && value !== pair.value.slice(start, end)
      );
    });
    if (reference !== undefined && above !== undefined) {
      breaks.push({ above, user: pair, name: reference.name });
      values = new Map();
    }
    values.set(pair.name, pair.value.replace(/^(["'])(.*)\1$/s, '$2'));
    above = pair;
  }
  return breaks;
}
