import { fileReport } from '../report-json.js';
import type { Reporter, ReporterOptions } from './reporter.js';

/** One object that lists the files. */
export function jsonReporter({ withText }: ReporterOptions): Reporter {
  const files: Record<string, unknown>[] = [];
  return {
    add: (outcome) => {
      files.push(fileReport(outcome, withText));
      return '';
    },
    end: () => `${JSON.stringify({ version: 1, files }, undefined, 2)}\n`,
  };
}

/** An object a line, each written as soon as its file is done. */
export function jsonLinesReporter({ withText }: ReporterOptions): Reporter {
  return { add: (outcome) => `${JSON.stringify(fileReport(outcome, withText))}\n`, end: () => '' };
}
