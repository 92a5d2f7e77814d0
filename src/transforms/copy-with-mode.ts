import { copyTargets, isKnownFolder } from '../analysis/copied-files.js';
import { isFileName } from '../analysis/file-names.js';
import { FRONTEND, frontendSupport } from '../analysis/frontend.js';
import { leadingModeChanges, type ModeChange } from '../analysis/mode-changes.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { ShellBody } from '../shell/body.js';
import { wordsLostByMerge } from '../shell/merge.js';
import { isChain } from '../shell/plain-item.js';
import { removeItems } from '../shell/script-edits.js';
import { insertion } from '../text/edit.js';
import { baseName } from '../text/path.js';
import { declined, type DeclineReason, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** The flags that do not change where the files land. */
const KNOWN_FLAGS: ReadonlySet<string> = new Set(['from', 'link', 'chown', 'chmod']);

/** Of 644 and 755, the modes that git keeps, it makes 755, or all of it that the owner has. */
const ADDS_EXECUTION = /^(?:[ugoa]*\+(?:x|rx|xr)|u\+r?w?x)$/;

/**
 * Sets the mode and the owner of a copied file in the COPY itself. A `chmod` or `chown` in a RUN of its own stores the
 * whole file once more in its layer.
 *
 * Safe because the file ends up with the same mode and owner: the mode is written in digits, both look the name up in
 * the image, and the folder around the file is there, so that the flags reach nothing else. A file that does not prove
 * a builder with `--chmod`, or a `chmod +x`, which adds to a mode that nobody here sees, makes it unsafe.
 */
export const copyWithMode: Transform = {
  name: 'copy-with-mode',
  summary: 'Sets the mode and the owner of a copied file in the COPY',
  category: 'size',
  related: ['kics:chown_flag_exists', 'tally:prefer-copy-chmod'],
  needsInstruction: ['COPY'],
  needsProgram: ['chmod', 'chown'],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    for (const run of analysis.runsNaming('chmod', 'chown')) {
      const stage = dockerfile.stageOf(run);
      const copy = stage?.instructions[run.index - stage.from.index - 2];
      if (copy?.keyword !== 'COPY' || copy.flags.some(({ name }) => !KNOWN_FLAGS.has(name))) continue;
      const body = run.heredocs.length > 0 ? undefined : analysis.body(run);
      if (body === undefined) continue;
      const diagnostic = checkPair(subject, copy, body);
      if (diagnostic !== undefined) yield diagnostic;
    }
  },
};

function checkPair(subject: Subject, copy: Instruction, body: ShellBody): Diagnostic | undefined {
  const { dockerfile, analysis } = subject;
  const { items } = body.shell;
  const state = analysis.stateBefore(copy);
  const changes = leadingModeChanges(body, copyTargets(copy, state, dockerfile.escape), state, dockerfile.escape);
  const [first] = changes;
  const last = items[changes.length - 1];
  if (first === undefined || last === undefined || changes.some(({ program }) => copy.flag(program) !== undefined)) {
    return undefined;
  }
  const span = body.sourceSpan({ start: items[0]?.start ?? 0, end: last.end });
  const message = `\`${first.program} ${first.value}\` stores again what the COPY on line ${copy.source.startLine} brings`;
  const mode = changes.find(({ program }) => program === 'chmod')?.value;
  const owner = changes.find(({ program }) => program === 'chown')?.value;
  const isSymbolic = mode !== undefined && !/^\d/.test(mode);
  const support = mode === undefined ? 'proven' : frontendSupport(dockerfile, FRONTEND.chmod);
  const flagMode = isSymbolic ? '755' : mode;
  const folder = first.path.slice(0, first.path.lastIndexOf('/')) || '/';
  const hasFolder = isKnownFolder(folder, state);
  const obstacle = obstacleOf(copy, body, first) ?? modeObstacle(mode);
  if (obstacle !== undefined) return declined(span, message, ...obstacle);
  if (support === 'missing') {
    return declined(span, message, 'frontend-version', 'the frontend that `# syntax=` asks for has no --chmod');
  }
  if (owner !== undefined && copy.flag('link') !== undefined && /[A-Za-z_]/.test(owner)) {
    return declined(span, message, 'unknown-user', '--link copies without looking at the users of the image');
  }
  if (!hasFolder && flagMode !== undefined && !/^0*755$/.test(flagMode)) {
    // https://github.com/moby/buildkit/issues/4945
    const detail = `${folder} may not be there yet, and --chmod holds for the folders that COPY makes`;
    return declined(span, message, 'unknown-content', detail);
  }
  const removal = removeItems(dockerfile, body, items.slice(0, changes.length));
  if (removal === undefined) {
    return declined(span, message, 'comment-in-the-way', 'a comment belongs to what would go');
  }
  // Without a group `chown` leaves root's, which COPY sets; --chown would take another one.
  const flagOwner = owner === undefined || owner.includes(':') ? owner : `${owner}:0`;
  const flags = [flagMode && ` --chmod=${flagMode}`, flagOwner && ` --chown=${flagOwner}`].join('');
  const place = copy.sourceSpan(copy.flags[copy.flags.length - 1] ?? copy.keywordSpan).end;
  const assumed: string[] = [];
  if (support === 'unknown') assumed.push('needs BuildKit, Buildah or Kaniko 1.9: look at what builds the file');
  if (isSymbolic) assumed.push(`assumes that the file has mode 644 or 755, so that \`${mode}\` makes 755 of it`);
  if (owner !== undefined && !hasFolder) {
    assumed.push(`assumes that ${folder} is there already: one that COPY makes would belong to ${owner}, too`);
  }
  return fixed(span, message, {
    edits: [insertion(place, flags), ...removal],
    applicability: assumed.length === 0 ? 'safe' : 'unsafe',
    checked: ['the RUN names what the COPY brings, and nothing else', ...assumed],
    removes: [...wordsLostByMerge(body), body.text.slice(0, items[changes.length]?.start)],
  });
}

type Obstacle = readonly [DeclineReason, string];

function obstacleOf(copy: Instruction, body: ShellBody, first: ModeChange): Obstacle | undefined {
  if (!isChain(body)) {
    return ['shell-control', 'what follows would also run where it fails'];
  }
  if (first.isRecursive) return ['unknown-content', '`-R` also reaches what was in the folder before'];
  if (first.mayBeFolder) return ['unknown-content', `${first.path} may be a folder that is there already`];
  const unknown = copy.words.slice(0, -1).find(({ text }) => !isFileName(baseName(text)));
  return unknown && ['unknown-content', `${unknown.text} may be a folder, and the flags hold for everything in one`];
}

function modeObstacle(mode: string | undefined): Obstacle | undefined {
  if (mode === undefined) return undefined;
  // https://github.com/moby/buildkit/issues/3920
  if (/^0*[1-7][0-7]{3}$/.test(mode))
    return ['frontend-version', `BuildKit before 0.13 loses the first digit of ${mode}`];
  const isKnown = /^\d/.test(mode) || ADDS_EXECUTION.test(mode);
  return isKnown ? undefined : ['unknown-content', `\`${mode}\` does more than to let the file run`];
}
