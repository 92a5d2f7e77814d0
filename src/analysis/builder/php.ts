import { officialImageName } from '../../dockerfile/image-reference.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import { baseName } from '../../text/path.js';
import { isWithin, readContextCopy } from '../copies.js';
import { isBuildPackage } from '../runtime-libraries.js';
import { cleansUp } from './own-scripts.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';
import { isGone } from './removals.js';
import { packageNamesOf } from './stage-reading.js';

/** Where the official images keep extensions, and the files that switch them on. */
const EXTENSIONS = ['/usr/local/lib/php/extensions', '/usr/local/etc/php/conf.d'];

/** Tools of an installation that no application needs. */
const TOOLS = /^(?:git|unzip|zip|7zip|p7zip-full)$/;

/** Whether a stage starts from an official image of PHP. */
export function isPhp({ stage }: Pick<Scene, 'stage'>): boolean {
  return stage.base.kind === 'image' && officialImageName(stage.base.image) === 'php';
}

/** An application of PHP: extensions and packages come from a builder, the headers and tools stay there. */
export function phpRecipe(scene: Scene): Recipe | Obstacle | undefined {
  if (!isPhp(scene)) return undefined;
  const { stage, runs, release } = scene;
  const names = packageNamesOf(runs);
  const tools = names.filter((name) => TOOLS.test(name) || isBuildPackage(name, release));
  if (tools.length === 0 || cleansUp(scene)) return undefined;
  const installation = runs.flatMap((run) => run.installations).find(({ ecosystem }) => ecosystem === 'php');
  const hasExtensions = runs.some((run) => run.buildsExtensions);
  if (installation === undefined && !hasExtensions) return undefined;
  const builds = runs.flatMap((run) => run.builds).find(({ tool }) => tool !== 'node' && tool !== 'generator');
  if (builds !== undefined)
    return { reason: 'unknown-command', detail: `nobody knows what \`${builds.label}\` leaves in the image` };
  if (scene.start.programs.some(({ program }) => program === 'composer'))
    return { reason: 'builds-at-start', detail: '`composer` runs when the container starts' };
  const folder = installation?.folder;
  if (folder === '/') return { reason: 'unknown-content', detail: 'the application lies in the root of the image' };
  const modules = modulesOf(scene, folder);
  return {
    image: stage.imageWord.text,
    ...(modules === undefined ? {} : { finally: `rm -rf ${modules}` }),
    carried: [...(hasExtensions ? EXTENSIONS : []), ...(folder === undefined ? [] : [folder])].map((path) => ({
      path,
    })),
    copies: folder === undefined ? contextCopies(scene) : [],
    packages: [],
    dropped: TOOLS,
    ...(folder === undefined ? {} : { keepsOtherCopies: true }),
    notes: [
      `only the builder has ${tools.join(', ')}`,
      ...(folder === undefined ? [] : [`the whole of ${folder} is copied, with what composer installed`]),
      ...(modules === undefined ? [] : ['what npm built goes along, and the packages that it was built with do not']),
    ],
  };
}

/** The packages of Node below the application, where they only built its assets and nothing has taken them away. */
function modulesOf({ runs, later, start }: Scene, folder: string | undefined): string | undefined {
  const built = runs.some((run) => run.builds.some(({ tool }) => tool === 'node'));
  const installed = runs.flatMap((run) => run.installations).find(({ ecosystem }) => ecosystem === 'node');
  if (!built || installed === undefined || folder === undefined || !isWithin(installed.folder, folder))
    return undefined;
  const modules = `${installed.folder}/node_modules`;
  const isUsed =
    start.words.some((word) => /\b(?:node|npm|npx|yarn|pnpm)\b|node_modules/.test(word)) ||
    later.some((run) => run.programs.some((program) => /^(?:node|npm|npx|yarn|pnpm)$/.test(program)));
  return isUsed ||
    isGone(
      modules,
      runs.flatMap(({ gone }) => gone),
    )
    ? undefined
    : modules;
}

/** The copies in front of the cut, which the new image gets, too. */
function contextCopies({ analysis, stage, last, workdirs }: Scene): readonly Instruction[] {
  return stage.instructions.filter((instruction, index) => {
    if (instruction.index > last.instruction.index) return false;
    const copy = readContextCopy(analysis, instruction, workdirs[index] ?? '/');
    return (
      copy !== undefined &&
      copy !== 'unknown' &&
      !copy.sources.every((source) => /^composer\.(?:json|lock)$/.test(baseName(source)))
    );
  });
}
