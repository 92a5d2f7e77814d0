import { shownPath } from './discover.js';
import type { FileOutcome } from './process-file.js';
import { type Paint, visible } from './style.js';

/** One line for each fix, offer and decline, as compilers print them. */
export function conciseLines(outcome: FileOutcome, paint: Paint): string[] {
  const { path, result } = outcome;
  if (result === undefined) return [];
  const lines: { readonly line: number; readonly text: string }[] = [];
  const add = (
    entry: { readonly line: number; readonly column: number; readonly transform: string; readonly message: string },
    tag: string,
    detail = '',
  ): void => {
    const place = `${path}:${entry.line}:${entry.column}:`;
    lines.push({
      line: entry.line,
      text: visible(`${paint('bold', place)} ${tag} ${entry.transform}: ${entry.message}${detail}`),
    });
  };
  for (const change of result.changes) add(change, paint('green', 'fix'));
  for (const file of result.files) add(file, paint('green', 'fix'), `: writes ${shownPath(file.path)}`);
  for (const offer of result.offers)
    add(offer, paint('yellow', offer.isOptional ? 'optional' : 'unsafe'), `: ${offer.checked.join('; ')}`);
  for (const decline of result.declines)
    add(decline, paint('dim', 'declined'), ` (${decline.reason}: ${decline.detail})`);
  for (const report of result.reports) add(report, paint('cyan', 'report'), `: ${report.advice}`);
  return lines.sort((a, b) => a.line - b.line).map((entry) => entry.text);
}
