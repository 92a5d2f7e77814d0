import { calledIn, selectFrom, type Selection, type SelectionOptions } from '../selection.js';
import type { Transform } from '../transforms/transform.js';
import { knownTransforms } from './known-transforms.js';

export type { Selection, SelectionOptions } from '../selection.js';

/** Chooses transforms as the options say. Throws a `UsageError` for an unknown word. */
export function select(options: SelectionOptions): Selection {
  return selectFrom(knownTransforms(), options);
}

/** The transforms that a name or an id of another tool, with or without the tool, stands for. */
export function transformsCalled(word: string): readonly Transform[] {
  return calledIn(knownTransforms(), word);
}
