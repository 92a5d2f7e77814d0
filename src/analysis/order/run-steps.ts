import type { Instruction } from '../../dockerfile/instruction.js';
import type { ShellBody } from '../../shell/body.js';
import { stopsAtFailure } from '../../shell/control.js';
import { invocationOf } from '../../shell/invocation.js';
import { packageCommandOf } from '../../shell/packages.js';
import type { ListItem, ShellCommand } from '../../shell/parse.js';
import { isWithin } from '../copies.js';
import type { Installation } from '../installs/installation.js';
import type { StepItem } from '../script-steps.js';
import type { Step } from '../step.js';
import type { CopyOrder } from './copy-order.js';

/** What a RUN does, where it matters. */
export interface RunSteps {
  readonly instruction: Instruction;
  readonly body: ShellBody | undefined;
  readonly steps: readonly StepItem[];
}

export function installsOf(run: RunSteps | undefined): readonly Installation[] {
  return run?.steps.flatMap(({ step }) => (step.kind === 'install' ? [step.installation] : [])) ?? [];
}

export function isCostly(step: Step): boolean {
  return (step.kind === 'free' || step.kind === 'touches') && step.isCostly === true;
}

/**
 * The paths of a script that does nothing but work on files below some paths, so that it can come along with them;
 * undefined for any other. Empty for one that only looks at them.
 */
export function carriedBy({ steps }: RunSteps, members: readonly string[]): readonly string[] | undefined {
  const paths: string[] = [];
  for (const { step } of steps) {
    if (step.kind === 'touches') {
      // What it brings elsewhere, such as a program, may be what the next command needs.
      if (step.bringsFiles === true && !step.paths.every((path) => members.some((member) => isWithin(path, member))))
        return undefined;
      if (step.onlyReads !== true) paths.push(...step.paths);
    } else if (step.kind !== 'free' || step.isInert !== true) return undefined;
  }
  return paths;
}

/** Where a script is cut, so that the items from `index` on run behind the copies; undefined when it cannot be. */
export function splitAt(body: ShellBody, steps: readonly StepItem[], index: number): CopyOrder['splitBehind'] {
  if (body.isHeredoc || body.instruction.heredocs.length > 0) return undefined;
  let end = index;
  // What sets the stage for the commands behind goes with them.
  while (steps[end - 1]?.step.kind === 'setting') end--;
  const before = steps[end - 1];
  const behind = steps.slice(end);
  const joiner = behind[0]?.item.joiner;
  // With `set -e` each statement of a list stands for itself.
  if (before === undefined || (joiner !== '&&' && !(joiner === ';' && stopsAtFailure(body)))) return undefined;
  if (behind.some(({ item }) => item.joiner === '||') || before.item.joiner === '||') return undefined;
  if (body.shell.hasBackground) return undefined;
  // What is removed in another layer stays in the image.
  if (behind.some(({ item }) => item.commands.some((command) => isCleanup(body, command)))) return undefined;
  const settings: ListItem[] = [];
  for (const { item, step } of steps.slice(0, end)) {
    if (step.kind !== 'setting') continue;
    const [command] = item.commands;
    const program = command?.words[0]?.value;
    // A variable may hold what a command said, and must not be asked twice.
    if ((program !== 'cd' && program !== 'set') || item.joiner === '||') return undefined;
    settings.push(item);
  }
  return { body, item: before.item, settings };
}

function isCleanup(body: ShellBody, command: ShellCommand): boolean {
  const invocation = invocationOf(body, command);
  if (invocation === undefined) return false;
  const action = packageCommandOf(invocation)?.action;
  return ['rm', 'find', 'strip'].includes(invocation.program) || action === 'clean' || action === 'remove';
}
