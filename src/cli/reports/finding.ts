import type { LineRange, Place, RewriteResult } from '../../rewrite.js';
import type { Applicability, Category } from '../../transforms/transform.js';
import { shownPath } from '../discover.js';
import type { FileOutcome } from '../process-file.js';

/** How much a finding matters; `none` is for what is no finding but a note, such as a decline. */
export type Level = 'error' | 'warning' | 'note' | 'none';

/**
 * - `fix`, `file`: a change of the Dockerfile, or of a file of the build context, that was or would be made
 * - `offer`: a fix that nobody asked for
 * - `report`: something for a person
 * - `declined`: why a transform holds back
 * - `problem`, `disputed`: why the file was left alone
 * - `fault`: a result that dfix refused
 * - `error`: what the file system says
 */
export type FindingKind = 'fix' | 'file' | 'offer' | 'report' | 'declined' | 'problem' | 'disputed' | 'fault' | 'error';

/** What reports tell of one place of a file. */
export interface Finding {
  readonly kind: FindingKind;
  readonly level: Level;
  /** The name of the transform, or of one of `OTHER_RULES`. */
  readonly rule: string;
  readonly category: Category | undefined;
  readonly applicability: Applicability | undefined;
  /** What is there and why it matters. */
  readonly message: string;
  /** What was checked, what to do or why nothing is done; may be empty. */
  readonly detail: string;
  /** In the file as it was read, a byte order mark not counted; undefined for what is about the whole file. */
  readonly place: Place | undefined;
  /** For a change of the Dockerfile: the lines that it touches. */
  readonly touched: LineRange | undefined;
}

/** What findings are about that no transform makes. */
export const OTHER_RULES: Readonly<Record<string, string>> = {
  unparsable: 'Says why BuildKit would not read a file',
  disputed: 'Says where two parsers read a file differently',
  fault: 'Says that dfix refused a result of its own',
  'file-error': 'Says why a file could not be read or written',
};

const LEVELS: Readonly<Record<FindingKind, Level>> = {
  fix: 'warning',
  file: 'warning',
  report: 'warning',
  offer: 'note',
  disputed: 'note',
  declined: 'none',
  problem: 'error',
  fault: 'error',
  error: 'error',
};

/** The findings of a file, in the order of their places; what is about the whole file comes first. */
export function findingsOf({ read, result, error }: FileOutcome): readonly Finding[] {
  const findings = result === undefined ? [] : findingsIn(result);
  if (error !== undefined) findings.push(ofFile('error', 'file-error', error));
  const hasMark = read?.text.startsWith('\ufeff') === true;
  return findings
    .map((finding) => (hasMark ? withoutMark(finding) : finding))
    .sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0));
}

/** A finding that asks for something. */
export interface UrgentFinding extends Finding {
  readonly level: Exclude<Level, 'none'>;
}

/** The findings of a file but for those of level `none`. */
export function urgentFindings(outcome: FileOutcome): readonly UrgentFinding[] {
  return findingsOf(outcome).filter((finding): finding is UrgentFinding => finding.level !== 'none');
}

/** What a finding says, in one sentence. */
export function sentenceOf({ message, detail }: Finding): string {
  return detail === '' ? message : `${message}: ${detail}`;
}

interface Entry extends Place {
  readonly transform: string;
  readonly category: Category;
  readonly message: string;
  readonly applicability?: Applicability;
}

function findingsIn(result: RewriteResult): Finding[] {
  return [
    ...result.problems.map((problem) => ({
      ...ofFile('problem', 'unparsable', problem.message),
      place: placeOf(problem),
    })),
    ...(result.dispute === undefined
      ? []
      : [ofFile('disputed', 'disputed', 'two parsers read the file differently', result.dispute)]),
    ...result.faults.map(({ transform, message }) =>
      ofFile('fault', 'fault', `dfix refused its own result of ${transform}`, message),
    ),
    ...result.changes.map((change) => ({
      ...ofEntry('fix', change, change.checked.join('; ')),
      touched: result.touched.get(change),
    })),
    ...result.files.map((file) =>
      ofEntry('file', file, [`writes ${shownPath(file.path)}`, ...file.checked].join('; ')),
    ),
    ...result.offers.map((offer) =>
      ofEntry('offer', offer, [offer.isOptional ? 'optional' : 'only with --unsafe', ...offer.checked].join('; ')),
    ),
    ...result.reports.map((report) => ofEntry('report', report, report.advice)),
    ...result.declines.map((decline) => ofEntry('declined', decline, `${decline.reason}: ${decline.detail}`)),
  ];
}

function ofEntry(kind: FindingKind, entry: Entry, detail: string): Finding {
  const { transform: rule, category, applicability, message } = entry;
  const place = placeOf(entry);
  return { kind, level: LEVELS[kind], rule, category, applicability, message, detail, place, touched: undefined };
}

function ofFile(kind: FindingKind, rule: string, message: string, detail = ''): Finding {
  const nothing = { category: undefined, applicability: undefined, place: undefined, touched: undefined };
  return { kind, level: LEVELS[kind], rule, message, detail, ...nothing };
}

function placeOf({ line, column, endLine }: Place): Place {
  return { line, column, endLine };
}

/** Editors and the formats of reports count columns behind a byte order mark. */
function withoutMark(finding: Finding): Finding {
  const { place } = finding;
  if (place?.line !== 1) return finding;
  return { ...finding, place: { ...place, column: Math.max(1, place.column - 1) } };
}
