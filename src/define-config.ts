import type { Config } from './config-schema.js';

/** A configuration as it is given: an editor checks it and completes its keys. Nothing is loaded for it. */
export function defineConfig<const C extends Config>(config: C): C {
  return config;
}
