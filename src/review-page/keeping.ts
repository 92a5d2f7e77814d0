import type { Decisions } from './decisions.js';
import { exported, imported } from './exchange.js';
import type { Review } from './review.js';

/** How long after a change the browser keeps it: one look at many hunks is one writing. */
const DELAY = 300;

/**
 * Keeps the decisions in the browser, under the name of the report, and takes up those of an earlier visit. Gives a
 * sentence where the browser keeps nothing, since a person has to know.
 */
export function keepDecisions(review: Review, decisions: Decisions, say: (sentence: string) => void): void {
  const key = `dfix-review ${review.name}`;
  try {
    const text = window.localStorage.getItem(key);
    const earlier = text === null ? undefined : imported(review, text);
    if (earlier !== undefined) decisions.take(earlier.entries);
  } catch (error) {
    say(`This browser keeps no decisions (${nameOf(error)}): export them before you leave.`);
    return;
  }
  let timer = 0;
  const keep = (): void => {
    try {
      window.localStorage.setItem(key, exported(review, decisions));
    } catch (error) {
      say(`The decisions were not kept (${nameOf(error)}): export them before you leave.`);
    }
  };
  decisions.onChange(() => {
    window.clearTimeout(timer);
    timer = window.setTimeout(keep, DELAY);
  });
  window.addEventListener('pagehide', () => {
    window.clearTimeout(timer);
    if (!decisions.isEmpty) keep();
  });
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown fault';
}
