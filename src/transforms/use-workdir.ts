import type { Analysis } from '../analysis/analysis.js';
import { mountMeeting } from '../analysis/mounts.js';
import { insertLineAt } from '../dockerfile/block.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import type { ShellBody } from '../shell/body.js';
import { invocationOf } from '../shell/invocation.js';
import type { ListItem } from '../shell/parse.js';
import { removeItem, removeItems } from '../shell/script-edits.js';
import { type Edit, insertion } from '../text/edit.js';
import { indentationAt, lineEndingAt } from '../text/line-endings.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** A RUN that starts with `cd /folder &&`. */
interface Move {
  readonly instruction: Instruction;
  readonly body: ShellBody;
  readonly item: ListItem;
  readonly folder: string;
}

/**
 * Writes `RUN cd /folder && …` as a WORKDIR and a RUN. Each RUN starts in the working directory again, which readers
 * of a `cd` forget; WORKDIR says where things happen.
 *
 * A RUN that does nothing but `cd` goes. Unsafe because WORKDIR makes a folder that is missing, where `cd` fails. What comes behind is not touched: the
 * working directory of before is set again, unless the file goes somewhere else anyway.
 */
export const useWorkdir: Transform = {
  name: 'use-workdir',
  summary: 'Writes RUN cd /folder && … as WORKDIR and RUN',
  category: 'correctness',
  related: [
    'hadolint:DL3003',
    'trivy:DS-0013',
    'kics:run_command_cd_instead_of_workdir',
    'semgrep:use-workdir',
    'tally:hadolint/DL3003',
    'dockerfile-doctor:DD045',
    'dockerfile-roast:DF008',
  ],
  onlyUnsafe: true,
  needsProgram: ['cd'],
  *check(subject): Iterable<Diagnostic> {
    for (const stage of subject.dockerfile.stages) {
      let last = -1;
      /** A fix above sets another working directory: what starts there today may not, then. */
      let isMoved = false;
      for (const instruction of stage.instructions) {
        if (instruction.index <= last) continue;
        const moves = movesFrom(subject.analysis, stage, instruction);
        if (moves.length === 0) {
          if (instruction.keyword === 'RUN') yield* checkOtherMoves(subject, instruction);
          continue;
        }
        last = instruction.index + moves.length - 1;
        const isThere = startsThere(subject.analysis, moves[0]);
        // The next pass sees where it starts.
        if (isThere && isMoved) continue;
        const diagnostic = checkMoves(subject, stage, moves);
        yield diagnostic;
        isMoved ||= !isThere && diagnostic.kind === 'fix';
      }
    }
  },
};

/** The RUN and its direct neighbours behind it that go into the same folder. */
function movesFrom(analysis: Analysis, stage: Stage, first: Instruction): readonly Move[] {
  const moves: Move[] = [];
  for (let at = first.index; ; at++) {
    const instruction = stage.instructions[at - stage.from.index - 1];
    const move = instruction === undefined ? undefined : moveOf(analysis, instruction);
    if (move === undefined || move.folder !== (moves[0]?.folder ?? move.folder)) return moves;
    moves.push(move);
  }
}

function moveOf(analysis: Analysis, instruction: Instruction): Move | undefined {
  if (instruction.keyword !== 'RUN' || !/^\w+\s+(?:--\S+\s+)*cd\s/.test(instruction.logical.text)) return undefined;
  const body = analysis.body(instruction);
  const [item, next] = body?.shell.items ?? [];
  if (body === undefined || body.isHeredoc || item?.type !== 'Command' || next?.joiner !== '&&') return undefined;
  const command = item.commands[0];
  const [cd, folder, more] = command?.words ?? [];
  if (cd?.value !== 'cd' || folder?.value === undefined || more !== undefined) return undefined;
  if ((command?.redirections.length ?? 0) > 0 || (command?.assignments.length ?? 0) > 0) return undefined;
  return /^\/[\w./+@-]*$/.test(folder.text) && !folder.text.split('/').includes('..')
    ? { instruction, body, item, folder: folder.text }
    : undefined;
}

/** A `cd` that is all there is, or that stands behind other commands. */
function* checkOtherMoves({ dockerfile, analysis }: Subject, instruction: Instruction): Iterable<Diagnostic> {
  if (!/\bcd\s/.test(instruction.logical.text)) return;
  const body = analysis.body(instruction);
  const item = body?.shell.items.find(
    ({ type, commands }) => type === 'Command' && commands[0]?.words[0]?.value === 'cd',
  );
  const [, target, more] = item?.commands[0]?.words ?? [];
  const folder = target?.text;
  // With more words, something else was meant.
  if (body === undefined || item === undefined || folder === undefined || more !== undefined) return;
  const span = body.sourceSpan(item);
  if (body.shell.items.length > 1) {
    if (item === body.shell.items[0] || !folder.startsWith('/')) return;
    const message = `\`cd ${folder}\` says in a script what WORKDIR is for`;
    yield declined(span, message, 'not-alone', 'the commands in front of it run in another folder');
    return;
  }
  const edits = removeItems(dockerfile, body, [item]);
  if (edits === undefined || instruction.flags.length > 0) return;
  yield fixed(span, `\`cd ${folder}\` holds until its RUN ends, so that it changes nothing`, {
    edits,
    applicability: 'unsafe',
    checked: [`look at what comes behind: where it was meant to run in ${folder}, it needs WORKDIR`],
    removes: [instruction.keywordText, instruction.argumentsText],
  });
}

/** Whether a RUN starts in the folder that it goes to. */
function startsThere(analysis: Analysis, move: Move | undefined): boolean {
  if (move === undefined) return false;
  return analysis.stateBefore(move.instruction).workdir === move.folder.replace(/(?<=.)\/+$/, '');
}

function checkMoves({ dockerfile, analysis }: Subject, stage: Stage, moves: readonly Move[]): Diagnostic {
  const [first] = moves;
  const final = moves[moves.length - 1];
  if (first === undefined || final === undefined) throw new RangeError('no move');
  const { folder } = first;
  const span = first.body.sourceSpan(first.item);
  const message = `\`cd ${folder}\` says in a script what WORKDIR is for`;
  const [mount] = moves.flatMap((move) => mountMeeting(move.instruction, folder) ?? []);
  if (mount !== undefined) return declined(span, message, 'cache-mount', `${mount.target ?? ''} is mounted`);
  const back = moves.find((move) => /\bcd\s+-(?=\s|$)|OLDPWD/.test(move.body.text));
  if (back !== undefined) return declined(span, message, 'shell-control', '`cd -` goes back to the folder of before');
  const edits: Edit[] = [];
  const { workdir } = analysis.stateBefore(first.instruction);
  const isThere = startsThere(analysis, first);
  for (const { body, item } of moves) {
    const removal = removeItem(dockerfile, body, item);
    if (removal === undefined) {
      return declined(span, message, 'comment-in-the-way', 'a comment stands between `cd` and the next command');
    }
    edits.push(removal);
  }
  const removes = moves.flatMap((_, index) => (index > 0 || isThere ? ['cd', folder] : ['cd']));
  if (isThere) {
    return fixed(span, `\`cd ${folder}\` goes where the RUN starts anyway`, {
      edits,
      applicability: 'unsafe',
      checked: [`the working directory is ${folder}`],
      removes,
    });
  }
  const relative = laterRelative(analysis, stage, final.instruction);
  if (relative !== undefined && workdir === undefined) {
    return declined(
      span,
      message,
      'later-use',
      `${relative.detail}, and nobody knows the working directory of the base image`,
    );
  }
  const { comments } = first.instruction.source;
  // What a comment tells people holds for both; one that speaks to a tool must stay right above its RUN.
  const isForTool = comments.some((comment) => /ignore|disable|skip|nosem/i.test(comment.text));
  const at = (isForTool ? comments[0]?.start : undefined) ?? first.instruction.span.start;
  edits.push(insertLineAt(dockerfile.text, at, `WORKDIR ${folder}`, first.instruction));
  if (relative !== undefined) edits.push(relative.restore(dockerfile.text, `WORKDIR ${workdir ?? ''}`));
  return fixed(span, message, {
    edits,
    applicability: 'unsafe',
    checked: [
      `assumes that ${folder} is there already: WORKDIR would make it`,
      relative === undefined ? 'nothing behind depends on the working directory' : 'the working directory is set back',
    ],
    removes,
  });
}

interface RelativeUse {
  readonly detail: string;
  /** Sets the working directory back in time. */
  readonly restore: (text: string, line: string) => Edit;
}

/** What depends on the working directory behind an instruction; undefined when nothing does. */
function laterRelative(analysis: Analysis, stage: Stage, after: Instruction): RelativeUse | undefined {
  let last = after;
  for (const instruction of stage.instructions) {
    if (instruction.index <= after.index) continue;
    const { keyword } = instruction;
    if (keyword === 'WORKDIR' && instruction.argumentsText.startsWith('/')) return undefined;
    if (isRelative(analysis, instruction)) {
      return {
        detail: `line ${instruction.source.startLine} depends on the working directory`,
        // Comments directly above belong to the instruction.
        restore: (text, line) =>
          insertLineAt(text, instruction.source.comments[0]?.start ?? instruction.span.start, line, instruction),
      };
    }
    if (keyword === 'RUN' || keyword === 'COPY' || keyword === 'ADD') last = instruction;
  }
  const { stages, finalStage } = analysis.dockerfile;
  const isUsed = stages.some((other) => other.base.kind === 'stage' && other.base.stage === stage);
  if (stage !== finalStage && !isUsed) return undefined;
  return {
    detail: 'the image starts in the working directory',
    restore: (text, line) => {
      const newline = lineEndingAt(text, last.span.start);
      return insertion(last.span.end, `${newline}${indentationAt(text, last.span.start)}${line}`);
    },
  };
}

/** Programs that work the same in any folder, as long as no word is a relative path. */
const ANYWHERE: ReadonlySet<string> = new Set(['apt-get', 'apt', 'apk', 'yum', 'dnf', 'microdnf', 'zypper', 'rm']);

function isRelative(analysis: Analysis, instruction: Instruction): boolean {
  const { keyword, words } = instruction;
  if (keyword === 'WORKDIR') return true;
  if (keyword === 'COPY' || keyword === 'ADD') return words[words.length - 1]?.text.startsWith('/') !== true;
  if (keyword !== 'RUN' || moveOf(analysis, instruction) !== undefined) return false;
  const body = analysis.body(instruction);
  if (body === undefined || instruction.flags.length > 0) return true;
  return body.shell.commands.some((command) => {
    const invocation = invocationOf(body, command);
    if (invocation === undefined || !ANYWHERE.has(invocation.program) || command.redirections.length > 0) return true;
    const isPath = invocation.program === 'rm' ? /^[^-/]/ : /^(?:\.|[^-/].*\/)/;
    return invocation.args.some(({ text }) => /[$`]/.test(text) || isPath.test(text.replace(/^["']/, '')));
  });
}
