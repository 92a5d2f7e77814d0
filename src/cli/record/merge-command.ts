import { closeSync, openSync, readSync } from 'node:fs';
import { describeFault } from '../discover.js';
import { type ExitCode, strongest, UsageError } from '../exit-codes.js';
import { isPage } from '../outcomes.js';
import { endReports, openReports, type OutputOptions, printerFor } from '../outputs.js';
import { type FileOutcome, unite } from '../process-file.js';
import { plain } from '../reports/plain.js';
import { painterFor, tell } from '../style.js';
import { Summary } from '../summary.js';
import { indexRecord, type RecordedFile, type RecordIndex, type RunHead } from './index-record.js';
import { outcomeIn } from './outcome-line.js';

export interface MergeCommand extends OutputOptions {
  readonly quiet: boolean;
}

/** A record that is read, with its last run. */
interface Part {
  readonly path: string;
  readonly index: RecordIndex;
  readonly head: RunHead & { readonly line: number };
}

/**
 * Runs `dfix merge FILES..`: prints and reports what several runs recorded as one run over all of their files would have,
 * in the order of the paths.
 */
export async function runMerge(command: MergeCommand): Promise<ExitCode> {
  if (command.paths.length === 0) throw new UsageError('merge takes the records of runs with --resume');
  if (command.report.some(isPage))
    throw new UsageError('--report html needs the files: a record has whole rewrites, which no page can take apart');
  const parts = command.paths.map(readPart);
  checkTogether(parts);
  const files = filesOf(parts);
  const isWriting = parts[0]?.head.options['write'] === true;
  const given = { ...command, write: isWriting };
  const reports = await openReports(given, command.paths);
  try {
    const summary = new Summary(painterFor(process.stderr, process.env), tell);
    if (files.length === 0) summary.codes.add(3);
    const printer = await printerFor(given, reports);
    const writtenFiles = new Map<string, string>();
    for (const outcome of outcomesOf(files)) {
      const united = unite(outcome, writtenFiles);
      summary.add(united);
      await printer.print(united);
      await reports?.add(united);
    }
    await printer.end();
    await endReports(reports, summary);
    if (command.check && summary.hasChanges) summary.codes.add(1);
    if (!command.quiet) tell(summary.line(isWriting));
    return strongest(summary.codes);
  } finally {
    await reports?.discard();
  }
}

function readPart(path: string): Part {
  let index: RecordIndex;
  try {
    index = indexRecord(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`merge cannot read ${plain(path)}: ${describeFault(error)}`);
  }
  const { head, runs, endedRun, isTorn } = index;
  if (head === undefined) throw new UsageError(`${plain(path)}:1: it is empty, and no record of a run`);
  if (endedRun < runs || isTorn)
    throw new UsageError(
      `${plain(path)}:${head.line}: the run that begins here did not come to its end: run it again with --resume`,
    );
  return { path, index, head };
}

/** Throws a `UsageError` for records that one run cannot have made, and where a part of the files is missing. */
function checkTogether(parts: readonly Part[]): void {
  const [first, ...others] = parts;
  if (first === undefined) return;
  const place = ({ path, head }: Part): string => `${plain(path)}:${head.line}`;
  for (const part of others) {
    if (part.head.dfix !== first.head.dfix)
      throw new UsageError(
        `${place(part)}: it is of dfix ${plain(part.head.dfix)}, and ${plain(first.path)} of dfix ${plain(first.head.dfix)}`,
      );
    if (JSON.stringify(part.head.options) !== JSON.stringify(first.head.options))
      throw new UsageError(`${place(part)}: it was made with other options than ${plain(first.path)}`);
    if (part.head.shard?.[1] !== first.head.shard?.[1])
      throw new UsageError(`${place(part)}: it is ${shardName(part)}, and ${plain(first.path)} is ${shardName(first)}`);
  }
  const [, count] = first.head.shard ?? [0, 0];
  const byShard = new Map<number, Part>();
  for (const part of count === 0 ? [] : parts) {
    const number = part.head.shard?.[0] ?? 0;
    const twin = byShard.get(number);
    if (twin !== undefined) throw new UsageError(`${place(part)}: it is ${shardName(part)}, as is ${plain(twin.path)}`);
    byShard.set(number, part);
  }
  for (let number = 1; number <= count; number++)
    if (!byShard.has(number)) throw new UsageError(`part ${number} of ${count} is missing`);
}

function shardName({ head: { shard } }: Part): string {
  return shard === undefined ? 'no part of several' : `part ${shard[0]} of ${shard[1]}`;
}

interface Place extends RecordedFile {
  readonly part: Part;
}

/** The files of the last run of each record, in the order of their paths. */
function filesOf(parts: readonly Part[]): readonly Place[] {
  const places = new Map<string, Place>();
  for (const part of parts) {
    for (const file of part.index.files.values()) {
      if (file.run !== part.index.runs) continue;
      const other = places.get(file.path);
      if (other !== undefined)
        throw new UsageError(
          `${plain(part.path)}:${file.line}: ${plain(file.path)} is in ${plain(other.part.path)}:${other.line} as well`,
        );
      places.set(file.path, { ...file, part });
    }
  }
  return [...places.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One outcome after the other: never more than one of them is held. */
function* outcomesOf(files: readonly Place[]): Generator<FileOutcome> {
  const open = new Map<string, number>();
  try {
    for (const { part, offset, length, line, isWritten, unwritten } of files) {
      const file = open.get(part.path) ?? openSync(part.path, 'r');
      open.set(part.path, file);
      const bytes = Buffer.allocUnsafe(length);
      readSync(file, bytes, 0, length, offset);
      const outcome = outcomeIn(bytes.toString(), isWritten);
      if (outcome === undefined) throw new UsageError(`${plain(part.path)}:${line}: it is no outcome of a file`);
      yield unwritten === undefined ? outcome : { ...outcome, error: unwritten };
    }
  } finally {
    for (const file of open.values()) closeSync(file);
  }
}
