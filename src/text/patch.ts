import { diffArrays, diffLines, structuredPatch } from 'diff';
import { type Edit, replacement } from './edit.js';

/** Above this many changed lines the shortest diff costs too much: then one hunk replaces the whole stretch. */
const MAX_EDIT_LENGTH = 4000;

/** The same for edits, which are for one look at each: nobody takes over hundreds. */
const MAX_EDITED_LINES = 1000;

/**
 * A patch of one file in git's format, which `git apply` takes. Empty for equal texts; without an old one the file is
 * new. An absolute path loses its
 * first slash, since git's paths are relative.
 */
export function gitPatch(path: string, old: string | undefined, after: string): string {
  if (old === after) return '';
  const before = old ?? '';
  const relative = path.replace(/^\/+/, '');
  const [a, b] = [quotePath(`a/${relative}`), quotePath(`b/${relative}`)];
  const hunks = structuredPatch(a, b, before, after, undefined, undefined, {
    context: 3,
    maxEditLength: MAX_EDIT_LENGTH,
  })?.hunks;
  // A path with a blank gets a tab behind it, as git writes it, so that no reader takes the rest for a date.
  const end = relative.includes(' ') ? '\t\n' : '\n';
  const from = old === undefined ? 'new file mode 100644\n--- /dev/null\n' : `--- ${a}${end}`;
  const header = `diff --git ${a} ${b}\n${from}+++ ${b}${end}`;
  if (hunks === undefined) return header + replaceAll(before, after);
  return (
    header +
    hunks
      .map(
        (hunk) =>
          `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@\n${hunk.lines.join('\n')}\n`,
      )
      .join('')
  );
}

/** The edits of whole lines that turn one text into another, in their order; a line that stays is between any two. */
export function lineEdits(before: string, after: string): readonly Edit[] {
  return editsOf(before, after, diffLines(before, after, { maxEditLength: MAX_EDITED_LINES }));
}

/** The same with words: letters and digits, blanks, or one other character. */
export function wordEdits(before: string, after: string): readonly Edit[] {
  const parts = diffArrays(wordsOf(before), wordsOf(after), { maxEditLength: MAX_EDITED_LINES });
  return editsOf(
    before,
    after,
    parts?.map(({ added, removed, value }) => ({ added, removed, value: value.join('') })),
  );
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|./gsu) ?? [];
}

interface Part {
  readonly added: boolean;
  readonly removed: boolean;
  readonly value: string;
}

function editsOf(before: string, after: string, parts: readonly Part[] | undefined): readonly Edit[] {
  if (parts === undefined) return [replacement({ start: 0, end: before.length }, after)];
  const edits: Edit[] = [];
  let at = 0;
  let open: Edit | undefined;
  for (const { added, removed, value } of parts) {
    if (!added && !removed) {
      if (open !== undefined) edits.push(open);
      open = undefined;
      at += value.length;
      continue;
    }
    open ??= { start: at, end: at, newText: '' };
    if (removed) at += value.length;
    open = { start: open.start, end: at, newText: open.newText + (added ? value : '') };
  }
  return open === undefined ? edits : [...edits, open];
}

/** A stretch of lines the way git counts them: one line needs no number, none starts at the line before. */
function range(start: number, lines: number): string {
  return lines === 1 ? String(start) : `${lines === 0 ? start - 1 : start},${lines}`;
}

/** Git's quoting of a path with characters that are not plain, in C's escapes of its bytes. */
function quotePath(path: string): string {
  if (/^[\x20\x21\x23-\x5b\x5d-\x7e]*$/.test(path)) return path;
  let quoted = '';
  for (const byte of new TextEncoder().encode(path)) {
    const character = String.fromCharCode(byte);
    if (character === '"' || character === '\\') quoted += `\\${character}`;
    else if (byte >= 0x20 && byte < 0x7f) quoted += character;
    else quoted += `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return `"${quoted}"`;
}

/** One hunk that takes the whole old text away and puts the new one in its place. */
function replaceAll(before: string, after: string): string {
  const old = linesOf(before);
  const now = linesOf(after);
  const head = `@@ -1,${old.length} +1,${now.length} @@\n`;
  return head + old.map((line) => marked('-', line)).join('') + now.map((line) => marked('+', line)).join('');
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function marked(sign: string, line: string): string {
  return line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`;
}
