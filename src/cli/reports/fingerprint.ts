import { createHash } from 'node:crypto';
import type { FileOutcome } from '../process-file.js';
import { type Finding, sentenceOf } from './finding.js';

/**
 * Gives each finding of a file a name that stays when its line moves: of the transform, what it says and the text of
 * the line. What is equal in all of that is counted.
 */
export function fingerprinter({ read }: FileOutcome): (finding: Finding, salt?: string) => string {
  const lines = read?.text.split('\n') ?? [];
  const counts = new Map<string, number>();
  return (finding, salt = '') => {
    const line = finding.place === undefined ? '' : (lines[finding.place.line - 1] ?? '').trim();
    // Some messages name another line by its number, which moves as well.
    const said = sentenceOf(finding).replace(/\bline \d+/g, 'line');
    const hash = createHash('sha256');
    hash.update(JSON.stringify([salt, finding.kind, finding.rule, said, line]));
    const name = hash.digest('hex').slice(0, 32);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return `${name}:${count}`;
  };
}
