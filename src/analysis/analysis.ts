import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction, InstructionParts } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { ShellBody } from '../shell/body.js';
import { type PackageCommand, packageCommandsOf } from '../shell/packages.js';
import { type BaseFacts, baseFacts, UNKNOWN_BASE, WINDOWS_BASE } from './base-images.js';
import { type BuildState, initialShell, initialState, stateAfter } from './state.js';

/** The programs that transforms look for, to leave scripts alone that name none of them. */
const PROGRAMS =
  /\b(?:apk|apt|apt-get|bun|bundle|bundler|cargo|cat|cd|chmod|chown|chpasswd|composer|conda|cp|curl|dnf|dnf[45]|dotnet|echo|export|free|gem|git|go|gpg2?|gradlew?|ifconfig|kill|ln|mamba|microdnf|micromamba|mount|mv|mvnw?|npm|pacman|passwd|pip[0-9.]*|pnpm|poetry|ps|rm|rpm|service|shutdown|ssh|sudo|tar|tdnf|top|unzip|useradd|usermod|uv|vim|wget|yarn|yum|yum-config-manager|zypper)(?![\w-])/g;

/** The comment with which hadolint is told that the shell of the base image is none of POSIX. */
const FOREIGN_SHELL = /^[ \t]*#+\s*hadolint\s+(?:.*\s)?shell\s*=\s*(?:pwsh|powershell|cmd)\b/im;

/** What only a shell of Windows understands: a path on a drive, one behind a variable of its own, its shells. */
const WINDOWS =
  /(?:^|[\s"'=(;&])[c-e]:\\[\w%]|%[a-z_]{3,}%\\|\bpowershell\.exe\b|^\s*RUN\s+powershell\s|\bcmd(?:\.exe)?\s+\/[sc]\b/im;

/** The programs that the joined text of an instruction names: the same as long as the instruction stays. */
const programsOf = new WeakMap<InstructionParts, readonly string[]>();

function programsIn(text: string): readonly string[] {
  const found = new Set<string>();
  for (const [word] of text.matchAll(PROGRAMS)) {
    found.add(word.startsWith('pip') ? 'pip' : word.replace(/^dnf[45]$/, 'dnf'));
  }
  return [...found];
}

/** The scripts of instructions: a rewritten file takes over the instructions above its first edit. */
const bodies = new WeakMap<Instruction, ShellBody | 'none'>();

function bodyOf(instruction: Instruction, text: string): ShellBody | undefined {
  let body = bodies.get(instruction);
  if (body === undefined) {
    body = ShellBody.of(instruction, text) ?? 'none';
    if (body !== 'none' && !body.shell.isValid) body = 'none';
    bodies.set(instruction, body);
  }
  return body === 'none' ? undefined : body;
}

/** What a transform may ask about a Dockerfile. Everything is computed at first use and kept. */
export class Analysis {
  readonly dockerfile: Dockerfile;
  readonly #states = new Map<Stage, readonly BuildState[]>();
  readonly #programs = new Map<string, Instruction[]>();
  readonly #posixStages = new Map<Stage, boolean>();
  readonly #windowsStages = new Map<Stage, boolean>();
  #mentionsWindows: boolean | undefined;
  #isForeign: boolean | undefined;
  #triggers: readonly Instruction[] | undefined;
  #indexed = false;

  constructor(dockerfile: Dockerfile) {
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
    this.#isForeign ??= /hadolint/i.test(this.dockerfile.text) && FOREIGN_SHELL.test(this.dockerfile.text);
    if (this.#isForeign) return false;
    if (this.dockerfile.has('SHELL')) return this.stateBefore(instruction).shell.kind === 'posix';
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

  /**
   * The RUN instructions whose text, heredocs included, holds one of these words. A cheap look before a script is
   * parsed: the word may be an argument or part of a string. Versions of pip count as `pip`.
   */
  runsNaming(...programs: readonly string[]): readonly Instruction[] {
    if (!this.#indexed) this.#index();
    const [only] = programs;
    if (programs.length === 1 && only !== undefined) return this.#programs.get(only) ?? [];
    const found = new Set<Instruction>();
    for (const program of programs) for (const instruction of this.#programs.get(program) ?? []) found.add(instruction);
    return [...found].sort((a, b) => a.index - b.index);
  }

  /** The same with the RUNs inside ONBUILD, which run in the images that are built from this one. */
  scriptsNaming(...programs: readonly string[]): readonly Instruction[] {
    const runs = this.runsNaming(...programs);
    this.#triggers ??= this.dockerfile.instructions.flatMap(({ trigger }) =>
      trigger?.keyword === 'RUN' ? [trigger] : [],
    );
    if (this.#triggers.length === 0) return runs;
    const named = this.#triggers.filter((trigger) =>
      this.#programsOf(trigger).some((program) => programs.includes(program)),
    );
    return [...runs, ...named].sort((a, b) => a.index - b.index);
  }

  #index(): void {
    this.#indexed = true;
    for (const instruction of this.dockerfile.instructions) {
      if (instruction.keyword !== 'RUN') continue;
      for (const program of this.#programsOf(instruction)) {
        const list = this.#programs.get(program);
        if (list === undefined) this.#programs.set(program, [instruction]);
        else list.push(instruction);
      }
    }
  }

  #programsOf(instruction: Instruction): readonly string[] {
    const { parts, heredocs } = instruction;
    if (heredocs.length > 0) return programsIn(this.rawText(instruction));
    let programs = programsOf.get(parts);
    if (programs === undefined) {
      programs = programsIn(parts.text);
      programsOf.set(parts, programs);
    }
    return programs;
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
    this.#mentionsWindows ??= WINDOWS.test(this.dockerfile.text);
    if (!this.#mentionsWindows) return false;
    let isWindows = this.#windowsStages.get(stage);
    if (isWindows === undefined) {
      isWindows = stage.instructions.some((one) => one.keyword === 'RUN' && WINDOWS.test(this.rawText(one)));
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
