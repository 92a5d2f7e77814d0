import type { Stage } from '../dockerfile/stage.js';
import { UNKNOWN } from './copies.js';
import { SYSTEM_FOLDERS } from './order/stage-facts.js';

/** Folders where everybody may write: given to one user, they would be closed to all others. */
const EVERYBODYS = /^\/(?:tmp|var\/tmp)\/?$/;

/** Volumes that are folders of the system themselves, or of its kernel. What lies deeper is the data of the process. */
const SYSTEM_VOLUMES = /^\/(?:[^/]+\/*$|(?:dev|proc|sys|bin|sbin|lib|lib64|boot)\/|(?:usr|var)\/[^/]+\/*$)/;

/** Whether the working directory of an image may be given to the user of its process. */
export function mayBelongToUser(workdir: string): boolean {
  return !SYSTEM_FOLDERS.test(workdir) && !EVERYBODYS.test(workdir) && !workdir.includes(UNKNOWN);
}

/** The volumes of a stage that its process needs to own, and those that nobody can or may give away. */
export function volumesOf({ instructions }: Stage): {
  readonly own: readonly string[];
  readonly others: readonly string[];
} {
  const paths = instructions
    .filter(({ keyword }) => keyword === 'VOLUME')
    .flatMap(({ words }) => words.map(({ text }) => text))
    .filter((path) => !EVERYBODYS.test(path));
  const isOwn = (path: string): boolean => /^\/[\w./-]+$/.test(path) && !isOfSystem(path);
  return { own: paths.filter(isOwn), others: paths.filter((path) => !isOwn(path)) };
}

/** A folder such as `/data` is no part of any distribution, however high it lies. */
function isOfSystem(volume: string): boolean {
  return SYSTEM_VOLUMES.test(volume) && SYSTEM_FOLDERS.test(volume);
}
