import type { Reach } from '../../rewrite.js';
import type { ParamValues } from '../../transforms/transform.js';
import { UsageError } from '../exit-codes.js';
import type { ProcessOptions } from '../process-file.js';
import type { FileConfig } from './file-config.js';

/** Puts a configuration behind the options of the command line: what that names, it means. */
export function configured(options: ProcessOptions, config: FileConfig): ProcessOptions {
  const { selection } = options;
  const { named } = selection;
  const reach = new Map<string, Reach>();
  for (const [name, mode] of config.modes) {
    if (!named.has(name) && mode !== 'off') reach.set(name, mode === 'on' ? 'all' : 'safe');
  }
  const transforms = selection.transforms.filter(({ name }) => config.modes.get(name) !== 'off' || named.has(name));
  if (transforms.length === 0) throw new UsageError('the options and the configuration leave no transform to run');
  const params = new Map<string, ParamValues>(config.params);
  for (const [name, values] of selection.params) params.set(name, new Map([...(params.get(name) ?? []), ...values]));
  return {
    ...options,
    selection: { transforms, named, params },
    unsafe: options.unsafe || config.unsafe === true,
    reach,
    unsilenced: config.unsilenced,
  };
}
