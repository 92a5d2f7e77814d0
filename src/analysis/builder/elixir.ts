import { officialImageName, withTag } from '../../dockerfile/image-reference.js';
import { isWithin } from '../copies.js';
import { slimTagOf } from '../published-images.js';
import { isBuildPackage } from '../runtime-libraries.js';
import { programObstacle } from './own-scripts.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';
import { packageNamesOf } from './stage-reading.js';

/** What a project of Elixir is made of. */
const PROJECT = /^(?:\.\/?)?(?:|mix\.(?:exs|lock)|lib|config|assets|priv|rel|apps|test|\*)(?:\/.*)?$/;

/**
 * A release of Elixir, which holds the machine of Erlang. It runs in the small image of the same tag, whose libraries
 * are those that it was made with: the tags of Elixir do not say from which release of Debian they start.
 */
export function elixirRecipe(scene: Scene): Recipe | Obstacle | undefined {
  const { stage, runs, start, release } = scene;
  if (stage.base.kind !== 'image' || officialImageName(stage.base.image) !== 'elixir') return undefined;
  if (!runs.some((run) => run.builds.some(({ label, tool }) => tool === 'elixir' && /\brelease\b/.test(label))))
    return undefined;
  const slim = slimTagOf(stage.base.image);
  const isSmaller = packageNamesOf(runs).some((name) => isBuildPackage(name, release));
  if (slim === undefined && !isSmaller) return undefined;
  if (stage.base.fromArguments && slim !== undefined)
    return { reason: 'dynamic-value', detail: `\`${stage.imageWord.text}\` may name any variant` };
  const folder = start.paths
    .map((path) => /^(\/.*\/rel\/[\w.-]+)\/bin\/[\w.-]+$/.exec(path)?.[1])
    .find((path) => path !== undefined);
  const outputs = runs.flatMap((run) => run.outputs);
  if (folder === undefined && !start.paths.some((path) => outputs.some((output) => isWithin(path, output))))
    return { reason: 'unknown-content', detail: 'nobody can tell which release the container starts' };
  const script = programObstacle(scene, folder === undefined ? [] : [{ path: folder }]);
  if (script !== undefined) return script;
  return {
    image: slim === undefined ? stage.imageWord.text : withTag(stage.imageWord.text, slim),
    carried: folder === undefined ? [] : [{ path: folder }],
    copies: [],
    builderOnly: stage.instructions.filter(
      ({ keyword, words }) => keyword === 'COPY' && words.slice(0, -1).every(({ text }) => PROJECT.test(text)),
    ),
    keepsOtherCopies: true,
    packages: [],
    notes: ['a release holds all that the application needs but the libraries of the system'],
  };
}
