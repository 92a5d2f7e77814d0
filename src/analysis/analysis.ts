import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction, InstructionParts } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { ShellBody } from '../shell/body.js';
import { type PackageCommand, packageCommandsOf } from '../shell/packages.js';
import { remembered, Remembering } from '../text/remembered.js';
import { type BaseFacts, baseFacts, UNKNOWN_BASE, WINDOWS_BASE } from './base-images.js';
import { type Program, programsIn, programsOf } from './program-words.js';
import { type BuildState, initialShell, initialState, stateAfter } from './state.js';

/** The comment with which hadolint is told that the shell of the base image is none of POSIX. */
const FOREIGN_SHELL = /^#+\s*hadolint\s+(?:.*\s)?shell\s*=\s*(?:pwsh|powershell|cmd)\b/i;

/** What only a shell of Windows understands: a path on a drive, one behind a variable of its own, its shells. */
const WINDOWS =
  /(?:^|[\s"'=(;&])[c-e]:\\[\w%]|%[a-z_]{3,}%\\|\bpowershell\.exe\b|^\s*RUN\s+powershell\s|\bcmd(?:\.exe)?\s+\/[sc]\b/im;

const speaksWindows = remembered(({ text }: InstructionParts) => WINDOWS.test(text));

/** The scripts of instructions: a rewritten file takes over the instructions above its first edit. */
const bodies = remembered<Instruction, { body?: ShellBody | 'none' }>(() => ({}));

function bodyOf(instruction: Instruction, text: string): ShellBody | undefined {
  const known = bodies(instruction);
  if (known.body === undefined) {
    const body = ShellBody.of(instruction, text);
    known.body = body?.shell.isValid === true ? body : 'none';
  }
  return known.body === 'none' ? undefined : known.body;
}

/** What a transform may ask about a Dockerfile. Everything is computed at first use and kept. */
export class Analysis extends Remembering {
  readonly dockerfile: Dockerfile;
  readonly #states = new Map<Stage, readonly BuildState[]>();
  #programs: ReadonlySet<Program> | undefined;
  readonly #posixStages = new Map<Stage, boolean>();
  readonly #windowsStages = new Map<Stage, boolean>();
  #isForeign: boolean | undefined;

  constructor(dockerfile: Dockerfile) {
    super();
    this.dockerfile = dockerfile;
  }

  /**
   * The script of an instruction in shell form: undefined for an exec form, for another language than that of a
   * POSIX shell, and for a script that does not parse.
   */
  body(instruction: Instruction): ShellBody | undefined {
    return this.#hasPosixShell(instruction) ? bodyOf(instruction, this.dockerfile.text) : undefined;
  }

  /** Most files set no SHELL: then the base image decides, and nobody needs to know all that holds here. */
  #hasPosixShell(instruction: Instruction): boolean {
    this.#isForeign ??= this.dockerfile.allComments.some(({ text }) => FOREIGN_SHELL.test(text));
    if (this.#isForeign) return false;
    if (this.dockerfile.all('SHELL').length > 0) return this.stateBefore(instruction).shell.kind === 'posix';
    const stage = this.dockerfile.stageOf(instruction);
    if (stage === undefined) return true;
    let isPosix = this.#posixStages.get(stage);
    if (isPosix === undefined) {
      isPosix = initialShell(this.baseOf(stage), this.dockerfile.escape).kind === 'posix';
      this.#posixStages.set(stage, isPosix);
    }
    return isPosix;
  }

  /** The joined text of an instruction, or with heredocs the text as it stands: for a look before it is parsed. */
  rawText({ logical, heredocs, span }: Instruction): string {
    return heredocs.length > 0 ? this.dockerfile.text.slice(span.start, span.end) : logical.text;
  }

  /** The programs that the RUNs name, those inside ONBUILD too: see `runsNaming`. */
  get programs(): ReadonlySet<Program> {
    return (this.#programs ??= new Set(
      [...this.dockerfile.all('RUN'), ...this.#triggers].flatMap((script) => this.#programsOf(script)),
    ));
  }

  /**
   * The RUN instructions whose text, heredocs included, holds one of these words. A cheap look before a script is
   * parsed: the word may be an argument or part of a string. Versions of pip count as `pip`.
   */
  runsNaming(...programs: readonly Program[]): readonly Instruction[] {
    return this.#naming(this.dockerfile.all('RUN'), programs);
  }

  /** The same with the RUNs inside ONBUILD, which run in the images that are built from this one. */
  scriptsNaming(...programs: readonly Program[]): readonly Instruction[] {
    const runs = this.runsNaming(...programs);
    const triggers = this.#naming(this.#triggers, programs);
    return triggers.length === 0 ? runs : [...runs, ...triggers].sort((a, b) => a.index - b.index);
  }

  get #triggers(): readonly Instruction[] {
    return this.dockerfile.all('ONBUILD').flatMap(({ trigger }) => (trigger?.keyword === 'RUN' ? [trigger] : []));
  }

  #naming(scripts: readonly Instruction[], programs: readonly Program[]): readonly Instruction[] {
    if (!programs.some((program) => this.programs.has(program))) return [];
    return scripts.filter((script) => {
      const named = this.#programsOf(script);
      return programs.some((program) => named.includes(program));
    });
  }

  #programsOf(script: Instruction): readonly Program[] {
    return script.heredocs.length > 0 ? programsIn(this.rawText(script)) : programsOf(script.parts);
  }

  /** The package manager commands of an instruction's script. */
  packageCommands(instruction: Instruction): readonly PackageCommand[] {
    const body = this.body(instruction);
    return body === undefined ? [] : packageCommandsOf(body);
  }

  /** What holds when an instruction starts. */
  stateBefore(instruction: Instruction): BuildState {
    const stage = this.dockerfile.stageOf(instruction);
    if (stage === undefined) return initialState(UNKNOWN_BASE, this.dockerfile.escape);
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
    if (stage.base.kind === 'stage') return this.baseOf(stage.base.stage);
    const facts = baseFacts(stage.base);
    return facts.family === undefined && this.#speaksWindows(stage) ? WINDOWS_BASE : facts;
  }

  /** Names such as `microsoft/iis` say nothing of the system, but the commands do. */
  #speaksWindows(stage: Stage): boolean {
    let isWindows = this.#windowsStages.get(stage);
    if (isWindows === undefined) {
      isWindows = stage.instructions.some(
        (one) =>
          one.keyword === 'RUN' &&
          (one.heredocs.length > 0 ? WINDOWS.test(this.rawText(one)) : speaksWindows(one.parts)),
      );
      this.#windowsStages.set(stage, isWindows);
    }
    return isWindows;
  }

  #firstState(stage: Stage): BuildState {
    if (stage.base.kind === 'stage') return this.stateAtEnd(stage.base.stage);
    return initialState(this.baseOf(stage), this.dockerfile.escape);
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
