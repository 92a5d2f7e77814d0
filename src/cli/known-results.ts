import type { RewriteResult } from '../rewrite.js';
import { Recent } from './recent.js';

/** How much text is kept in all, in code units. A result takes some ten times as much memory as its text. */
const MOST_TEXT = 2 << 20;

/** By the options of a run, those of a configuration included: they are the same object as long as nothing differs. */
const byOptions = new WeakMap<object, Recent<RewriteResult>>();

/**
 * The result for a text that another file had already: folders of clones hold many copies of the same Dockerfile.
 * `rewrite` may look at nothing but the text and the options.
 */
export function knownResult(text: string, options: object, rewrite: () => RewriteResult): RewriteResult {
  let known = byOptions.get(options);
  if (known === undefined) {
    known = new Recent<RewriteResult>(MOST_TEXT, (result) => result.text.length);
    byOptions.set(options, known);
  }
  return known.get(text, rewrite);
}
