import { rootNeedOf } from '../analysis/root-needs.js';
import { startCommandOf } from '../analysis/start-command.js';
import { isRoot } from '../analysis/state.js';
import { insertLinesApart, insertLinesBehind } from '../dockerfile/block.js';
import { indentationAt } from '../text/line-endings.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Goes back to the user that a stage left for root. A file that becomes root to install something and forgets to go
 * back starts the process as root, though it made a user for it.
 *
 * Unsafe because it may be meant: the process then has fewer rights than today.
 */
export const restoreNonrootUser: Transform = {
  name: 'restore-nonroot-user',
  summary: 'Goes back to the user that the final stage left for root',
  category: 'security',
  related: [
    'hadolint:DL3002',
    'trivy:DS-0002',
    'kics:last_user_is_root',
    'checkov:CKV_DOCKER_8',
    'semgrep:last-user-is-root',
    'dockle:CIS-DI-0001',
    'parfum:DL3002',
    'tally:hadolint/DL3002',
    'dockerfile-roast:DF002',
  ],
  onlyUnsafe: true,
  usesContext: true,
  needsInstruction: ['USER'],
  *check({ dockerfile, analysis, contexts }): Iterable<Diagnostic> {
    const stage = dockerfile.finalStage;
    if (stage === undefined || dockerfile.escape === '`') return;
    const users = stage.instructions.filter(({ keyword }) => keyword === 'USER');
    const last = users[users.length - 1];
    const earlier = users.findLast((instruction) => !isRoot(instruction.argumentsText.replace(/:.*$/, '')));
    if (last === undefined || earlier === undefined || earlier === last) return;
    if (!isRoot(analysis.stateAtEnd(stage).user) || earlier.argumentsText.includes('$')) return;
    const span = last.sourceSpan(last.argumentsSpan);
    const message = `\`USER ${last.argumentsText}\` is the last one, so that the process starts as root instead of ${earlier.argumentsText}`;
    const need = rootNeedOf(analysis, stage, contexts);
    if (need !== undefined) {
      yield declined(span, message, need.reason, need.detail);
      return;
    }
    const { instructions } = stage;
    const lastRun = instructions.findLast(({ keyword }) => keyword === 'RUN')?.index ?? -1;
    const after = Math.max(lastRun, last.index);
    const at = startCommandOf(analysis)?.instructions.find(({ index }) => index > after);
    const near = at ?? instructions[instructions.length - 1] ?? last;
    const line = `${indentationAt(dockerfile.text, near.span.start)}${last.keywordText} ${earlier.argumentsText}`;
    yield fixed(span, message, {
      edits: [
        at === undefined
          ? insertLinesBehind(dockerfile, near, [line], { before: false, behind: false })
          : insertLinesApart(dockerfile, at, [line]),
      ],
      applicability: 'unsafe',
      checked: [
        `line ${earlier.source.startLine} was the user before, and no RUN comes behind`,
        'look whether the process needs what only root may do',
      ],
      configChanges: ['user'],
    });
  },
};
