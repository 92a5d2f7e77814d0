import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { alwaysRuns } from '../shell/control.js';
import { hasOption, type PackageCommand } from '../shell/packages.js';
import type { Analysis } from './analysis.js';

export const DOWNLOADERS = ['curl', 'wget'] as const;

export type Downloader = (typeof DOWNLOADERS)[number];

/** Other managers have packages of the same names that are libraries. */
const SYSTEM: ReadonlySet<string> = new Set(['apt-get', 'apt', 'apk', 'yum', 'dnf', 'microdnf', 'zypper']);

export const CERTIFICATES = 'ca-certificates';

/**
 * The program that surely can download an address at an instruction: one that the stage, or those that it starts
 * from, has installed and not removed, else the one of the base image. Undefined when nobody knows of one.
 */
export function downloaderAt(
  analysis: Analysis,
  stage: Stage,
  before: Instruction,
  address: string,
): Downloader | undefined {
  const ready = readyAt(analysis, stage, before);
  if (address.startsWith('https:') && !ready.has(CERTIFICATES)) return undefined;
  return DOWNLOADERS.find((name) => ready.has(name));
}

/** Whether an instruction surely finds the certificates that https is checked with. */
export function hasCertificates(analysis: Analysis, stage: Stage, before: Instruction): boolean {
  return readyAt(analysis, stage, before).has(CERTIFICATES);
}

/** The packages that are surely there at an instruction, the downloader of the base image among them. */
function readyAt(analysis: Analysis, stage: Stage, before: Instruction): ReadonlySet<string> {
  const base = analysis.baseOf(stage).downloader;
  // What base images bring can check certificates.
  const ready = new Set<string>(base === undefined ? [] : [base, CERTIFICATES]);
  for (const instruction of instructionsUpTo(stage, before)) {
    for (const command of analysis.packageCommands(instruction)) {
      const names = command.operands.map(({ value }) => value ?? '');
      if (!SYSTEM.has(command.manager)) continue;
      if (command.action === 'remove') {
        if (command.isDynamic) ready.clear();
        for (const name of names) ready.delete(name);
      } else if (command.action === 'install' && stays(command)) {
        for (const name of names) ready.add(name);
        // Debian's packages only recommend the certificates.
        const isComplete = !hasOption(command, '--no-install-recommends');
        if (isComplete && DOWNLOADERS.some((name) => names.includes(name))) ready.add(CERTIFICATES);
      }
    }
  }
  return ready;
}

/** Whether what a command installs is there behind it: nothing passes it by, and it has no name to go by later. */
function stays(command: PackageCommand): boolean {
  const { body, command: shellCommand, wrappers } = command.invocation;
  return alwaysRuns(body, shellCommand) && wrappers.length === 0 && !hasOption(command, '--virtual', '-t');
}

function instructionsUpTo({ base, instructions }: Stage, before: Instruction | undefined): readonly Instruction[] {
  const own = instructions.filter(({ index }) => before === undefined || index < before.index);
  return base.kind === 'stage' ? [...instructionsUpTo(base.stage, undefined), ...own] : own;
}
