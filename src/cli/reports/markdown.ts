import { urgentFindings } from './finding.js';
import { codeSpan, counted, item, listWithin, type Row, tableOf } from './markdown-text.js';
import type { Reporter } from './reporter.js';

/** A pull request takes 65536 characters on GitHub; the lists are the parts that may grow. */
const LIST_LIMIT = 15_000;

/** The body of a pull request: what changed and why, the risk, what is left, and how to opt out. */
export function markdownReporter(): Reporter {
  const rows: Row[] = [];
  return {
    add: (outcome) => {
      for (const finding of urgentFindings(outcome)) rows.push({ path: outcome.path, finding });
      return '';
    },
    end: () => bodyOf(rows),
  };
}

function bodyOf(rows: readonly Row[]): string {
  const of = (...kinds: readonly string[]): readonly Row[] =>
    rows.filter(({ finding }) => kinds.includes(finding.kind));
  const fixes = of('fix', 'file');
  const left = of('problem', 'disputed', 'fault', 'error', 'report');
  const files = new Set(fixes.map(({ path }) => path)).size;
  const head =
    fixes.length === 0
      ? 'dfix has nothing to change.\n'
      : `dfix rewrites ${counted(files, 'Dockerfile')} with ${counted(fixes.length, 'fix', 'fixes')}.\n\n### What changes and why\n\n${tableOf(fixes)}`;
  return [
    head,
    fixes.length === 0 ? '' : riskSection(fixes),
    left.length === 0 ? '' : `\n### Left for a person\n\n${listWithin(LIST_LIMIT, left.map(item))}`,
    offerLine(of('offer').length),
    fixes.length === 0 ? '' : optOutSection(fixes),
    fixes.length === 0 ? '' : fileSection(fixes),
  ].join('');
}

function riskSection(fixes: readonly Row[]): string {
  const unsafe = fixes.filter(({ finding }) => finding.applicability === 'unsafe');
  const safe = fixes.length - unsafe.length;
  const safeText = `${counted(safe, 'fix is', 'fixes are')} safe: the image stays as it is, but for what the practice takes away on purpose. Every result was read again, and its configuration compared with the one before.\n`;
  const unsafeText = `${counted(unsafe.length, 'fix is', 'fixes are')} unsafe: each means to change behaviour, or rests on what is said here.\n\n`;
  const parts = [
    ...(safe === 0 ? [] : [safeText]),
    ...(unsafe.length === 0 ? [] : [unsafeText + listWithin(LIST_LIMIT, unsafe.map(item))]),
  ];
  return `\n### Risk\n\n${parts.join('\n')}`;
}

function offerLine(count: number): string {
  if (count === 0) return '';
  return `\n${counted(count, 'more fix is', 'more fixes are')} offered, with \`--unsafe\` or by name with \`--only\`.\n`;
}

function optOutSection(fixes: readonly Row[]): string {
  const name = fixes[0]?.finding.rule ?? '';
  return `\n### How to opt out\n\nA comment above an instruction keeps a transform from it, such as \`# dfix ignore=${name} reason\`, and \`# dfix ignore-file\` keeps dfix from the file. \`dfix explain ${name}\` tells more.\n`;
}

function fileSection(fixes: readonly Row[]): string {
  const paths = [...new Set(fixes.map(({ path }) => path))];
  const items = paths.flatMap((path) => [
    `- ${codeSpan(path)}\n`,
    ...fixes
      .filter((row) => row.path === path)
      .map(
        ({ finding }) => `  - line ${finding.place?.line ?? 1}, \`${finding.rule}\`: ${codeSpan(finding.message)}\n`,
      ),
  ]);
  return `\n<details>\n<summary>All changes by file</summary>\n\n${listWithin(LIST_LIMIT, items)}\n</details>\n`;
}
