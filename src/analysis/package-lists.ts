import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { invocationsOf } from '../shell/invocation.js';
import type { Analysis } from './analysis.js';

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
  if (
    run.keyword !== 'RUN' ||
    !/apt|gdebi|mk-build-deps|ansible|puppet|rosdep|salt-call|tasksel/.test(run.logical.text)
  ) {
    return undefined;
  }
  const body = run === instruction ? analysis.body(instruction) : undefined;
  // A script that cannot be read and that speaks of apt may do anything.
  if (body === undefined) return 'reads';
  for (const invocation of invocationsOf(body)) {
    if (LIST_READERS.has(invocation.program)) return 'reads';
    if (invocation.program !== 'apt-get' && invocation.program !== 'apt') continue;
    const words = invocation.args.map((word) => word.value ?? '');
    if (words.includes('update')) return 'refreshes';
    if (words.some((word) => LIST_SUBCOMMANDS.test(word))) return 'reads';
  }
  return undefined;
}

/**
 * Whether a stage is part of the image that the file builds: the last one, or one that it starts from. Of the others
 * only what is copied out of them ends up in the image.
 */
export function isShipped(analysis: Analysis, stage: Stage): boolean {
  for (
    let at = analysis.dockerfile.finalStage;
    at !== undefined;
    at = at.base.kind === 'stage' ? at.base.stage : undefined
  ) {
    if (at === stage) return true;
  }
  return false;
}
