import { copySourcesOf } from '../dockerfile/copy-source.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { findCopySource, type Stage, startsFrom } from '../dockerfile/stage.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import type { Analysis } from './analysis.js';
import { type CacheFolder, type CacheProgram, cacheProgramOf } from './cache-folders.js';
import type { CacheObstacle } from './cache-place.js';
import { resolvePath } from './copied-files.js';
import { isWithin } from './copies.js';
import { mountOver } from './mounts.js';
import { isShipped } from './package-lists.js';
import { stepsOf } from './script-steps.js';
import { startCommandOf } from './start-command.js';

/** Programs that work on what a build has made. */
const TAKES_RESULTS: ReadonlySet<string> = new Set(
  'cp mv cat find grep sed awk file strip upx tar unzip zip java jar sha256sum readelf ldd du head tail jlink'.split(
    ' ',
  ),
);

/** Programs that a container may start to build once more, and shells, from which anything may be started. */
const BUILDS_AGAIN =
  /^(?:go|mvnw?|gradlew?|cargo|dotnet|make|just|task|air|reflex|realize|fresh|CompileDaemon|dlv|sh|bash|ash|zsh|npm|yarn|run|.*\.sh)$/;

/**
 * What in the file needs the folders that a RUN fills, in the image itself: a copy of them, what is copied into them
 * before, and for what is used in place each command behind the RUN that may look there.
 */
export function needOf(
  analysis: Analysis,
  stage: Stage,
  run: Instruction,
  { program, commands }: { readonly program: CacheProgram; readonly commands: readonly Invocation[] },
  folders: readonly CacheFolder[],
): CacheObstacle | undefined {
  const targets = folders.map(({ target }) => target);
  const isStore = program.isStore === true && !commands.every((command) => program.standsAlone?.(command) === true);
  return (
    earlierContent(analysis, stage, run, program, targets) ??
    copiedOut(analysis, stage, targets, isStore) ??
    (isStore ? (laterCommand(analysis, stage, run, program) ?? startedNeed(analysis, stage)) : undefined)
  );
}

/** What an instruction above puts into one of the folders, or makes of it. */
function earlierContent(
  analysis: Analysis,
  stage: Stage,
  run: Instruction,
  program: CacheProgram,
  targets: readonly string[],
): CacheObstacle | undefined {
  for (const instruction of stage.instructions) {
    if (instruction.index >= run.index) break;
    const target = targets.find(
      (folder) =>
        putsInto(analysis, instruction, folder) ||
        (instruction.keyword === 'RUN' &&
          program.leaves?.test(analysis.rawText(instruction)) === true &&
          mountOver(instruction, folder) === undefined),
    );
    if (target === undefined) continue;
    const detail = `line ${instruction.source.startLine} puts something into ${target}, which a mount would hide`;
    return { reason: 'hidden-content', detail };
  }
  return stage.base.kind === 'stage' ? earlierContent(analysis, stage.base.stage, run, program, targets) : undefined;
}

function putsInto(analysis: Analysis, instruction: Instruction, folder: string): boolean {
  const { dockerfile } = analysis;
  const { keyword, words } = instruction;
  if (keyword === 'COPY' || keyword === 'ADD') {
    const path = resolvePath(words[words.length - 1]?.text ?? '', analysis.stateBefore(instruction), dockerfile.escape);
    return path !== undefined && isWithin(path, folder);
  }
  if (keyword !== 'RUN' || mountOver(instruction, folder) !== undefined) return false;
  const name = folder.replace(/^\/(?:root|home\/\w+)\//, '');
  const text = analysis.rawText(instruction);
  // A script that empties it puts nothing there.
  return text.includes(name) && !new RegExp(`\\brm\\b[^&;|]*${name.replaceAll('.', '\\.')}`).test(text);
}

/** A copy of one of the folders out of a stage, or of one around it where what is in it is used in place. */
function copiedOut(
  analysis: Analysis,
  stage: Stage,
  targets: readonly string[],
  isStore: boolean,
): CacheObstacle | undefined {
  const { dockerfile } = analysis;
  for (const instruction of dockerfile.instructions) {
    const { keyword, words } = instruction;
    const [source] = keyword === 'COPY' ? copySourcesOf(instruction) : [];
    if (source === undefined) continue;
    const from = findCopySource(dockerfile.stages, source.word.text);
    // A variable may name any stage.
    if (from === undefined ? !source.word.text.includes('$') : !startsFrom(from, stage)) continue;
    for (const { text } of words.slice(0, -1)) {
      const path = `/${text.replace(/^\//, '').replace(/[*?[].*$/, '')}`.replace(/(?<=.)\/+$/, '');
      const isTaken = (target: string): boolean => isWithin(path, target) || (isStore && isWithin(target, path));
      if (targets.some(isTaken)) {
        return { reason: 'later-use', detail: `line ${instruction.source.startLine} copies ${text}` };
      }
    }
  }
  return undefined;
}

/** A command behind the RUN, in its stage or in those that start from it, that may look into the folders. */
function laterCommand(
  analysis: Analysis,
  stage: Stage,
  run: Instruction,
  program: CacheProgram,
): CacheObstacle | undefined {
  const { stages, instructions } = analysis.dockerfile;
  const leaves = program.leaves?.test(analysis.rawText(run)) === true;
  for (const instruction of stage.instructions) {
    if (instruction.index <= run.index) continue;
    const { keyword } = instruction;
    if (
      keyword === 'RUN'
        ? mayNeed(analysis, instruction, program, leaves)
        : (keyword === 'CMD' || keyword === 'ENTRYPOINT') && names(instruction, program)
    ) {
      return { reason: 'later-use', detail: `line ${instruction.source.startLine} may need what is in it` };
    }
  }
  const mounting = instructions.find((other) =>
    copySourcesOf(other).some(({ word }) => other.keyword === 'RUN' && findCopySource(stages, word.text) === stage),
  );
  if (mounting !== undefined) {
    return { reason: 'later-use', detail: `line ${mounting.source.startLine} mounts the stage` };
  }
  for (const child of stages) {
    if (child.base.kind !== 'stage' || child.base.stage !== stage) continue;
    const need = laterCommand(analysis, child, run, program);
    if (need !== undefined) return need;
  }
  return undefined;
}

function names({ argumentsText }: Instruction, { programs }: CacheProgram): boolean {
  return programs.some((name) => new RegExp(`(?:^|[\\s"/])${name}(?:[\\s"]|$)`).test(argumentsText));
}

function mayNeed(analysis: Analysis, run: Instruction, program: CacheProgram, leaves: boolean): boolean {
  const body = analysis.body(run);
  if (body === undefined || program.offline?.test(body.text) === true) return true;
  const invocations = invocationsOf(body);
  // The mount may be empty when the RUN that filled it is not repeated.
  if (leaves && invocations.some((invocation) => cacheProgramOf(invocation) === program)) return true;
  const own = new Set(
    invocations
      .filter((invocation) => TAKES_RESULTS.has(invocation.program) || cacheProgramOf(invocation) !== undefined)
      .map(({ command }) => command),
  );
  return stepsOf(body, analysis.stateBefore(run).workdir ?? '/').some(
    ({ item, step }) => step.kind === 'other' && !item.commands.every((command) => own.has(command)),
  );
}

/** Whether the container of the image may build once more. */
function startedNeed(analysis: Analysis, stage: Stage): CacheObstacle | undefined {
  if (!isShipped(analysis, stage)) return undefined;
  const commands = startCommandOf(analysis)?.commands ?? [];
  const again = commands.find(({ program }) => BUILDS_AGAIN.test(program));
  if (commands.length > 0 && again === undefined) return undefined;
  const what = again === undefined ? 'whoever starts the image' : `\`${again.program}\``;
  return { reason: 'later-use', detail: `${what} may need what is in it when the container runs` };
}
