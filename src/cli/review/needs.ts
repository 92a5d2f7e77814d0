import { changeKey } from '../../change-key.js';
import type { Hunk } from './hunks.js';
import { type Again, isOfDockerfile, keysOf, notMade } from './take.js';

/**
 * Finds out which hunks rely on which: leaves each out in turn, and sees what the engine does not do then. No transform
 * tells what another one's fix made possible, so this is the only way to know.
 */
export function withNeeds(hunks: readonly Hunk[], again: Again): readonly Hunk[] {
  const own = hunks.filter(isOfDockerfile);
  if (own.length < 2) return hunks;
  const needs = new Map<string, string[]>(hunks.map(({ id, needs: known }) => [id, [...known]]));
  for (const left of own) {
    const others = hunks.filter((hunk) => hunk !== left);
    const keys = keysOf(others);
    const made = again((change) => keys.has(changeKey(change)));
    for (const { id } of notMade(others, made)) needs.get(id)?.push(left.id);
  }
  return hunks.map((hunk) => ({ ...hunk, needs: needs.get(hunk.id) ?? [] }));
}
