import type { BuildContext } from '../../context/build-context.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import { officialImageName } from '../../dockerfile/image-reference.js';
import type { Stage } from '../../dockerfile/stage.js';
import { hasOption } from '../../shell/packages.js';
import type { Analysis } from '../analysis.js';
import { imagePath, imageViewAt, imageViewAtEnd, isWithin, readContextCopy, workdirsOf } from '../copies.js';
import { releaseOf } from '../published-images.js';
import { runtimePackagesOf } from '../runtime-libraries.js';
import { isRoot } from '../state.js';
import { compiledRecipe } from './compiled.js';
import { elixirRecipe } from './elixir.js';
import { dependencyRecipe, installsPackages, languageOf } from './dependencies.js';
import { nodeRecipe } from './node.js';
import { isPhp, phpRecipe } from './php.js';
import { namesTimeZones } from './native-packages.js';
import { isObstacle, type Obstacle, type Recipe, type Scene } from './recipe.js';
import { applicationFolders, readRuns, type RunReading } from './stage-reading.js';
import { buildsAtStart, isWorkplace, type Start, startOf } from './start.js';

/** An instruction of the old stage that the image that runs has, too. */
export interface Kept {
  readonly instruction: Instruction;
  /** It is of no use to the builder, and goes. */
  readonly isMoved: boolean;
  /** Of a RUN, the commands that are repeated. */
  readonly commands?: readonly string[];
}

/** How the final stage becomes a builder and a small image. */
export interface BuilderPlan {
  readonly stage: Stage;
  readonly recipe: Recipe;
  /** The last instruction of the builder. */
  readonly last: Instruction;
  /** In the order of the file. */
  readonly kept: readonly Kept[];
  readonly packages: RuntimeInstall | undefined;
  /** The working directory of the old image, where no WORKDIR sets it and the new one has another. */
  readonly workdir: string | undefined;
  /** What `--chown` of the carried files gets. */
  readonly owner: string | undefined;
}

export interface RuntimeInstall {
  readonly manager: 'apt-get' | 'apk';
  readonly names: readonly string[];
  readonly withRecommended: boolean;
  /** The release whose names the libraries have, where the tag of the image does not say it. */
  readonly release: string | undefined;
}

/** Undefined where nothing is built or installed that an image could do without. */
export function planBuilder(analysis: Analysis, contexts: readonly BuildContext[]): BuilderPlan | Obstacle | undefined {
  const stage = analysis.dockerfile.finalStage;
  if (stage === undefined || analysis.dockerfile.escape === '`' || !mayBuild(analysis, stage)) return undefined;
  const plans =
    contexts.length === 0
      ? [planFor(analysis, stage, undefined)]
      : contexts.map((context) => planFor(analysis, stage, context));
  const [first] = plans;
  if (plans.slice(1).some((plan) => JSON.stringify(shapeOf(plan)) !== JSON.stringify(shapeOf(first))))
    return { reason: 'contexts-differ', detail: 'its build contexts ask for different images' };
  return first;
}

const TOOLCHAIN_IMAGES =
  /^(?:golang|rust|gcc|maven|gradle|openjdk|java|eclipse-temurin|amazoncorretto|node|python|ruby|php|elixir)$/;

/** A look at words alone: whether it is worth to read the scripts of a stage. */
function mayBuild(analysis: Analysis, { base, instructions }: Stage): boolean {
  if (base.kind !== 'image') return false;
  const runs = instructions.filter(({ keyword }) => keyword === 'RUN');
  if (runs.length === 0) return false;
  if (TOOLCHAIN_IMAGES.test(officialImageName(base.image) ?? '') || base.text.includes('/sdk:')) return true;
  return runs.some((run) =>
    /(?<![\w+])(?:make|cmake|ninja|meson|gcc|g\+\+|cc|c\+\+|clang|clang\+\+|cargo|go|configure)(?![\w+])/.test(
      analysis.rawText(run),
    ),
  );
}

function shapeOf(plan: BuilderPlan | Obstacle | undefined): unknown {
  if (plan === undefined || 'reason' in plan) return plan;
  const { recipe, packages, last } = plan;
  return [recipe.image, recipe.carried, recipe.copies.map(({ index }) => index), packages?.names, last.index];
}

/** Nothing is started but what the base image says. */
const NO_START: Start = { instructions: [], programs: [], paths: [], names: [], healthPrograms: [] };

function planFor(
  analysis: Analysis,
  stage: Stage,
  context: BuildContext | undefined,
): BuilderPlan | Obstacle | undefined {
  const readings = readRuns(analysis, stage);
  if (readings === undefined) return undefined;
  const language = languageOf({ stage });
  const last = readings.findLast((run) =>
    language === undefined ? isPartOfBuild(run) : installsPackages(run, language),
  );
  if (last === undefined || stage.base.kind !== 'image') return undefined;
  const release = releaseOf(stage.base.image);
  const inBuilder = readings.filter(({ instruction }) => instruction.index <= last.instruction.index);
  // The images of PHP start a server by themselves, and those with an interpreter are told what to run.
  const start = startOf(analysis) ?? (language !== undefined || isPhp({ stage }) ? NO_START : undefined);
  if (start === undefined || (start !== NO_START && isWorkplace(start))) return undefined;
  const view = context === undefined ? undefined : imageViewAt(analysis, last.instruction, context);
  const scene: Scene = {
    analysis,
    stage,
    runs: inBuilder,
    last,
    start,
    later: readings.filter(({ instruction }) => instruction.index > last.instruction.index),
    workdirs: workdirsOf(analysis, stage),
    view,
    finalView: context === undefined ? undefined : imageViewAtEnd(analysis, stage, context),
    release,
  };
  const recipe =
    phpRecipe(scene) ?? elixirRecipe(scene) ?? compiledRecipe(scene) ?? nodeRecipe(scene) ?? dependencyRecipe(scene);
  if (recipe === undefined) return undefined;
  const building = buildsAtStart(start);
  if (building !== undefined) return { reason: 'builds-at-start', detail: building };
  if (isObstacle(recipe)) return recipe;
  const complete = withOutputs(scene, recipe);
  return obstacleIn(scene, complete) ?? completed(scene, complete);
}

/** What commands of the builder leave outside of the application, such as a program that they download, goes along. */
function withOutputs({ runs }: Scene, recipe: Recipe): Recipe {
  const outputs = new Set(runs.flatMap((run) => run.outputs));
  const more = [...outputs].filter((path) => !recipe.carried.some((one) => isWithin(path, one.path)));
  return more.length === 0 ? recipe : { ...recipe, carried: [...recipe.carried, ...more.map((path) => ({ path }))] };
}

/** Whether a RUN belongs in front of the cut. */
function isPartOfBuild({
  builds,
  installations,
  scripts,
  outputs,
  changesApplication,
  buildsExtensions,
  unknown,
}: RunReading): boolean {
  const count = builds.length + installations.length + scripts.length + outputs.length;
  return count > 0 || changesApplication || buildsExtensions || unknown !== undefined;
}

function obstacleIn(scene: Scene, recipe: Recipe): Obstacle | undefined {
  const { stage, runs, later } = scene;
  const onbuild = stage.instructions.find(({ keyword }) => keyword === 'ONBUILD');
  if (onbuild !== undefined)
    return {
      reason: 'onbuild',
      detail: `line ${onbuild.source.startLine} runs in images that are built from this one`,
    };
  const unknown = runs.find((run) => run.unknown !== undefined);
  if (unknown !== undefined)
    return {
      reason: 'unknown-command',
      detail: `line ${unknown.instruction.source.startLine}: nobody knows what \`${unknown.unknown ?? ''}\` leaves in the image`,
    };
  const fixed = recipe.isShared === true ? runs.find((run) => run.unrepeatable !== undefined) : undefined;
  if (fixed !== undefined)
    return {
      reason: 'unknown-command',
      detail: `line ${fixed.instruction.source.startLine}: \`${fixed.unrepeatable ?? ''}\` would have to be repeated`,
    };
  const taken = runs.concat(later).find((run) => hasTakenNumber(run, recipe.image));
  if (taken !== undefined)
    return {
      reason: 'unknown-user',
      detail: `line ${taken.instruction.source.startLine}: the number 1000 belongs to a user of \`${recipe.image}\``,
    };
  const odd = recipe.carried.find(({ path }) => !/^\/[\w./@+*-]+$/.test(path));
  if (odd !== undefined) return { reason: 'dynamic-value', detail: 'nobody knows the path of what is built' };
  return undefined;
}

/** Whether a RUN makes a user with the number that Ubuntu gives its own, as the images of Temurin have it. */
export function hasTakenNumber({ programs, instruction }: RunReading, image: string): boolean {
  const makes = programs.some((program) => /^(?:useradd|adduser|groupadd|addgroup)$/.test(program));
  return (
    makes &&
    /^eclipse-temurin:(?!.*(?:alpine|focal|jammy))/.test(image) &&
    /(?:-[ug]|--[ug]id)[= ]1000\b/.test(instruction.logical.text)
  );
}

function completed(scene: Scene, recipe: Recipe): BuilderPlan | Obstacle {
  const { stage, last, workdirs } = scene;
  const packages = packagesOf(scene, recipe);
  if (packages !== undefined && 'reason' in packages) return packages;
  const kept = keptOf(scene, recipe);
  if ('reason' in kept) return kept;
  const owner = ownerOf(scene, recipe, kept.kept);
  if (owner !== undefined && typeof owner !== 'string') return owner;
  const here = workdirs[last.instruction.index - stage.from.index] ?? '/';
  const setsWorkdir = stage.instructions.some(({ keyword }) => keyword === 'WORKDIR');
  return {
    stage,
    recipe,
    last: last.instruction,
    kept: kept.kept,
    packages,
    workdir: setsWorkdir || here === '/' || here.includes('\0') || isSameImage(scene, recipe) ? undefined : here,
    owner,
  };
}

/** Whether the new image has the working directory of the old one by itself. */
function isSameImage({ stage }: Scene, { image }: Recipe): boolean {
  return stage.base.kind === 'image' && stage.base.text.replace(/:.*$/, '') === image.replace(/:.*$/, '');
}

/** What of the packages of the builder the new image needs, and what the recipe adds. */
function packagesOf(
  { analysis, runs, later, release, start, stage }: Scene,
  recipe: Recipe,
): RuntimeInstall | Obstacle | undefined {
  const names = new Set<string>(recipe.packages);
  let manager: RuntimeInstall['manager'] = release?.distribution === 'alpine' ? 'apk' : 'apt-get';
  let withRecommended = false;
  for (const { packages, instruction } of runs) {
    for (const command of packages) {
      manager = command.manager === 'apk' ? 'apk' : 'apt-get';
      if (command.isDynamic)
        return {
          reason: 'dynamic-value',
          detail: `line ${instruction.source.startLine}: the names of the packages are not all there`,
        };
      for (const { value = '' } of command.operands) {
        if (isPassingTool(value, runs, start)) continue;
        if (recipe.dropped?.test(value) === true) continue;
        // node-gyp runs on Python.
        if (recipe.isNode === true && /^(?:python[\d.]*|py3-pip|py3-setuptools)$/.test(value)) continue;
        const left = runtimePackagesOf(
          value,
          release ?? (manager === 'apk' ? { distribution: 'alpine', name: 'latest' } : undefined),
        );
        if (left === 'unknown')
          return {
            reason: 'unknown-content',
            detail: `line ${instruction.source.startLine}: nobody here knows which library of \`${value}\` the program needs`,
          };
        if (left.includes(value) && manager === 'apt-get' && !hasOption(command, '--no-install-recommends'))
          withRecommended = true;
        for (const name of left) names.add(name);
      }
    }
  }
  for (const program of start.healthPrograms) {
    if (program !== 'curl' && (program !== 'wget' || manager === 'apk')) continue;
    const isThere =
      /^(?:eclipse-temurin|.*\/dotnet\/sdk)/.test(recipe.image) ||
      (stage.base.kind === 'image' && recipe.image === stage.base.text);
    if (!isThere) names.add(program);
  }
  if (manager === 'apt-get' && /^(?:node|ruby):/.test(recipe.image) && namesTimeZones(analysis, stage))
    names.add('tzdata');
  // Newer releases of Debian and Ubuntu have useradd alone.
  const isOther = stage.base.kind === 'image' && recipe.image !== stage.base.text;
  const makesUsers = [...runs.flatMap((run) => run.repeated), ...later.flatMap((run) => run.programs)].some((command) =>
    /^(?:adduser|addgroup|deluser)\b/.test(command),
  );
  if (isOther && makesUsers && manager === 'apt-get' && !recipe.image.includes('alpine')) names.add('adduser');
  const isArchived = release?.distribution === 'debian' && /^(?:jessie|stretch|buster)$/.test(release.name);
  if (names.size > 0 && isArchived && runs.every((run) => run.packages.length === 0))
    return { reason: 'unknown-base', detail: `the packages of ${release.name} are no longer where apt looks for them` };
  const isNamed = release === undefined || recipe.image.includes(release.name);
  const hasLibraries = [...names].some((name) => /^lib.*\d/.test(name));
  return names.size === 0
    ? undefined
    : {
        manager,
        names: [...names].sort(),
        withRecommended,
        release: isNamed || !hasLibraries ? undefined : release.name,
      };
}

/** A program that downloads or unpacks for the build: some command uses it, and nothing that is started does. */
function isPassingTool(
  name: string,
  runs: readonly RunReading[],
  { programs, healthPrograms, names }: Scene['start'],
): boolean {
  const program =
    /^(?:curl|wget|unzip|zip|tar|gnupg2?|gpg|xz-utils|xz|bzip2|jq|software-properties-common|apt-transport-https|lsb-release)$/.exec(
      name,
    )?.[0];
  if (program === undefined) return false;
  if (
    healthPrograms.includes(program) ||
    names.includes(program) ||
    programs.some((one) => one.program === program || one.args.some((word) => word.includes(program)))
  )
    return false;
  const isOwnScript = programs.some((one) => /\.(?:sh|bash)$|entrypoint/.test(one.program));
  const used = runs.flatMap((run) => run.programs);
  return !isOwnScript && (used.includes(program) || !/^(?:curl|wget|unzip|zip|jq|tar)$/.test(program));
}

const MOVED = /^(?:LABEL|EXPOSE|VOLUME|STOPSIGNAL|HEALTHCHECK|CMD|ENTRYPOINT|MAINTAINER)$/;

/** The instructions up to the cut that the new image has, too. */
function keptOf(scene: Scene, recipe: Recipe): { readonly kept: readonly Kept[] } | Obstacle {
  const { analysis, stage, last, workdirs, runs } = scene;
  const { escape } = analysis.dockerfile;
  const kept: Kept[] = [];
  const folders = applicationFolders(analysis, stage, workdirs);
  for (const [index, instruction] of stage.instructions.entries()) {
    if (instruction.index > last.instruction.index) break;
    const { keyword } = instruction;
    if (keyword === undefined) continue;
    if (MOVED.test(keyword)) kept.push({ instruction, isMoved: true });
    else if (keyword === 'ENV' || keyword === 'WORKDIR' || keyword === 'SHELL' || keyword === 'USER')
      kept.push({ instruction, isMoved: false });
    else if (keyword === 'ARG') {
      if (isArgumentUsed(scene, instruction)) kept.push({ instruction, isMoved: false });
    } else if (keyword === 'RUN') {
      const run = runs.find((one) => one.instruction === instruction);
      const all = (recipe.isShared === true ? run?.repeatedAnywhere : run?.repeated) ?? [];
      // The environment is carried as it is.
      const commands = all.filter((command) => !/-m\s+venv\b|^(?:virtualenv|uv venv)\b/.test(command));
      if (commands.length > 0) kept.push({ instruction, isMoved: false, commands });
    } else if (keyword === 'COPY' || keyword === 'ADD') {
      const workdir = workdirs[index] ?? '/';
      const copy = readContextCopy(instruction, workdir, analysis.stateBefore(instruction), escape);
      const target = instruction.words[instruction.words.length - 1]?.text ?? '';
      const destination = imagePath(workdir, target);
      const isOfApplication =
        copy !== undefined && copy !== 'unknown' && folders.some((folder) => isWithin(destination, folder));
      if (recipe.builderOnly?.includes(instruction) === true) continue;
      if (recipe.copies.includes(instruction)) kept.push({ instruction, isMoved: false });
      else if (isTool(scene, instruction, destination)) continue;
      else if (isOfApplication && (recipe.keepsOtherCopies !== true || meetsCarried(recipe, destination))) continue;
      else kept.push({ instruction, isMoved: false });
    }
  }
  const inherited = kept.find(
    ({ instruction, commands }) => commands === undefined && namesUnknown(scene, instruction),
  );
  if (inherited !== undefined)
    return {
      reason: 'dynamic-value',
      detail: `line ${inherited.instruction.source.startLine} takes a variable of the base image, which the other image may not have`,
    };
  return { kept: withoutPassingFolders(kept) };
}

/** A WORKDIR is of no use where another absolute one follows, and nothing in between is done in it. */
function withoutPassingFolders(kept: readonly Kept[]): readonly Kept[] {
  return kept.filter(({ instruction }, index) => {
    if (instruction.keyword !== 'WORKDIR') return true;
    const next = kept
      .slice(index + 1)
      .find((other) => /^(?:WORKDIR|COPY|ADD|RUN)$/.test(other.instruction.keyword ?? ''));
    return next?.instruction.keyword !== 'WORKDIR' || !next.instruction.argumentsText.startsWith('/');
  });
}

/** Whether what a copy brings is carried from the builder, all or the part of it that is needed. */
function meetsCarried({ carried }: Recipe, destination: string): boolean {
  return carried.some(({ path }) => isWithin(path, destination) || isWithin(destination, path));
}

/** A program of another image that only the build uses. */
function isTool({ start }: Scene, instruction: Instruction, destination: string): boolean {
  if (instruction.flag('from') === undefined || !/\/s?bin(?:\/|$)/.test(destination)) return false;
  const names = instruction.words.slice(0, -1).map(({ text }) => text.replace(/^.*\//, ''));
  return !names.some((name) => start.programs.some(({ program }) => program === name) || start.names.includes(name));
}

/** Whether what the new image keeps, or what comes behind the cut, takes a build argument. */
function isArgumentUsed({ analysis, stage, last }: Scene, instruction: Instruction): boolean {
  const names = instruction.pairs.map(({ name }) => name);
  return stage.instructions.some((other) => {
    if (other.index <= instruction.index || other.keyword === undefined) return false;
    const stays =
      other.index > last.instruction.index ||
      /^(?:ENV|WORKDIR|USER|LABEL|EXPOSE|VOLUME|STOPSIGNAL|ARG)$/.test(other.keyword);
    const text = stays ? analysis.rawText(other) : '';
    return names.some((name) => new RegExp(`\\$\\{?${name}\\b`).test(text));
  });
}

/** Whether an instruction takes a variable that neither the file nor every image sets. */
function namesUnknown({ analysis, stage }: Scene, instruction: Instruction): boolean {
  if (!/^(?:ENV|WORKDIR|USER|LABEL|EXPOSE|VOLUME|COPY|ADD)$/.test(instruction.keyword ?? '')) return false;
  const known = new Set([
    'PATH',
    'HOME',
    'TARGETARCH',
    'TARGETOS',
    'TARGETPLATFORM',
    'BUILDPLATFORM',
    'LD_LIBRARY_PATH',
    'PYTHONPATH',
    'JAVA_HOME',
  ]);
  for (const { keyword, pairs } of stage.instructions)
    if (keyword === 'ENV' || keyword === 'ARG') for (const { name } of pairs) known.add(name);
  return [...analysis.rawText(instruction).matchAll(/(?<!\\)\$\{?([A-Za-z_]\w*)(:?[-+])?/g)].some(
    ([, name = '', fallback]) => !known.has(name) && fallback === undefined,
  );
}

/** Whom the files of the application belonged to, where that was not root. */
function ownerOf(
  { analysis, stage, runs, last }: Scene,
  recipe: Recipe,
  kept: readonly Kept[],
): string | Obstacle | undefined {
  if (recipe.isShared === true) return undefined;
  const owners = new Set<string>();
  for (const { owner, path } of runs.flatMap((run) => run.owners))
    if (recipe.carried.some((one) => isWithin(one.path, path) || isWithin(path, one.path))) owners.add(owner);
  for (const instruction of stage.instructions) {
    if (instruction.index > last.instruction.index) break;
    const owner = instruction.flag('chown');
    if (owner !== undefined && instruction.flag('from') === undefined) owners.add(owner);
  }
  const { user } = analysis.stateBefore(last.instruction);
  if (user !== undefined && !isRoot(user) && owners.size === 0) owners.add(user);
  const [owner, more] = [...owners];
  if (owner === undefined || /^(?:root|0)(?::(?:root|0))?$/.test(owner)) return undefined;
  if (more !== undefined || owner.includes('$'))
    return { reason: 'unknown-user', detail: 'the files of the application belong to several users' };
  const name = owner.replace(/:.*$/, '');
  const isMade = kept.some(({ commands }) => commands?.some((command) => new RegExp(`\\b${name}\\b`).test(command)));
  const isBrought = /^\d+$/.test(name) || name === 'www-data' || (name === 'node' && recipe.image.startsWith('node:'));
  return isMade || isBrought
    ? owner
    : { reason: 'unknown-user', detail: `nobody knows whether the other image has the user \`${name}\`` };
}
