import { knownTransforms } from '../known-transforms.js';
import type { UrgentFinding } from './finding.js';
import { sentenceOf } from './finding.js';
import { plain } from './plain.js';

/** What a file said to Markdown, which counts for nothing there: a code span in one line that the text cannot end. */
export function codeSpan(text: string): string {
  const content = plain(text);
  const longest = Math.max(0, ...[...content.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  // One blank on both sides is taken away again, and keeps a backtick of the text from joining the fence.
  const isPlain = /^[^`\s]/.test(content) && /[^`\s]$/.test(content);
  return isPlain ? fence + content + fence : `${fence} ${content === '' ? ' ' : content} ${fence}`;
}

/** What reports in Markdown keep of a finding. */
export interface Row {
  readonly path: string;
  readonly finding: UrgentFinding;
}

/** An item of a list: where, which transform, what it says. */
export function item({ path, finding }: Row): string {
  const { place, rule } = finding;
  const at = place === undefined ? '' : `:${place.line}`;
  return `- ${codeSpan(`${path}${at}`)} \`${rule}\`: ${codeSpan(sentenceOf(finding))}\n`;
}

/** How often each transform fixes, in the order of the transforms. Its words are those of transforms, not of files. */
export function tableOf(rows: readonly Row[]): string {
  const lines = knownTransforms().flatMap(({ name, summary, category }) => {
    const own = rows.filter(({ finding }) => finding.rule === name).map(({ finding }) => finding.applicability);
    if (own.length === 0) return [];
    return [`| \`${name}\` | ${category} | ${summary.replaceAll('|', '\\|')} | ${own.length} | ${riskOf(own)} |\n`];
  });
  return `| transform | category | what it does | fixes | risk |\n|---|---|---|---:|---|\n${lines.join('')}`;
}

function riskOf(applicabilities: readonly (string | undefined)[]): string {
  const unsafe = applicabilities.filter((applicability) => applicability === 'unsafe').length;
  return unsafe === 0 ? 'safe' : unsafe === applicabilities.length ? 'unsafe' : `${unsafe} unsafe`;
}

/** The items that fit below a limit in bytes of UTF-8, and how many did not. */
export function listWithin(limit: number, items: readonly string[]): string {
  let size = 0;
  for (const [index, text] of items.entries()) {
    size += Buffer.byteLength(text);
    if (size > limit) return `${items.slice(0, index).join('')}- and ${items.length - index} more lines\n`;
  }
  return items.join('');
}

/** A number with its noun. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
