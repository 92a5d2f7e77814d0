import { officialImageName } from '../../dockerfile/image-reference.js';
import { isWithin } from '../copies.js';
import { TOMCAT } from '../tomcat-images.js';
import type { Carried } from './carried.js';
import type { Obstacle, Scene } from './recipe.js';

/** Scripts of Tomcat itself that start it. */
export const TOMCAT_PROGRAMS = /^(?:catalina|startup)\.sh$/;

/** Whether a stage starts from an official image of Tomcat. */
export function isTomcat({ stage }: Pick<Scene, 'stage'>): boolean {
  return stage.base.kind === 'image' && officialImageName(stage.base.image) === 'tomcat';
}

/** Where Tomcat does not find what was built. */
export function deploymentObstacle(scene: Scene, carried: readonly Carried[]): Obstacle | undefined {
  if (!isTomcat(scene) || carried.some(({ path, to }) => isWithin(to ?? path, TOMCAT))) return undefined;
  return { reason: 'unknown-content', detail: `nobody can tell what of the build Tomcat finds below ${TOMCAT}` };
}
