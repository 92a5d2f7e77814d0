import { remembered } from '../text/remembered.js';
import { lookUp } from '../text/table.js';
import type { ShellBody } from './body.js';
import { type Call, callsOf, type Invocation, invocationsOf } from './invocation.js';
import { type ManagerName, managerOf, type PackageAction, type PackageManager } from './managers.js';
import type { ParsedShell, ShellWord } from './parse.js';

/** An option of a package manager's command, with the word that holds its value when that is another one. */
export interface PackageOption {
  readonly word: ShellWord;
  /** With its dashes; one of several letters written together stands by itself: `-y` of `-qqy`. */
  readonly name: string;
  readonly value: string | undefined;
}

/** A command of a package manager, such as `apt-get install -y curl`. */
export interface PackageCommand {
  readonly invocation: Invocation;
  readonly manager: ManagerName;
  readonly subcommand: ShellWord | undefined;
  readonly action: PackageAction;
  readonly options: readonly PackageOption[];
  /** The words after the subcommand that are no options: packages, paths, further subcommands. */
  readonly operands: readonly ShellWord[];
  /** Whether a word is made by an expansion, so that it may be an option or any number of words. */
  readonly isDynamic: boolean;
}

/** Whether the command has one of these options. */
export function hasOption(command: PackageCommand, ...names: readonly string[]): boolean {
  return command.options.some((option) => names.includes(option.name));
}

/** What was read of a script, wherever it lies: its commands of package managers, with the places of their calls. */
const commandsIn = remembered((shell: ParsedShell) =>
  callsOf(shell).flatMap((call, index) => {
    const command = readCall(call);
    return command === undefined ? [] : [{ index, command }];
  }),
);

/** The package manager commands of a script, in the order of the text. Many ask this of the same script. */
export const packageCommandsOf: (body: ShellBody) => readonly PackageCommand[] = remembered((body) =>
  commandsIn(body.shell).flatMap(({ index, command }) => {
    const invocation = invocationsOf(body)[index];
    return invocation === undefined ? [] : [{ ...command, invocation }];
  }),
);

/** Reads an invocation as a package manager's command; undefined when it is something else. */
export function packageCommandOf(invocation: Invocation): PackageCommand | undefined {
  const command = readCall(invocation);
  return command === undefined ? undefined : { ...command, invocation };
}

function readCall({ program, args }: Call): Omit<PackageCommand, 'invocation'> | undefined {
  if (program.startsWith('python') && /^python[0-9.]*$/.test(program)) {
    const module = args.findIndex((word) => word.value === '-m');
    const pip = managerOf(args[module + 1]?.value ?? '');
    const onlyFlags = args.slice(0, Math.max(module, 0)).every((word) => word.value?.startsWith('-') === true);
    return module === -1 || pip?.name !== 'pip' || !onlyFlags ? undefined : readArguments(pip, args.slice(module + 2));
  }
  const manager = managerOf(program);
  return manager === undefined ? undefined : readArguments(manager, args);
}

/** An option that is the subcommand of pacman. */
const OPERATION = /^(?:-[A-Za-z]*[A-Z]|--(?:database|deptest|files|query|remove|sync|upgrade)$)/;

function readArguments(manager: PackageManager, args: readonly ShellWord[]): Omit<PackageCommand, 'invocation'> {
  const options: PackageOption[] = [];
  const operands: ShellWord[] = [];
  let subcommand: ShellWord | undefined;
  let isDynamic = false;
  let onlyOperands = false;
  for (let at = 0; at < args.length; at++) {
    const word = args[at];
    if (word === undefined) break;
    const value = word.value ?? word.text;
    if (word.value === undefined && !/^["']?-/.test(word.text)) isDynamic = true;
    if (!onlyOperands && value === '--') {
      onlyOperands = true;
    } else if (!onlyOperands && value.startsWith('-') && value !== '-') {
      if (manager.actionOf !== undefined && OPERATION.test(value)) subcommand ??= word;
      const last = readOption(manager, word, value, options);
      if (last !== undefined) {
        // The value is the next word.
        const next = args[++at];
        options.push({ word, name: last, value: next?.value });
      }
    } else if (subcommand === undefined && manager.actionOf === undefined) {
      subcommand = word;
    } else {
      operands.push(word);
    }
  }
  const known = lookUp(manager.actions, subcommand?.value);
  const action =
    manager.actionOf?.(new Set(options.map((option) => option.name)), operands.length) ??
    (subcommand === undefined ? (manager.defaultAction ?? 'other') : (known ?? 'other'));
  return { manager: manager.name, subcommand, action, options, operands, isDynamic };
}

/** Adds what a word with a dash says; the name of the option whose value is the next word, if any. */
function readOption(
  manager: PackageManager,
  word: ShellWord,
  value: string,
  options: PackageOption[],
): string | undefined {
  const equals = value.indexOf('=');
  if (value.startsWith('--') || !manager.clusters) {
    const name = equals === -1 ? value : value.slice(0, equals);
    if (equals === -1 && manager.valueFlags.has(name)) return name;
    options.push({ word, name, value: equals === -1 ? undefined : value.slice(equals + 1) });
    return undefined;
  }
  for (let at = 1; at < value.length; at++) {
    const name = `-${value.charAt(at)}`;
    if (manager.valueFlags.has(name)) {
      const rest = value.slice(at + 1).replace(/^=/, '');
      if (rest === '') return name;
      options.push({ word, name, value: rest });
      return undefined;
    }
    if (value.charAt(at + 1) === '=') {
      options.push({ word, name, value: value.slice(at + 2) });
      return undefined;
    }
    options.push({ word, name, value: undefined });
  }
  return undefined;
}
