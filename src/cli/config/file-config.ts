import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore from 'ignore';
import { noSettings, type OpenSettings, putTransforms, type Settings } from '../../settings.js';
import { UsageError } from '../exit-codes.js';
import { transformsCalled } from '../selection.js';
import type { ReadConfig } from './read-config.js';

/** The names of configuration files, the first of a folder counts. */
export const CONFIG_NAMES = ['dfix.config.json', 'dfix.config.yaml', '.dfix.yaml', 'package.json'] as const;

/** By folder: the configurations that count there, the nearest last. */
const byFolder = new Map<string, readonly ReadConfig[]>();

/**
 * The configuration of a Dockerfile: those of its folder and the folders above, up to the root of its repository or one
 * that says `root`; the nearest wins, setting by setting. Undefined where there is none. Throws a `UsageError` for a
 * configuration that is wrong. A file that is given counts alone.
 */
export async function configFor(path: string, given?: string): Promise<Settings | undefined> {
  const file = resolve(path);
  const chain = given === undefined ? await chainOf(dirname(file)) : [await givenConfig(given)];
  if (chain.length === 0) return undefined;
  const merged = noSettings();
  for (const config of chain) apply(merged, config, file);
  return merged;
}

let givenRead: ReadConfig | undefined;

/** The configuration that the command line names, read once, with its plugins. */
export async function givenConfig(path: string): Promise<ReadConfig> {
  const { readConfig } = await import('./read-config.js');
  if (!existsSync(path)) throw new UsageError(`--config ${path}: no such file`);
  givenRead ??= await readConfig(path, 'named');
  if (givenRead === undefined) throw new UsageError(`--config ${path}: it has no "dfix"`);
  return givenRead;
}

async function chainOf(folder: string): Promise<readonly ReadConfig[]> {
  const known = byFolder.get(folder);
  if (known !== undefined) return known;
  const own = await configIn(folder);
  const parent = dirname(folder);
  const isLast = own?.config.root === true || parent === folder || existsSync(join(folder, '.git'));
  const above = isLast ? [] : await chainOf(parent);
  const chain = own === undefined ? above : [...above, own];
  byFolder.set(folder, chain);
  return chain;
}

/** The configuration of a folder. What reads it is loaded only where there is one. */
async function configIn(folder: string): Promise<ReadConfig | undefined> {
  for (const name of CONFIG_NAMES) {
    const path = join(folder, name);
    if (!existsSync(path) || (name === 'package.json' && !(await mayHoldConfig(path)))) continue;
    const { readConfig } = await import('./read-config.js');
    const config = await readConfig(path, 'found');
    if (config !== undefined) return config;
  }
  return undefined;
}

/** A cheap look: most package.json have nothing to say about dfix. */
async function mayHoldConfig(path: string): Promise<boolean> {
  const { readFile } = await import('node:fs/promises');
  return (await readFile(path, 'utf8')).includes('"dfix"');
}

function apply(merged: OpenSettings, { config, folder, bases }: ReadConfig, file: string): void {
  for (const base of bases) apply(merged, base, file);
  applySettings(merged, config);
  for (const name of config.policy?.['no-ignore'] ?? [])
    for (const transform of transformsCalled(name)) merged.unsilenced.add(transform.name);
  const path = relative(folder, file).split(sep).join('/');
  for (const override of config.overrides ?? []) {
    // A pattern of a file that is extended reaches no file outside of its own folder.
    if (
      !path.startsWith('..') &&
      ignore()
        .add([...override.files])
        .ignores(path)
    )
      applySettings(merged, override);
  }
}

function applySettings(
  merged: OpenSettings,
  { unsafe, transforms = {} }: Pick<ReadConfig['config'], 'unsafe' | 'transforms'>,
): void {
  if (unsafe !== undefined) merged.unsafe = unsafe;
  putTransforms(merged, transforms, transformsCalled);
}
