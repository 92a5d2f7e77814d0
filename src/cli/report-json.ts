import { gitPatch } from '../text/patch.js';
import { shownPath } from './discover.js';
import { filePatches } from './report-diff.js';
import type { FileOutcome } from './process-file.js';

/** What the JSON of one file holds; `text` only on request. */
export function fileReport(outcome: FileOutcome, withText: boolean): Record<string, unknown> {
  const { path, result, read, error, isWritten } = outcome;
  return {
    path,
    status: error !== undefined && result === undefined ? 'error' : result?.status,
    ...(error === undefined ? {} : { error }),
    isWritten,
    changes: result?.changes ?? [],
    files: (result?.files ?? []).map(({ before, after, ...file }) => ({
      ...file,
      path: shownPath(file.path),
      isNew: before === undefined,
      ...(withText ? { text: after } : {}),
    })),
    offers: result?.offers ?? [],
    declines: result?.declines ?? [],
    reports: result?.reports ?? [],
    problems: result?.problems ?? [],
    faults: result?.faults ?? [],
    ...(result?.dispute === undefined ? {} : { dispute: result.dispute }),
    patch:
      result === undefined || read === undefined
        ? ''
        : gitPatch(path, read.text, result.text) + filePatches(result.files),
    ...(withText && result !== undefined ? { text: result.text } : {}),
  };
}
