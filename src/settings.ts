import type { Reach } from './rewrite.js';
import type { Selection } from './selection.js';
import type { ParamValues, Transform } from './transforms/transform.js';
import { UsageError } from './usage-error.js';

export const MODES = ['off', 'safe', 'on'] as const;

/** How far a transform may go: not at all, by its safe fixes alone, or by all that it can, unsafe and optional fixes too. */
export type Mode = (typeof MODES)[number];

/** By the name of a transform, or the id of another tool: how far it may go, or its parameters, which stand for `on`. */
export type TransformSettings = Readonly<Record<string, Mode | Readonly<Record<string, string>>>>;

/** What configurations say, one put over the other. */
export interface Settings {
  readonly unsafe: boolean | undefined;
  /** By the names of transforms. */
  readonly modes: ReadonlyMap<string, Mode>;
  readonly params: ReadonlyMap<string, ParamValues>;
  /** The transforms that comments do not silence. */
  readonly unsilenced: ReadonlySet<string>;
}

/** Settings that more is put over. */
export interface OpenSettings extends Settings {
  unsafe: boolean | undefined;
  readonly modes: Map<string, Mode>;
  readonly params: Map<string, ParamValues>;
  readonly unsilenced: Set<string>;
}

export function noSettings(): OpenSettings {
  return { unsafe: undefined, modes: new Map(), params: new Map(), unsilenced: new Set() };
}

/** Puts what is set for transforms over what was set before; `called` finds them. */
export function putTransforms(
  settings: OpenSettings,
  given: TransformSettings,
  called: (word: string) => readonly Transform[],
): void {
  for (const [word, setting] of Object.entries(given)) {
    for (const { name, params = [] } of called(word)) {
      settings.modes.set(name, typeof setting === 'string' ? setting : 'on');
      if (typeof setting === 'string') continue;
      // An id of another tool may stand for several transforms: each gets what it has.
      const own = Object.entries(setting).filter(([param]) => params.some((one) => one.name === param));
      settings.params.set(name, new Map(own));
    }
  }
}

/** A selection with the settings behind it, as the engine takes both. */
export interface Settled extends Selection {
  readonly unsafe: boolean;
  readonly reach: ReadonlyMap<string, Reach>;
  readonly unsilenced: ReadonlySet<string>;
}

/** Puts settings behind a selection: what that names, it means. Throws a `UsageError` when no transform is left. */
export function settle(selection: Selection, unsafe: boolean, settings: Settings): Settled {
  const { named } = selection;
  const reach = new Map<string, Reach>();
  for (const [name, mode] of settings.modes) {
    if (!named.has(name) && mode !== 'off') reach.set(name, mode === 'on' ? 'all' : 'safe');
  }
  const transforms = selection.transforms.filter(({ name }) => settings.modes.get(name) !== 'off' || named.has(name));
  if (transforms.length === 0) throw new UsageError('the options and the configuration leave no transform to run');
  const params = new Map<string, ParamValues>(settings.params);
  for (const [name, values] of selection.params) params.set(name, new Map([...(params.get(name) ?? []), ...values]));
  return {
    transforms,
    named,
    params,
    unsafe: unsafe || settings.unsafe === true,
    reach,
    unsilenced: settings.unsilenced,
  };
}
