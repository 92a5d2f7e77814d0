import type { Change } from '../rewrite.js';
import type { FileDifference } from './compare.js';
import type { Finding } from './scan.js';
import { type EditCost, fieldSentence, fileSentence, type Judged, type Side, type Verdict } from './verdict.js';

/** What a report is about. */
export interface Verified {
  /** The Dockerfile, as people see it. */
  readonly path: string;
  readonly changes: readonly Change[];
  readonly verdict: Verdict;
}

/** How many paths a report for people lists of one kind. */
const SHOWN = 20;

interface Row {
  readonly what: string;
  readonly before: string;
  readonly after: string;
  readonly note: string;
}

/** The report as a table for a terminal. */
export function tableReport(verified: Verified): string {
  const rows = rowsOf(verified.verdict);
  const widths = (['what', 'before', 'after'] as const).map((column) =>
    Math.max(column === 'what' ? 0 : column.length, ...rows.map((row) => row[column].length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    titleOf(verified),
    '',
    line(['', 'before', 'after']),
    ...rows.map(({ what, before, after, note }) => line([what, before, after, note])),
    '',
    ...section('Announced', announcedLines(verified.verdict)),
    ...section('Findings', findingLines(verified.verdict)),
    ...section('Nobody announced', verified.verdict.faults, silentPaths(verified.verdict)),
    lastWord(verified.verdict),
    '',
  ].join('\n');
}

function section(title: string, ...lines: readonly (readonly string[])[]): readonly string[] {
  const all = lines.flat();
  return all.length === 0 ? [] : [title, ...all.map((text) => `  ${text}`), ''];
}

/** The report for the text of a pull request. What comes from files stands in code spans. */
export function markdownReport(verified: Verified): string {
  const { verdict } = verified;
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`**${title}**`, '', ...lines.map((text) => `- ${code(text)}`), ''];
  return [
    `### ${code(titleOf(verified))}`,
    '',
    '| | before | after | |',
    '|---|---|---|---|',
    ...rowsOf(verdict).map(
      ({ what, before, after, note }) => `| ${[what, before, after, note].map(cell).join(' | ')} |`,
    ),
    '',
    ...list('Announced', announcedLines(verdict)),
    ...list('Findings', findingLines(verdict)),
    ...list('Nobody announced', [...verdict.faults, ...silentPaths(verdict)]),
    lastWord(verdict),
    '',
  ].join('\n');
}

/** A code span that no text can end: its fence is longer than any row of backticks within. */
function code(text: string): string {
  const fence = '`'.repeat(Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  return `${fence} ${text.replace(/\s+/g, ' ')} ${fence}`;
}

function cell(text: string): string {
  return text === '' ? '' : code(text).replaceAll('|', '\\|');
}

/** The report as a value for JSON: announced paths are counted, those that nobody announced are listed. */
export function jsonReport({ path, changes, verdict }: Verified): Record<string, unknown> {
  const { files, ...rest } = verdict;
  return {
    version: 1,
    path,
    isVerified: verdict.faults.length === 0,
    changes,
    ...rest,
    files: {
      announced: groupsOf(files).map(({ by, ...counts }) => ({ announcedBy: by, ...counts })),
      unannounced: files.flatMap(({ difference, announcedBy }) => (announcedBy === undefined ? [difference] : [])),
    },
  };
}

function titleOf({ path, changes, verdict }: Verified): string {
  const names = new Set(changes.map(({ transform }) => transform));
  return `${path}: ${changes.length} ${changes.length === 1 ? 'fix' : 'fixes'} (${[...names].join(', ')}), built by ${verdict.engine}`;
}

function rowsOf({ before, after, edit, scan }: Verdict): readonly Row[] {
  const row = (what: string, show: (side: Side) => string, note = ''): Row => ({
    what,
    before: show(before),
    after: after === undefined ? '' : show(after),
    note,
  });
  return [
    row('builds', () => 'yes', '').after === ''
      ? { what: 'builds', before: 'yes', after: 'no', note: '' }
      : row('builds', () => 'yes'),
    row('size', ({ size }) => megabytes(size), after === undefined ? '' : signedShare(before.size, after.size)),
    row('layers', ({ layers }) => String(layers)),
    row('packages', ({ packages }) => (packages === undefined ? 'not known' : String(packages))),
    row('setuid files', ({ setuid }) => String(setuid.length)),
    row('user', ({ user }) => (user === '' ? 'root' : user)),
    ...(before.smoke === undefined
      ? []
      : [row('smoke test', ({ smoke }) => (smoke?.isPassed === true ? 'passed' : 'failed'), before.smoke.seen)]),
    ...(before.smoke?.survivesRestart === undefined
      ? []
      : [row('after a restart', ({ smoke }) => (smoke?.survivesRestart === true ? 'passed' : 'failed'))]),
    ...(scan === undefined
      ? []
      : [
          {
            what: `findings of ${scan.scanner}`,
            before: severities(scan.before),
            after: severities(scan.after),
            note: '',
          },
        ]),
    ...(edit === undefined ? [] : [editRow(edit)]),
  ];
}

/** How many findings there are of each severity, the worst first. */
function severities(findings: readonly Finding[]): string {
  const counts = new Map<string, number>();
  for (const { severity } of findings) counts.set(severity, (counts.get(severity) ?? 0) + 1);
  const known = ['critical', 'high', 'medium', 'low'].filter((severity) => counts.has(severity));
  const other = findings.filter(({ severity }) => !known.includes(severity)).length;
  const parts = known.map((severity) => `${counts.get(severity) ?? 0} ${severity}`);
  return [...parts, ...(other === 0 ? [] : [`${other} other`])].join(', ') || 'none';
}

/** The findings that only one of the images has. */
function findingLines({ scan }: Verdict): readonly string[] {
  if (scan === undefined) return [];
  const fresh = scan.fresh.slice(0, SHOWN).map((one) => `new: ${one.id} of ${one.package}, ${one.severity}`);
  const more = scan.fresh.length > SHOWN ? [`and ${scan.fresh.length - SHOWN} more`] : [];
  return [`${scan.gone.length} gone, ${scan.fresh.length} new`, ...fresh, ...more];
}

function editRow({ path, before, after }: EditCost): Row {
  const show = ({ repeated, steps }: EditCost['before']): string => `${repeated} of ${steps} steps`;
  const share = before.seconds === 0 ? '' : `${(after.seconds / before.seconds).toFixed(2)} of the time`;
  return { what: `again after an edit of ${path}`, before: show(before), after: show(after), note: share };
}

/** Bytes as megabytes of a million, as engines show them. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** How much more or less, with its sign: an image that grows is shown growing. */
export function signedShare(before: number, after: number): string {
  if (before === 0) return '';
  const share = ((after - before) / before) * 100;
  return `${share > 0 ? '+' : ''}${share.toFixed(1)} %`;
}

interface Group {
  readonly by: readonly string[];
  gone: number;
  new: number;
  changed: number;
}

/** Announced paths, counted by the transforms that announced them. */
function groupsOf(files: readonly Judged<FileDifference>[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { difference, announcedBy } of files) {
    if (announcedBy === undefined) continue;
    const key = announcedBy.join(', ');
    const group = groups.get(key) ?? { by: announcedBy, gone: 0, new: 0, changed: 0 };
    group[difference.kind]++;
    groups.set(key, group);
  }
  return [...groups.values()];
}

function announcedLines({ fields, packages, files }: Verdict): readonly string[] {
  const by = (names: readonly string[]): string =>
    ` (${names.length === 0 ? 'files that dfix writes' : names.join(', ')})`;
  const lines = fields.flatMap(({ difference, announcedBy }) =>
    announcedBy === undefined ? [] : [`${fieldSentence(difference)}${by(announcedBy)}`],
  );
  const known = packages.filter(({ announcedBy }) => announcedBy !== undefined);
  const [first] = known;
  if (first !== undefined) {
    const gone = known.filter(({ difference }) => difference.after === undefined).length;
    const fresh = known.filter(({ difference }) => difference.before === undefined).length;
    const other = known.length - gone - fresh;
    lines.push(`packages: ${counts(gone, fresh, other)}${by(first.announcedBy ?? [])}`);
  }
  for (const group of groupsOf(files))
    lines.push(`paths: ${counts(group.gone, group.new, group.changed)}${by(group.by)}`);
  return lines;
}

function counts(gone: number, fresh: number, changed: number): string {
  const parts = [
    gone === 0 ? '' : `${gone} gone`,
    fresh === 0 ? '' : `${fresh} new`,
    changed === 0 ? '' : `${changed} changed`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

/** The paths that nobody announced, as many as a person reads. */
function silentPaths({ files }: Verdict): readonly string[] {
  const silent = files.filter(({ announcedBy }) => announcedBy === undefined);
  if (silent.length < 2) return [];
  const more = silent.length > SHOWN ? [`and ${silent.length - SHOWN} more`] : [];
  return [...silent.slice(0, SHOWN).map(({ difference }) => fileSentence(difference)), ...more];
}

function lastWord({ faults, noise }: Verdict): string {
  const noted = noise === 0 ? '' : `; ${noise} paths that differ between two builds of the same file do not count`;
  return faults.length === 0
    ? `verified: nothing differs but what was announced${noted}`
    : `not verified: ${faults.length} ${faults.length === 1 ? 'difference was' : 'differences were'} announced by nobody${noted}`;
}
