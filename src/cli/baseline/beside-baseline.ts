import type { Change, RewriteResult } from '../../rewrite.js';
import { FindingNames, transformOf } from './finding-names.js';

export type RewriteWith = (accepts?: (change: Change) => boolean) => RewriteResult;

/** A result without what a baseline holds. */
export interface BesideBaseline {
  readonly result: RewriteResult;
  /** How much of what was found is in the baseline. */
  readonly known: number;
  /** The names that stand for nothing in the file any more. */
  readonly stale: readonly string[];
}

/** Decides what becomes of a file beside a baseline. */
export interface BaselineReader {
  /** `isRun` tells whether a transform had a say in this run. */
  rewrite(path: string, text: string, rewriteWith: RewriteWith, isRun: (transform: string) => boolean): BesideBaseline;
}

/** Rewrites a text but for the fixes that have one of some names, and leaves out what else has one. */
export function rewriteBeside(
  names: ReadonlySet<string>,
  text: string,
  rewriteWith: RewriteWith,
  isRun: (transform: string) => boolean,
): BesideBaseline {
  const naming = new FindingNames(text);
  const met = new Set<string>();
  const isNew = (found: { readonly transform: string; readonly line: number }): boolean => {
    const name = naming.nameOf(found);
    if (names.has(name)) met.add(name);
    return !names.has(name);
  };
  const result = rewriteWith(isNew);
  const rest = { ...result, offers: result.offers.filter(isNew), reports: result.reports.filter(isNew) };
  // Nobody can tell what a file that was not understood holds.
  const isJudged = result.status !== 'unparsable' && result.status !== 'disputed' && result.faults.length === 0;
  const missing = isJudged ? [...names].filter((name) => !met.has(name) && isRun(transformOf(name))) : [];
  if (missing.length === 0) return { result: rest, known: met.size, stale: [] };
  // What comes up only behind another fix that is in the baseline is not met, and yet not gone.
  const all = namesIn(text, rewriteWith);
  return { result: rest, known: met.size, stale: missing.filter((name) => !all.has(name)) };
}

/** A fix that is held back may make room for another one, but not for ever. */
const MAX_ROUNDS = 10;

/**
 * The names of all that is found in a text: also of what comes up only behind another fix, and of what comes up only
 * when that one is not made. So a run beside a baseline of these names finds nothing.
 */
export function namesIn(text: string, rewriteWith: RewriteWith): ReadonlySet<string> {
  const naming = new FindingNames(text);
  const names = new Set<string>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { changes, files, offers, reports } = rewriteWith((change) => !names.has(naming.nameOf(change)));
    for (const found of [...changes, ...files, ...offers, ...reports]) names.add(naming.nameOf(found));
    if (changes.length === 0 && files.length === 0) break;
  }
  return names;
}
