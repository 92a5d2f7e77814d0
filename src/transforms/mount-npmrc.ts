import type { Analysis } from '../analysis/analysis.js';
import { resolvePath } from '../analysis/copied-files.js';
import { type ContextCopy, isWithin, placementsOf, readContextCopy, UNKNOWN, workdirAt } from '../analysis/copies.js';
import { FRONTEND, frontendSupport } from '../analysis/frontend.js';
import { mountMeeting } from '../analysis/mounts.js';
import { isPlaceholder } from '../analysis/secrets.js';
import { startCommandOf } from '../analysis/start-command.js';
import { isRoot } from '../analysis/state.js';
import type { BuildContext } from '../context/build-context.js';
import { copySourcesOf } from '../dockerfile/copy-source.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { removeUncommented, removeWords } from '../dockerfile/removal.js';
import { findCopySource, type Stage, startsFrom } from '../dockerfile/stage.js';
import { plainItemsOf } from '../shell/plain-item.js';
import { insertBeforeScript, removeItem } from '../shell/script-edits.js';
import { type Edit, editsConflict } from '../text/edit.js';
import { baseName } from '../text/path.js';
import { type DeclineReason, declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** What fetches packages without a word of it, or reads the settings for it: only an installation is known. */
const FETCHES = /\b(?:npx|dlx|exec|publish|login|whoami|view|pack|corepack)\b/;

const MANAGER = /\b(?:npm|npx|yarn|pnpm|bun)\b/;

/**
 * Gives `.npmrc` with a token to the RUNs that install, as a mount, in place of a COPY that leaves the token in a layer,
 * also where a later RUN removes the file. A file that takes the token from a variable holds none, and stays.
 *
 * Unsafe because the command that builds has to hand the file over, and because what reads the file otherwise no longer
 * finds it.
 */
export const mountNpmrc: Transform = {
  name: 'mount-npmrc',
  summary: 'Gives .npmrc with a token to the installations as a secret, not as a copy',
  category: 'security',
  related: ['tally:require-secret-mounts', 'tally:secrets-in-code'],
  onlyUnsafe: true,
  usesContext: true,
  imageChanges: ['fewer-files'],
  needsInstruction: ['COPY', 'ADD'],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    // Windows has no such mounts.
    if (dockerfile.escape === '`' || subject.contexts.length === 0) return;
    for (const stage of dockerfile.stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue;
        const copy = readContextCopy(analysis, instruction, workdirAt(analysis, instruction));
        if (copy === undefined || copy === 'unknown') continue;
        const source = copy.sources.find((path) => baseName(path) === '.npmrc');
        if (source === undefined || !subject.contexts.some((context) => holdsToken(context.read(source)))) continue;
        yield checkCopy(subject, stage, copy, source);
      }
    }
  },
};

/** A token, a login or a password that stands in the file itself. */
function holdsToken(text: string | undefined): boolean {
  return (text ?? '').split(/\r?\n/).some((line) => {
    const value = /^\s*(?:\/\/[^\s=]+:)?_(?:authToken|auth|password)\s*=\s*(.*?)\s*$/.exec(line)?.[1];
    return value !== undefined && !value.includes('$') && !isPlaceholder(value);
  });
}

interface Obstacle {
  readonly reason: DeclineReason;
  readonly detail: string;
}

function checkCopy(
  { dockerfile, analysis, contexts }: Subject,
  stage: Stage,
  copy: ContextCopy,
  source: string,
): Diagnostic {
  const { instruction } = copy;
  const span = instruction.sourceSpan(instruction.argumentsSpan);
  const message = `a layer keeps the token in \`${source}\``;
  const target = copy.isIntoFolder ? `${copy.destination === '/' ? '' : copy.destination}/.npmrc` : copy.destination;
  const id = `npmrc${source === '.npmrc' ? '' : `-${source.slice(0, -'/.npmrc'.length).replace(/[^\w.-]+/g, '-')}`}`;
  const edits = editsFor(dockerfile, analysis, stage, copy, { target, source, id });
  const obstacle =
    placeObstacle(dockerfile, contexts, target, source) ?? usesElsewhere(analysis, stage, copy, target, contexts);
  if (obstacle !== undefined) return declined(span, message, obstacle.reason, obstacle.detail);
  if ('reason' in edits) return declined(span, message, edits.reason, edits.detail);
  return fixed(span, message, {
    edits: edits.list,
    applicability: 'unsafe',
    checked: [
      `build with \`--secret id=${id},src=${source}\``,
      'needs BuildKit, or podman',
      'change the token if an image with it was given away',
    ],
    removes: edits.removes,
  });
}

function placeObstacle(
  dockerfile: Dockerfile,
  contexts: readonly BuildContext[],
  target: string,
  source: string,
): Obstacle | undefined {
  if (!contexts.every((context) => holdsToken(context.read(source))))
    return { reason: 'contexts-differ', detail: `\`${source}\` holds no token in some of them` };
  if (baseName(target) !== '.npmrc' || target.includes(UNKNOWN))
    return { reason: 'unknown-base', detail: 'nobody knows which folder it is copied into' };
  return frontendSupport(dockerfile, FRONTEND.mount) === 'missing'
    ? { reason: 'frontend-version', detail: 'the frontend that `# syntax=` asks for knows no mounts' }
    : undefined;
}

/** What else brings the file, or reads it behind the installations. */
function usesElsewhere(
  analysis: Analysis,
  stage: Stage,
  { instruction: own }: ContextCopy,
  target: string,
  contexts: readonly BuildContext[],
): Obstacle | undefined {
  const { dockerfile } = analysis;
  for (const one of dockerfile.instructions) {
    const where = dockerfile.stageOf(one);
    const isRelated = where !== undefined && (startsFrom(where, stage) || startsFrom(stage, where));
    const copy = one === own || !isRelated ? undefined : readContextCopy(analysis, one, workdirAt(analysis, one));
    if (copy === undefined) continue;
    const brings =
      copy !== 'unknown' &&
      contexts.every((context) => {
        const placements = placementsOf(copy, context, () => true);
        return placements?.every(({ context: path }) => baseName(path) !== '.npmrc') === true;
      });
    if (!brings)
      return {
        reason: 'overwritten',
        detail: `line ${one.source.startLine} may copy it as well, as long as .dockerignore does not name it`,
      };
  }
  const final = dockerfile.finalStage;
  const starter = startCommandOf(analysis)?.commands.find(({ program }) => MANAGER.test(program));
  if (starter !== undefined && startsFrom(final, stage))
    return { reason: 'later-use', detail: `\`${starter.program}\` reads it when the container starts` };
  for (const one of dockerfile.instructions) {
    if (one.keyword !== 'COPY' || !/^\//.test(one.words[0]?.text ?? '')) continue;
    const [from] = copySourcesOf(one);
    if (from === undefined || findCopySource(dockerfile.stages, from.word.text) !== stage) continue;
    const other = dockerfile.stageOf(one);
    const taken = one.words.slice(0, -1).some(({ text }) => isWithin(target, text.replace(/\/+$/, '')));
    const installs = other?.instructions.some(
      (later) => later.index > one.index && MANAGER.test(analysis.rawText(later)),
    );
    if (taken && installs === true)
      return { reason: 'later-use', detail: `line ${one.source.startLine} takes it into a stage that reads it` };
  }
  return undefined;
}

interface Target {
  readonly target: string;
  readonly source: string;
  readonly id: string;
}

/** The COPY without the file, the installations with the mount, and no command that removes the file. */
function editsFor(
  dockerfile: Dockerfile,
  analysis: Analysis,
  stage: Stage,
  { instruction, sources }: ContextCopy,
  { target, source, id }: Target,
): { readonly list: readonly Edit[]; readonly removes: readonly string[] } | Obstacle {
  const word = instruction.words[sources.indexOf(source)];
  const [only] = sources.length === 1 ? [removeUncommented(dockerfile, instruction)] : [];
  const taken =
    sources.length === 1
      ? only && [only]
      : word && removeWords(dockerfile, instruction, instruction.words, new Set([word]));
  if (taken === undefined) return { reason: 'comment-in-the-way', detail: 'a comment stands beside it' };
  const list: Edit[] = [...taken];
  const removes = [
    sources.length === 1 ? dockerfile.text.slice(instruction.span.start, instruction.span.end) : (word?.text ?? ''),
  ];
  let mounts = 0;
  for (const run of dockerfile.instructions) {
    const own = dockerfile.stageOf(run);
    if (run.index < instruction.index || run.keyword !== 'RUN' || !startsFrom(own, stage)) continue;
    const text = analysis.rawText(run);
    if (!MANAGER.test(text) && !text.includes('.npmrc')) continue;
    const line = `line ${run.source.startLine}`;
    const body = analysis.body(run);
    if (body === undefined) return { reason: 'unknown-command', detail: `nobody can tell what ${line} does with it` };
    const state = analysis.stateBefore(run);
    const removals = plainItemsOf(body).filter(({ program, args }) => {
      const [file, more] = args.filter((arg) => !/^-[rf]+$/.test(arg.text));
      return (
        program === 'rm' && more === undefined && resolvePath(file?.text ?? '', state, dockerfile.escape) === target
      );
    });
    if (text.split('.npmrc').length - 1 !== removals.length)
      return { reason: 'later-use', detail: `${line} works with it` };
    const isInstall = analysis
      .packageCommands(run)
      .some(({ manager, action }) => MANAGER.test(manager) && action === 'install');
    if (!isInstall && MANAGER.test(text) && FETCHES.test(text))
      return { reason: 'later-use', detail: `${line} may fetch packages with it` };
    if (isInstall && mountMeeting(run, target) !== undefined)
      return { reason: 'hidden-content', detail: `a mount of ${line} lies over it` };
    if (removals.length === body.shell.items.length) {
      const gone = removeUncommented(dockerfile, run);
      if (gone === undefined) return { reason: 'comment-in-the-way', detail: `a comment stands above ${line}` };
      list.push(gone);
      removes.push(text);
      continue;
    }
    for (const { item } of removals) {
      const gone = removeItem(dockerfile, body, item);
      if (gone === undefined) return { reason: 'shell-control', detail: `${line} removes it on a condition` };
      list.push(gone);
      removes.push(body.text.slice(item.start, item.end));
    }
    if (!isInstall) continue;
    mounts++;
    const mode = isRoot(state.user) ? '' : ',mode=0444';
    list.push(...insertBeforeScript(dockerfile, body, [`--mount=type=secret,id=${id},target=${target}${mode}`], []));
  }
  if (mounts === 0) return { reason: 'dynamic-value', detail: 'nobody can tell which RUN reads it' };
  const isClear = list.every((edit, index) => list.slice(index + 1).every((other) => !editsConflict(edit, other)));
  return isClear ? { list, removes } : { reason: 'shell-control', detail: 'a script starts with the removal of it' };
}
