import type { FileOutcome } from '../process-file.js';

/** Makes one report. What it gives is written in this order, a text as UTF-8. */
export interface Reporter {
  /** Takes what became of a file, and gives what can be written already. */
  add(outcome: FileOutcome): string | Uint8Array;
  /** The rest, when the last file was taken. */
  end(): string | Uint8Array;
}

export interface ReporterOptions {
  /** Whether JSON holds the rewritten text of each file. */
  readonly withText: boolean;
}
