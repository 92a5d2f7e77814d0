import { laterListUse } from '../analysis/package-lists.js';
import { callersOf } from '../analysis/program-words.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { removeUncommented } from '../dockerfile/removal.js';
import type { ManagerName } from '../shell/managers.js';
import { hasOption, type PackageCommand } from '../shell/packages.js';
import { removeItem } from '../shell/script-edits.js';
import { keysOf } from '../text/table.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** The subcommands that renew every package, by manager. */
const UPGRADES: Partial<Readonly<Record<ManagerName, readonly string[]>>> = {
  'apt-get': ['upgrade', 'dist-upgrade', 'full-upgrade'],
  apt: ['upgrade', 'dist-upgrade', 'full-upgrade'],
  apk: ['upgrade'],
  yum: ['update', 'upgrade'],
  dnf: ['update', 'upgrade', 'distro-sync'],
  microdnf: ['update', 'upgrade'],
  zypper: ['update', 'up', 'dist-upgrade', 'dup', 'patch'],
};

const PROGRAMS = callersOf(keysOf(UPGRADES));

/**
 * Drops the upgrade of all packages. It stores a second copy of what the base image has, gives another image on every
 * day, and hides that the base image is old: a newer tag has the same packages without it.
 *
 * Unsafe because the image holds the versions of the base image then, security fixes of the last days missing.
 */
export const dropUpgrade: Transform = {
  name: 'drop-upgrade',
  summary: 'Drops the upgrade of all packages',
  category: 'size',
  related: [
    'hadolint:DL3005',
    'hadolint:DL3017',
    'hadolint:DL3031',
    'hadolint:DL3035',
    'hadolint:DL3039',
    'trivy:DS-0024',
    'semgrep:avoid-apt-get-upgrade',
    'semgrep:avoid-apk-upgrade',
    'semgrep:avoid-yum-update',
    'semgrep:avoid-dnf-update',
    'semgrep:avoid-zypper-update',
    'dockle:DKL-DI-0003',
    'dockerfile-doctor:DD013',
    'dockerfile-doctor:DD026',
    'dockerfile-roast:DF044',
    'kics:run_using_upgrade_commands',
    'kics:use_of_apk_upgrade',
    'kics:yum_update_enabled',
    'kics:run_using_dnf_update',
    'kics:run_using_zypper_update',
  ],
  onlyUnsafe: true,
  imageChanges: ['packages'],
  needsProgram: PROGRAMS,
  *check(subject): Iterable<Diagnostic> {
    for (const instruction of subject.analysis.runsNaming(...PROGRAMS)) {
      let gone = 0;
      for (const command of subject.analysis.packageCommands(instruction)) {
        if (!upgradesAll(command)) continue;
        // One at a time: what stands beside a command that goes is another one then.
        const diagnostic = checkCommand(subject, instruction, command);
        if (diagnostic.kind !== 'fix' || gone++ === 0) yield diagnostic;
      }
    }
  },
};

function upgradesAll({ manager, subcommand, operands, isDynamic }: PackageCommand): boolean {
  return UPGRADES[manager]?.includes(subcommand?.value ?? '') === true && operands.length === 0 && !isDynamic;
}

function checkCommand(
  { dockerfile, analysis }: Subject,
  instruction: Instruction,
  command: PackageCommand,
): Diagnostic {
  const { invocation, subcommand } = command;
  const { body, command: shellCommand, programWord } = invocation;
  const span = body.sourceSpan({ start: programWord.start, end: subcommand?.end ?? programWord.end });
  const message = `\`${programWord.text} ${subcommand?.text ?? ''}\` stores every renewed package a second time, in another version each day`;
  const item = body.shell.items[shellCommand.item];
  if (item?.type !== 'Command' || shellCommand.enclosures.length > 0) {
    return declined(span, message, 'nested-command', 'it stands in a pipeline, loop or group');
  }
  // What comes behind may need the index that it fetches on the way.
  if (command.manager === 'apk' && hasOption(command, '-U', '--update-cache', '--update')) {
    return declined(span, message, 'later-use', 'it fetches the index too');
  }
  const stage = dockerfile.stageOf(instruction);
  const previous = body.shell.items[shellCommand.item - 1];
  const between = previous === undefined ? span.start : body.endToSource(previous.end);
  if (instruction.source.innerComments.some((comment) => comment.start >= between && comment.start < span.start)) {
    return declined(span, message, 'comment-in-the-way', 'a comment in front belongs to it');
  }
  const others = analysis.packageCommands(instruction).filter((other) => other !== command);
  // An update or cleanup that nothing else needs goes with it. apk may use its index later on.
  const isOnly =
    instruction.heredocs.length === 0 &&
    others.length === body.shell.commands.length - 1 &&
    others.every(({ manager, action }) => manager === command.manager && (action === 'update' || action === 'clean')) &&
    (others.length === 0 || (command.manager !== 'apk' && stage !== undefined));
  const isWhole =
    isOnly && (stage === undefined || laterListUse(analysis, stage, instruction) === undefined || others.length === 0);
  const edit = isWhole ? removeUncommented(dockerfile, instruction) : removeItem(dockerfile, body, item);
  if (edit === undefined) {
    return isWhole
      ? declined(span, message, 'comment-in-the-way', 'a comment belongs to the RUN')
      : declined(span, message, 'shell-control', 'it is not joined with `&&`, or a comment stands beside it');
  }
  return fixed(span, message, {
    edits: [edit],
    applicability: 'unsafe',
    checked: ['assumes that the base image is renewed instead: look at its tag'],
    removes: [isWhole ? instruction.logical.text : body.text.slice(item.start, item.end)],
  });
}
