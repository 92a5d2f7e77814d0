import { visible } from '../style.js';
import { type Finding, findingsOf } from './finding.js';
import type { Reporter } from './reporter.js';

const COLUMNS = [
  'path',
  'line',
  'column',
  'end line',
  'level',
  'kind',
  'transform',
  'category',
  'applicability',
  'message',
  'detail',
];

/** A table for spreadsheets by RFC 4180, a line a finding; what is declined is in it, too. */
export function csvReporter(): Reporter {
  let head = row(COLUMNS);
  return {
    add: (outcome) => {
      const rows = findingsOf(outcome).map((finding) => row(cellsOf(outcome.path, finding)));
      const text = head + rows.join('');
      head = '';
      return text;
    },
    end: () => head,
  };
}

function cellsOf(path: string, finding: Finding): readonly string[] {
  const { kind, level, rule, category, applicability, message, detail, place } = finding;
  const numbers = [place?.line, place?.column, place?.endLine].map((number) => number?.toString() ?? '');
  return [path, ...numbers, level, kind, rule, category ?? '', applicability ?? '', message, detail];
}

function row(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/** A cell that no spreadsheet takes for a formula: https://owasp.org/www-community/attacks/CSV_Injection */
function cell(content: string): string {
  const inert = /^[=+\-@\t\r]/.test(content) ? `'${content}` : content;
  const text = visible(inert);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
