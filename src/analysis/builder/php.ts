import { officialImageName } from '../../dockerfile/image-reference.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import { baseName } from '../../text/path.js';
import { readContextCopy } from '../copies.js';
import { isBuildPackage } from '../runtime-libraries.js';
import { cleansUp } from './own-scripts.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';
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
  return {
    image: stage.imageWord.text,
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
    ],
  };
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
