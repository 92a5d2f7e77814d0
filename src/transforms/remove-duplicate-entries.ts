import { type ArgumentWord, bareName, type Pair } from '../dockerfile/arguments.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { removeWords } from '../dockerfile/removal.js';
import { variableReferences } from '../dockerfile/variables.js';
import type { Span } from '../text/span.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Deletes a port that the stage exposes already, and a variable or label that the same instruction sets again. Two
 * entries for one thing get out of step.
 *
 * Safe because ports are a set, and the later of two values for one name wins. A value that another one of the
 * instruction refers to stays.
 */
export const removeDuplicateEntries: Transform = {
  name: 'remove-duplicate-entries',
  summary: 'Deletes repeated ports of EXPOSE and repeated names in one ENV or LABEL',
  category: 'correctness',
  related: ['tally:labels/no-duplicate-keys', 'dockerfile-doctor:DD048', 'dockerfile-doctor:DD044'],
  needsInstruction: ['EXPOSE', 'ENV', 'LABEL'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const stage of dockerfile.stages) {
      const ports = new Map<string, Instruction>();
      for (const instruction of stage.instructions) {
        if (instruction.keyword === 'EXPOSE') yield* checkPorts(dockerfile, instruction, ports);
        else if (instruction.keyword === 'ENV' || instruction.keyword === 'LABEL') {
          yield* checkPairs(dockerfile, instruction);
        }
      }
    }
  },
};

function* checkPorts(
  dockerfile: Dockerfile,
  instruction: Instruction,
  ports: Map<string, Instruction>,
): Iterable<Diagnostic> {
  const repeated = new Set<ArgumentWord>();
  let first: Instruction | undefined;
  const own = new Map<string, Instruction>();
  for (const word of instruction.words) {
    const port = word.text.includes('/') ? word.text.toLowerCase() : `${word.text}/tcp`;
    // A variable may have changed since an earlier instruction.
    const known = own.get(port) ?? (port.includes('$') ? undefined : ports.get(port));
    own.set(port, instruction);
    if (known === undefined) continue;
    repeated.add(word);
    first ??= known;
  }
  for (const port of own.keys()) if (!ports.has(port)) ports.set(port, instruction);
  if (first === undefined) return;
  const texts = [...repeated].map((word) => word.text).join(' ');
  const message = `\`EXPOSE ${texts}\` repeats what line ${first.source.startLine} exposes`;
  yield* removal(dockerfile, instruction, instruction.words, repeated, message, ['a port is exposed once']);
}

function* checkPairs(dockerfile: Dockerfile, instruction: Instruction): Iterable<Diagnostic> {
  const { pairs } = instruction;
  if (pairs.length < 2) return;
  const repeated = new Set<Pair>();
  const names = pairs.map((pair) => nameOf(pair));
  for (const [index, pair] of pairs.entries()) {
    const name = names[index];
    const winner = names.lastIndexOf(name ?? '');
    if (name === undefined || winner <= index) continue;
    const user = pairs
      .slice(index + 1)
      .find((other) => variableReferences(other.value, dockerfile.escape).some((reference) => reference.name === name));
    if (user === undefined) {
      repeated.add(pair);
      continue;
    }
    const message = `\`${name}\` is set twice in one instruction`;
    yield declined(instruction.sourceSpan(pair), message, 'later-use', `${user.name} refers to it`);
  }
  if (repeated.size === 0) return;
  const texts = [...new Set([...repeated].map((pair) => pair.name))].join(' ');
  const message = `\`${instruction.keywordText} ${texts}\` is set again further on in the same instruction`;
  yield* removal(dockerfile, instruction, pairs, repeated, message, ['the later value wins']);
}

/** The name that a pair sets; undefined where a variable is part of it. */
function nameOf(pair: Pair): string | undefined {
  return pair.name.includes('$') ? undefined : bareName(pair);
}

function* removal<Word extends Span>(
  dockerfile: Dockerfile,
  instruction: Instruction,
  words: readonly Word[],
  unwanted: ReadonlySet<Word>,
  message: string,
  checked: readonly string[],
): Iterable<Diagnostic> {
  const [first] = unwanted;
  const span = first === undefined ? instruction.span : instruction.sourceSpan(first);
  const edits = removeWords(dockerfile, instruction, words, unwanted);
  if (edits === undefined) {
    yield declined(span, message, 'comment-in-the-way', 'a comment or an empty line stands beside it');
    return;
  }
  yield fixed(span, message, {
    edits,
    applicability: 'safe',
    checked,
    removes: [instruction.logical.text],
    // The variables keep their values, but may be listed in another order.
    configChanges: instruction.keyword === 'ENV' ? ['env'] : [],
  });
}
