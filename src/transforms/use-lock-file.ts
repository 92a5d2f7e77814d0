import type { Analysis } from '../analysis/analysis.js';
import { type ImageView, imageViewAt, workdirAt } from '../analysis/copies.js';
import { isGlobalNodeCommand } from '../analysis/installs/node.js';
import { LOCK_FILES, type LockingManager, lockStateOf } from '../analysis/lock-files.js';
import { stepsOf } from '../analysis/script-steps.js';
import { officialImageName } from '../dockerfile/image-reference.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { rootBase } from '../dockerfile/stage.js';
import { hasOption, type PackageCommand } from '../shell/packages.js';
import { insertAfterWord } from '../shell/script-edits.js';
import { type Edit, replacement } from '../text/edit.js';
import { baseName } from '../text/path.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** What makes an installation write its lock file, or not look at it. */
const WITHOUT_LOCK = [
  '--no-package-lock',
  '--package-lock',
  '--package-lock-only',
  '--no-lockfile',
  '--pure-lockfile',
  '--lockfile-only',
  '--no-frozen-lockfile',
  '--fix-lockfile',
  '--force',
  '-f',
  '--dry-run',
];
const WITH_LOCK = ['--frozen-lockfile', '--immutable', '--immutable-cache'];

/**
 * Installs what the lock file says: `npm ci`, and `--frozen-lockfile` for Yarn, pnpm and Bun. A plain installation may
 * take newer versions than those that were tested, without a word.
 *
 * Unsafe because the installation fails where the lock file and `package.json` are out of step, and npm ci removes
 * `node_modules` before. In the build context the two are compared.
 */
export const useLockFile: Transform = {
  name: 'use-lock-file',
  summary: 'Installs exactly what the lock file of npm, Yarn, pnpm or Bun says',
  category: 'correctness',
  related: ['dockerfile-doctor:DD010', 'dockerfile-roast:DF031'],
  onlyUnsafe: true,
  usesContext: true,
  imageChanges: ['dependencies'],
  needsProgram: ['npm', 'yarn', 'pnpm', 'bun'],
  *check(subject): Iterable<Diagnostic> {
    const { analysis } = subject;
    for (const instruction of analysis.runsNaming('npm', 'yarn', 'pnpm', 'bun')) {
      for (const command of analysis.packageCommands(instruction)) {
        const { manager } = command;
        if (!isLocking(manager) || !isPlainInstall(command, manager)) continue;
        const diagnostic = checkInstall(subject, instruction, command, manager);
        if (diagnostic !== undefined) yield diagnostic;
      }
    }
  },
};

function isLocking(name: string): name is LockingManager {
  return Object.hasOwn(LOCK_FILES, name);
}

function isPlainInstall(command: PackageCommand, manager: LockingManager): boolean {
  const verb = command.subcommand?.value;
  const isInstall = verb === undefined ? manager === 'yarn' : verb === 'install' || verb === 'i';
  return (
    isInstall &&
    command.operands.length === 0 &&
    !command.isDynamic &&
    !isGlobalNodeCommand(command) &&
    !hasOption(command, ...WITHOUT_LOCK, ...WITH_LOCK)
  );
}

function checkInstall(
  { analysis, contexts }: Subject,
  run: Instruction,
  command: PackageCommand,
  manager: LockingManager,
): Diagnostic | undefined {
  const { body, programWord } = command.invocation;
  const word = command.subcommand ?? programWord;
  const span = body.sourceSpan({ start: programWord.start, end: word.end });
  const message = `\`${body.text.slice(programWord.start, word.end)}\` may install other versions than the lock file says`;
  const folder = folderOf(analysis, run, command);
  if (folder === undefined) return undefined;
  const [first] = contexts;
  const named = first === undefined ? namedLock(analysis, run, manager) : undefined;
  const views = contexts.map((context) => imageViewAt(analysis, run, context));
  const late = views.map((view) => lateLock(view, folder, manager)).find((name) => name !== undefined);
  if (late !== undefined) {
    return declined(span, message, 'missing-manifest', `${late} is in the build context, and nothing copies it before`);
  }
  const states = views.map((view) => lockStateOf(view, folder, manager));
  if (states.length === 0 ? named === undefined : states.some((state) => state === undefined)) return undefined;
  for (const state of states) {
    if (state !== undefined && state.kind !== 'in-step') {
      const reason = state.kind === 'out-of-step' ? 'out-of-step' : 'unknown-content';
      return declined(span, message, reason, `${state.name}: ${state.detail}`);
    }
  }
  const problem = manager === 'npm' ? npmObstacle(analysis, run, folder) : undefined;
  if (problem !== undefined) return declined(span, message, problem.reason, problem.detail);
  const isBerry = states.some((state) => state?.kind === 'in-step' && state.isBerry);
  const name = named ?? states[0]?.name ?? '';
  const edit: Edit =
    manager === 'npm'
      ? replacement(body.sourceSpan(word), 'ci')
      : insertAfterWord(body, word, isBerry ? ' --immutable' : ' --frozen-lockfile');
  return fixed(span, message, {
    edits: [edit],
    applicability: 'unsafe',
    checked: [
      named === undefined
        ? `${name} and package.json of the build context are in step`
        : `assumes that ${name} and package.json are in step`,
      'the build fails when they are not',
    ],
    removes: manager === 'npm' ? [word.text] : [],
  });
}

/** A lock file that lies beside the package's manifest in the context, and is not there when it is installed. */
function lateLock(view: ImageView, folder: string, manager: LockingManager): string | undefined {
  const manifest = view.origin(`${folder}/package.json`)?.context;
  if (manifest === undefined || LOCK_FILES[manager].some((name) => view.has(`${folder}/${name}`))) return undefined;
  const beside = manifest.slice(0, manifest.lastIndexOf('/') + 1);
  return LOCK_FILES[manager].find((name) => view.context.file(beside + name) !== undefined);
}

/** The folder in the image in which a command installs; undefined where nobody can tell. */
function folderOf(analysis: Analysis, run: Instruction, command: PackageCommand): string | undefined {
  const { body } = command.invocation;
  const item = body.shell.items[command.invocation.command.item];
  const step = stepsOf(body, workdirAt(analysis, run)).find((candidate) => candidate.item === item)?.step;
  return step?.kind === 'install' ? step.installation.folder : undefined;
}

/** The lock file that a COPY names, where nobody has the context. */
function namedLock(analysis: Analysis, run: Instruction, manager: LockingManager): string | undefined {
  const stage = analysis.dockerfile.stageOf(run);
  for (const { keyword, index, words } of stage?.instructions ?? []) {
    if (keyword !== 'COPY' || index > run.index) continue;
    const names = words.slice(0, -1).map(({ text }) => baseName(text));
    const found = LOCK_FILES[manager].find((name) => names.includes(name));
    if (found !== undefined) return found;
  }
  return undefined;
}

interface NpmObstacle {
  readonly reason: 'other-program' | 'later-use';
  readonly detail: string;
}

/** Why `npm ci` cannot take the place of an installation, whatever the lock file says. */
function npmObstacle(analysis: Analysis, run: Instruction, folder: string): NpmObstacle | undefined {
  const stage = analysis.dockerfile.stageOf(run);
  if (stage === undefined) return undefined;
  const base = rootBase(stage);
  const isNode = base.kind === 'image' && officialImageName(base.image) === 'node';
  const major = isNode ? /^(\d+)/.exec(base.image.tag ?? '')?.[1] : undefined;
  if (major !== undefined && Number(major) < 10) {
    return {
      reason: 'other-program',
      detail: `npm of node:${base.kind === 'image' ? (base.image.tag ?? '') : ''} has no \`npm ci\` that can be relied on`,
    };
  }
  const earlier = stage.instructions.find(
    (one) =>
      one.index < run.index &&
      ((one.keyword === 'COPY' && /\bnode_modules\b/.test(one.logical.text)) ||
        analysis
          .packageCommands(one)
          .some((other) => other.manager === 'npm' && folderOf(analysis, one, other) === folder)),
  );
  return earlier === undefined
    ? undefined
    : {
        reason: 'later-use',
        detail: `npm ci would remove what line ${earlier.source.startLine} puts into node_modules`,
      };
}
