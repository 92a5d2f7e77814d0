import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { ShellBody } from '../shell/body.js';
import { type PackageCommand, packageCommandsOf } from '../shell/packages.js';
import { type BaseFacts, baseFacts } from './base-images.js';
import { type BuildState, initialState, stateAfter } from './state.js';

/** What a transform may ask about a Dockerfile. Everything is computed at first use and kept. */
export class Analysis {
  readonly dockerfile: Dockerfile;
  readonly #bodies = new Map<Instruction, ShellBody | undefined>();
  readonly #packages = new Map<Instruction, readonly PackageCommand[]>();
  readonly #states = new Map<Stage, readonly BuildState[]>();

  constructor(dockerfile: Dockerfile) {
    this.dockerfile = dockerfile;
  }

  /**
   * The script of an instruction in shell form: undefined for an exec form, for another language than that of a
   * POSIX shell, and for a script that does not parse.
   */
  body(instruction: Instruction): ShellBody | undefined {
    if (this.#bodies.has(instruction)) return this.#bodies.get(instruction);
    let body: ShellBody | undefined;
    if (this.stateBefore(instruction).shell.kind === 'posix') {
      body = ShellBody.of(instruction, this.dockerfile.text);
      if (body?.shell.isValid === false) body = undefined;
    }
    this.#bodies.set(instruction, body);
    return body;
  }

  /** The package manager commands of an instruction's script. */
  packageCommands(instruction: Instruction): readonly PackageCommand[] {
    let commands = this.#packages.get(instruction);
    if (commands === undefined) {
      const body = this.body(instruction);
      commands = body === undefined ? [] : packageCommandsOf(body);
      this.#packages.set(instruction, commands);
    }
    return commands;
  }

  /** What holds when an instruction starts. */
  stateBefore(instruction: Instruction): BuildState {
    const stage = this.dockerfile.stageOf(instruction);
    if (stage === undefined) return initialState({ family: undefined, user: undefined, workdir: undefined, entrypoint: undefined });
    const states = this.#statesOf(stage);
    return states[instruction.index - stage.from.index - 1] ?? states[0] ?? this.#firstState(stage);
  }

  /** What holds at the end of a stage. */
  stateAtEnd(stage: Stage): BuildState {
    const states = this.#statesOf(stage);
    return states[states.length - 1] ?? this.#firstState(stage);
  }

  /** What is known about the image that a stage starts from, through stages of this file. */
  baseOf(stage: Stage): BaseFacts {
    return stage.base.kind === 'stage' ? this.baseOf(stage.base.stage) : baseFacts(stage.base);
  }

  #firstState(stage: Stage): BuildState {
    if (stage.base.kind !== 'stage') {
      const state = initialState(baseFacts(stage.base));
      // Files with the backtick as escape character are written for Windows.
      return this.dockerfile.escape === '`' ? { ...state, shell: { words: ['cmd', '/S', '/C'], kind: 'foreign' } } : state;
    }
    const inherited = this.stateAtEnd(stage.base.stage);
    // Build arguments end with their stage.
    return inherited.buildArguments.size === 0 ? inherited : { ...inherited, buildArguments: new Set() };
  }

  /** The states before each instruction of a stage, and at the end the one after the last. */
  #statesOf(stage: Stage): readonly BuildState[] {
    let states = this.#states.get(stage);
    if (states === undefined) {
      let state = this.#firstState(stage);
      const list = [state];
      for (const instruction of stage.instructions) {
        state = stateAfter(state, instruction, this.dockerfile.escape);
        list.push(state);
      }
      states = list;
      this.#states.set(stage, states);
    }
    return states;
  }
}
