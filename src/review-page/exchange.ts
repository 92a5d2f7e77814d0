import type { Decision, Decisions } from './decisions.js';
import type { Review, ReviewHunk } from './review.js';

/** The decisions as `dfix --decisions` takes them. */
export function exported(review: Review, decisions: Decisions): string {
  const files = review.ofFile.flatMap((own, index) => {
    const hunks = own.flatMap((hunk) => {
      const [decision, comment] = [decisions.of(hunk), decisions.commentOf(hunk)];
      if (decision === undefined && comment === '') return [];
      return {
        id: hunk.data.id,
        ...(decision === undefined ? {} : { decision }),
        ...(comment === '' ? {} : { comment }),
      };
    });
    const file = review.data.files[index];
    return hunks.length === 0 || file === undefined ? [] : { path: file.path, sha256: file.sha256, hunks };
  });
  return `${JSON.stringify({ version: 1, files }, undefined, 2)}\n`;
}

export interface Imported {
  readonly entries: readonly (readonly [ReviewHunk, Decision, string])[];
  /** How many are about hunks that this report does not have. */
  readonly unknown: number;
}

/** Reads exported decisions; undefined for a text that holds none. */
export function imported(review: Review, text: string): Imported | undefined {
  const files = listOf(parsed(text), 'files');
  if (files === undefined) return undefined;
  const places = new Map(review.data.files.map((file, index) => [`${file.path}\0${file.sha256}`, index]));
  const entries: (readonly [ReviewHunk, Decision, string])[] = [];
  let unknown = 0;
  for (const file of files) {
    const place = places.get(`${textOf(file, 'path')}\0${textOf(file, 'sha256')}`);
    for (const own of listOf(file, 'hunks') ?? []) {
      const hunk = place === undefined ? undefined : review.hunkOf(place, textOf(own, 'id'));
      if (hunk === undefined) unknown++;
      else entries.push([hunk, decisionOf(textOf(own, 'decision')), textOf(own, 'comment')]);
    }
  }
  return { entries, unknown };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function decisionOf(word: string): Decision {
  return word === 'accept' || word === 'reject' ? word : undefined;
}

function listOf(value: unknown, key: string): readonly unknown[] | undefined {
  const own = memberOf(value, key);
  return Array.isArray(own) ? own : undefined;
}

function textOf(value: unknown, key: string): string {
  const own = memberOf(value, key);
  return typeof own === 'string' ? own : '';
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
