import { dirname, join, resolve } from 'node:path';
import type { IgnoreSettings } from '../ignores.js';
import { hasName } from './folder-names.js';
import type { ProcessOptions } from './process-file.js';
import type { HadolintConfig } from './read-hadolint.js';
import { Recent } from './recent.js';

const NAMES = ['.hadolint.yaml', '.hadolint.yml'];

/** What counts where there is no configuration. */
export const NO_IGNORES: IgnoreSettings = {};
const NONE: Promise<HadolintConfig> = Promise.resolve({ ignore: NO_IGNORES, params: new Map() });
const byFolder = new Recent<Promise<HadolintConfig>>(512);

/**
 * Puts the configuration of hadolint behind the options for a Dockerfile, and says what it asks to leave alone. It is
 * the nearest one above the file, up to the root of its repository: hadolint takes that of the folder where it is
 * called, which is mostly that root. Throws a `UsageError` with the place for one that hadolint refuses too.
 */
export async function withHadolintConfig(
  path: string,
  options: ProcessOptions,
): Promise<{ readonly options: ProcessOptions; readonly ignore: IgnoreSettings }> {
  const { ignore, params: theirs } = await configIn(dirname(resolve(path)));
  if (theirs.size === 0) return { options, ignore };
  const { selection } = options;
  const params = new Map(selection.params);
  // What was written for dfix counts before it.
  for (const [transform, values] of theirs)
    params.set(transform, new Map([...values, ...(params.get(transform) ?? [])]));
  return { options: { ...options, selection: { ...selection, params } }, ignore };
}

/** The configuration of a folder. What reads it is loaded only where there is one. */
function configIn(folder: string): Promise<HadolintConfig> {
  return byFolder.get(folder, () => {
    const name = NAMES.find((one) => hasName(folder, one));
    if (name !== undefined) return readIn(join(folder, name));
    const parent = dirname(folder);
    return parent === folder || hasName(folder, '.git') ? NONE : configIn(parent);
  });
}

async function readIn(path: string): Promise<HadolintConfig> {
  const { readHadolintConfig } = await import('./read-hadolint.js');
  return readHadolintConfig(path);
}
