import { transforms } from '../transforms/index.js';
import type { Transform } from '../transforms/transform.js';

let known: readonly Transform[] = transforms;

/** The transforms of this process, in their order: ours, and behind them those of the plugins that were named. */
export function knownTransforms(): readonly Transform[] {
  return known;
}

/** Puts the transforms of a plugin behind those that are known. */
export function addTransforms(more: readonly Transform[]): void {
  known = [...known, ...more];
}

/** False for a transform of a plugin. A fault may name several transforms, or none. */
export function isOurs(names: string): boolean {
  return !known.slice(transforms.length).some(({ name }) => names.split(', ').includes(name));
}
