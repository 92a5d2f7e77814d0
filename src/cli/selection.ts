import { answering, calledIn, selectFrom, type Selection, type SelectionOptions } from '../selection.js';
import type { Transform } from '../transforms/transform.js';
import { UsageError } from './exit-codes.js';
import { knownTransforms } from './known-transforms.js';
import { type UnansweredPractice, unansweredPractice } from './practices.js';

export type { Selection, SelectionOptions } from '../selection.js';

/**
 * Chooses transforms as the options say. Throws a `UsageError` for an unknown word, and for an id to take that no
 * transform answers; to skip it is no mistake, since the list may be that of another tool.
 */
export function select(options: SelectionOptions): Selection {
  for (const word of options.only) {
    const unanswered = unansweredCalled(word);
    if (unanswered === undefined) continue;
    throw new UsageError(`no transform answers ${word} (${unanswered.practice}): ${unanswered.reason}`);
  }
  const skip = options.skip.filter((word) => unansweredCalled(word) === undefined);
  return selectFrom(knownTransforms(), { ...options, skip });
}

/** The transforms that a name or an id of another tool stands for: none for a practice that no transform answers. */
export function transformsCalled(word: string): readonly Transform[] {
  return unansweredCalled(word) === undefined ? calledIn(knownTransforms(), word) : [];
}

/** The practice that a word means, if it is one that no transform answers. */
export function unansweredCalled(word: string): UnansweredPractice | undefined {
  return answering(knownTransforms(), word).length > 0 ? undefined : unansweredPractice(word);
}
