import type { Instruction } from '../dockerfile/instruction.js';
import { expandValue, type Lookup } from '../dockerfile/variables.js';
import type { BaseFacts } from './base-images.js';

/** A shell that runs the shell form. `posix` reads scripts that our shell parser reads. */
export interface ShellSetting {
  readonly words: readonly string[];
  readonly kind: 'posix' | 'foreign';
}

/** What holds at an instruction. Undefined values are unknown. */
export interface BuildState {
  /** The name or number of the user, without the group. */
  readonly user: string | undefined;
  /** Absolute. */
  readonly workdir: string | undefined;
  readonly shell: ShellSetting;
  /** The variables set by ENV in this file, the last one first. */
  readonly environment: Environment | undefined;
}

/** A variable and those set before it: a list, since a stage sets many and each instruction has its own view. */
export interface Environment {
  readonly name: string;
  /** Undefined when it depends on something unknown, such as a build argument. */
  readonly value: string | undefined;
  readonly before: Environment | undefined;
}

const POSIX_SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash', 'ksh', 'zsh', 'mksh']);

const DEFAULT_SHELL: ShellSetting = { words: ['/bin/sh', '-c'], kind: 'posix' };
const WINDOWS_SHELL: ShellSetting = { words: ['cmd', '/S', '/C'], kind: 'foreign' };

/** What a stage starts with. Files with the backtick as escape character are written for Windows. */
export function initialState(facts: BaseFacts, escape: string): BuildState {
  return { user: facts.user, workdir: facts.workdir, shell: initialShell(facts, escape), environment: undefined };
}

/** The shell of a stage that sets none. */
export function initialShell({ family }: BaseFacts, escape: string): ShellSetting {
  return family === 'windows' || escape === '`' ? WINDOWS_SHELL : DEFAULT_SHELL;
}

/** How a variable resolves at a state: unknown unless ENV set it, since a build argument may be given any value. */
export function lookupIn(state: BuildState): Lookup {
  return (name) => {
    let entry = state.environment;
    while (entry !== undefined && entry.name !== name) entry = entry.before;
    return entry?.value;
  };
}

/** The state after an instruction. Returns the same object when nothing changes. */
export function stateAfter(state: BuildState, instruction: Instruction, escape: string): BuildState {
  switch (instruction.keyword) {
    case 'USER':
      return { ...state, user: userAfter(state, instruction, escape) };
    case 'WORKDIR':
      return { ...state, workdir: workdirAfter(state, instruction, escape) };
    case 'SHELL':
      return { ...state, shell: shellSetting(instruction) };
    case 'ENV': {
      // All values of one instruction are expanded with what held before it.
      const lookup = lookupIn(state);
      let { environment } = state;
      for (const { name, value } of instruction.pairs) {
        environment = { name, value: expandValue(value, escape, lookup), before: environment };
      }
      return { ...state, environment };
    }
    default:
      return state;
  }
}

function userAfter(state: BuildState, instruction: Instruction, escape: string): string | undefined {
  const value = expandValue(instruction.argumentsText, escape, lookupIn(state));
  return value?.replace(/:.*$/s, '');
}

/** Whether a user is root by name or number. */
export function isRoot(user: string | undefined): boolean {
  return user === 'root' || user === '0';
}

function workdirAfter(state: BuildState, instruction: Instruction, escape: string): string | undefined {
  const path = expandValue(instruction.argumentsText, escape, lookupIn(state));
  if (path === undefined || path === '') return undefined;
  if (path.startsWith('/')) return normalizePath(path);
  return state.workdir === undefined ? undefined : normalizePath(`${state.workdir}/${path}`);
}

/** An absolute path without `.`, `..` and doubled slashes. */
export function normalizePath(path: string): string {
  // Nearly all are written like that.
  if (/^(?:\/[^/.][^/]*)+$/.test(path)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function shellSetting(instruction: Instruction): ShellSetting {
  const words = instruction.exec?.map((word) => word.value) ?? [];
  const program = (words[0] ?? '').replace(/^.*[/\\]/, '').replace(/\.exe$/i, '');
  return { words, kind: POSIX_SHELLS.has(program) ? 'posix' : 'foreign' };
}

/**
 * Whether the shell of RUN reads start-up files: a login or interactive shell, or one that BASH_ENV or ENV gives a
 * file. Each RUN reads them anew, so what one RUN writes into them holds in the next.
 */
export function readsStartupFiles(state: BuildState): boolean {
  if (state.shell.words.some((word) => word === '--login' || /^-[a-z]*[li]/.test(word))) return true;
  return isSet(state, 'BASH_ENV', 'ENV');
}

/** Whether ENV sets one of these variables. */
export function isSet(state: BuildState, ...names: readonly string[]): boolean {
  for (let entry = state.environment; entry !== undefined; entry = entry.before) {
    if (names.includes(entry.name)) return true;
  }
  return false;
}
