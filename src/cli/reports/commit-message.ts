import { transforms } from '../../transforms/index.js';
import { type UrgentFinding, sentenceOf, urgentFindings } from './finding.js';
import { counted, type Row } from './markdown-text.js';
import { plain } from './plain.js';
import type { Reporter } from './reporter.js';

/** Nobody reads more places than that in a commit; the diff has them all. */
const MAX_PLACES = 20;

const isFix = ({ finding }: Row): boolean => finding.kind === 'fix' || finding.kind === 'file';

/** The message of one commit with all that a run writes: what, why, the risk, and how to opt out. */
export function commitMessageReporter(): Reporter {
  const rows: Row[] = [];
  return {
    add: (outcome) => {
      for (const finding of urgentFindings(outcome)) rows.push({ path: outcome.path, finding });
      return '';
    },
    end: () => {
      const fixes = rows.filter(isFix);
      if (fixes.length === 0) return 'Change nothing\n';
      return messageOf(`Rewrite ${countedFiles(fixes)} with dfix`, fixes);
    },
  };
}

/** The message of a commit with the changes of one transform, and with what only these made possible. */
export function transformMessage(name: string, rows: readonly Row[]): string {
  const words = name.replaceAll('-', ' ');
  return messageOf(`${words[0]?.toUpperCase() ?? ''}${words.slice(1)} in ${countedFiles(rows)}`, rows);
}

function countedFiles(rows: readonly Row[]): string {
  return counted(new Set(rows.map(({ path }) => path)).size, 'Dockerfile');
}

function messageOf(subject: string, rows: readonly Row[]): string {
  const made = transforms.filter(({ name }) => rows.some(({ finding }) => finding.rule === name));
  const unsafe = rows.filter(({ finding }) => finding.applicability === 'unsafe');
  const name = made[0]?.name ?? '';
  const safe =
    'The image stays as it is, but for what the practice takes away on purpose. Every result was read again, and its configuration compared with the one before.';
  return [
    `${subject}\n`,
    `What:\n${made.map((one) => `- ${one.name}: ${one.summary}\n`).join('')}`,
    `Why:\n${listOf(rows.map((row) => `${placeOf(row)}${plain(row.finding.message)}`))}`,
    unsafe.length < rows.length
      ? `Risk, ${counted(rows.length - unsafe.length, 'safe fix', 'safe fixes')}: ${safe}\n`
      : '',
    unsafe.length === 0
      ? ''
      : `Risk, ${counted(unsafe.length, 'unsafe fix', 'unsafe fixes')} that rest on what is said here:\n${listOf(unsafe.map((row) => `${placeOf(row)}${plain(sentenceOf(row.finding))}`))}`,
    `Opt out: a comment above an instruction keeps a transform from it, such as "# dfix ignore=${name} reason"; "# dfix ignore-file" keeps dfix from the file. "dfix explain ${name}" tells more.\n`,
  ]
    .filter((part) => part !== '')
    .join('\n')
    .split('\n')
    .map(wrapped)
    .join('\n');
}

/** A line as git's own messages have it, of 72 characters where words allow it; what goes on of a list is indented. */
function wrapped(line: string): string {
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current !== '' && current.length + 1 + word.length > 72) {
      lines.push(current);
      current = line.startsWith('- ') ? `  ${word}` : word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, current].join('\n');
}

function placeOf({ path, finding }: { readonly path: string; readonly finding: UrgentFinding }): string {
  return `${plain(path)}${finding.place === undefined ? '' : `:${finding.place.line}`}: `;
}

function listOf(lines: readonly string[]): string {
  const shown = lines.slice(0, MAX_PLACES).map((line) => `- ${line}\n`);
  return shown.join('') + (lines.length > MAX_PLACES ? `- and ${lines.length - MAX_PLACES} more\n` : '');
}
