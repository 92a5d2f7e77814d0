import type { Analysis } from '../analysis/analysis.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import type { ShellBody } from '../shell/body.js';
import { insertion } from '../text/edit.js';
import { indentationAt, lineEndingAt } from '../text/line-endings.js';
import { type DeclineReason, declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

const BASH = 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]';
const ASH = 'SHELL ["/bin/ash", "-eo", "pipefail", "-c"]';

interface Obstacle {
  readonly reason: DeclineReason;
  readonly detail: string;
}

/**
 * Sets a shell that fails when any command of a pipeline fails. In `curl … | tar x` only tar counts today: a
 * download that fails half way is a build that succeeds.
 *
 * Unsafe because pipelines that fail without being noticed fail the build then, and because bash takes over from
 * /bin/sh. Only where the base image is known to have that shell, and no CMD, ENTRYPOINT or HEALTHCHECK in shell form
 * and no later stage would start with it.
 */
export const setPipefail: Transform = {
  name: 'set-pipefail',
  summary: 'Sets a shell that fails when any command of a pipeline fails',
  category: 'correctness',
  related: [
    'hadolint:DL4006',
    'kics:shell_running_a_pipe_without_pipefail_flag',
    'semgrep:set-pipefail',
    'tally:hadolint/DL4006',
    'dockerfile-doctor:DD040',
    'dockerfile-roast:DF057',
    'buddy:ER0001',
  ],
  onlyUnsafe: true,
  *check(subject): Iterable<Diagnostic> {
    for (const stage of subject.dockerfile.stages) {
      const diagnostic = checkStage(subject, stage);
      if (diagnostic !== undefined) yield diagnostic;
    }
  },
};

function checkStage({ dockerfile, analysis }: Subject, stage: Stage): Diagnostic | undefined {
  const first = stage.instructions.find((instruction) => {
    if (
      instruction.keyword !== 'RUN' ||
      !dockerfile.text.slice(instruction.span.start, instruction.span.end).includes('|')
    )
      return false;
    const body = analysis.body(instruction);
    return (
      body !== undefined &&
      hasOpenPipe(body) &&
      !analysis.stateBefore(instruction).shell.words.some((word) => word.includes('pipefail'))
    );
  });
  if (first === undefined) return undefined;
  const { words } = analysis.stateBefore(first).shell;
  const span = first.sourceSpan(first.keywordSpan);
  const message = `the RUN on line ${first.source.startLine} succeeds when the left side of its pipe fails`;
  const setting = stage.instructions.findLast(({ index, keyword }) => keyword === 'SHELL' && index < first.index);
  if (setting !== undefined && isPlainBash(words)) return extendShell(analysis, stage, first, setting, message);
  const { family, user } = analysis.baseOf(stage);
  const isAlpine = family === 'alpine';
  // The user is known for the images of the table, not for those whose tag merely names a distribution.
  if (
    user === undefined ||
    (!isAlpine && family !== 'debian' && family !== 'redhat' && family !== 'suse' && family !== 'arch')
  ) {
    return declined(span, message, 'unknown-base', `nobody knows whether ${stage.imageWord.text} has bash`);
  }
  const obstacle: Obstacle | undefined =
    words.join(' ') === '/bin/sh -c'
      ? obstacleIn(analysis, stage, first, family === 'debian')
      : { reason: 'shell-control', detail: `SHELL is set to ${words.join(' ')}` };
  if (obstacle !== undefined) return declined(span, message, obstacle.reason, obstacle.detail);
  // Comments directly above belong to the RUN.
  const at = first.source.comments[0]?.start ?? first.span.start;
  const shell = isAlpine ? ASH : BASH;
  return fixed(span, message, {
    edits: [insertion(at, `${shell}${lineEndingAt(dockerfile.text, at)}${indentationAt(dockerfile.text, at)}`)],
    applicability: 'unsafe',
    checked: [
      `the base image has ${isAlpine ? '/bin/ash' : '/bin/bash'}`,
      'assumes that no pipeline fails today without being noticed',
      ...(isAlpine ? ['a script stops at the first command that fails'] : []),
    ],
    configChanges: ['shell'],
  });
}

/** bash with no other option than that for its script. */
function isPlainBash([program = '', ...options]: readonly string[]): boolean {
  return /(?:^|\/)bash$/.test(program) && options.length === 1 && /^-[eux]*c$/.test(options[0] ?? '');
}

/** Gives the option to the bash that SHELL asks for. */
function extendShell(
  analysis: Analysis,
  stage: Stage,
  first: Instruction,
  setting: Instruction,
  message: string,
): Diagnostic | undefined {
  const option = setting.exec?.[1];
  if (option === undefined) return undefined;
  const span = first.sourceSpan(first.keywordSpan);
  const obstacle = obstacleIn(analysis, stage, setting, false);
  if (obstacle !== undefined) return declined(span, message, obstacle.reason, obstacle.detail);
  return fixed(span, message, {
    edits: [insertion(setting.sourceSpan(option).start, '"-o", "pipefail", ')],
    applicability: 'unsafe',
    checked: ['SHELL is bash', 'assumes that no pipeline fails today without being noticed'],
    configChanges: ['shell'],
  });
}

/** Whether a script has a pipeline and does not set the option itself. */
function hasOpenPipe({ shell, text }: ShellBody): boolean {
  if (text.includes('pipefail')) return false;
  return (
    shell.items.some((item) => item.type === 'Pipeline' && (!item.hasPrefix || item.commands.length > 1)) ||
    shell.commands.some((command) => command.enclosures.includes('Pipeline'))
  );
}

function obstacleIn(analysis: Analysis, stage: Stage, first: Instruction, replacesDash: boolean): Obstacle | undefined {
  const child = analysis.dockerfile.stages.find((other) => other.base.kind === 'stage' && other.base.stage === stage);
  if (child !== undefined) {
    return {
      reason: 'later-use',
      detail: `the stage on line ${child.from.source.startLine} would take the shell over`,
    };
  }
  for (const instruction of stage.instructions) {
    const { keyword } = instruction;
    const line = `line ${instruction.source.startLine}`;
    if (instruction.index < first.index) continue;
    // From there on another shell is set.
    if (keyword === 'SHELL' && instruction !== first) return undefined;
    if (keyword === 'ONBUILD') return { reason: 'onbuild', detail: `${line} would run with the new shell` };
    const runsLater = keyword === 'CMD' || keyword === 'ENTRYPOINT' || keyword === 'HEALTHCHECK';
    if (runsLater && instruction.exec === undefined && instruction.healthcheckType?.text.toUpperCase() !== 'NONE') {
      return {
        reason: 'later-use',
        detail: `the shell form on line ${instruction.source.startLine} would start with it`,
      };
    }
    const body = keyword === 'RUN' ? analysis.body(instruction) : undefined;
    if (body === undefined) continue;
    if (/(?:^|[\s;&(])yes(?:\s[^|;&]*)?\||\|\s*(?:head|grep\s+(?:-\w+\s+)*-\w*[qm])\b/.test(body.text)) {
      return {
        reason: 'shell-control',
        detail: `a pipe on ${line} ends before its left side does, which would count as a failure`,
      };
    }
    if (replacesDash && /\becho\s[^|;&]*\\[abcfnrtv0\\]/.test(body.text)) {
      return { reason: 'shell-control', detail: `the echo on ${line} has an escape that bash prints as it is` };
    }
  }
  return undefined;
}
