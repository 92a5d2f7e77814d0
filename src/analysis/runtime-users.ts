import type { Instruction } from '../dockerfile/instruction.js';
import type { ImageReference } from '../dockerfile/image-reference.js';
import { officialImageName } from '../dockerfile/image-reference.js';
import { rootBase, type Stage } from '../dockerfile/stage.js';
import { invocationsOf } from '../shell/invocation.js';
import type { Analysis } from './analysis.js';

/** A user that the process of an image can run as. */
export interface RuntimeUser {
  readonly name: string;
  /** What USER gets: a number, wherever it is known. */
  readonly user: string;
  /** What `--chown` and `install` get. */
  readonly owner: string;
  readonly group: string;
  /** The commands that make it; empty for a user that is there. */
  readonly creation: readonly string[];
  /** The RUN of the file that makes it. */
  readonly madeBy: Instruction | undefined;
  /** Whether the image has a shell and the programs to make folders. */
  readonly hasShell: boolean;
}

export interface UserObstacle {
  readonly reason: 'unknown-base' | 'dynamic-value';
  readonly detail: string;
}

/** A number that no distribution gives away: packages get less than 1000, people 1000 and up to 60000 in their order. */
const OWN_ID = '10001';

interface ImageUser {
  readonly name: string;
  readonly id: string;
  readonly hasShell: boolean;
}

/** Finds or plans the user of a stage that runs as root. */
export function runtimeUserOf(analysis: Analysis, stage: Stage): RuntimeUser | UserObstacle {
  const made = usersMadeIn(analysis, stage);
  const [own, more] = made;
  if (more !== undefined)
    return {
      reason: 'dynamic-value',
      detail: `the file makes several users, ${made.map(({ name }) => name).join(', ')}`,
    };
  if (own !== undefined) return own;
  const base = rootBase(stage);
  // The number that distroless images give their user; an image without users needs no name for it.
  if (base.kind === 'scratch') return plain({ name: 'a user without a name', id: '65532', hasShell: false });
  const brought = base.kind === 'image' ? userOfImage(base.image) : undefined;
  if (brought !== undefined) return plain(brought);
  const { family } = analysis.baseOf(stage);
  // Small images of Red Hat come without the programs that make users.
  const isBare = family === 'redhat' && base.kind === 'image' && /minimal|micro/.test(base.text);
  const creation = isBare ? undefined : creationIn(family);
  if (creation === undefined) return { reason: 'unknown-base', detail: 'nobody knows how the base image makes users' };
  return { name: 'app', user: OWN_ID, owner: OWN_ID, group: OWN_ID, creation, madeBy: undefined, hasShell: true };
}

function plain({ name, id, hasShell }: ImageUser): RuntimeUser {
  return { name, user: id, owner: id, group: id, creation: [], madeBy: undefined, hasShell };
}

/** The user by its name, wherever the image knows one; those of an image without users stay numbers. */
export function byName(user: RuntimeUser): RuntimeUser {
  const { name, madeBy, group } = user;
  if (!/^[a-z_][\w-]*$/.test(name)) return user;
  return { ...user, user: name, owner: name, group: madeBy === undefined ? name : group };
}

/**
 * The user that an image brings for this. Sources, read 2026-08-21: the Dockerfiles of docker-library's node and of
 * oven/bun, Microsoft's .NET images since 8.0, GoogleContainerTools' distroless.
 */
function userOfImage(image: ImageReference): ImageUser | undefined {
  const tag = image.tag ?? '';
  const name = officialImageName(image);
  const { repository } = image;
  const major = Number(/^(\d+)/.exec(tag)?.[1] ?? Infinity);
  if (name === 'node' && major >= 8) return { name: 'node', id: '1000', hasShell: true };
  if (repository === 'oven/bun') return { name: 'bun', id: '1000', hasShell: !tag.includes('distroless') };
  if (/(?:^|\/)dotnet\/(?:aspnet|runtime|runtime-deps|sdk)$/.test(repository) && major >= 8) {
    return { name: 'app', id: '1654', hasShell: true };
  }
  if (/(?:^|\/)distroless\//.test(repository)) return { name: 'nonroot', id: '65532', hasShell: false };
  return undefined;
}

function creationIn(family: string | undefined): readonly string[] | undefined {
  switch (family) {
    case 'debian':
    case 'redhat':
      // Without --no-log-init the login database grows with the number of the user.
      return [
        `groupadd --system --gid ${OWN_ID} app`,
        `useradd --system --uid ${OWN_ID} --gid app --no-log-init --create-home app`,
      ];
    case 'alpine':
    case 'busybox':
      return [`addgroup -S -g ${OWN_ID} app`, `adduser -S -D -u ${OWN_ID} -G app app`];
    default:
      return undefined;
  }
}

/** Options of useradd and adduser whose value is the next word. */
const TAKES_VALUE =
  /^(?:-[ugGdscbekKpr]|--(?:uid|gid|groups|home|home-dir|shell|comment|gecos|ingroup|base-dir|expiredate|inactive|skel|key|password|root|prefix))$/;

/** Whether an instruction names a program that makes users. */
export function mayMakeUser(analysis: Analysis, instruction: Instruction): boolean {
  return instruction.keyword === 'RUN' && /\b(?:useradd|adduser)\b/.test(analysis.rawText(instruction));
}

/** The users that the commands of a stage, and of those below it, make. */
function usersMadeIn(analysis: Analysis, stage: Stage): readonly RuntimeUser[] {
  const found: RuntimeUser[] = stage.base.kind === 'stage' ? [...usersMadeIn(analysis, stage.base.stage)] : [];
  for (const instruction of stage.instructions) {
    if (!mayMakeUser(analysis, instruction)) continue;
    const body = analysis.body(instruction);
    for (const { program, args } of body === undefined ? [] : invocationsOf(body)) {
      if (program !== 'useradd' && program !== 'adduser') continue;
      const words = args.map((word) => word.value);
      const valueOf = (option: RegExp): string | undefined =>
        words[words.findIndex((word) => word !== undefined && option.test(word)) + 1] ?? undefined;
      const operands = words.filter(
        (word, index) => word?.startsWith('-') !== true && !TAKES_VALUE.test(words[index - 1] ?? ''),
      );
      const [name, second] = operands;
      if (name === undefined || !/^[a-z_][\w-]*$/.test(name)) continue;
      // `adduser name group` puts an existing user into a group.
      if (program === 'adduser' && second !== undefined) continue;
      const uid = words.some((word) => /^(?:-u|--uid)$/.test(word ?? '')) ? valueOf(/^(?:-u|--uid)$/) : undefined;
      const hasGroup = words.some((word) => /^(?:-g|--gid|-G|--ingroup)$/.test(word ?? ''));
      const group = hasGroup ? valueOf(program === 'useradd' ? /^(?:-g|--gid)$/ : /^(?:-G|--ingroup)$/) : name;
      const user = uid !== undefined && /^\d+$/.test(uid) ? uid : name;
      if (user === '0') continue;
      found.push({ name, user, owner: name, group: group ?? name, creation: [], madeBy: instruction, hasShell: true });
    }
  }
  return found;
}
