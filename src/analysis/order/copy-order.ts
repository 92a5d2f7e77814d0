import type { Instruction } from '../../dockerfile/instruction.js';
import type { Stage } from '../../dockerfile/stage.js';
import type { ShellBody } from '../../shell/body.js';
import type { ListItem } from '../../shell/parse.js';
import { type ContextCopy, isWithin } from '../copies.js';
import type { Fetch, Installation, Obstacle } from '../installs/installation.js';

/** Files that have to be copied before a step, all from one COPY and into one folder of the image. */
export interface ManifestCopy {
  readonly copy: ContextCopy;
  /** Paths or patterns in the context. */
  readonly sources: readonly string[];
  /** A folder of the image. */
  readonly folder: string;
}

/** An installation that moves above the sources, and what it has to find there. */
export interface MovedInstall {
  readonly instruction: Instruction;
  readonly installation: Installation;
  readonly manifests: readonly ManifestCopy[];
}

/** A step that is added, to download what a later command needs. */
export interface AddedFetch {
  readonly instruction: Instruction;
  readonly installation: Installation;
  readonly fetch: Fetch;
  readonly manifests: readonly ManifestCopy[];
  /** Files that must be there, though empty. */
  readonly stubs: readonly string[];
}

/** How the instructions of a stage can be put in order, so that an edit of the sources repeats fewer of them. */
export interface CopyOrder {
  readonly kind: 'order';
  readonly stage: Stage;
  /** The copies of sources, with what depends on them, that move down together. */
  readonly moved: readonly Instruction[];
  /** They come behind this one; undefined when they stay, and a step is added in front of them. */
  readonly last: Instruction | undefined;
  /** The item of the last one's script behind which it is split. */
  readonly splitBehind:
    { readonly body: ShellBody; readonly item: ListItem; readonly settings: readonly ListItem[] } | undefined;
  readonly installs: readonly MovedInstall[];
  readonly fetch: AddedFetch | undefined;
  /** The working directory in the image at an instruction of the stage. */
  readonly workdirAt: (instruction: Instruction) => string;
  /** What nobody can prove from the file and the context. */
  readonly assumptions: readonly string[];
  /** Folders of installed packages that `.dockerignore` lets through, though the context has none of them. */
  readonly unignored: readonly string[];
  /** How many RUN, COPY and ADD of the stage an edit of the sources repeats. */
  readonly repeatedBefore: number;
  readonly repeatedAfter: number;
}

/** Why the sources stay above an installation. */
export interface OrderObstacle {
  readonly kind: 'obstacle';
  readonly instruction: Instruction;
  readonly label: string;
  readonly reason: Obstacle['reason'] | 'unknown-command' | 'overwritten' | 'dynamic-value' | 'shell-control';
  readonly detail: string;
}

export type ObstacleDetail = Pick<OrderObstacle, 'reason' | 'detail'>;

/** A copy of sources, or an instruction that works on them, on its way down. */
export interface Member {
  readonly instruction: Instruction;
  readonly copy: ContextCopy | undefined;
  /** The paths of the image that it touches. */
  readonly paths: readonly string[];
}

/** Whether some path of one list is a folder or part of the other's. */
export function touches(paths: readonly string[], others: readonly string[]): boolean {
  return paths.some((path) => others.some((other) => isWithin(path, other) || isWithin(other, path)));
}
