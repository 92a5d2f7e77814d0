import { gitPatch } from '../text/patch.js';
import { shownPath } from './discover.js';
import type { FileOutcome } from './process-file.js';
import { type Paint, visible } from './style.js';

/** The patches of the files of the build context that are written beside a Dockerfile. */
export function filePatches({ result }: FileOutcome): string {
  const files = result?.files ?? [];
  return files.map((file) => gitPatch(shownPath(file.path), file.before, file.after)).join('');
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
