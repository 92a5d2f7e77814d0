import type { BuildContext } from '../../context/build-context.js';
import { officialImageName } from '../../dockerfile/image-reference.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import type { Stage } from '../../dockerfile/stage.js';
import type { Analysis } from '../analysis.js';
import { imageViewAt, imageViewAtEnd, isWithin, workdirsOf } from '../copies.js';
import { releaseOf, slimTagOf } from '../published-images.js';
import { isRoot } from '../state.js';
import { compiledRecipe } from './compiled.js';
import { dependencyRecipe } from './dependencies.js';
import { installsPackages, languageOf } from './languages.js';
import { elixirRecipe } from './elixir.js';
import { type Kept, keptOf } from './kept.js';
import { nodeRecipe } from './node.js';
import { ownerOf, userObstacle } from './owners.js';
import { packagesOf, type RuntimeInstall } from './packages.js';
import { isPhp, phpRecipe } from './php.js';
import { isObstacle, type Obstacle, onbuildObstacle, type Recipe, type Scene } from './recipe.js';
import { isTomcat } from './tomcat.js';
import { type ShellLess, withoutShell } from './shell-less.js';
import { applicationFolders, readRuns, type RunReading } from './stage-reading.js';
import { buildsAtStart, isWorkplace, type Start, startOf } from './start.js';

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
  /** A folder that the process owned and that WORKDIR makes as root. */
  readonly ownedFolder: string | undefined;
}

/**
 * Undefined where nothing is built or installed that an image could do without. `image` asks for one without a shell
 * instead of a small one of the same distribution.
 */
export function planBuilder(
  analysis: Analysis,
  contexts: readonly BuildContext[],
  image?: ShellLess,
): BuilderPlan | Obstacle | undefined {
  const stage = analysis.dockerfile.finalStage;
  if (stage === undefined || analysis.dockerfile.escape === '`' || !mayBuild(analysis, stage)) return undefined;
  const plans =
    contexts.length === 0
      ? [planFor(analysis, stage, undefined, image)]
      : contexts.map((context) => planFor(analysis, stage, context, image));
  const [first] = plans;
  if (plans.slice(1).some((plan) => JSON.stringify(shapeOf(plan)) !== JSON.stringify(shapeOf(first))))
    return { reason: 'contexts-differ', detail: 'its build contexts ask for different images' };
  return first;
}

const TOOLCHAIN_IMAGES =
  /^(?:golang|rust|gcc|maven|gradle|openjdk|java|eclipse-temurin|amazoncorretto|node|python|ruby|php|elixir)$/;

const COMPILES = /(?<![\w+])(?:make|cmake|ninja|meson|gcc|g\+\+|cc|c\+\+|clang|clang\+\+|cargo|go|configure)(?![\w+])/;

/** Tools that small images of languages get for a build, and commands that build. */
const BUILDS =
  /(?<![\w+])(?:gcc|g\+\+|build-essential|build-base|make|cmake|cargo|git|clang|run|build|npx|tsc|[\w.+-]+-dev)(?![\w+])/;

/** A look at words alone: whether it is worth to read the scripts of a stage. */
function mayBuild(analysis: Analysis, { base, instructions }: Stage): boolean {
  if (base.kind !== 'image') return false;
  const runs = instructions.filter(({ keyword }) => keyword === 'RUN');
  if (runs.length === 0) return false;
  const name = officialImageName(base.image) ?? '';
  const names = (words: RegExp): boolean => runs.some((run) => words.test(analysis.rawText(run)));
  // The small ones have no toolchain of their own.
  if (name === 'tomcat') return names(/(?<![\w+])(?:mvnw?|gradlew?)(?![\w+])/);
  if (/^(?:node|python|ruby)$/.test(name)) return slimTagOf(base.image) !== undefined || names(BUILDS);
  return TOOLCHAIN_IMAGES.test(name) || base.text.includes('/sdk:') || names(COMPILES);
}

function shapeOf(plan: BuilderPlan | Obstacle | undefined): unknown {
  if (plan === undefined || 'reason' in plan) return plan;
  const { recipe, packages, last } = plan;
  return [recipe.image, recipe.carried, recipe.copies.map(({ index }) => index), packages?.names, last.index];
}

/** Nothing is started but what the base image says. */
const NO_START: Start = {
  instructions: [],
  programs: [],
  words: [],
  paths: [],
  argumentPaths: [],
  names: [],
  healthPrograms: [],
};

function planFor(
  analysis: Analysis,
  stage: Stage,
  context: BuildContext | undefined,
  image: ShellLess | undefined,
): BuilderPlan | Obstacle | undefined {
  const language = languageOf({ stage });
  // The images of servers start them by themselves, and those with an interpreter are told what to run.
  const isStarted = language !== undefined || isPhp({ stage }) || isTomcat({ stage });
  const start = startOf(analysis) ?? (isStarted ? NO_START : undefined);
  if (start === undefined || (start !== NO_START && isWorkplace(start))) return undefined;
  const workdirs = workdirsOf(analysis, stage);
  const folders = applicationFolders(stage, workdirs);
  const readings = readRuns(analysis, stage, workdirs, folders);
  const last = readings?.findLast((run) =>
    language === undefined ? isPartOfBuild(run) : installsPackages(run, language),
  );
  if (readings === undefined || last === undefined || stage.base.kind !== 'image') return undefined;
  const scene: Scene = {
    analysis,
    stage,
    runs: readings.filter(({ instruction }) => instruction.index <= last.instruction.index),
    later: readings.filter(({ instruction }) => instruction.index > last.instruction.index),
    last,
    start,
    workdirs,
    folders,
    view: context === undefined ? undefined : imageViewAt(analysis, last.instruction, context),
    finalView: context === undefined ? undefined : imageViewAtEnd(analysis, stage, context),
    release: releaseOf(stage.base.image),
  };
  const recipe =
    phpRecipe(scene) ?? elixirRecipe(scene) ?? compiledRecipe(scene) ?? nodeRecipe(scene) ?? dependencyRecipe(scene);
  if (recipe === undefined) return undefined;
  const building = buildsAtStart(start);
  if (building !== undefined) return { reason: 'builds-at-start', detail: building };
  if (isObstacle(recipe)) return recipe;
  const complete = withOutputs(scene, recipe);
  const plan = obstacleIn(scene, complete) ?? completed(scene, complete);
  return image === undefined || 'reason' in plan ? plan : withoutShell(scene, plan, image);
}

/** What commands of the builder leave beside the application, or put into it, goes along. */
function withOutputs({ runs }: Scene, recipe: Recipe): Recipe {
  const paths = runs.flatMap((run) => [...run.outputs, ...(recipe.isShared === true ? run.placed : [])]);
  const more = [...new Set(paths)].filter((path) => !recipe.carried.some((one) => isWithin(path, one.path)));
  return more.length === 0 ? recipe : { ...recipe, carried: [...recipe.carried, ...more.map((path) => ({ path }))] };
}

/** Whether a RUN belongs in front of the cut. */
function isPartOfBuild(run: RunReading): boolean {
  const count = run.builds.length + run.installations.length + run.scripts.length + run.outputs.length;
  return count > 0 || run.changesApplication || run.buildsExtensions || run.unknown !== undefined;
}

function obstacleIn(scene: Scene, recipe: Recipe): Obstacle | undefined {
  const { analysis, stage, runs } = scene;
  const onbuild = onbuildObstacle(stage);
  if (onbuild !== undefined) return onbuild;
  const platform = stage.from.flag('platform') ?? '';
  if (platform.includes('BUILD') && !/\bTARGET(?:ARCH|PLATFORM|OS)\b/.test(analysis.dockerfile.text))
    return { reason: 'dynamic-value', detail: `\`--platform=${platform}\` builds for the machine of the builder` };
  const unknown = runs.find((run) => run.unknown !== undefined);
  if (unknown !== undefined)
    return {
      reason: 'unknown-command',
      detail: `line ${unknown.instruction.source.startLine}: nobody knows what \`${unknown.unknown ?? ''}\` leaves in the image`,
    };
  const odd = recipe.carried.find(({ path }) => !/^\/[\w./@+*-]+$/.test(path));
  return odd === undefined ? undefined : { reason: 'dynamic-value', detail: 'nobody knows the path of what is built' };
}

function completed(scene: Scene, recipe: Recipe): BuilderPlan | Obstacle {
  const { stage, last } = scene;
  const answer = keptOf(scene, recipe);
  if ('reason' in answer) return answer;
  const { kept } = answer;
  const user = kept.find(({ instruction }) => instruction.keyword === 'USER' && !isRoot(instruction.argumentsText));
  if (recipe.afterwards !== undefined && user !== undefined)
    return {
      reason: 'unknown-user',
      detail: `line ${user.instruction.source.startLine}: only root may run \`${recipe.afterwards.join(' && ')}\``,
    };
  const packages = packagesOf(scene, recipe, kept);
  if (packages !== undefined && 'reason' in packages) return packages;
  const owner = ownerOf(scene, recipe);
  const obstacle = userObstacle(scene, recipe, kept, typeof owner === 'string' ? owner : undefined);
  if (obstacle !== undefined) return obstacle;
  if (owner !== undefined && typeof owner !== 'string') return owner;
  return {
    stage,
    recipe,
    last: last.instruction,
    kept,
    packages,
    workdir: inheritedWorkdir(scene, recipe),
    owner,
    ownedFolder: ownedFolder(scene, kept, owner),
  };
}

/** The working directory of a process that is not root, where no command gives it to its user. */
function ownedFolder(
  { analysis, stage, workdirs, later }: Scene,
  kept: readonly Kept[],
  owner: string | undefined,
): string | undefined {
  const { user } = analysis.stateAtEnd(stage);
  const folder = workdirs[workdirs.length - 1];
  if (owner === undefined || user === undefined || isRoot(user) || folder === undefined || folder === '/')
    return undefined;
  const given = [
    ...kept.flatMap((one) => one.commands ?? []),
    ...later.flatMap((run) => run.commands.map(({ text }) => text)),
  ];
  return given.some((text) => /^(?:chown|install)\b/.test(text) && text.includes(folder)) || folder.includes('\0')
    ? undefined
    : folder;
}

/** The working directory of the base image, where the new one has another and the file goes on from it. */
function inheritedWorkdir({ analysis, stage }: Scene, { image }: Recipe): string | undefined {
  const first = stage.instructions.find(({ keyword }) => keyword === 'WORKDIR');
  if (first !== undefined && /^["']?[/$]/.test(first.argumentsText)) return undefined;
  const isSame = stage.base.kind === 'image' && stage.base.text.replace(/:.*$/, '') === image.replace(/:.*$/, '');
  const { workdir } = analysis.baseOf(stage);
  return isSame || workdir === undefined || workdir === '/' ? undefined : workdir;
}
