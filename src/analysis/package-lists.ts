import type { Instruction } from '../dockerfile/instruction.js';
import { type Stage, startsFrom } from '../dockerfile/stage.js';
import { alwaysRuns } from '../shell/control.js';
import { invocationsOf } from '../shell/invocation.js';
import type { ShellWord } from '../shell/parse.js';
import type { Analysis } from './analysis.js';
import { mountOver } from './mounts.js';

/** Where apt keeps its package lists. */
export const APT_LISTS = '/var/lib/apt/lists';

/** Programs besides apt-get that read apt's package lists, or install packages without fetching the lists first. */
const LIST_READERS: ReadonlySet<string> = new Set([
  'apt-cache',
  'apt-file',
  'aptitude',
  'ansible-playbook',
  'debconf-apt-progress',
  'gdebi',
  'mk-build-deps',
  'puppet',
  'rosdep',
  'salt-call',
  'tasksel',
]);

/** A text that one of them occurs in. */
const READER_TEXT = /\bapt\b|aptitude|gdebi|mk-build-deps|ansible|puppet|rosdep|salt-call|tasksel/;

/** Subcommands of apt-get that work from the lists. */
const LIST_SUBCOMMANDS =
  /^(?:install|reinstall|satisfy|upgrade|dist-upgrade|full-upgrade|build-dep|source|download|changelog)$/;

/**
 * The first instruction after the given one, in its stage or in the stages that start from it, that needs the
 * package lists which this instruction leaves behind: it installs without an `apt-get update` of its own.
 */
export function laterListUse(analysis: Analysis, stage: Stage, after: Instruction): Instruction | undefined {
  for (const instruction of stage.instructions) {
    if (instruction.index <= after.index) continue;
    const use = listUse(analysis, instruction);
    if (use === 'reads') return instruction;
    if (use === 'refreshes') return undefined;
  }
  for (const child of analysis.dockerfile.stages) {
    if (child.base.kind !== 'stage' || child.base.stage !== stage) continue;
    const found = laterListUse(analysis, child, after);
    if (found !== undefined) return found;
  }
  return undefined;
}

function listUse(analysis: Analysis, instruction: Instruction): 'reads' | 'refreshes' | undefined {
  const run = instruction.trigger ?? instruction;
  const { span } = instruction;
  // With its heredocs.
  if (run.keyword !== 'RUN' || !READER_TEXT.test(analysis.dockerfile.text.slice(span.start, span.end)))
    return undefined;
  const body = run === instruction ? analysis.body(instruction) : undefined;
  // A script that cannot be read and that speaks of apt may do anything.
  if (body === undefined) return 'reads';
  const programs = new Set<ShellWord>();
  for (const { program, programWord, args, command } of invocationsOf(body)) {
    if (LIST_READERS.has(program)) return 'reads';
    if (program !== 'apt-get' && program !== 'apt') continue;
    programs.add(programWord);
    const words = args.map((word) => word.value ?? '');
    if (words.some((word) => LIST_SUBCOMMANDS.test(word))) return 'reads';
    // Only an update that surely runs, and whose lists stay, makes up for those that are gone.
    const counts =
      words.includes('update') && alwaysRuns(body, command) && mountOver(instruction, APT_LISTS) === undefined;
    if (counts) return 'refreshes';
  }
  // `su -c 'apt-get install …'` or `retry 5 apt-get install …`: apt as somebody's argument.
  const isArgument = (word: ShellWord): boolean =>
    !programs.has(word) && /(?:^|[\s;&|(])apt(?:-get)?(?:\s|$)/.test(word.value ?? word.text);
  return body.shell.commands.some((command) => command.words.some(isArgument)) ? 'reads' : undefined;
}

/**
 * Whether a stage is part of the image that the file builds: the last one, or one that it starts from. Of the others
 * only what is copied out of them ends up in the image.
 */
export function isShipped(analysis: Analysis, stage: Stage): boolean {
  return startsFrom(analysis.dockerfile.finalStage, stage);
}
