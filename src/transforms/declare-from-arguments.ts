import { CONFIG_FIELDS } from '../analysis/image-config.js';
import { LATEST_TAGS, LATEST_TAGS_DATE } from '../analysis/latest-tags.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { officialImageName, parseImageReference } from '../dockerfile/image-reference.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { type VariableReference, variableReferences } from '../dockerfile/variables.js';
import { editDistance } from '../text/edit-distance.js';
import { insertion, replacement } from '../text/edit.js';
import { lineEndingAt, lineStartAt, nextLineAt } from '../text/line-endings.js';
import type { Span } from '../text/span.js';
import { wordAround } from '../text/word.js';
import { lookUp } from '../text/table.js';
import { type Diagnostic, fixed, reported, type Transform } from './transform.js';

/** A file may start with one. */
const BYTE_ORDER_MARK = 0xfeff;

/** What BuildKit sets by itself for every FROM. */
const PREDEFINED: readonly string[] = ['TARGET', 'BUILD'].flatMap((side) =>
  ['PLATFORM', 'OS', 'OSVERSION', 'ARCH', 'VARIANT'].map((part) => side + part),
);

/**
 * Declares a build argument that a FROM uses in front of the first FROM, where the file declares it in a stage only.
 * An argument of a stage is empty in every FROM, so that the build fails. A name that is a slip away from one that is
 * there is corrected, and the tag of an official image gets a default.
 *
 * Unsafe because the default is taken over from the stage, which may have been meant for that stage alone, or is the
 * newest version that was known; and because another name may have been meant.
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
    if (!dockerfile.all('FROM').some(({ logical }) => logical.text.includes('$'))) return;
    const known = new Set(
      dockerfile.globalArguments.flatMap((instruction) => instruction.pairs.map(({ name }) => name)),
    );
    const declared = stageArguments(dockerfile);
    const missing = new Map<string, StageArgument>();
    let user: Instruction | undefined;
    for (const { from } of dockerfile.stages) {
      for (const { name, modifier } of variableReferences(from.logical.text, dockerfile.escape)) {
        const argument = declared.get(name);
        if (known.has(name) || PREDEFINED.includes(name) || modifier !== '' || argument === undefined) continue;
        missing.set(name, argument);
        user ??= from;
      }
    }
    yield* checkOthers(dockerfile, known, declared);
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

/** What no stage declares: slips, and arguments that are empty unless the build gives them a value. */
function* checkOthers(
  dockerfile: Dockerfile,
  known: ReadonlySet<string>,
  declared: ReadonlyMap<string, StageArgument>,
): Iterable<Diagnostic> {
  for (const stage of dockerfile.stages) {
    const { from, imageWord } = stage;
    for (const reference of variableReferences(from.logical.text, dockerfile.escape)) {
      const { name, modifier } = reference;
      if (modifier !== '' || PREDEFINED.includes(name)) continue;
      const span = from.sourceSpan(reference);
      if (known.has(name)) {
        const argument = argumentWithoutDefault(dockerfile, name);
        const colon = imageWord.text.lastIndexOf(':');
        const isTag = reference.end === imageWord.end && colon > 0 && imageWord.text.indexOf('$') === colon + 1;
        if (argument === undefined || reference.start < imageWord.start) continue;
        if (reference.start > imageWord.start && !isTag) continue;
        yield isTag
          ? giveDefault(stage, argument, name, span)
          : reported(
              span,
              `\`$${name}\` is empty unless the build gives it a value`,
              `Write a default: \`ARG ${name}=…\``,
            );
      } else if (!declared.has(name)) {
        yield correct(from, reference, [...known, ...PREDEFINED], span);
      }
    }
  }
}

/** The only declaration of an argument in front of the first FROM, where neither it nor a stage gives a default. */
function argumentWithoutDefault({ globalArguments, instructions }: Dockerfile, name: string): Instruction | undefined {
  const declares = ({ pairs }: Instruction): boolean => pairs.some((pair) => pair.name === name);
  const [argument, more] = globalArguments.filter(declares);
  const hasDefault = instructions
    .filter((instruction) => instruction.keyword === 'ARG')
    .some(({ pairs }) => pairs.some((pair) => pair.name === name && pair.hasEquals));
  return more === undefined && !hasDefault ? argument : undefined;
}

function giveDefault({ imageWord }: Stage, argument: Instruction, name: string, span: Span): Diagnostic {
  const message = `\`$${name}\` is empty unless the build gives it a value, and no image has an empty tag`;
  const image = officialImageName(parseImageReference(imageWord.text.replace(/:[^:]*$/, '')));
  const version = lookUp(LATEST_TAGS, image);
  const pair = argument.pairs.find((one) => one.name === name);
  if (version === undefined || pair === undefined) return reported(span, message, `Write a default: \`ARG ${name}=…\``);
  return fixed(span, message, {
    edits: [insertion(argument.sourceSpan(pair).end, `=${version}`)],
    applicability: 'unsafe',
    checked: [`${version} was the newest version on ${LATEST_TAGS_DATE}`, 'builds that name a version are not touched'],
    removes: [name],
    configChanges: CONFIG_FIELDS,
  });
}

/** Corrects a name that is one or two letters away from a single other one. */
function correct(
  from: Instruction,
  { name, start }: VariableReference,
  names: readonly string[],
  span: Span,
): Diagnostic {
  const message = `nothing sets \`$${name}\` in front of FROM, so that it is empty`;
  const near = names.filter((other) => isSlip(name, other));
  const [candidate, more] = near;
  const at = start + (from.logical.text.charAt(start + 1) === '{' ? 2 : 1);
  const place = { start: at, end: at + name.length };
  if (candidate === undefined || more !== undefined || !from.logical.isContiguous(place)) {
    return reported(span, message, `Declare it in front of the first FROM: \`ARG ${name}=…\``);
  }
  return fixed(span, message, {
    edits: [replacement(from.sourceSpan(place), candidate)],
    applicability: 'unsafe',
    checked: [`assumes that \`$${candidate}\` is meant`],
    removes: [wordAround(from.logical.text, at)],
    configChanges: CONFIG_FIELDS,
  });
}

/** One letter in a name of five or more, two in one of eight or more. Numbers tell things apart. */
function isSlip(name: string, other: string): boolean {
  if (name.length < 5 || name.replace(/\d/g, '') === other.replace(/\d/g, '')) return false;
  return editDistance(name, other) <= (name.length < 8 ? 1 : 2);
}

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
