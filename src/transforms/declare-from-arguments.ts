import { CONFIG_FIELDS } from '../analysis/image-config.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { variableReferences } from '../dockerfile/variables.js';
import { insertion } from '../text/edit.js';
import { lineEndingAt, lineStartAt, nextLineAt } from '../text/line-endings.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/** A file may start with one. */
const BYTE_ORDER_MARK = 0xfeff;

/** What BuildKit sets by itself for every FROM. */
const PREDEFINED = /^(?:TARGET|BUILD)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)$/;

/**
 * Declares a build argument that a FROM uses in front of the first FROM, where the file declares it in a stage only.
 * An argument of a stage is empty in every FROM, so that the build fails.
 *
 * Unsafe because the default is taken over from the stage, which may have been meant for that stage alone.
 */
export const declareFromArguments: Transform = {
  name: 'declare-from-arguments',
  summary: 'Declares the build arguments of FROM in front of the first one',
  category: 'correctness',
  related: [
    'buildkit:UndefinedArgInFrom',
    'buildkit:InvalidDefaultArgInFrom',
    'tally:buildkit/UndefinedArgInFrom',
    'tally:buildkit/InvalidDefaultArgInFrom',
  ],
  onlyUnsafe: true,
  *check({ dockerfile }): Iterable<Diagnostic> {
    const known = new Set(
      dockerfile.globalArguments.flatMap((instruction) => instruction.pairs.map(({ name }) => name)),
    );
    const declared = stageArguments(dockerfile);
    const missing = new Map<string, StageArgument>();
    let user: Instruction | undefined;
    for (const { from } of dockerfile.stages) {
      for (const { name, modifier } of variableReferences(from.logical.text, dockerfile.escape)) {
        const argument = declared.get(name);
        if (known.has(name) || PREDEFINED.test(name) || modifier !== '' || argument === undefined) continue;
        missing.set(name, argument);
        user ??= from;
      }
    }
    if (user === undefined) return;
    const names = [...missing.keys()].map((name) => `\`$${name}\``).join(', ');
    const ending = lineEndingAt(dockerfile.text, user.span.start);
    const lines = [...missing.values()].map((argument) => `ARG ${argument.text}${ending}`);
    yield fixed(user.sourceSpan(user.argumentsSpan), `declared in a stage only, so empty in FROM: ${names}`, {
      edits: [insertion(placeOf(dockerfile), lines.join(''))],
      applicability: 'unsafe',
      checked: [...missing.values()].map(({ text, line }) =>
        text.includes('=')
          ? `${text} is the default on line ${line}: look whether it is meant for FROM, too`
          : `${text} has no default that FROM can use: every build has to name it`,
      ),
      configChanges: CONFIG_FIELDS,
    });
  },
};

interface StageArgument {
  /** The name, with its default if there is one. */
  readonly text: string;
  readonly line: number;
}

/** The arguments that stages declare: with a default rather than without one, the first else. */
function stageArguments(dockerfile: Dockerfile): ReadonlyMap<string, StageArgument> {
  const found = new Map<string, StageArgument>();
  for (const instruction of dockerfile.stages.flatMap((stage) => stage.instructions)) {
    if (instruction.keyword !== 'ARG') continue;
    for (const pair of instruction.pairs) {
      // A default that refers to another argument means nothing in front of the first FROM.
      const isPlain = pair.hasEquals && !pair.value.includes('$');
      const text = isPlain ? `${pair.name}=${pair.value}` : pair.name;
      const earlier = found.get(pair.name);
      if (earlier !== undefined && (!isPlain || earlier.text.includes('='))) continue;
      found.set(pair.name, { text, line: instruction.source.startLine });
    }
  }
  return found;
}

/** Behind the last argument of the whole file, else in front of the first FROM and the comment that belongs to it. */
function placeOf(dockerfile: Dockerfile): number {
  const { text, globalArguments, stages, directives } = dockerfile;
  const last = globalArguments[globalArguments.length - 1];
  if (last !== undefined) return nextLineAt(text, last.span.end);
  const from = stages[0]?.from;
  const [comment] = from?.source.comments ?? [];
  // A comment at the very top is about the file, and parser directives stay first.
  const belongs =
    comment !== undefined && comment.start > 1 && !directives.some(({ start }) => start === comment.start);
  const start = lineStartAt(text, belongs ? comment.start : (from?.span.start ?? 0));
  return text.charCodeAt(start) === BYTE_ORDER_MARK ? start + 1 : start;
}
