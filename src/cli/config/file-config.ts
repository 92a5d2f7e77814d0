import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore from 'ignore';
import type { Config } from '../../config-schema.js';
import { noSettings, putTransforms, type Settings } from '../../settings.js';
import { UsageError } from '../exit-codes.js';
import { POLICIES } from '../shorthands.js';
import { hasName } from '../folder-names.js';
import { Recent } from '../recent.js';
import { transformsCalled } from '../selection.js';
import type { ReadConfig } from './read-config.js';

/** The names of configuration files, the first of a folder counts. */
export const CONFIG_NAMES = ['dfix.config.json', 'dfix.config.yaml', '.dfix.yaml', 'package.json'] as const;

/** By folder: the configurations that count there, the nearest last. */
const byFolder = new Recent<Promise<readonly ReadConfig[]>>(512);

/**
 * The configuration of a Dockerfile: those of its folder and the folders above, up to the root of its repository or one
 * that says `root`; the nearest wins, setting by setting. Undefined where there is none. Throws a `UsageError` for a
 * configuration that is wrong. A file that is given counts alone.
 */
export async function configFor(path: string, given?: string): Promise<Settings | undefined> {
  const file = resolve(path);
  const chain = given === undefined ? await chainOf(dirname(file)) : [await givenConfig(given)];
  if (chain.length === 0) return undefined;
  const layers = chain.flatMap((config) => layersOf(config, file));
  const key = layers.map(numberOf).join(' ');
  let merged = byLayers.get(key);
  if (merged === undefined) {
    merged = mergedOf(layers);
    byLayers.set(key, merged);
  }
  return merged;
}

type Layer = Pick<Config, 'unsafe' | 'transforms' | 'policy'>;

/** By the numbers of layers: most files of a run have the same ones, and get the same value. */
const byLayers = new Map<string, Settings>();
const numbers = new Map<Layer, number>();

function numberOf(layer: Layer): number {
  const number = numbers.get(layer) ?? numbers.size;
  numbers.set(layer, number);
  return number;
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

function chainOf(folder: string): Promise<readonly ReadConfig[]> {
  return byFolder.get(folder, () => readChain(folder));
}

async function readChain(folder: string): Promise<readonly ReadConfig[]> {
  const own = await configIn(folder);
  const parent = dirname(folder);
  const isLast = own?.config.root === true || parent === folder || hasName(folder, '.git');
  const above = isLast ? [] : await chainOf(parent);
  return own === undefined ? above : [...above, own];
}

/** The configuration of a folder. What reads it is loaded only where there is one. */
async function configIn(folder: string): Promise<ReadConfig | undefined> {
  for (const name of CONFIG_NAMES) {
    const path = join(folder, name);
    if (!hasName(folder, name) || (name === 'package.json' && !(await mayHoldConfig(path)))) continue;
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

/** The settings of a configuration that count for a file, the ones to win last. */
function layersOf({ config, folder, bases }: ReadConfig, file: string): readonly Layer[] {
  const path = relative(folder, file).split(sep).join('/');
  const overrides = (config.overrides ?? []).filter(
    ({ files }) =>
      // A pattern of a file that is extended reaches no file outside of its own folder.
      !path.startsWith('..') &&
      ignore()
        .add([...files])
        .ignores(path),
  );
  return [...bases.flatMap((base) => layersOf(base, file)), config, ...overrides];
}

function mergedOf(layers: readonly Layer[]): Settings {
  const merged = noSettings();
  for (const { unsafe, transforms = {}, policy } of layers) {
    if (unsafe !== undefined) merged.unsafe = unsafe;
    putTransforms(merged, transforms, transformsCalled);
    for (const name of policy?.['no-ignore'] ?? [])
      for (const transform of transformsCalled(name)) merged.unsilenced.add(transform.name);
    const registries = policy?.['allowed-registries'];
    if (registries !== undefined) {
      const { transform, param } = POLICIES['allowed-registries'];
      const own = merged.params.get(transform) ?? [];
      merged.params.set(transform, new Map([...own, [param, registries.join(',')]]));
    }
  }
  return merged;
}
