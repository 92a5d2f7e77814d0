import { dirname, join, resolve } from 'node:path';
import type { IgnoreSettings } from '../ignores.js';
import { hasName } from './folder-names.js';
import type { ProcessOptions } from './process-file.js';
import type { HadolintConfig } from './read-hadolint.js';
import { Recent } from './recent.js';
import { POLICIES } from './shorthands.js';

const NAMES = ['.hadolint.yaml', '.hadolint.yml'];

/** What counts where there is no configuration. */
export const NO_IGNORES: IgnoreSettings = {};
const NONE: Promise<HadolintConfig> = Promise.resolve({ ignore: NO_IGNORES });
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
  const { ignore, registries } = await configIn(dirname(resolve(path)));
  const { transform, param } = POLICIES['allowed-registries'];
  const { selection } = options;
  const own = selection.params.get(transform);
  // A policy that was written for dfix counts before it.
  if (registries === undefined || own?.has(param) === true) return { options, ignore };
  const params = new Map(selection.params).set(transform, new Map(own).set(param, registries));
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
