import { settle, type Settings } from '../../settings.js';
import type { ProcessOptions } from '../process-file.js';

/** By configuration: many files share one, and a run has one set of options. */
const known = new WeakMap<Settings, { readonly given: ProcessOptions; readonly made: ProcessOptions }>();

/** Puts a configuration behind the options of the command line. */
export function configured(given: ProcessOptions, config: Settings): ProcessOptions {
  const before = known.get(config);
  if (before?.given === given) return before.made;
  const { transforms, named, params, ...more } = settle(given.selection, given.unsafe, config);
  const made = { ...given, ...more, selection: { transforms, named, params } };
  known.set(config, { given, made });
  return made;
}
