import { visible } from '../style.js';

/** Characters that turn the direction of what stands behind them, and so can show a text that is not there. */
const DIRECTIONS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A text from a file in one line, in which nothing is hidden: for a report that is read by people. */
export function plain(text: string): string {
  return visible(text.replace(/\s*[\n\u2028\u2029]\s*/g, ' ')).replace(
    DIRECTIONS,
    (character) => `\\u${character.charCodeAt(0).toString(16)}`,
  );
}
