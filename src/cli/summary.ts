import type { ExitCode } from './exit-codes.js';
import { isOurs } from './known-transforms.js';
import type { FileOutcome } from './process-file.js';
import { type Paint, visible } from './style.js';

/** Counts what happened, prints what a person must know at once, and chooses the exit code. */
export class Summary {
  readonly codes = new Set<ExitCode>();
  readonly #paint: Paint;
  readonly #tell: (line: string) => void;
  readonly #started = performance.now();
  #files = 0;
  #changed = 0;
  #written = 0;
  #fixes = 0;
  readonly #contextFiles = new Set<string>();
  #unsafe = 0;
  #optional = 0;
  #declined = 0;
  #reported = 0;
  #unparsable = 0;
  #templates = 0;
  #known = 0;
  #stale = 0;

  constructor(paint: Paint, tell: (line: string) => void) {
    this.#paint = paint;
    this.#tell = tell;
  }

  add(outcome: FileOutcome): void {
    this.#files++;
    this.#known += outcome.known ?? 0;
    this.addStale(outcome.stale?.length ?? 0);
    const { path, result, error } = outcome;
    if (error !== undefined) {
      // A binary file was read but is no Dockerfile; anything else is the file system's fault.
      this.codes.add(outcome.read !== undefined && result === undefined ? 4 : 2);
      this.#complain(path, error);
    }
    if (result === undefined) return;
    for (const problem of result.problems) {
      this.#complain(`${path}:${problem.line}:${problem.column}`, problem.message);
    }
    for (const fault of result.faults) {
      this.codes.add(2);
      this.#complain(
        path,
        isOurs(fault.transform)
          ? `dfix refused its own result of ${fault.transform}: ${fault.message}. Please report this as a bug`
          : `dfix refused the result of ${fault.transform}, which comes from a plugin: ${fault.message}`,
      );
    }
    this.#count(outcome);
  }

  /** Where a long run is, in one line: `done` of `all` files. The time left is what the rest takes at the same pace. */
  progress(done: number, all: number): string {
    const left = ((performance.now() - this.#started) / done) * (all - done);
    const seconds = Math.max(1, Math.round(left / 1000));
    return `${done} of ${all} files, ${this.#changed} of them change, about ${seconds} s left`;
  }

  /** Entries of a baseline that stand for nothing any more. */
  addStale(count: number): void {
    this.#stale += count;
  }

  get stale(): number {
    return this.#stale;
  }

  /** A file that could not be written, such as a report. */
  addUnwritten(path: string, fault: string): void {
    this.codes.add(2);
    this.#complain(path, `not written: ${fault}`);
  }

  #count({ path, result, isWritten }: FileOutcome): void {
    if (result === undefined) return;
    this.#unsafe += result.offers.filter((offer) => !offer.isOptional).length;
    this.#optional += result.offers.filter((offer) => offer.isOptional).length;
    this.#declined += result.declines.length;
    this.#reported += result.reports.length;
    for (const { path } of result.files) this.#contextFiles.add(path);
    if (isWritten) this.#written++;
    switch (result.status) {
      case 'changed':
        this.#changed++;
        this.#fixes += result.changes.length;
        break;
      case 'unparsable':
        this.#unparsable++;
        this.codes.add(4);
        break;
      case 'template':
        this.#templates++;
        this.#tell(`${visible(path)}: left alone: it is a template of a Dockerfile`);
        break;
      case 'disputed':
        this.#tell(`${visible(path)}: left alone: two parsers read it differently, ${visible(result.dispute ?? '')}`);
        break;
      case 'ignored':
      case 'unchanged':
        break;
    }
  }

  #complain(place: string, message: string): void {
    this.#tell(`${this.#paint('red', 'error:')} ${visible(place)}: ${visible(message)}`);
  }

  get hasChanges(): boolean {
    return this.#changed > 0 || this.#contextFiles.size > 0;
  }

  /** The last line on stderr. */
  line(isWriting: boolean): string {
    const parts = [`${count(this.#files, 'file')} read`];
    parts.push(
      isWriting
        ? `${this.#written} rewritten (${count(this.#fixes, 'fix', 'fixes')})`
        : `${this.#changed} would change (${count(this.#fixes, 'fix', 'fixes')})`,
    );
    if (this.#contextFiles.size > 0) {
      const files = count(this.#contextFiles.size, 'file');
      parts.push(isWriting ? `${files} of build contexts written` : `${files} of build contexts to write`);
    }
    if (this.#unsafe > 0) parts.push(`${count(this.#unsafe, 'more fix', 'more fixes')} with --unsafe`);
    if (this.#optional > 0) parts.push(`${this.#optional} optional`);
    if (this.#reported > 0) parts.push(`${this.#reported} to look at by hand`);
    if (this.#known > 0) parts.push(`${this.#known} in the baseline`);
    if (this.#declined > 0) parts.push(`${this.#declined} declined`);
    if (this.#unparsable > 0) parts.push(`${this.#unparsable} not parsed`);
    if (this.#templates > 0) parts.push(count(this.#templates, 'template'));
    return parts.join(', ');
  }
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
