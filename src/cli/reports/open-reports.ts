import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describeFault } from '../discover.js';
import { UsageError } from '../exit-codes.js';
import type { FileOutcome } from '../process-file.js';
import { nearest } from '../../text/nearest.js';
import { isReportFormat, REPORT_FORMATS, type ReportFormat, reporterFor } from './index.js';
import { plain } from './plain.js';
import type { Reporter, ReporterOptions } from './reporter.js';
import { openTarget, STDOUT, type Target } from './target.js';

interface Wish {
  readonly format: ReportFormat;
  readonly path: string;
}

function readWishes(words: readonly string[]): readonly Wish[] {
  const wishes = words.map(readWish);
  const places = wishes.map(({ path }) => (path === '-' ? path : resolve(path)));
  const twice = wishes.find((_, index) => places.indexOf(places[index] ?? '') !== index);
  if (twice === undefined) return wishes;
  throw new UsageError(`--report writes two reports to ${twice.path === '-' ? 'stdout' : plain(twice.path)}`);
}

function readWish(word: string): Wish {
  const [, format = '', path = ''] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  if (!isReportFormat(format)) {
    const guess = nearest(format, REPORT_FORMATS);
    const known = guess === undefined ? `there are ${REPORT_FORMATS.join(', ')}` : `did you mean ${guess}?`;
    throw new UsageError(`--report has no format '${plain(format)}'; ${known}`);
  }
  if (path === '') throw new UsageError(`--report ${format} has no path: it takes ${format}=PATH, or ${format}=-`);
  return { format, path };
}

export interface UnwrittenReport {
  readonly path: string;
  readonly fault: string;
}

/** The reports of a run. */
export class Reports {
  readonly #open: readonly OpenReport[];

  private constructor(reports: readonly OpenReport[]) {
    this.#open = reports;
  }

  /**
   * Opens what `--report` was given, each FORMAT=PATH, so that a report that cannot be written is known before anything
   * is done. Throws a `UsageError` for one, and for a report that would take the place of a file that is read.
   */
  static async open(words: readonly string[], inputs: readonly string[], options: ReporterOptions): Promise<Reports> {
    const wishes = readWishes(words);
    const read = new Set(await Promise.all(inputs.map(realPath)));
    const reports: OpenReport[] = [];
    try {
      for (const { format, path } of wishes) {
        if (path !== '-' && read.has(await realPath(path)))
          throw new UsageError(`--report would overwrite ${plain(path)}, which is read`);
        const reporter = await reporterFor(format, options);
        reports.push(new OpenReport(path, reporter, path === '-' ? STDOUT : await openTarget(path)));
      }
    } catch (error) {
      for (const report of reports) await report.discard();
      throw error;
    }
    return new Reports(reports);
  }

  get takesStdout(): boolean {
    return this.#open.some(({ path }) => path === '-');
  }

  async add(outcome: FileOutcome): Promise<void> {
    for (const report of this.#open) await report.add(outcome);
  }

  /** Puts the reports in their places, and tells which could not be written. */
  async end(): Promise<readonly UnwrittenReport[]> {
    for (const report of this.#open) await report.end();
    return this.#open.flatMap(({ path, fault }) => (fault === undefined ? [] : [{ path, fault }]));
  }

  /** Leaves nothing behind of reports that have not ended. */
  async discard(): Promise<void> {
    for (const report of this.#open) await report.discard();
  }
}

/** One report on its way. What goes wrong stops neither the files nor the other reports. */
class OpenReport {
  readonly path: string;
  readonly #reporter: Reporter;
  readonly #target: Target;
  #fault: string | undefined;
  #hasEnded = false;

  constructor(path: string, reporter: Reporter, target: Target) {
    this.path = path;
    this.#reporter = reporter;
    this.#target = target;
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  add(outcome: FileOutcome): Promise<void> {
    return this.#try(() => this.#write(this.#reporter.add(outcome)));
  }

  async end(): Promise<void> {
    await this.#try(async () => {
      await this.#write(this.#reporter.end());
      await this.#target.end();
      this.#hasEnded = true;
    });
    await this.discard();
  }

  async discard(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await this.#target.discard();
  }

  async #write(part: string | Uint8Array): Promise<void> {
    if (part.length > 0) await this.#target.write(part);
  }

  async #try(step: () => Promise<void>): Promise<void> {
    if (this.#fault !== undefined) return;
    try {
      await step();
    } catch (error) {
      // Without a code it does not come from the file system: then it is a mistake of ours.
      if (!(error instanceof Error && 'code' in error)) throw error;
      this.#fault = describeFault(error);
    }
  }
}

/** A file by its only name, whatever links lead to it. */
async function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}
