import type { PluginOptions } from './plugins.js';

/** Loads the plugins that a call names. Most calls name none, and load nothing for it. */
export async function usePlugins(options: PluginOptions): Promise<void> {
  if (options.plugin.length === 0 && typeof options.config !== 'string') return;
  const { loadPlugins } = await import('./plugins.js');
  await loadPlugins(options);
}
