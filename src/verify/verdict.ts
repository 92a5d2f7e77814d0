import type { FieldDifference, FileDifference, PackageDifference } from './compare.js';
import type { Build } from './engine.js';
import type { Scanned } from './scan.js';
import type { SmokeResult } from './smoke.js';

export interface Judged<T> {
  readonly difference: T;
  /** The transforms that announced it; undefined when nobody did. */
  readonly announcedBy: readonly string[] | undefined;
}

/** What one side of the comparison is. */
export interface Side {
  readonly size: number;
  readonly layers: number;
  readonly packages: number | undefined;
  readonly setuid: readonly string[];
  readonly users: readonly string[];
  readonly user: string;
  readonly smoke: SmokeResult | undefined;
}

/** What an edit of one file builds again. */
export interface EditCost {
  readonly path: string;
  readonly before: EditSide;
  readonly after: EditSide;
}

export interface EditSide {
  readonly steps: number;
  readonly repeated: number;
  readonly seconds: number;
}

export interface Verdict {
  readonly engine: string;
  readonly before: Side;
  /** Undefined when the rewritten file does not build. */
  readonly after: Side | undefined;
  readonly fields: readonly Judged<FieldDifference>[];
  readonly files: readonly Judged<FileDifference>[];
  readonly packages: readonly Judged<PackageDifference>[];
  /** How many paths differ between two builds of the same file. */
  readonly noise: number;
  readonly edit: EditCost | undefined;
  /** What a scanner found, where one was asked for. */
  readonly scan?: Scanned;
  /** What nobody announced, one sentence each: the verification failed unless there is none. */
  readonly faults: readonly string[];
}

/** Where a build failed, in one phrase. */
export function failureOf({ failure }: Build): string {
  const step = failure?.step;
  if (failure?.isTimedOut === true) return `it took too long${step === undefined ? '' : ` at ${step}`}`;
  if (step !== undefined) return step;
  const lines = (failure?.words ?? '').split('\n').filter((line) => /error/i.test(line));
  return lines[lines.length - 1] ?? 'the engine gives no reason';
}

export function fieldSentence({ field, name, before, after }: FieldDifference): string {
  const what = name === undefined ? field : `${field} ${name}`;
  if (before === undefined || before === '') return `${what} is ${JSON.stringify(after ?? '')} now`;
  if (after === undefined || after === '') return `${what} is gone (it was ${JSON.stringify(before)})`;
  return `${what} changes from ${JSON.stringify(before)} to ${JSON.stringify(after)}`;
}

export function packageSentence({ name, before, after }: PackageDifference): string {
  if (after === undefined) return `the package ${name} is gone`;
  if (before === undefined) return `the package ${name} is new`;
  return `the package ${name} changes from ${before} to ${after}`;
}

export function fileSentence({ path, kind, aspects }: FileDifference): string {
  if (kind === 'gone') return `${path} is gone`;
  if (kind === 'new') return `${path} is new`;
  return `${path} has another ${aspects.join(' and ')}`;
}
