import type { Instruction } from '../dockerfile/instruction.js';
import { officialImageName } from '../dockerfile/image-reference.js';
import { rootBase, type Stage } from '../dockerfile/stage.js';
import type { ShellBody } from '../shell/body.js';
import type { Analysis } from './analysis.js';
import { type BuildState, isRoot, isSet, lookupIn, normalizePath } from './state.js';

/** Why a program's downloads are better left where they are. */
export interface CacheObstacle {
  readonly reason: 'cache-mount' | 'dynamic-value' | 'hidden-content' | 'later-use' | 'unknown-base' | 'unknown-user';
  readonly detail: string;
}

/**
 * Images besides Docker's official ones that start as root, with root's usual home and no variable that puts a cache
 * elsewhere. Source: their Dockerfiles, in the repositories of the same names, read 2026-08-21.
 */
const ROOT_IMAGES =
  /^(?:mcr\.microsoft\.com\/dotnet\/(?:nightly\/)?sdk|oven\/bun|ghcr\.io\/astral-sh\/uv|nvidia\/cuda|quay\.io\/centos\/centos|registry\.access\.redhat\.com\/ubi\d+\/ubi)(?::|@|$)/;

/** The users that images bring, each with the number that is both uid and gid. Source: their Dockerfiles, read 2026-08-21. */
const IMAGE_USERS: Readonly<Record<string, { readonly name: string; readonly id: string }>> = {
  node: { name: 'node', id: '1000' },
  gradle: { name: 'gradle', id: '1000' },
};

/** What decides where the programs of a RUN keep what they download. */
export class CachePlace {
  /** The name of the official image that the stage starts from in the end; empty for any other. */
  readonly image: string;
  readonly tag: string;
  /** The whole file. */
  readonly text: string;
  readonly script: string;
  /** The options of a mount that the user may write to; empty for root. */
  readonly owner: string;
  /** The home that the owner has; undefined for root. */
  readonly ownedHome: string | undefined;
  readonly #state: BuildState;
  readonly #stage: Stage;
  readonly #user: string | undefined;
  readonly #isKnownImage: boolean;

  constructor(analysis: Analysis, stage: Stage, body: ShellBody) {
    const base = rootBase(stage);
    const state = analysis.stateBefore(body.instruction);
    const facts = analysis.baseOf(stage);
    const isRootImage = base.kind === 'image' && ROOT_IMAGES.test(base.text);
    this.image = (base.kind === 'image' ? officialImageName(base.image) : undefined) ?? '';
    this.tag = base.kind === 'image' ? (base.image.tag ?? '') : '';
    this.text = analysis.dockerfile.text;
    this.script = body.text;
    this.#state = state;
    this.#stage = stage;
    const own = IMAGE_USERS[this.image];
    const first = isRootImage ? 'root' : this.image === 'gradle' ? 'gradle' : facts.user;
    this.#user = state.user ?? (setsUser(stage, body.instruction) ? undefined : first);
    this.#isKnownImage = isRootImage || this.image === 'gradle' || facts.user !== undefined;
    const isOwn = own !== undefined && (this.#user === own.name || this.#user === own.id);
    this.owner = isOwn ? `uid=${own.id},gid=${own.id}` : '';
    this.ownedHome = isOwn ? `/home/${own.name}` : undefined;
  }

  /**
   * The folder that the first of some variables gives that is set, with what stands behind it. `@node` holds in that
   * image, `@root` for that user, and HOME is what the user brings where nothing sets it.
   */
  find(sources: readonly (readonly [string, string])[]): string | CacheObstacle {
    for (const [name, suffix] of sources) {
      if (name === `@${this.image}`) return suffix;
      if (name === '@root' && this.#isKnownImage && isRoot(this.#user)) return suffix;
      if (name.startsWith('@')) continue;
      const value = this.valueOf(name);
      if (value === undefined) return { reason: 'dynamic-value', detail: `nobody can tell what ${name} is` };
      if (value !== null && value !== '') {
        if (value.startsWith('/')) return normalizePath(`${value}${suffix}`);
        return { reason: 'dynamic-value', detail: `${name} is no absolute path` };
      }
      if (!this.#isKnownImage) {
        return { reason: 'unknown-base', detail: 'nobody can tell where the base image keeps its caches' };
      }
      if (name !== 'HOME') continue;
      const home = isRoot(this.#user) ? '/root' : this.ownedHome;
      return home === undefined ? this.#noUser() : `${home}${suffix}`;
    }
    return { reason: 'unknown-base', detail: 'nobody can tell where this image keeps them' };
  }

  /** Why nobody can tell which mount the user may write to. */
  get userObstacle(): CacheObstacle | undefined {
    return isRoot(this.#user) || this.ownedHome !== undefined ? undefined : this.#noUser();
  }

  #noUser(): CacheObstacle {
    const who = this.#user === undefined ? 'which user runs it' : `the number and the home of ${this.#user}`;
    return { reason: 'unknown-user', detail: `nobody can tell ${who}` };
  }

  /** The value of a variable; null when nothing sets it, undefined when nobody can tell. */
  valueOf(name: string): string | null | undefined {
    if (new RegExp(`\\b${name}=`).test(this.script)) return undefined;
    if (isSet(this.#state, name)) return lookupIn(this.#state)(name);
    return declaresArgument(this.#stage, name) ? undefined : null;
  }
}

function setsUser({ base, instructions }: Stage, before: Instruction | undefined): boolean {
  const sets = instructions.some(
    ({ keyword, index }) => keyword === 'USER' && (before === undefined || index < before.index),
  );
  return sets || (base.kind === 'stage' && setsUser(base.stage, undefined));
}

function declaresArgument({ instructions }: Stage, name: string): boolean {
  return instructions.some(({ keyword, pairs }) => keyword === 'ARG' && pairs.some((pair) => pair.name === name));
}
