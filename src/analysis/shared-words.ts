import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { variableReferences } from '../dockerfile/variables.js';
import type { ShellWord } from '../shell/parse.js';

/** What neither Docker nor a shell takes for a quote, a separator or a pattern, with variables. */
const PLAIN = /^[\w.:/@%+,${}-]+$/;

/** The same with what only a shell would take for more, inside quotes. */
const QUOTED = /^[\w.:/@%+~,${}?&=-]+$/;

/**
 * A word of a RUN as ADD and COPY write it with the same meaning; undefined where they differ, or may. A variable
 * means the same in both where the stage declares it: others may be set by the shell or the container alone.
 */
export function sharedWord(dockerfile: Dockerfile, run: Instruction, word: ShellWord): string | undefined {
  if (word.value !== undefined) return /^~|\$/.test(word.value) || !QUOTED.test(word.value) ? undefined : word.value;
  const quoted = /^"(.*)"$/.exec(word.text)?.[1];
  const text = quoted ?? word.text;
  if (!(quoted === undefined ? PLAIN : QUOTED).test(text)) return undefined;
  return text.includes('$') && hasDeclaredVariables(dockerfile, run, text) ? text : undefined;
}

/** A word of ADD as a script writes it with the same meaning; undefined where they differ, or may. */
export function scriptWord(dockerfile: Dockerfile, add: Instruction, text: string): string | undefined {
  if (!QUOTED.test(text) || text.startsWith('~') || !hasDeclaredVariables(dockerfile, add, text)) return undefined;
  return PLAIN.test(text) && !/[${}]/.test(text) ? text : `"${text}"`;
}

/** Whether all variables of a text are plain ones that the stage declares. */
function hasDeclaredVariables(dockerfile: Dockerfile, instruction: Instruction, text: string): boolean {
  const references = variableReferences(text, '\\');
  let rest = text;
  for (const { start, end } of references.toReversed()) rest = rest.slice(0, start) + rest.slice(end);
  if (/[${}]/.test(rest)) return false;
  const declared = references.length === 0 ? undefined : declaredNames(dockerfile, instruction);
  return references.every(({ name, modifier }) => modifier === '' && declared?.has(name) === true);
}

/** The build arguments and variables that a stage declares in front of an instruction. */
function declaredNames(dockerfile: Dockerfile, instruction: Instruction): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { keyword, index, pairs } of dockerfile.stageOf(instruction)?.instructions ?? []) {
    if (index >= instruction.index) break;
    if (keyword === 'ARG' || keyword === 'ENV') for (const { name } of pairs) names.add(name);
  }
  return names;
}
