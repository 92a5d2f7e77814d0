import { plain } from '../reports/plain.js';
import { tell } from '../style.js';
import type { Summary } from '../summary.js';
import { Baseline } from './baseline-file.js';

/** Tells what a baseline holds that is not there any more: it would hide what comes back. Whether there is any. */
export function tellStale(path: string, summary: Summary): boolean {
  const gone = [...Baseline.read(path).goneFiles().values()];
  summary.addStale(gone.reduce((sum, names) => sum + names.size, 0));
  if (summary.stale === 0) return false;
  const count = summary.stale === 1 ? '1 finding that is' : `${summary.stale} findings that are`;
  tell(`${plain(path)} holds ${count} not there any more: take them out by dfix baseline --prune`);
  return true;
}
