import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { encodeText } from '../../text/bytes.js';
import { describeFault, type Found, shownPath } from '../discover.js';
import { UsageError } from '../exit-codes.js';
import { type FileOutcome, type Input, type ProcessOptions, readInput } from '../process-file.js';
import { plain } from '../reports/plain.js';
import type { RewriteCommand } from '../rewrite-command.js';
import type { Summary } from '../summary.js';
import { surroundingsOf } from '../surroundings.js';
import { version } from '../version.js';
import { isOfSurroundings, keyOf } from './basis.js';
import { indexRecord, type RecordedFile, type RecordIndex, type RunHead } from './index-record.js';
import { lineOf, outcomeIn } from './outcome-line.js';

/** In characters and milliseconds: what may be lost when a run is killed. */
const BUFFER_SIZE = 1 << 18;
const BUFFER_TIME = 1000;

/**
 * What became of each file of a run, on the disk while the run goes on: a later run with the same record takes over what
 * rests on the same text, version, options and build context, and rewrites the rest.
 */
export class RunRecord {
  readonly path: string;
  readonly #file: number;
  readonly #known: RecordIndex;
  readonly #options: ProcessOptions;
  readonly #restored = new WeakSet<FileOutcome>();
  #buffer: string[] = [];
  #buffered = 0;
  #flushed = performance.now();
  #fault: string | undefined;

  private constructor(path: string, file: number, known: RecordIndex, options: ProcessOptions) {
    this.path = path;
    this.#file = file;
    this.#known = known;
    this.#options = options;
  }

  /** Opens a record, or begins one. Throws a `UsageError` for a file that is none, and for one that would be read. */
  static async open(
    path: string,
    found: readonly Found[],
    command: RewriteCommand,
    options: ProcessOptions,
  ): Promise<RunRecord> {
    const place = await realpath(path).catch(() => resolve(path));
    if (found.some((file) => resolve(file.path) === place))
      throw new UsageError(`--resume would overwrite ${plain(path)}, which is read`);
    let file: number;
    try {
      // Opened for appending, a line that was cut off can be taken away, and no other one is written over.
      file = openSync(path, 'a+');
    } catch (error) {
      throw new UsageError(`--resume cannot write ${plain(path)}: ${describeFault(error)}`);
    }
    const known = indexRecord(path);
    ftruncateSync(file, known.size);
    const record = new RunRecord(path, file, known, options);
    record.#append(JSON.stringify(await headOf(command, options)));
    return record;
  }

  /** What the record says of a file; undefined where it has to be rewritten. */
  async outcomeOf(found: Found): Promise<FileOutcome | undefined> {
    const known = this.#known.files.get(shownPath(found.path));
    if (known === undefined || known.key === '') return undefined;
    const input = await readInput(found, this.#options);
    if ('path' in input) return undefined;
    const outcome = outcomeIn(this.#lineOf(known));
    const restored = outcome === undefined ? undefined : await this.#restore(found, input, known, outcome);
    if (restored !== undefined) this.#restored.add(restored);
    return restored;
  }

  async #restore(
    found: Found,
    input: Input,
    { key, run }: RecordedFile,
    outcome: FileOutcome,
  ): Promise<FileOutcome | undefined> {
    const { basis, read, result } = outcome;
    if (basis === undefined || read === undefined || result === undefined) return undefined;
    if (keyOf(input) !== key) {
      // A run that was interrupted may have written the file: then it has the text that was to be written.
      if (!this.#options.write || run <= this.#known.endedRun || result.status !== 'changed') return undefined;
      const isOutput = Buffer.compare(encodeText(result.text, read.encoding), input.read.bytes) === 0;
      return isOutput && keyOf({ ...input, read }) === key ? { ...outcome, isWritten: true } : undefined;
    }
    try {
      const around = await surroundingsOf(found.path, input.read.text, input.options);
      return isOfSurroundings(basis, around) ? { ...outcome, read: input.read } : undefined;
    } catch {
      // Whoever rewrites it says what is wrong.
      return undefined;
    }
  }

  #lineOf({ offset, length }: RecordedFile): string {
    const bytes = Buffer.allocUnsafe(length);
    readSync(this.#file, bytes, 0, length, offset);
    return bytes.toString();
  }

  /** Takes an outcome, before anything of it is written. */
  add(outcome: FileOutcome): void {
    const { path, isWritten } = outcome;
    if (!this.#restored.has(outcome)) this.#append(lineOf(outcome));
    else this.#append(JSON.stringify({ path, kept: true, ...(isWritten ? { written: true } : {}) }));
    // Before a file is written, the record tells what it was.
    if (this.#options.write && outcome.result !== undefined && hasOutput(outcome.result)) this.#flush();
  }

  /** Takes what became of an outcome that was to be written. */
  settle(before: FileOutcome, { path, error, isWritten }: FileOutcome): void {
    if (isWritten && !before.isWritten) this.#append(JSON.stringify({ path, written: true }));
    else if (error !== before.error) this.#append(JSON.stringify({ path, unwritten: error }));
  }

  /** Says that the run came to its end, and tells when that could not be written. */
  end(summary: Summary): void {
    this.#append('{"end":true}');
    this.#flush();
    if (this.#fault !== undefined) summary.addUnwritten(this.path, this.#fault);
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #append(line: string): void {
    this.#buffer.push(line, '\n');
    this.#buffered += line.length;
    if (this.#buffered > BUFFER_SIZE || performance.now() - this.#flushed > BUFFER_TIME) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.from(this.#buffer.join(''));
    this.#buffer = [];
    this.#buffered = 0;
    this.#flushed = performance.now();
    try {
      for (let at = 0; at < bytes.length && this.#fault === undefined;) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      // The files are done all the same; what is behind a line that was cut off would be lost.
      this.#fault = describeFault(error);
    }
  }
}

function hasOutput({ status, files }: { readonly status: string; readonly files: readonly unknown[] }): boolean {
  return status === 'changed' || files.length > 0;
}

async function headOf(command: RewriteCommand, { write }: ProcessOptions): Promise<RunHead> {
  const { only, skip, category, param, unsafe, config, context, online, plugin, narrowing } = command;
  const options = { only, skip, category, param, unsafe, config, context, online, plugin, write };
  if (narrowing?.shard === undefined) return { dfix: version(), options };
  const { shardFrom } = await import('../narrow.js');
  const { index, count } = shardFrom(narrowing.shard, process.env);
  return { dfix: version(), options, shard: [index + 1, count] };
}
