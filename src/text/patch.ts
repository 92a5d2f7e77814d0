import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/** Above this many changed lines the shortest diff costs too much: then one hunk replaces the whole stretch. */
const MAX_EDIT_LENGTH = 4000;

/**
 * A patch of one file in git's format, which `git apply` takes. Empty for equal texts. An absolute path loses its
 * first slash, since git's paths are relative.
 */
export function gitPatch(path: string, before: string, after: string): string {
  if (before === after) return '';
  const relative = path.replace(/^\/+/, '');
  const [a, b] = [quotePath(`a/${relative}`), quotePath(`b/${relative}`)];
  const header = `diff --git ${a} ${b}\n`;
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY, maxEditLength: MAX_EDIT_LENGTH };
  const patch = createTwoFilesPatch(a, b, before, after, undefined, undefined, options);
  return header + (patch ?? replaceAll(a, b, before, after));
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
function replaceAll(a: string, b: string, before: string, after: string): string {
  const old = linesOf(before);
  const now = linesOf(after);
  const head = `--- ${a}\n+++ ${b}\n@@ -1,${old.length} +1,${now.length} @@\n`;
  return head + old.map((line) => marked('-', line)).join('') + now.map((line) => marked('+', line)).join('');
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function marked(sign: string, line: string): string {
  return line.endsWith('\n') ? sign + line : `${sign}${line}\n\\ No newline at end of file\n`;
}
