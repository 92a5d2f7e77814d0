import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { parseShell } from '../shell/parse.js';
import { baseName } from '../text/path.js';
import { remembered } from '../text/remembered.js';
import type { Analysis } from './analysis.js';

/** How the container of the final image starts, as far as its own stage says. */
export interface StartCommand {
  /** The ENTRYPOINT and CMD of the final stage that count, in the order of the file: one or two. */
  readonly instructions: readonly Instruction[];
  /** What may be started, each as program and arguments: behind inits and the like, in scripts each command. */
  readonly commands: readonly StartedProgram[];
}

export interface StartedProgram {
  /** Without its folder. */
  readonly program: string;
  readonly args: readonly string[];
  /** It takes the place of the shell, or there is none: the one that the container's signals reach. */
  readonly isMain: boolean;
}

/** Programs that start the program behind their options, with the number of other words in between. */
const LAUNCHERS: ReadonlyMap<string, number> = new Map([
  ['tini', 0],
  ['dumb-init', 0],
  ['catatonit', 0],
  ['docker-init', 0],
  ['exec', 0],
  ['env', 0],
  ['nice', 0],
  ['xvfb-run', 0],
  ['ddtrace-run', 0],
  ['opentelemetry-instrument', 0],
  ['gosu', 1],
  ['su-exec', 1],
  ['setpriv', 0],
  ['newrelic-admin', 1],
  ['poetry', 1],
  ['pipenv', 1],
  ['uv', 1],
  ['pdm', 1],
]);

/** What the final stage starts; undefined when it has no ENTRYPOINT and no CMD of its own. */
export const startCommandOf: (analysis: Analysis) => StartCommand | undefined = remembered(({ dockerfile }) => {
  const stage = dockerfile.finalStage;
  if (stage === undefined) return undefined;
  const entrypoint = lastOf(stage, 'ENTRYPOINT');
  // An ENTRYPOINT resets the CMD of the stages before its own.
  const cmd = lastOf(stage, 'CMD');
  const instructions = [entrypoint, cmd]
    .filter((instruction) => instruction !== undefined)
    .sort((a, b) => a.index - b.index);
  if (instructions.length === 0) return undefined;
  return { instructions, commands: commandsOf(entrypoint ?? inheritedEntrypoint(stage), cmd) };
});

/** The files into which the shell of a start sends what commands print, as they are named; not those of a variable. */
export function outputsOf({ instructions }: StartCommand): readonly string[] {
  return instructions.flatMap((instruction) => redirectedTo(scriptOf(instruction)));
}

/** What a shell reads of an instruction: all of a shell form, or the word behind `sh -c`. */
function scriptOf({ exec, logical, commandSpan }: Instruction): string {
  if (exec === undefined) return logical.slice(commandSpan);
  const words = exec.map(({ value }) => value);
  const option = isShell(baseName(words[0] ?? '')) ? words.findIndex((word) => OPTION_OF_SCRIPT.test(word)) : -1;
  return option === -1 ? '' : (words[option + 1] ?? '');
}

function redirectedTo(script: string): readonly string[] {
  // Most scripts redirect nothing.
  if (!script.includes('>')) return [];
  return parseShell(script).commands.flatMap(({ redirections }) =>
    redirections.flatMap(({ operator, target }) =>
      /^&?>[>|]?$/.test(operator) && target?.value !== undefined ? [target.value] : [],
    ),
  );
}

/** `-c`, alone or among other letters. */
const OPTION_OF_SCRIPT = /^-[a-z]*c$/;

export function isShell(program: string): boolean {
  return /^(?:ba|da|a|z)?sh$/.test(program);
}

function lastOf(stage: Stage, keyword: 'CMD' | 'ENTRYPOINT'): Instruction | undefined {
  return stage.instructions.findLast((instruction) => instruction.keyword === keyword);
}

function inheritedEntrypoint({ base }: Stage): Instruction | undefined {
  if (base.kind !== 'stage') return undefined;
  return lastOf(base.stage, 'ENTRYPOINT') ?? inheritedEntrypoint(base.stage);
}

function commandsOf(entrypoint: Instruction | undefined, cmd: Instruction | undefined): readonly StartedProgram[] {
  const words = cmd?.exec?.map((word) => word.value);
  if (entrypoint === undefined) {
    if (cmd === undefined) return [];
    return words === undefined ? startedByScript(cmd) : startedBy(words);
  }
  if (entrypoint.exec === undefined) return startedByScript(entrypoint);
  const own = entrypoint.exec.map((word) => word.value);
  if (words === undefined) return startedBy(own);
  // A script of one's own mostly ends in `exec "$@"`.
  return [...startedBy([...own, ...words]), ...startedBy(words)];
}

function startedByScript(instruction: Instruction): readonly StartedProgram[] {
  return startedByShell(instruction.logical.slice(instruction.commandSpan));
}

function startedByShell(script: string): readonly StartedProgram[] {
  const { commands } = parseShell(script);
  return commands.flatMap((command) => {
    const words = command.words.map(({ value, text }) => value ?? text);
    const isMain = commands.length === 1 || words[0] === 'exec';
    return startedBy(words).map((program) => ({ ...program, isMain: isMain && program.isMain }));
  });
}

function startedBy(words: readonly string[]): readonly StartedProgram[] {
  let operands = 0;
  const at = words.findIndex((word, index) => {
    if (index > 0 && /^-|=/.test(word)) return false;
    if (operands-- > 0) return false;
    const launcher = LAUNCHERS.get(baseName(word));
    operands = launcher ?? 0;
    return launcher === undefined;
  });
  if (at === -1) return [];
  const program = baseName(words[at] ?? '');
  const args = words.slice(at + 1);
  const option = isShell(program) ? args.findIndex((word) => OPTION_OF_SCRIPT.test(word)) : -1;
  return option === -1 ? [{ program, args, isMain: true }] : startedByShell(args[option + 1] ?? '');
}
