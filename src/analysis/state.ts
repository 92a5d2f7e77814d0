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
  /** Variables set by ENV in this file; `undefined` as a value: set, but to what is unknown. */
  readonly environment: ReadonlyMap<string, string | undefined>;
  /** Build arguments in scope; their values may be given by the build command. */
  readonly buildArguments: ReadonlySet<string>;
}

const POSIX_SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'ash', 'dash', 'ksh', 'zsh', 'mksh']);

export const DEFAULT_SHELL: ShellSetting = { words: ['/bin/sh', '-c'], kind: 'posix' };

export function initialState(facts: BaseFacts): BuildState {
  const foreign = facts.family === 'windows';
  return {
    user: facts.user,
    workdir: facts.workdir,
    shell: foreign ? { words: ['cmd', '/S', '/C'], kind: 'foreign' } : DEFAULT_SHELL,
    environment: new Map(),
    buildArguments: new Set(),
  };
}

/** How a variable resolves at a state, as far as the file tells; ENV wins over ARG. */
export function lookupIn(state: BuildState): Lookup {
  return (name) => (state.environment.has(name) ? state.environment.get(name) : undefined);
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
      const environment = new Map(state.environment);
      // All values of one instruction are expanded with what held before it.
      for (const pair of instruction.pairs) {
        environment.set(pair.name, expandValue(pair.value, escape, lookupIn(state)));
      }
      return { ...state, environment };
    }
    case 'ARG': {
      const buildArguments = new Set(state.buildArguments);
      for (const pair of instruction.pairs) buildArguments.add(pair.name);
      return { ...state, buildArguments };
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
