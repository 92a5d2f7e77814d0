import { urgentFindings } from './finding.js';
import { counted, item, listWithin, type Row, tableOf } from './markdown-text.js';
import type { Reporter } from './reporter.js';

/** GitHub drops a summary of more than 1 MiB; the lists are what grows. */
const LIST_LIMIT = 800_000;

/** The summary of a step, for the file that GITHUB_STEP_SUMMARY names. */
export function githubSummaryReporter(): Reporter {
  const rows: Row[] = [];
  let files = 0;
  return {
    add: (outcome) => {
      files++;
      for (const finding of urgentFindings(outcome)) rows.push({ path: outcome.path, finding });
      return '';
    },
    end: () => summaryOf(files, rows),
  };
}

function summaryOf(files: number, rows: readonly Row[]): string {
  const of = (...kinds: readonly string[]): readonly Row[] =>
    rows.filter(({ finding }) => kinds.includes(finding.kind));
  const fixes = of('fix', 'file');
  const sections = [
    { title: 'Not processed', rows: of('problem', 'disputed', 'fault', 'error') },
    { title: 'For a person', rows: of('report') },
    { title: 'Fixes', rows: fixes },
    { title: 'Offers', rows: of('offer') },
  ].filter((section) => section.rows.length > 0);
  const counts = sections.map((section) => `${section.rows.length} ${section.title.toLowerCase()}`);
  let text = `## dfix\n\n${[`${counted(files, 'file')} read`, ...counts].join(', ')}\n`;
  if (fixes.length > 0) text += `\n${tableOf(fixes)}`;
  let left = LIST_LIMIT;
  for (const section of sections) {
    const list = listWithin(left, section.rows.map(item));
    text += `\n### ${section.title}\n\n${list}`;
    left -= Buffer.byteLength(list);
  }
  return text;
}
