import { resolve } from 'node:path';
import { encodeText, type Encoding } from '../../text/bytes.js';
import { applySortedEdits } from '../../text/edit.js';
import { type Change, type LineRange, type RewriteResult, untouched } from '../../rewrite.js';
import { shownPath } from '../discover.js';
import type { FileOutcome } from '../process-file.js';
import type { Basis } from './basis.js';

/** An edit of the input. */
type EditEntry = readonly [start: number, end: number, newText: string];

/** What a record keeps of an outcome, without what is empty. The path and the key come first: look-ups read no more. */
interface OutcomeLine extends Partial<
  Pick<RewriteResult, 'status' | 'changes' | 'files' | 'offers' | 'declines' | 'reports' | 'problems' | 'faults'>
> {
  readonly path: string;
  /** Empty for an outcome that is not taken over, such as a file that could not be read. */
  readonly key: string;
  readonly around?: string;
  readonly looked?: Basis['looked'];
  readonly input?: string;
  readonly encoding?: Encoding;
  readonly error?: string;
  readonly edits?: readonly EditEntry[];
  /** One for each of the changes. */
  readonly touched?: readonly (LineRange | null)[];
  readonly dispute?: string;
}

/** Writes an outcome as one line of JSON. Files of contexts are named from the working directory on. */
export function lineOf({ path, read, result, error, basis }: FileOutcome): string {
  const line: OutcomeLine = {
    path,
    key: basis?.key ?? '',
    ...(basis === undefined ? {} : { around: basis.around }),
    ...(basis === undefined || basis.looked.length === 0 ? {} : { looked: basis.looked }),
    ...(read === undefined ? {} : { input: read.text }),
    ...(read === undefined || read.encoding === 'utf-8' ? {} : { encoding: read.encoding }),
    ...(error === undefined ? {} : { error }),
    ...(result === undefined ? {} : resultParts(result)),
  };
  return JSON.stringify(line);
}

function resultParts(result: RewriteResult): Partial<OutcomeLine> {
  const { status, changes, offers, declines, reports, problems, faults, dispute } = result;
  const files = result.files.map((file) => ({ ...file, path: shownPath(file.path) }));
  const touched = changes.map((change) => result.touched.get(change) ?? null);
  const edits = result.edits.map(({ start, end, newText }): EditEntry => [start, end, newText]);
  const lists = { edits, changes, touched, files, offers, declines, reports, problems, faults };
  return {
    status,
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    ...(dispute === undefined ? {} : { dispute }),
  };
}

/** Reads what `lineOf` wrote; undefined for anything else. `isWritten` is what became of it afterwards. */
export function outcomeIn(line: string, isWritten = false): FileOutcome | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (!isOutcomeLine(value)) return undefined;
  const { path, key, around = '', looked = [], input, encoding = 'utf-8', error } = value;
  const read = input === undefined ? undefined : { bytes: encodeText(input, encoding), text: input, encoding };
  const result = value.status === undefined || input === undefined ? undefined : resultOf(value, input);
  const basis = key === '' ? {} : { basis: { key, around, looked } };
  return { path, read, result, error, isWritten, ...basis };
}

function resultOf(line: OutcomeLine, input: string): RewriteResult {
  const { status = 'unchanged', changes = [], touched = [], files = [], dispute } = line;
  const { offers = [], declines = [], reports = [], problems = [], faults = [] } = line;
  const ranges = new Map<Change, LineRange>();
  for (const [index, change] of changes.entries()) {
    const range = touched[index];
    if (range !== undefined && range !== null) ranges.set(change, range);
  }
  const edits = (line.edits ?? []).map(([start, end, newText]) => ({ start, end, newText }));
  return {
    ...untouched(applySortedEdits(input, edits), status),
    ...{ edits, changes, offers, declines, reports, problems, faults, touched: ranges },
    files: files.map((file) => ({ ...file, path: resolve(file.path) })),
    ...(dispute === undefined ? {} : { dispute }),
  };
}

/** Lists are taken at their word: a record is dfix's own file, like the cache of a build. */
function isOutcomeLine(value: unknown): value is OutcomeLine {
  return (
    typeof value === 'object' &&
    value !== null &&
    'path' in value &&
    typeof value.path === 'string' &&
    'key' in value &&
    typeof value.key === 'string' &&
    ('status' in value || 'error' in value)
  );
}
