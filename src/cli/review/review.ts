import { createHash } from 'node:crypto';
import { type RewriteResult, untouched } from '../../rewrite.js';
import type { ReadFile } from '../files.js';
import type { FileOutcome } from '../process-file.js';
import { hunksOf } from './hunks.js';
import { withNeeds } from './needs.js';
import type { FileDecisions } from './read-decisions.js';
import { type Again, take } from './take.js';

/** What a file was rewritten to, and the way to rewrite it again. */
export interface Rewritten {
  readonly read: ReadFile;
  readonly result: RewriteResult;
  readonly again: Again;
}

/** The outcome of a file with its hunks, for a person to choose from. */
export function withHunks(outcome: FileOutcome, { read, result, again }: Rewritten): FileOutcome {
  return { ...outcome, hunks: withNeeds(hunksOf(read, result), again) };
}

/**
 * The outcome that a person decided on: what was accepted and nothing else, and no change at all where nobody decided.
 * A file that is not the one that was reviewed is left alone.
 */
export function decided(
  outcome: FileOutcome,
  { read, result, again }: Rewritten,
  decisions: FileDecisions | undefined,
): FileOutcome {
  const leftAlone = (reason: string): FileOutcome => ({
    ...outcome,
    result: untouched(read.text, 'unchanged'),
    error: `left alone: ${reason}`,
  });
  const hunks = hunksOf(read, result);
  const known = new Set(hunks.map(({ id }) => id));
  if (decisions !== undefined && decisions.sha256 !== sha256Of(read))
    return leftAlone('it is not the file that was reviewed');
  if (decisions?.hunks.some(({ id }) => !known.has(id)) === true)
    return leftAlone('its hunks are not those that were reviewed: dfix wants the options of the review');
  const accepted = new Set((decisions?.hunks ?? []).flatMap(({ id, decision }) => (decision === 'accept' ? id : [])));
  const reviewed = { text: read.text, result, hunks, again };
  let taken = take(reviewed, accepted);
  // Which hunks rely on which takes several runs to tell, and few files want to know.
  if ('refusal' in taken) taken = take({ ...reviewed, hunks: withNeeds(hunks, again) }, accepted);
  return 'refusal' in taken ? leftAlone(taken.refusal) : { ...outcome, result: taken.result };
}

/** What a file of decisions knows a file by, in hexadecimal digits. */
export function sha256Of({ bytes }: ReadFile): string {
  return createHash('sha256').update(bytes).digest('hex');
}
