import { settle, type Settings } from '../../settings.js';
import type { ProcessOptions } from '../process-file.js';

/** Puts a configuration behind the options of the command line. */
export function configured(options: ProcessOptions, config: Settings): ProcessOptions {
  const { transforms, named, params, ...more } = settle(options.selection, options.unsafe, config);
  return { ...options, ...more, selection: { transforms, named, params } };
}
