import { baseName } from '../text/path.js';
import { remembered } from '../text/remembered.js';
import type { ShellBody } from './body.js';
import type { ParsedShell, ShellCommand, ShellWord } from './parse.js';

/** The program that a command runs in the end, behind `sudo`, `env` and the like. */
export interface Invocation {
  readonly body: ShellBody;
  readonly command: ShellCommand;
  /** Without its folder: `apt-get` for `/usr/bin/apt-get`. */
  readonly program: string;
  readonly programWord: ShellWord;
  /** The words after the program. */
  readonly args: readonly ShellWord[];
  /** The programs in front, outermost first, such as `sudo`. */
  readonly wrappers: readonly string[];
}

interface Wrapper {
  /** Options that take the next word as their value. */
  readonly valueFlags: readonly string[];
  /** Words after the options that are not yet the program, such as the time of `timeout`. */
  readonly operands?: number;
  /** Takes `NAME=value` words before the program. */
  readonly takesAssignments?: boolean;
}

const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map<string, Wrapper>([
  [
    'sudo',
    {
      valueFlags: ['-u', '--user', '-g', '--group', '-p', '--prompt', '-C', '-D', '-h', '-r', '-t', '-T', '-U'],
      takesAssignments: true,
    },
  ],
  ['env', { valueFlags: ['-u', '--unset', '-C', '--chdir', '-S', '--split-string'], takesAssignments: true }],
  ['command', { valueFlags: [] }],
  ['exec', { valueFlags: ['-a'] }],
  ['nohup', { valueFlags: [] }],
  ['eatmydata', { valueFlags: [] }],
  ['nice', { valueFlags: ['-n', '--adjustment'] }],
  ['timeout', { valueFlags: ['-k', '--kill-after', '-s', '--signal'], operands: 1 }],
  [
    'xargs',
    {
      valueFlags: [
        '-a',
        '-d',
        '-E',
        '-I',
        '-L',
        '-n',
        '-P',
        '-s',
        '--arg-file',
        '--delimiter',
        '--max-args',
        '--max-procs',
        '--max-lines',
      ],
    },
  ],
]);

/** What a command says of its program, wherever the script lies. */
export type Call = Omit<Invocation, 'body'>;

/** The program that a command runs; undefined when its name is made by an expansion, or there is none. */
export function invocationOf(body: ShellBody, command: ShellCommand): Invocation | undefined {
  const call = callOf(command);
  return call === undefined ? undefined : placed(body, call);
}

function placed(body: ShellBody, { command, program, programWord, args, wrappers }: Call): Invocation {
  return { body, command, program, programWord, args, wrappers };
}

function callOf(command: ShellCommand): Call | undefined {
  const wrappers: string[] = [];
  let at = 0;
  for (;;) {
    const word = command.words[at];
    if (word?.value === undefined) return undefined;
    const program = baseName(word.value);
    const wrapper = WRAPPERS.get(program);
    const next = wrapper === undefined ? undefined : afterWrapper(command.words, at + 1, wrapper);
    if (next === undefined || command.words[next] === undefined) {
      return { command, program, programWord: word, args: command.words.slice(at + 1), wrappers };
    }
    wrappers.push(program);
    at = next;
  }
}

/** The index of the word after a wrapper's own options; undefined when an expansion hides it. */
function afterWrapper(words: readonly ShellWord[], from: number, wrapper: Wrapper): number | undefined {
  let operands = wrapper.operands ?? 0;
  for (let at = from; at < words.length; at++) {
    const value = words[at]?.value;
    if (value === undefined) return undefined;
    if (value === '--') return at + 1;
    if (value.startsWith('-') && value !== '-') {
      if (wrapper.valueFlags.includes(value)) at++;
      continue;
    }
    if (wrapper.takesAssignments === true && /^[A-Za-z_]\w*=/.test(value)) continue;
    if (operands-- > 0) continue;
    return at;
  }
  return undefined;
}

/** By scripts, which stay the same when an instruction moves, and are the same in several files. */
export const callsOf: (shell: ParsedShell) => readonly Call[] = remembered(({ commands }) =>
  commands.flatMap((command) => callOf(command) ?? []),
);

/** All programs that a script runs, in the order of the text. Many ask this of the same script. */
export const invocationsOf: (body: ShellBody) => readonly Invocation[] = remembered((body) =>
  callsOf(body.shell).map((call) => placed(body, call)),
);
