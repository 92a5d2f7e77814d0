import type { Analysis } from '../analysis/analysis.js';
import { workdirsOf } from '../analysis/copies.js';
import { stepsOf } from '../analysis/script-steps.js';
import { blockOf, hasEmptyLineBefore, insertLinesBehind, joinBlocks, replaceBlock } from '../dockerfile/block.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { variableReferences } from '../dockerfile/variables.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/** Build arguments that have another value in nearly each build. */
const CHANGING =
  /^(?:(?:GIT|VCS|CI|SOURCE)_(?:COMMIT|SHA|REF|REV|REVISION|HASH|BRANCH|TAG|URL|VERSION|DATE)\w*|(?:SHORT_)?SHA|COMMIT(?:_(?:SHA|HASH|ID|REF|DATE))?|REVISION|(?:BUILD|CREATED|RELEASE)_?(?:DATE|TIME|TIMESTAMP|NUMBER|NO|ID|SHA|VERSION|AT|COMMIT)|(?:APP_|IMAGE_|PROJECT_)?VERSION|TIMESTAMP)$/;

/**
 * Moves a build argument that changes with each build, and the LABEL or ENV made of it, below the installations that
 * do not use it. A RUN sees every argument above it as a variable, so that each new value repeats the installation.
 *
 * Safe where only packages of the distribution are installed in between, whose scripts know nothing of the build.
 * Unsafe where a script of some other package might read the variable.
 */
export const lowerBuildArguments: Transform = {
  name: 'lower-build-arguments',
  summary: 'Moves changing build arguments below the installations that do not use them',
  category: 'cache',
  related: [],
  needsInstruction: ['ARG'],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    for (const stage of dockerfile.stages) {
      const sinking = sinkIn(analysis, stage);
      if (sinking !== undefined) yield diagnosticFor(dockerfile, sinking);
    }
  },
};

/** Instructions that can move behind another one. */
interface Sinking {
  readonly moved: readonly Instruction[];
  readonly last: Instruction;
  readonly names: ReadonlySet<string>;
  /** What only the distribution brings is installed in between. */
  readonly isSafe: boolean;
}

function sinkIn(analysis: Analysis, stage: Stage): Sinking | undefined {
  if (!stage.instructions.some(isChanging)) return undefined;
  const workdirs = workdirsOf(analysis, stage);
  const names = new Set<string>();
  const moved: Instruction[] = [];
  let isSafe = true;
  let best: Sinking | undefined;
  for (const [index, instruction] of stage.instructions.entries()) {
    const { keyword } = instruction;
    const isUse = mentions(analysis, instruction, names);
    if (isChanging(instruction) || isMadeOf(instruction, names, analysis.dockerfile.escape)) {
      moved.push(instruction);
      if (keyword !== 'LABEL') for (const { name } of instruction.pairs) names.add(name);
      continue;
    }
    if (moved.length === 0) continue;
    if (isUse) break;
    if (keyword !== 'RUN') continue;
    const body = analysis.body(instruction);
    const steps = body === undefined ? undefined : stepsOf(body, workdirs[index] ?? '/');
    // A program that nobody knows may read any variable.
    if (steps === undefined || steps.some(({ step }) => step.kind === 'other')) break;
    if (steps.some(({ step }) => step.kind === 'install')) isSafe = false;
    if (steps.some(({ step }) => step.kind === 'install' || (step.kind === 'free' && step.isCostly === true))) {
      best = { moved: [...moved], last: instruction, names: new Set(names), isSafe };
    }
  }
  return best;
}

function isChanging({ keyword, pairs }: Instruction): boolean {
  return keyword === 'ARG' && pairs.length > 0 && pairs.every(({ name }) => CHANGING.test(name));
}

/** A LABEL that takes the value of one of the names, or an ENV or ARG that sets nothing else. */
function isMadeOf({ keyword, pairs }: Instruction, names: ReadonlySet<string>, escape: string): boolean {
  if (names.size === 0 || (keyword !== 'ENV' && keyword !== 'LABEL' && keyword !== 'ARG')) return false;
  const uses = pairs.filter((pair) => variableReferences(pair.value, escape).some(({ name }) => names.has(name)));
  // Another variable of the same ENV may matter to the commands in between.
  return uses.length > 0 && (keyword === 'LABEL' || uses.length === pairs.length);
}

/** Whether one of the names stands in an instruction, in its heredocs too. */
function mentions(analysis: Analysis, instruction: Instruction, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  for (const [word] of analysis.rawText(instruction).matchAll(/[A-Za-z_]\w*/g)) if (names.has(word)) return true;
  return false;
}

function diagnosticFor(dockerfile: Dockerfile, { moved, last, names, isSafe }: Sinking): Diagnostic {
  const { text } = dockerfile;
  const blocks = joinBlocks(moved.map((instruction) => blockOf(dockerfile, instruction)));
  const lines = moved.flatMap((instruction, index) => {
    const { start } = blockOf(dockerfile, instruction);
    const own = text.slice(start, instruction.span.end).split(/\r?\n/);
    return index > 0 && hasEmptyLineBefore(text, start) ? ['', ...own] : own;
  });
  // Set apart as they were before.
  const isApart = blocks.some(({ start }) => hasEmptyLineBefore(text, start));
  const [first] = moved;
  if (first === undefined) throw new RangeError('nothing moves');
  const shown = [...names].join(', ');
  return fixed(
    first.sourceSpan(first.argumentsSpan),
    `each new value of ${shown} repeats line ${last.source.startLine}, which does not use it`,
    {
      edits: [
        ...blocks.map((block) => replaceBlock(dockerfile, block, [])),
        insertLinesBehind(dockerfile, last, lines, { before: isApart, behind: isApart }),
      ],
      applicability: isSafe ? 'safe' : 'unsafe',
      checked: [
        `nothing up to line ${last.source.endLine} names ${shown}`,
        isSafe
          ? 'only packages of the distribution are installed there'
          : 'assumes that no script of a package reads it from the environment',
      ],
    },
  );
}
