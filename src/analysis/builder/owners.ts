import { isWithin } from '../copies.js';
import { isRoot } from '../state.js';
import type { Kept } from './kept.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';
import { isTomcat } from './tomcat.js';
import type { RunReading } from './stage-reading.js';

/** Whom the files of the application belonged to, where that was not root. */
export function ownerOf({ analysis, stage, runs, last }: Scene, recipe: Recipe): string | Obstacle | undefined {
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
  return owner;
}

/** Why the users that the new image names may not be there. */
export function userObstacle(
  scene: Scene,
  recipe: Recipe,
  kept: readonly Kept[],
  owner: string | undefined,
): Obstacle | undefined {
  const { analysis, stage, runs, later, last } = scene;
  const taken = runs.concat(later).find((run) => hasTakenNumber(run, recipe.image));
  if (taken !== undefined)
    return {
      reason: 'unknown-user',
      detail: `line ${taken.instruction.source.startLine}: the number 1000 belongs to a user of \`${recipe.image}\``,
    };
  if (stage.base.kind === 'image' && recipe.image === stage.base.text) return undefined;
  const { user } = analysis.baseOf(stage);
  // Both images of .NET, and both of Tomcat, start as the same user.
  const isSame = isTomcat({ stage }) || (stage.base.kind === 'image' && stage.base.text.includes('/dotnet/'));
  if (user === undefined && !isSame && !stage.instructions.some(({ keyword }) => keyword === 'USER'))
    return { reason: 'unknown-user', detail: `nobody here knows whom \`${stage.imageWord.text}\` starts as` };
  const behind = stage.instructions.filter(({ index }) => index > last.instruction.index);
  const named = [
    ...[...kept.map((one) => one.instruction), ...behind].flatMap((instruction) =>
      instruction.keyword === 'USER' ? [instruction.argumentsText] : (instruction.flag('chown') ?? []),
    ),
    ...later.flatMap((run) => run.owners.map((one) => one.owner)),
    ...(owner === undefined ? [] : [owner]),
  ];
  const made = [
    ...kept.flatMap((one) => one.commands ?? []),
    ...later.map((run) => run.instruction.logical.text),
  ].filter((text) => /\b(?:useradd|adduser|groupadd|addgroup)\b/.test(text));
  for (const name of named.flatMap((text) => text.replace(/["']/g, '').split(':'))) {
    const isKnown =
      /^(?:\d+|root|daemon|nobody|www-data|nogroup|\$.*)?$/.test(name) ||
      (name === 'node' && recipe.image.startsWith('node:')) ||
      (name === 'app' && recipe.image.includes('/dotnet/')) ||
      made.some((text) => text.split(/[^\w-]+/).includes(name));
    if (!isKnown)
      return { reason: 'unknown-user', detail: `nobody knows whether \`${recipe.image}\` has the user \`${name}\`` };
  }
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
