import { readFileSync } from 'node:fs';
import { canonicalId } from '../foreign-ids.js';

/** A practice that no transform answers under some of the ids that tools give it. */
export interface UnansweredPractice {
  readonly practice: string;
  /** Why not, one sentence. */
  readonly reason: string;
}

/** The practice of an id that no transform answers; undefined for an id that nobody knows. */
export function unansweredPractice(word: string): UnansweredPractice | undefined {
  const id = canonicalId(word);
  const found = readPractices().find(({ ids = [] }) =>
    ids.map(canonicalId).some((own) => own === id || own.slice(own.indexOf(':') + 1) === id),
  );
  if (found === undefined) return undefined;
  const { practice, waitsFor, note = '' } = found;
  const reason = waitsFor === undefined ? note : `it waits for ${waitsFor}`;
  return { practice, reason };
}

interface Practice {
  readonly practice: string;
  readonly ids?: readonly string[];
  readonly waitsFor?: string;
  readonly note?: string;
}

/** The list comes with the program, and a test holds it against this form. */
function readPractices(): readonly Practice[] {
  return JSON.parse(readFileSync(new URL('../docs/practices.json', import.meta.url), 'utf8')) as readonly Practice[];
}
