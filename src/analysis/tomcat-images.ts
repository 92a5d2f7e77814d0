import { type ImageReference, officialImageName } from '../dockerfile/image-reference.js';

/** Where the official images keep Tomcat, and where that looks for applications. */
export const TOMCAT = '/usr/local/tomcat';

/** The version, the kit, and what follows it in the tags of the images with Temurin. */
const TAG = /^(\d+(?:\.\d+){0,2})-jdk(8|11|17|21|25)((?:-temurin(?:-(?:focal|jammy|noble))?)?)$/;

/**
 * The patch releases since which each image with one of these kits has its partner with the runtime alone.
 * Source: every tag of tomcat that docker-library/official-images ever listed, read 2026-08-21.
 */
const SINCE: Readonly<Record<string, number>> = { '8.5': 81, '9.0': 64, '10.0': 22, '10.1': 0, '11.0': 0 };

/** The tag of the same Tomcat on the runtime of Java alone; undefined where there is none, or it says nothing of Java. */
export function tomcatRuntimeTag(image: ImageReference): string | undefined {
  const match = TAG.exec(image.tag ?? '');
  if (match === null || officialImageName(image) !== 'tomcat' || image.digest !== undefined) return undefined;
  const [, version = '', java = '', variant = ''] = match;
  const [major = '', minor, patch] = version.split('.');
  const since = minor === undefined ? (/^(?:8|9|10|11)$/.test(major) ? 0 : undefined) : SINCE[`${major}.${minor}`];
  if (since === undefined || (patch !== undefined && Number(patch) < since)) return undefined;
  return `${version}-jre${java}${variant}`;
}
