import type { Instruction } from '../../dockerfile/instruction.js';
import { isGone } from './removals.js';
import { baseName } from '../../text/path.js';
import { imagePath, isWithin, readContextCopy } from '../copies.js';
import { variablesOf } from './known-variables.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';
import type { RepeatedCommand, RunReading } from './stage-reading.js';

/** An instruction of the old stage that the image that runs has, too. */
export interface Kept {
  readonly instruction: Instruction;
  /** It is of no use to the builder, and goes. */
  readonly isMoved: boolean;
  /** Of a RUN, the commands that are repeated. */
  readonly commands?: readonly string[];
}

const MOVED = /^(?:LABEL|EXPOSE|VOLUME|STOPSIGNAL|HEALTHCHECK|CMD|ENTRYPOINT|MAINTAINER)$/;

/** Arguments that installations of packages read. */
const READ_BY_INSTALLATIONS = /^(?:DEBIAN_FRONTEND|ACCEPT_EULA|(?:https?|no)_proxy|(?:HTTPS?|NO)_PROXY)$/;

/** The instructions up to the cut that the new image has, too. */
export function keptOf(scene: Scene, recipe: Recipe): { readonly kept: readonly Kept[] } | Obstacle {
  const { stage, last } = scene;
  const kept: Kept[] = [];
  const args: Kept[] = [];
  for (const [index, instruction] of stage.instructions.entries()) {
    if (instruction.index > last.instruction.index) break;
    const { keyword } = instruction;
    if (keyword === undefined) continue;
    if (MOVED.test(keyword)) kept.push({ instruction, isMoved: true });
    else if (/^(?:ENV|WORKDIR|SHELL|USER)$/.test(keyword)) kept.push({ instruction, isMoved: false });
    else if (keyword === 'ARG') args.push({ instruction, isMoved: false });
    else if (keyword === 'RUN') {
      const run = scene.runs.find((one) => one.instruction === instruction);
      const commands = run === undefined ? [] : commandsOf(scene, recipe, run);
      if (!Array.isArray(commands)) return commands as Obstacle;
      if (commands.length > 0) kept.push({ instruction, isMoved: false, commands: commands as readonly string[] });
    } else if (
      (keyword === 'COPY' || keyword === 'ADD') &&
      isCopyKept(scene, recipe, instruction, scene.workdirs[index] ?? '/')
    ) {
      kept.push({ instruction, isMoved: false });
    }
  }
  kept.push(...args.filter((one) => isArgumentUsed(scene, one.instruction, [...kept, ...args])));
  kept.sort((a, b) => a.instruction.index - b.instruction.index);
  const inherited = kept.find(
    ({ instruction, commands }) => commands === undefined && namesUnknown(scene, instruction),
  );
  if (inherited !== undefined)
    return {
      reason: 'dynamic-value',
      detail: `line ${inherited.instruction.source.startLine} takes a variable of the base image, which the other image may not have`,
    };
  return { kept: withoutPassingFolders(kept, scene) };
}

/** The commands of a RUN that the new image needs. */
function commandsOf(
  scene: Scene,
  { carried, isShared, clears }: Recipe,
  run: RunReading,
): readonly string[] | Obstacle {
  const found: string[] = [];
  for (const command of run.commands) {
    // An environment is carried as it is, with all that is in it.
    if (/-m\s+venv\b|^(?:virtualenv|uv venv)\b/.test(command.text)) continue;
    // What is gone from the builder is not carried; of what the base image brings it has to go again.
    const isCleared = clears !== undefined && command.paths.some((path) => isWithin(path, clears));
    if (command.isRemoval === true && !isCleared) continue;
    const isCarried =
      command.isRemoval !== true &&
      command.paths.length > 0 &&
      command.paths.every((path) => carried.some((one) => isWithin(path, one.path)));
    if (isCarried) continue;
    if (
      command.isOfApplication &&
      command.isRemoval !== true &&
      isShared !== true &&
      !isOfFolders(
        command,
        scene,
        carried.map(({ path }) => path),
      )
    )
      continue;
    if (!command.isPlain)
      return {
        reason: 'unknown-command',
        detail: `line ${run.instruction.source.startLine}: \`${command.text.replace(/\s+/g, ' ').slice(0, 60)}\` would have to be repeated`,
      };
    found.push(command.text);
  }
  return found;
}

/** Folders that builds fill, by their usual names. */
const BUILD_FOLDERS = /\/(?:build|bin|obj|out|output|dist|target|classes|release|debug|cmake-build[\w-]*)$/i;

/** Whether a command makes folders of the application, or gives them to somebody: what is not carried has to be made anew. */
function isOfFolders(
  { program, paths }: RepeatedCommand,
  { runs, workdirs, finalView }: Scene,
  carried: readonly string[],
): boolean {
  if (/^(?:mkdir|touch|ln|install)$/.test(program)) {
    // The folder of what is carried is made by the copy, but for one that is given to somebody first.
    const isGiven = runs.some((run) =>
      run.commands.some(
        (one) => /^(?:chown|chgrp|chmod)$/.test(one.program) && one.paths.some((path) => paths.includes(path)),
      ),
    );
    const gone = runs.flatMap((run) => run.gone);
    // Where the sources are, the context says what lies there; what was taken away again nobody needs.
    const isOfSources = (path: string): boolean => finalView?.has(path) === true || finalView?.hasBelow(path) === true;
    const isMade = (path: string): boolean =>
      BUILD_FOLDERS.test(path) ||
      isOfSources(path) ||
      isGone(path, gone) ||
      (!isGiven && carried.some((one) => isWithin(one, path)));
    return !paths.every(isMade);
  }
  if (program !== 'chown' && program !== 'chgrp' && program !== 'chmod') return false;
  const made = runs.flatMap((run) =>
    run.commands.flatMap((one) => (/^(?:mkdir|touch|install)$/.test(one.program) ? one.paths : [])),
  );
  return paths.every((path) => workdirs.includes(path) || made.includes(path));
}

function isCopyKept(scene: Scene, recipe: Recipe, instruction: Instruction, workdir: string): boolean {
  if (recipe.builderOnly?.includes(instruction) === true) return false;
  const { analysis, folders } = scene;
  const copy = readContextCopy(analysis, instruction, workdir);
  const target = instruction.words[instruction.words.length - 1]?.text ?? '';
  const destination = copy !== undefined && copy !== 'unknown' ? copy.destination : imagePath(workdir, target);
  if (/^\/(?:var\/)?tmp\//.test(destination) && !scene.start.words.some((word) => word.includes('/tmp/'))) return false;
  if (recipe.copies.includes(instruction)) return true;
  if (isToolOfBuild(scene, instruction, destination)) return false;
  // What a recipe carries is what it needs of these places.
  if (recipe.carried.some(({ path }) => isWithin(path, destination) || isWithin(destination, path))) return false;
  const isOfApplication =
    copy !== undefined && copy !== 'unknown' && folders.some((folder) => isWithin(destination, folder));
  return !isOfApplication || recipe.keepsOtherCopies === true;
}

/** A program of another image that only the build uses. */
function isToolOfBuild({ runs, start }: Scene, instruction: Instruction, destination: string): boolean {
  if (instruction.flag('from') === undefined || !/\/s?bin(?:\/|$)/.test(destination)) return false;
  const names = instruction.words.slice(0, -1).map(({ text }) => baseName(text));
  const isUsed = names.some((name) => runs.some((run) => run.programs.includes(name)));
  return isUsed && !names.some((name) => start.words.some((word) => baseName(word) === name));
}

/** Whether what the new image keeps, or what comes behind the cut, takes a build argument. */
function isArgumentUsed(
  { analysis, stage, last, runs }: Scene,
  instruction: Instruction,
  kept: readonly Kept[],
): boolean {
  const names = instruction.pairs.map(({ name }) => name);
  if (names.some((name) => READ_BY_INSTALLATIONS.test(name)) && runs.some((run) => run.packages.length > 0))
    return true;
  const texts = [
    ...kept
      .filter((one) => one.instruction.index > instruction.index)
      .map((one) => one.commands?.join('\n') ?? analysis.rawText(one.instruction)),
    ...stage.instructions.filter((one) => one.index > last.instruction.index).map((one) => analysis.rawText(one)),
  ];
  return names.some((name) => texts.some((text) => new RegExp(`\\$\\{?${name}\\b`).test(text)));
}

/** Variables that builders and shells set themselves. */
const EVERYWHERE = [
  'PATH',
  'HOME',
  'TARGETARCH',
  'TARGETOS',
  'TARGETPLATFORM',
  'BUILDPLATFORM',
  'LD_LIBRARY_PATH',
  'PYTHONPATH',
  'JAVA_HOME',
];

/** Whether an instruction takes a variable that neither the file nor every image sets. */
function namesUnknown({ analysis, stage }: Scene, instruction: Instruction): boolean {
  if (!/^(?:ENV|WORKDIR|USER|LABEL|EXPOSE|VOLUME|COPY|ADD)$/.test(instruction.keyword ?? '')) return false;
  const known = new Set([...EVERYWHERE, ...variablesOf(stage)]);
  return [...analysis.rawText(instruction).matchAll(/(?<!\\)\$\{?([A-Za-z_]\w*)(:?[-+])?/g)].some(
    ([, name = '', fallback]) => !known.has(name) && fallback === undefined,
  );
}

/** A WORKDIR is of no use where another absolute one follows, and nothing in between is done in it. */
function withoutPassingFolders(kept: readonly Kept[], { stage, last }: Scene): readonly Kept[] {
  const behind = stage.instructions.filter(({ index }) => index > last.instruction.index);
  return kept.filter(({ instruction }, index) => {
    if (instruction.keyword !== 'WORKDIR') return true;
    const next = [...kept.slice(index + 1).map((other) => other.instruction), ...behind].find(({ keyword }) =>
      /^(?:WORKDIR|COPY|ADD|RUN)$/.test(keyword ?? ''),
    );
    return next?.keyword !== 'WORKDIR' || !next.argumentsText.startsWith('/');
  });
}
