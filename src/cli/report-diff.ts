import { gitPatch } from '../text/patch.js';
import { shownPath } from './discover.js';
import type { FileOutcome } from './process-file.js';
import { type Paint, visible } from './style.js';

/** The patches of the files of the build context that are written beside a Dockerfile. */
export function filePatches({ result }: FileOutcome): string {
  const files = new Map<string, { before: string | undefined; after: string }>();
  for (const { path, before, after } of result?.files ?? []) {
    // Each change of a file starts with the text of the one before.
    const first = files.get(path);
    files.set(path, { before: first === undefined ? before : first.before, after });
  }
  return [...files].map(([path, { before, after }]) => gitPatch(shownPath(path), before, after)).join('');
}

/** The patch of a file as it is shown: coloured for a person, unchanged for a program. */
export function shownPatch(outcome: FileOutcome, paint: Paint, isTerminal: boolean): string {
  const { path, read, result } = outcome;
  if (read === undefined || result === undefined) return '';
  const patch = gitPatch(path, read.text, result.text) + filePatches(outcome);
  if (!isTerminal) return patch;
  return patch
    .split('\n')
    .map((line) => {
      const text = visible(line.replace(/\r$/, ''));
      if (/^(?:diff --git|---|\+\+\+) /.test(line)) return paint('bold', text);
      if (line.startsWith('@@')) return paint('cyan', text);
      if (line.startsWith('+')) return paint('green', text);
      return line.startsWith('-') ? paint('red', text) : text;
    })
    .join('\n');
}
