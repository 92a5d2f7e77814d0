import { closeSync, openSync, readSync } from 'node:fs';
import { isRecord } from '../../context/build-context.js';
import { UsageError } from '../exit-codes.js';
import { plain } from '../reports/plain.js';

/** What a run says of itself at the head of its lines. */
export interface RunHead {
  /** The version of dfix. */
  readonly dfix: string;
  /** The options that decide what comes out, by their names. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Which part of the files it was about, counted from 1, of how many. */
  readonly shard?: readonly [part: number, of: number];
}

/** Where the outcome of a file stands in a record, and what became of it afterwards. */
export interface RecordedFile {
  readonly path: string;
  readonly key: string;
  readonly offset: number;
  readonly length: number;
  /** The line, from 1. */
  readonly line: number;
  readonly isWritten: boolean;
  /** Why it could not be written. */
  readonly unwritten: string | undefined;
  /** Which run wrote or kept it, from 1. */
  readonly run: number;
}

/** What is in a record. The outcomes themselves stay in the file until they are asked for. */
export interface RecordIndex {
  readonly files: ReadonlyMap<string, RecordedFile>;
  /** The last run, and which it is, from 1; undefined in an empty record. */
  readonly head: (RunHead & { readonly line: number }) | undefined;
  readonly runs: number;
  /** The last run that came to its end; 0 for none. */
  readonly endedRun: number;
  /** How many bytes are whole lines: what stands behind them was cut off. */
  readonly size: number;
  readonly isTorn: boolean;
}

const CHUNK = 1 << 20;
const NEWLINE = 10;

/** Each line of outcomes starts with this, so that nothing of the rest has to be read. */
const OUTCOME = /^\{"path":("(?:[^"\\]|\\.)*"),"key":"([0-9a-f]*)"/;

/**
 * How many bytes of a line are looked at for its path and key: few at first, then as many as there can be. Paths are no
 * longer than 4 KiB, escaped six times that.
 */
const HEAD_SIZES = [512, 26_000] as const;

/** Reads where everything is in a record. Throws a `UsageError` with the line for a file that is no record. */
export function indexRecord(path: string): RecordIndex {
  const index = new Indexer(path);
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK);
    let rest = Buffer.alloc(0);
    for (;;) {
      const count = readSync(file, chunk, 0, CHUNK, null);
      if (count === 0) break;
      const bytes = Buffer.concat([rest, chunk.subarray(0, count)]);
      let from = 0;
      for (let end = bytes.indexOf(NEWLINE, rest.length); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
        index.add(bytes.subarray(from, end));
        from = end + 1;
      }
      rest = bytes.subarray(from);
    }
    return index.end(rest.length);
  } finally {
    closeSync(file);
  }
}

class Indexer {
  readonly #path: string;
  readonly #files = new Map<string, RecordedFile>();
  #head: RecordIndex['head'];
  #runs = 0;
  #endedRun = 0;
  #line = 0;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  add(bytes: Buffer): void {
    this.#line++;
    const found = outcomeAtStart(bytes);
    if (found !== undefined) this.#addOutcome(found.path, found.key, bytes.length);
    else this.#addNote(bytes.toString());
    this.#offset += bytes.length + 1;
  }

  /** `rest` is how many bytes stand behind the last whole line. */
  end(rest: number): RecordIndex {
    // A file without a single line may be anything: nothing is appended to it.
    if (this.#line === 0 && rest > 0) this.#refuse(1);
    return {
      files: this.#files,
      head: this.#head,
      runs: this.#runs,
      endedRun: this.#endedRun,
      size: this.#offset,
      isTorn: rest > 0,
    };
  }

  #addOutcome(path: string, key: string, length: number): void {
    if (this.#head === undefined) this.#refuse();
    const place = { offset: this.#offset, length, line: this.#line };
    this.#files.set(path, { path, key, ...place, isWritten: false, unwritten: undefined, run: this.#runs });
  }

  #addNote(text: string): void {
    const note = noteIn(text) ?? this.#refuse();
    if ('dfix' in note) {
      this.#head = { ...note, line: this.#line };
      this.#runs++;
      return;
    }
    if (this.#head === undefined) this.#refuse();
    if ('end' in note) {
      this.#endedRun = this.#runs;
      return;
    }
    const known = this.#files.get(note.path) ?? this.#refuse();
    const { written = false, unwritten } = note;
    this.#files.set(note.path, { ...known, isWritten: written, unwritten, run: this.#runs });
  }

  #refuse(line = this.#line): never {
    throw new UsageError(`${plain(this.#path)}:${line}: it is no line of a record that --resume writes`);
  }
}

function outcomeAtStart(line: Buffer): { readonly path: string; readonly key: string } | undefined {
  for (const size of HEAD_SIZES) {
    const found = OUTCOME.exec(line.toString('utf8', 0, size));
    // A copy of the key, or it would keep all that was read in memory: a part of a string holds on to the whole.
    if (found !== null)
      return { path: JSON.parse(found[1] ?? '""') as string, key: Buffer.from(found[2] ?? '').toString('latin1') };
    if (line.length <= size) return undefined;
  }
  return undefined;
}

/** A line that is no outcome: the head of a run, its end, or what became of an outcome that is above. */
type Note = RunHead | { readonly end: true } | FileNote;

interface FileNote {
  readonly path: string;
  readonly kept?: true;
  readonly written?: true;
  readonly unwritten?: string;
}

function noteIn(text: string): Note | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (!isRecord(value)) return undefined;
  if (value['end'] === true) return { end: true };
  const [dfix, options, shard, path] = [value['dfix'], value['options'], value['shard'], value['path']];
  if (typeof dfix === 'string' && isRecord(options)) {
    const numbers: readonly unknown[] = Array.isArray(shard) ? shard : [];
    const [part, count] = numbers;
    return {
      dfix,
      options,
      ...(typeof part === 'number' && typeof count === 'number' ? { shard: [part, count] } : {}),
    };
  }
  if (typeof path !== 'string') return undefined;
  const [kept, written, unwritten] = [value['kept'], value['written'], value['unwritten']];
  if (kept !== true && written !== true && typeof unwritten !== 'string') return undefined;
  return {
    path,
    ...(kept === true ? { kept } : {}),
    ...(written === true ? { written } : {}),
    ...(typeof unwritten === 'string' ? { unwritten } : {}),
  };
}
