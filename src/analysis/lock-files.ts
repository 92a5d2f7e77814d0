import { isRecord, property } from '../context/build-context.js';
import type { ImageView } from './copies.js';

/** Programs that can be told to install exactly what their lock file says. */
export type LockingManager = 'npm' | 'yarn' | 'pnpm' | 'bun';

/** The lock files of each program, the one that counts first. */
export const LOCK_FILES: Readonly<Record<LockingManager, readonly string[]>> = {
  npm: ['npm-shrinkwrap.json', 'package-lock.json'],
  yarn: ['yarn.lock'],
  pnpm: ['pnpm-lock.yaml'],
  bun: ['bun.lock'],
};

const KINDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const;

/** What is known of a lock file. */
export type LockState =
  | { readonly kind: 'in-step'; readonly name: string; readonly isBerry: boolean }
  /** With the dependency on which the two differ, or why nobody can tell. */
  | { readonly kind: 'out-of-step' | 'unreadable'; readonly name: string; readonly detail: string };

/** Compares a package's lock file in the image with its `package.json`; undefined when there is none. */
export function lockStateOf(view: ImageView, folder: string, manager: LockingManager): LockState | undefined {
  const name = LOCK_FILES[manager].find((candidate) => view.has(`${folder}/${candidate}`));
  const manifest = view.parse(`${folder}/package.json`, 'json');
  if (name === undefined || !isRecord(manifest)) return undefined;
  const unreadable = (detail: string): LockState => ({ kind: 'unreadable', name, detail });
  if (property(manifest, 'workspaces') !== undefined) return unreadable('the package has workspaces');
  const lock = lockedRanges(view, `${folder}/${name}`, manager);
  if (typeof lock === 'string') return unreadable(lock);
  for (const kind of KINDS) {
    const wanted = property(manifest, kind);
    for (const [dependency, range] of Object.entries(isRecord(wanted) ? wanted : {})) {
      if (kind === 'peerDependencies' && manager !== 'npm') continue;
      if (typeof range !== 'string' || !lock.has(kind, dependency, range)) {
        return { kind: 'out-of-step', name, detail: `it does not have ${dependency} ${String(range)}` };
      }
    }
  }
  return { kind: 'in-step', name, isBerry: lock.isBerry };
}

interface LockedRanges {
  readonly has: (kind: (typeof KINDS)[number], name: string, range: string) => boolean;
  /** Written by Yarn 2 or newer. */
  readonly isBerry: boolean;
}

/** The ranges that a lock file was made for, or why nobody can tell them. */
function lockedRanges(view: ImageView, path: string, manager: LockingManager): LockedRanges | string {
  switch (manager) {
    case 'npm': {
      const root = property(view.parse(path, 'json'), 'packages', '');
      // Version 1 of the file does not say which ranges it was made for.
      if (root === undefined) return 'it is of version 1, or cannot be read';
      return { has: (kind, name, range) => property(root, kind, name) === range, isBerry: false };
    }
    case 'pnpm': {
      const lock = view.parse(path, 'yaml');
      const root = property(lock, 'importers', '.') ?? lock;
      if (!isRecord(root)) return 'it cannot be read';
      const specifiers = property(root, 'specifiers');
      const has: LockedRanges['has'] = (kind, name, range) =>
        property(specifiers, name) === range || property(root, kind, name, 'specifier') === range;
      return { has, isBerry: false };
    }
    case 'bun': {
      // Its JSON has trailing commas, which YAML takes.
      const root = property(view.parse(path, 'yaml'), 'workspaces', '');
      if (root === undefined) return 'it cannot be read';
      return { has: (kind, name, range) => property(root, kind, name) === range, isBerry: false };
    }
    case 'yarn': {
      const text = view.read(path);
      if (text === undefined) return 'it cannot be read';
      const isBerry = /^__metadata:/m.test(text);
      const entries = new Set<string>();
      for (const [, line = ''] of text.matchAll(/^(\S.*):$/gm)) {
        for (const entry of line.replaceAll('"', '').split(', ')) entries.add(entry);
      }
      return {
        has: (_, name, range) => entries.has(`${name}@${range}`) || entries.has(`${name}@npm:${range}`),
        isBerry,
      };
    }
  }
}
