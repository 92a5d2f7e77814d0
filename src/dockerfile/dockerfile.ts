import { LineIndex, type Position } from '../text/lines.js';
import type { Directive } from './directive.js';
import type { Comment, Instruction, Keyword } from './instruction.js';
import type { Problem } from './problem.js';
import { type PreviousScan, scan } from './scan.js';
import { readStages, type Stage } from './stage.js';

const NONE: readonly Instruction[] = [];

function byKeyword(instructions: readonly Instruction[]): ReadonlyMap<Keyword | undefined, readonly Instruction[]> {
  const lists = new Map<Keyword | undefined, Instruction[]>();
  for (const instruction of instructions) {
    const list = lists.get(instruction.keyword);
    if (list === undefined) lists.set(instruction.keyword, [instruction]);
    else list.push(instruction);
  }
  return lists;
}

/** A scanned Dockerfile. Immutable; what is derived from the instructions is computed at first use. */
export class Dockerfile {
  readonly text: string;
  readonly escape: '\\' | '`';
  readonly directives: readonly Directive[];
  readonly comments: readonly Comment[];
  readonly instructions: readonly Instruction[];
  readonly problems: readonly Problem[];
  #stages: { readonly globals: readonly Instruction[]; readonly stages: readonly Stage[] } | undefined;
  #allComments: readonly Comment[] | undefined;
  #lines: LineIndex | undefined;
  #keywords: ReadonlySet<Keyword | undefined> | undefined;
  #byKeyword: ReadonlyMap<Keyword | undefined, readonly Instruction[]> | undefined;

  private constructor(text: string, previous?: PreviousScan) {
    const found = scan(text, previous);
    this.text = text;
    this.escape = found.escape;
    this.directives = found.directives;
    this.comments = found.comments;
    this.instructions = found.instructions;
    this.problems = found.problems;
  }

  /** Reads a text. Never throws: see `problems`. */
  static parse(text: string): Dockerfile {
    return new Dockerfile(text);
  }

  /**
   * Reads a later version of this file, and takes over what is known about instructions that stayed the same. `sameUpTo` is the offset up to which the texts are the same.
   */
  parseEdited(text: string, sameUpTo = 0): Dockerfile {
    const { instructions, comments, directives, problems, escape } = this;
    return new Dockerfile(text, { instructions, comments, directives, problems, escape, sameUpTo });
  }

  get #staged(): { readonly globals: readonly Instruction[]; readonly stages: readonly Stage[] } {
    return (this.#stages ??= readStages(this.instructions, this.escape));
  }

  /** All comment lines: those outside instructions, and behind them those inside. */
  get allComments(): readonly Comment[] {
    return (this.#allComments ??= [
      ...this.comments,
      ...this.instructions.flatMap((instruction) => instruction.source.innerComments),
    ]);
  }

  get stages(): readonly Stage[] {
    return this.#staged.stages;
  }

  /** The ARG instructions before the first FROM. */
  get globalArguments(): readonly Instruction[] {
    return this.#staged.globals;
  }

  get finalStage(): Stage | undefined {
    return this.stages[this.stages.length - 1];
  }

  /** The instructions of a keyword, in their order; the keyword of ONBUILD is ONBUILD. */
  all(keyword: Keyword): readonly Instruction[] {
    return (this.#byKeyword ??= byKeyword(this.instructions)).get(keyword) ?? NONE;
  }

  /** The keywords of all instructions, those inside ONBUILD too. */
  get keywords(): ReadonlySet<Keyword | undefined> {
    return (this.#keywords ??= new Set([
      ...this.instructions.map((one) => one.keyword),
      ...this.all('ONBUILD').map(({ parts }) => parts.trigger?.keyword),
    ]));
  }

  /** The stage that an instruction is in; undefined before the first FROM. */
  stageOf(instruction: Instruction): Stage | undefined {
    return this.stages.findLast((stage) => stage.from.index <= instruction.index);
  }

  /** Line and column of an offset, from 1. */
  positionAt(offset: number): Position {
    return (this.#lines ??= new LineIndex(this.text)).positionAt(offset);
  }

  /** The line of an offset, from 1. */
  lineAt(offset: number): number {
    return (this.#lines ??= new LineIndex(this.text)).lineAt(offset);
  }
}
