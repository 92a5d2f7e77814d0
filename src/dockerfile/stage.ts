import { type ArgumentWord } from './arguments.js';
import { type ImageReference, parseImageReference } from './image-reference.js';
import type { Instruction } from './instruction.js';
import { expandValue } from './variables.js';

/** A build stage: a FROM and the instructions up to the next one. */
export interface Stage {
  readonly index: number;
  readonly from: Instruction;
  /** The instructions after FROM. */
  readonly instructions: readonly Instruction[];
  /** The name after AS in lower case, as BuildKit stores it. */
  readonly name: string | undefined;
  readonly nameWord: ArgumentWord | undefined;
  /** The word AS, for its case. */
  readonly asWord: ArgumentWord | undefined;
  readonly imageWord: ArgumentWord;
  readonly base: StageBase;
}

/** What a stage starts from: an image, or a stage above it. */
export type StageBase =
  | { readonly kind: 'scratch' }
  /** An earlier stage of this file. */
  | { readonly kind: 'stage'; readonly stage: Stage }
  /** `text` is the reference with the defaults of the global build arguments put in. */
  | { readonly kind: 'image'; readonly text: string; readonly image: ImageReference; readonly fromArguments: boolean }
  /** The reference holds a build argument without a default. */
  | { readonly kind: 'unknown'; readonly text: string };

/** Splits the instructions into stages. `FROM b` binds to the nearest earlier stage `b`. */
export function readStages(
  instructions: readonly Instruction[],
  escape: string,
): { readonly globals: readonly Instruction[]; readonly stages: readonly Stage[] } {
  const globals: Instruction[] = [];
  const stages: Stage[] = [];
  let body: Instruction[] | undefined;
  for (const instruction of instructions) {
    if (instruction.keyword !== 'FROM') {
      (body ?? globals).push(instruction);
      continue;
    }
    const [imageWord, asWord, nameWord] = instruction.words;
    if (imageWord === undefined) continue;
    body = [];
    stages.push({
      index: stages.length,
      from: instruction,
      instructions: body,
      name: nameWord?.text.toLowerCase(),
      nameWord,
      asWord,
      imageWord,
      base: resolveBase(imageWord.text, globals, stages, escape),
    });
  }
  return { globals, stages };
}

function resolveBase(
  text: string,
  globals: readonly Instruction[],
  stages: readonly Stage[],
  escape: string,
): StageBase {
  const fromArguments = text.includes('$');
  const expanded = fromArguments ? expandValue(text, escape, (name) => globalArgument(globals, name, escape)) : text;
  if (expanded === undefined || expanded === '') return { kind: 'unknown', text };
  // Names are stored in lower case, and `FROM Builder` is looked up as it is written.
  const stage = stages.findLast((candidate) => candidate.name === expanded);
  if (stage !== undefined) return { kind: 'stage', stage };
  if (expanded === 'scratch') return { kind: 'scratch' };
  return { kind: 'image', text: expanded, image: parseImageReference(expanded), fromArguments };
}

/** The default of a build argument that is declared before the first FROM. */
function globalArgument(globals: readonly Instruction[], name: string, escape: string): string | undefined {
  for (const instruction of globals.toReversed()) {
    const pair = instruction.pairs.findLast((candidate) => candidate.name === name);
    if (pair === undefined) continue;
    if (!pair.hasEquals) return undefined;
    const earlier = globals.slice(0, globals.indexOf(instruction));
    return expandValue(pair.value, escape, (inner) => globalArgument(earlier, inner, escape));
  }
  return undefined;
}

/** What a stage starts from in the end, through stages of the file. */
export function rootBase(stage: Stage): Exclude<StageBase, { readonly kind: 'stage' }> {
  return stage.base.kind === 'stage' ? rootBase(stage.base.stage) : stage.base;
}

/** Whether a stage is another one, or starts from it through stages of the file. */
export function startsFrom(stage: Stage | undefined, other: Stage): boolean {
  let at = stage;
  while (at !== undefined && at !== other) at = at.base.kind === 'stage' ? at.base.stage : undefined;
  return at === other;
}

/** The stage that `COPY --from=name`, `--mount=from=name` and `--target name` mean: the last of that name, or a number. */
export function findCopySource(stages: readonly Stage[], name: string): Stage | undefined {
  const lower = name.toLowerCase();
  const named = stages.findLast((stage) => stage.name === lower);
  if (named !== undefined) return named;
  return /^\d+$/.test(name) ? stages[Number(name)] : undefined;
}
