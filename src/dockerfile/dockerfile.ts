import { LineIndex, type Position } from '../text/lines.js';
import type { Directive } from './directive.js';
import type { Comment, Instruction } from './instruction.js';
import type { Problem } from './problem.js';
import { scan } from './scan.js';
import { readStages, type Stage } from './stage.js';

/** A scanned Dockerfile. Immutable; what is derived from the instructions is computed at first use. */
export class Dockerfile {
  readonly text: string;
  readonly escape: '\\' | '`';
  readonly directives: readonly Directive[];
  readonly comments: readonly Comment[];
  readonly instructions: readonly Instruction[];
  readonly problems: readonly Problem[];
  #stages: { readonly globals: readonly Instruction[]; readonly stages: readonly Stage[] } | undefined;
  #lines: LineIndex | undefined;

  private constructor(text: string, previous?: Dockerfile) {
    const found = scan(text, previous?.instructions);
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

  /** Reads a later version of this file, and takes over what is known about instructions that stayed the same. */
  parseEdited(text: string): Dockerfile {
    return new Dockerfile(text, this);
  }

  get #staged(): { readonly globals: readonly Instruction[]; readonly stages: readonly Stage[] } {
    return (this.#stages ??= readStages(this.instructions, this.escape));
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

  /** The stage that an instruction is in; undefined before the first FROM. */
  stageOf(instruction: Instruction): Stage | undefined {
    return this.stages.findLast((stage) => stage.from.index <= instruction.index);
  }

  positionAt(offset: number): Position {
    return (this.#lines ??= new LineIndex(this.text)).positionAt(offset);
  }

  lineAt(offset: number): number {
    return (this.#lines ??= new LineIndex(this.text)).lineAt(offset);
  }
}
