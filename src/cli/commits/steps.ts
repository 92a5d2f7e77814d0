import type { Change, RewriteResult } from '../../rewrite.js';
import type { Found } from '../discover.js';
import { type FileOutcome, type ProcessOptions, readInput, rewriteText } from '../process-file.js';
import { surroundingsOf } from '../surroundings.js';

/** A rewrite on its way to the whole one: what it is with one transform more. */
export interface Step {
  readonly transform: string;
  readonly result: RewriteResult;
}

/**
 * Takes a rewrite apart by its transforms, in their order: each step is a rewrite of the file as it was, with the fixes
 * of the transforms up to there and of no others, so it passed all checks itself; the last one is the whole. Where a fix
 * of an earlier transform only became possible by a later one, it comes with that. A step that the engine does not
 * accept is left out, and comes with the next one.
 */
export async function stepsOf(found: Found, outcome: FileOutcome, given: ProcessOptions): Promise<readonly Step[]> {
  const { result, read } = outcome;
  if (result === undefined || read === undefined) return [];
  const made = new Set([...result.changes, ...result.files].map(({ transform }) => transform));
  const names = given.selection.transforms.map(({ name }) => name).filter((name) => made.has(name));
  const last = names.pop();
  if (last === undefined) return [];
  const whole = { transform: last, result };
  const input = names.length === 0 ? undefined : await readInput(found, given);
  if (input === undefined || 'path' in input) return [whole];
  const around = await surroundingsOf(found.path, read.text, input.options);
  const digests = await input.options.online?.digestsFor(result.text);
  const options = digests === undefined ? input.options : { ...input.options, digests };
  const taken = new Set<string>();
  const accepts = ({ transform }: Change): boolean => taken.has(transform);
  const steps: Step[] = [];
  for (const transform of names) {
    taken.add(transform);
    const part = rewriteText(read.text, options, input.ignore, around, accepts);
    if (part.faults.length === 0) steps.push({ transform, result: part });
  }
  return [...steps, whole];
}
