import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import type { ShellBody } from '../shell/body.js';
import { readsStartupFiles } from '../analysis/state.js';
import {
  hasPlainComments,
  mergeEdit,
  mergeEditsAroundComments,
  mergeObstacle,
  type MergeObstacle,
  wordsLostByMerge,
} from '../shell/merge.js';
import type { PackageCommand } from '../shell/packages.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/**
 * Joins neighbouring RUN instructions with `&&`. What one RUN installs and the next one removes stays in the image as
 * long as they are two layers, and each layer costs a little time and space.
 *
 * Safe because the second RUN starts in the same folder, as the same user, in the same shell and with the same
 * mounts as the first one, which leaves nothing behind in its shell (`cd`, `export`, `set`, variables, traps,
 * background jobs). By default only where it is plainly meant: an installation and its cleanup, and neighbours in
 * the final stage on adjacent lines; elsewhere it is offered, since a change in one then re-runs both. A comment
 * between them stays where it is, and stands between their lines.
 */
export const mergeRuns: Transform = {
  name: 'merge-runs',
  summary: 'Joins neighbouring RUN instructions',
  category: 'size',
  related: [
    'hadolint:DL3059',
    'kics:multiple_run_add_copy_instructions_listed',
    'dockerfile-doctor:DD005',
    'dockerfile-roast:DF003',
    'openrewrite:CombineRunInstructions',
  ],
  *check(subject): Iterable<Diagnostic> {
    for (const stage of subject.dockerfile.stages) {
      for (const [index, right] of stage.instructions.entries()) {
        const left = stage.instructions[index - 1];
        if (left?.keyword !== 'RUN' || right.keyword !== 'RUN') continue;
        const diagnostic = checkPair(subject, stage, left, right);
        if (diagnostic !== undefined) yield diagnostic;
      }
    }
  },
};

function checkPair(
  { dockerfile, analysis }: Subject,
  stage: Stage,
  left: Instruction,
  right: Instruction,
): Diagnostic | undefined {
  const leftBody = analysis.body(left);
  const rightBody = analysis.body(right);
  if (leftBody === undefined || rightBody === undefined) return undefined;
  const message = `the RUN on line ${right.source.startLine} is a layer of its own after the one on line ${left.source.startLine}`;
  const span = right.sourceSpan(right.keywordSpan);
  const isCleanup = removesWhatWasInstalled(rightBody, analysis.packageCommands(left));
  const isNeighbour = stage === dockerfile.finalStage && right.source.startLine === left.source.endLine + 1;
  const keepsComments = hasPlainComments(dockerfile, leftBody, rightBody);
  const obstacle: MergeObstacle | undefined = readsStartupFiles(analysis.stateBefore(left))
    ? { reason: 'shell-control', detail: 'the shell reads its start-up files anew for each RUN' }
    : mergeObstacle(dockerfile, leftBody, rightBody, { keepsComments });
  if (obstacle !== undefined) {
    // Elsewhere nobody would ask why they were left apart.
    return isCleanup || isNeighbour ? declined(span, message, obstacle.reason, obstacle.detail) : undefined;
  }
  return fixed(span, message, {
    edits: keepsComments
      ? mergeEditsAroundComments(dockerfile, leftBody, rightBody)
      : [mergeEdit(dockerfile, leftBody, rightBody)],
    applicability: 'safe',
    checked: ['both have the same user, folder, shell and mounts', 'the first one leaves nothing behind in its shell'],
    removes: wordsLostByMerge(rightBody),
    ...(isCleanup || isNeighbour ? {} : { isOptional: true }),
  });
}

const CLEANUP =
  /^(?:rm\s+-\w*[rf]\w*\s+(?:\/var\/(?:lib\/apt|cache)|\/tmp|\/root\/\.(?:cache|npm)|~\/\.(?:cache|npm))\S*(?:\s+\/(?:var|tmp|root|usr\/share)\S*)*|(?:apt-get|apt|yum|dnf|microdnf|zypper|apk|npm|yarn|pip3?|conda)(?:\s+-\S+)*\s+(?:clean|autoclean|autoremove|purge|remove|erase|del|cache)\b.*)$/;

/** Whether a script does nothing but take away caches or packages, right after an installation. */
function removesWhatWasInstalled(body: ShellBody, installed: readonly PackageCommand[]): boolean {
  if (
    !installed.some(
      (command) => command.action === 'install' || command.action === 'upgrade' || command.action === 'update',
    )
  )
    return false;
  return body.shell.items.every(
    (item) => item.type === 'Command' && CLEANUP.test(body.text.slice(item.start, item.end)),
  );
}
