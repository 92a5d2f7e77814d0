import { mountOver } from '../analysis/mounts.js';
import { APT_LISTS, laterListUse } from '../analysis/package-lists.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { appendCommand, appendObstacle } from '../shell/script-edits.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform, triggerChange } from './transform.js';

/**
 * Removes apt's package lists in the RUN that fetched them. They take 20 to 50 MB, are out of date the day after,
 * and a later RUN cannot take them out of the layer any more.
 *
 * Safe because only apt reads them, and no later instruction of the stage, or of a stage that starts from it,
 * installs anything without an `apt-get update` of its own.
 */
export const cleanAptLists: Transform = {
  name: 'clean-apt-lists',
  summary: "Removes apt's package lists in the RUN that fetched them",
  category: 'size',
  related: [
    'hadolint:DL3009',
    'kics:apt_get_install_lists_were_not_deleted',
    'semgrep:remove-package-lists',
    'semgrep:remove-package-cache',
    'dockle:DKL-DI-0005',
    'parfum:aptGetInstallThenRemoveAptLists',
    'dockerfile-doctor:DD004',
    'dockerfile-roast:DF004',
    'dockerfilelint:apt-get_missing_rm',
    'openrewrite:AddAptGetCleanup',
  ],
  imageChanges: ['caches'],
  needsProgram: ['apt-get', 'apt'],
  *check(subject): Iterable<Diagnostic> {
    for (const instruction of subject.analysis.scriptsNaming('apt-get', 'apt')) {
      const diagnostic = checkRun(subject, instruction);
      if (diagnostic !== undefined) yield diagnostic;
    }
  },
};

function checkRun({ dockerfile, analysis }: Subject, instruction: Instruction): Diagnostic | undefined {
  const update = analysis
    .packageCommands(instruction)
    .findLast((command) => (command.manager === 'apt-get' || command.manager === 'apt') && command.action === 'update');
  if (update === undefined) return undefined;
  const { body, programWord, wrappers } = update.invocation;
  // Only a cleanup behind the update takes away what it fetched.
  if (isCleaned(body.text.slice(programWord.end))) return undefined;
  const span = body.sourceSpan({ start: programWord.start, end: update.subcommand?.end ?? programWord.end });
  const message = `\`${programWord.text} update\` leaves its package lists in the layer`;
  const mount = mountOver(instruction, APT_LISTS);
  if (mount !== undefined) return declined(span, message, 'cache-mount', `${mount.target ?? ''} is mounted`);
  const stage = dockerfile.stageOf(instruction);
  const use = stage === undefined ? undefined : laterListUse(analysis, stage, instruction);
  if (use !== undefined) {
    return declined(span, message, 'later-use', `line ${use.source.startLine} needs the lists`);
  }
  const obstacle = appendObstacle(body);
  if (obstacle !== undefined) return declined(span, message, 'shell-control', obstacle);
  const remove = `rm -rf ${APT_LISTS}/*`;
  return fixed(span, message, {
    edits: [appendCommand(dockerfile, body, wrappers.includes('sudo') ? `sudo ${remove}` : remove)],
    applicability: instruction.isOnbuildTrigger ? 'unsafe' : 'safe',
    checked: [
      instruction.isOnbuildTrigger
        ? 'assumes that no image built from this one installs without its own `apt-get update`'
        : 'no later instruction installs without its own `apt-get update`',
      `${APT_LISTS} is no cache mount`,
    ],
    configChanges: triggerChange(instruction),
  });
}

/** Whether a script takes the lists away itself, in whatever way. */
function isCleaned(script: string): boolean {
  return /\/var\/lib\/(?:apt|\{[^}]*\bapt\b|\*)|apt\/lists|apt-get\s+(?:-\S+\s+)*dist-?clean\b/.test(script);
}
