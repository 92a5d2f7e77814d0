import type { Instruction } from '../dockerfile/instruction.js';

/** A `--mount` of a RUN. */
export interface Mount {
  readonly type: string;
  /** Absolute where it is written so; a relative one counts from the working directory. */
  readonly target: string | undefined;
  readonly options: ReadonlyMap<string, string>;
}

/** The mounts of a RUN; the type is `bind` where none is written. */
export function mountsOf(instruction: Instruction): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const flag of instruction.flags) {
    if (flag.name !== 'mount') continue;
    const options = new Map<string, string>();
    for (const field of (flag.value ?? '').split(',')) {
      const equals = field.indexOf('=');
      options.set(
        (equals === -1 ? field : field.slice(0, equals)).toLowerCase(),
        equals === -1 ? '' : field.slice(equals + 1),
      );
    }
    const target = options.get('target') ?? options.get('dst') ?? options.get('destination');
    mounts.push({ type: options.get('type') ?? 'bind', target, options });
  }
  return mounts;
}

/**
 * The cache or tmpfs mount that keeps a folder out of the image: one on the folder itself, above it or below it.
 */
export function mountOver(instruction: Instruction, folder: string): Mount | undefined {
  return mountsOf(instruction).find((mount) => {
    if ((mount.type !== 'cache' && mount.type !== 'tmpfs') || mount.target === undefined) return false;
    const target = mount.target.replace(/\/+$/, '');
    return target === folder || folder.startsWith(`${target}/`) || target.startsWith(`${folder}/`);
  });
}

/** A mount that holds a path or lies inside of it, or may: a relative target counts from the working directory. */
export function mountMeeting(instruction: Instruction, path: string): Mount | undefined {
  return mountsOf(instruction).find(({ type, target }) => {
    // Without a target they lie in /run.
    if ((type === 'secret' || type === 'ssh') && target === undefined) return false;
    if (target?.startsWith('/') !== true) return true;
    const mounted = `${target.replace(/\/+$/, '')}/`;
    return `${path}/`.startsWith(mounted) || mounted.startsWith(`${path}/`);
  });
}
