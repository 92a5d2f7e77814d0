import type { FileChange } from '../rewrite.js';
import { encodeText } from '../text/bytes.js';
import { gitPatch } from '../text/patch.js';
import { shownPath } from './discover.js';
import type { FileOutcome } from './process-file.js';
import { type Paint, visible } from './style.js';

/** The patches of files of build contexts, one a file, in the order of their paths. */
export function filePatches(changes: readonly FileChange[]): string {
  const files = new Map<string, { before: string | undefined; after: string }>();
  for (const { path, before, after } of changes) {
    // Each change of a file starts with the text of the one before.
    const first = files.get(path);
    files.set(path, { before: first === undefined ? before : first.before, after });
  }
  return [...files]
    .map(([path, texts]) => ({ path: shownPath(path), ...texts }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, before, after }) => gitPatch(path, before, after))
    .join('');
}

/** The patch of a Dockerfile for git, which holds the bytes of the file in whatever encoding they are. */
export function patchBytes({ path, read, result }: FileOutcome): Uint8Array {
  if (read === undefined || result === undefined) return new Uint8Array();
  return encodeText(gitPatch(path, read.text, result.text), read.encoding);
}

/** The patch of a Dockerfile and of files of its context as a person sees it. */
export function shownPatch({ path, read, result }: FileOutcome, paint: Paint): string {
  if (read === undefined || result === undefined) return '';
  return paintedPatch(gitPatch(path, read.text, result.text) + filePatches(result.files), paint);
}

/** A patch in colours, with hidden characters made visible. */
export function paintedPatch(patch: string, paint: Paint): string {
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
