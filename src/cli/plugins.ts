import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transformsOf } from '../plugin.js';
import { UsageError } from './exit-codes.js';
import { importModule } from './import-module.js';
import { addTransforms, knownTransforms } from './known-transforms.js';

export interface PluginOptions {
  /** What `--plugin` named. */
  readonly plugin: readonly string[];
  /** The configuration that `--config` named. */
  readonly config: string | false | undefined;
}

/** The files of the plugins that were loaded. */
const loaded = new Set<string>();

/**
 * Loads the plugins that the command line names, and those that its configuration names. **No other way leads to code
 * that dfix runs**: a configuration that was found lies among the files that are rewritten. Throws a `UsageError` for a
 * plugin that is not there or not right.
 */
export async function loadPlugins({ plugin, config }: PluginOptions): Promise<void> {
  for (const name of plugin) await loadPlugin(name, '.', `--plugin ${name}: `);
  if (typeof config !== 'string') return;
  const { givenConfig } = await import('./config/file-config.js');
  await givenConfig(config);
}

/** Loads a plugin that is named in a folder, once. `place` is put in front of what is wrong. */
export async function loadPlugin(name: string, folder: string, place: string): Promise<void> {
  const file = pluginFile(name, folder, place);
  if (file === undefined) throw new UsageError(`${place}there is no plugin ${name}`);
  if (loaded.has(file)) return;
  let module: unknown;
  try {
    module = await importModule(pathToFileURL(file).href);
  } catch (error) {
    throw new UsageError(`${place}the plugin ${name} does not load: ${firstLine(error)}`);
  }
  try {
    addTransforms(transformsOf(module, name, knownTransforms()));
  } catch (error) {
    throw error instanceof UsageError ? new UsageError(`${place}${error.message}`) : error;
  }
  loaded.add(file);
}

/** Whether a plugin that a found configuration names was loaded already, because the command line named it too. */
export function isLoaded(name: string, folder: string, place: string): boolean {
  const file = pluginFile(name, folder, place);
  return file !== undefined && loaded.has(file);
}

/** The file that a name means in a folder: a path, or a package that is installed there. Nothing of it is loaded. */
function pluginFile(name: string, folder: string, place: string): string | undefined {
  try {
    return createRequire(join(resolve(folder), 'from-here.js')).resolve(name);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'MODULE_NOT_FOUND') return undefined;
    throw new UsageError(`${place}the plugin ${name} cannot be found: ${firstLine(error)}`);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\n[^]*$/, '');
}
