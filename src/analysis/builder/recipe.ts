import type { Instruction } from '../../dockerfile/instruction.js';
import type { Stage } from '../../dockerfile/stage.js';
import type { Analysis } from '../analysis.js';
import type { ImageView } from '../copies.js';
import type { Release } from '../published-images.js';
import type { Carried } from './carried.js';
import type { RunReading } from './stage-reading.js';
import type { Start } from './start.js';

/** Why a stage is not cut in two. */
export interface Obstacle {
  readonly reason:
    | 'builds-at-start'
    | 'contexts-differ'
    | 'dynamic-value'
    | 'missing-manifest'
    | 'onbuild'
    | 'unknown-base'
    | 'unknown-command'
    | 'unknown-content'
    | 'unknown-user';
  readonly detail: string;
}

/** A trigger changes images that are built from this one, which nobody sees here. */
export function onbuildObstacle({ instructions }: Stage): Obstacle | undefined {
  const onbuild = instructions.find(({ keyword }) => keyword === 'ONBUILD');
  return onbuild === undefined
    ? undefined
    : { reason: 'onbuild', detail: `line ${onbuild.source.startLine} runs in images that are built from this one` };
}

/** The first text of a stage that an expression finds. */
export function firstMatch(analysis: Analysis, { instructions }: Stage, expression: RegExp): string | undefined {
  for (const instruction of instructions) {
    const found = expression.exec(analysis.rawText(instruction))?.[0];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a recipe looks at. */
export interface Scene {
  readonly analysis: Analysis;
  readonly stage: Stage;
  readonly runs: readonly RunReading[];
  /** The RUN instructions behind the cut. */
  readonly later: readonly RunReading[];
  /** The RUN that ends the builder stage. */
  readonly last: RunReading;
  readonly start: Start;
  /** The working directory of each instruction of the stage, and behind the last one. */
  readonly workdirs: readonly string[];
  /** The folders that hold the application. */
  readonly folders: readonly string[];
  /** What the copies up to the last build have put into the image; undefined where nobody knows the context. */
  readonly view: ImageView | undefined;
  /** The same at the end of the stage. */
  readonly finalView: ImageView | undefined;
  readonly release: Release | undefined;
}

/** A stage that makes one of the things that are carried over, from what the builder holds up to an instruction. */
export interface SeparateStage {
  /** The builder and this stage part in front of it. */
  readonly before: Instruction;
  readonly name: string;
  /** The instruction that it gets. */
  readonly run: string;
  /** What is carried from it instead of from the builder. */
  readonly path: string;
}

/** How a stage of one ecosystem is cut in two. */
export interface Recipe {
  /** The image that runs, as FROM gets it. */
  readonly image: string;
  /** The tag of the image that builds, where it is made more exact so that both have the same libraries. */
  readonly builderTag?: string;
  readonly carried: readonly Carried[];
  /** The copies from the context that the image that runs gets as well. */
  readonly copies: readonly Instruction[];
  /** Copies from the context that go to other places than what is carried are repeated. */
  readonly keepsOtherCopies?: true;
  /** The copies that only the build needs, wherever they go. */
  readonly builderOnly?: readonly Instruction[];
  /** What is carried belongs to root, and everybody reads it. The folders of the application are made anew. */
  readonly isShared?: true;
  /** A folder of the base image where both images take away the same files. */
  readonly clears?: string;
  /** Packages of the distribution that it needs besides those that the file installs. */
  readonly packages: readonly string[];
  /** Commands at the end of the last RUN of the builder. */
  readonly finally?: string;
  readonly separate?: SeparateStage;
  /** Packages of the file that only the build needs, besides those that say so by their names. */
  readonly dropped?: RegExp;
  /** It runs on Node, and needs Python to compile packages alone. */
  readonly isNode?: true;
  /** Commands that it needs behind what it is carried. */
  readonly afterwards?: readonly string[];
  /** A command that installs for the whole image what the container starts. */
  readonly globals?: string;
  /** Lines that the builder gets in front of an instruction, and the image that runs behind what it is carried. */
  readonly environment?: { readonly before: Instruction; readonly make: readonly string[]; readonly variables: string };
  /** Lines behind FROM of the image that runs, for what the image sets otherwise. */
  readonly settings?: readonly string[];
  /** What was looked at and what to look at, for the person who decides. */
  readonly notes: readonly string[];
}

export function isObstacle(answer: Recipe | Obstacle): answer is Obstacle {
  return 'reason' in answer;
}
