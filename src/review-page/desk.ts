import type { Decision, Decisions } from './decisions.js';
import type { Layout } from './diff.js';
import type { Review, ReviewHunk } from './review.js';

/** What the parts of the page share. */
export interface Desk {
  readonly review: Review;
  readonly decisions: Decisions;
  readonly layout: () => Layout;
  /** Decides, and says what was decided. */
  readonly decide: (hunks: readonly ReviewHunk[], decision: Decision) => void;
  /** Says something to everybody, those who hear the page as well. */
  readonly say: (sentence: string) => void;
}

/** Something that is decided as a whole, one in the list. */
export interface Card {
  readonly element: HTMLElement;
  /** Those of its hunks that the filter lets through. */
  readonly hunks: readonly ReviewHunk[];
  /** Takes the hunks that the filter lets through; hidden without one. */
  show(passes: (hunk: ReviewHunk) => boolean): void;
  /** Puts its content into the element, if it is not there yet. */
  fill(): void;
  /** Makes the content anew, as after a change of the layout. */
  renew(): void;
  /** Shows what was decided. */
  refresh(): void;
  /** Opens the field for a comment. */
  comment(): void;
}
