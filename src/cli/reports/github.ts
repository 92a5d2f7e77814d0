import type { Category } from '../../transforms/transform.js';
import { sentenceOf, type UrgentFinding, urgentFindings } from './finding.js';
import { plain } from './plain.js';
import type { Reporter } from './reporter.js';

/** The weightiest first. */
const LEVELS: readonly UrgentFinding['level'][] = ['error', 'warning', 'note'];
const CATEGORIES: readonly (Category | undefined)[] = [undefined, 'security', 'correctness', 'cache', 'size', 'style'];

/**
 * Workflow commands, which GitHub shows beside the lines of a pull request. It shows ten of a level in a step, so the
 * weightiest come first: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function githubReporter(): Reporter {
  const lines: { readonly weight: number; readonly text: string }[] = [];
  return {
    add: (outcome) => {
      for (const finding of urgentFindings(outcome)) {
        lines.push({ weight: weightOf(finding), text: commandOf(outcome.path, finding) });
      }
      return '';
    },
    end: () =>
      lines
        .sort((a, b) => a.weight - b.weight)
        .map(({ text }) => `${text}\n`)
        .join(''),
  };
}

function weightOf({ level, category }: UrgentFinding): number {
  return LEVELS.indexOf(level) * CATEGORIES.length + CATEGORIES.indexOf(category);
}

function commandOf(path: string, finding: UrgentFinding): string {
  const { level, rule, place } = finding;
  const properties = [
    ['file', path],
    ...(place === undefined
      ? []
      : [
          ['line', String(place.line)],
          ['endLine', String(place.endLine)],
          // GitHub takes a column only on a single line.
          ...(place.line === place.endLine ? [['col', String(place.column)]] : []),
        ]),
    ['title', `dfix: ${rule}`],
  ];
  const list = properties.map(([name, value]) => `${name ?? ''}=${inProperty(value ?? '')}`).join(',');
  return `::${level === 'note' ? 'notice' : level} ${list}::${inData(plain(sentenceOf(finding)))}`;
}

/** The runner's own escapes: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts */
function inData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function inProperty(text: string): string {
  return inData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
