import type { Span } from '../text/span.js';
import { isSeparatorCode, isSpaceCode } from './space.js';

/** A word of an instruction's arguments. The span counts in the logical text. */
export interface ArgumentWord extends Span {
  readonly text: string;
}

/** A flag such as `--from=build`; `value` is undefined for `--link`. Quotes and escapes are resolved. */
export interface Flag extends Span {
  readonly name: string;
  readonly value: string | undefined;
  /** The flag with its dashes, quotes and escapes resolved, as BuildKit stores it. */
  readonly text: string;
}

/** A name and value of ENV, LABEL or ARG. Quotes are part of the value. */
export interface Pair extends Span {
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: string;
  readonly valueSpan: Span;
  /** False for the legacy `ENV name value`. */
  readonly hasEquals: boolean;
}

/** The name of a pair without the quotes that may stand around it, or around parts of it. */
export function bareName({ name }: Pair): string {
  return name.replace(/["']/g, '');
}

/** One string of an exec form. The span includes the quotes. */
export interface ExecWord extends Span {
  readonly value: string;
}

/** The flags before an instruction's arguments and where the arguments start. */
export function readFlags(text: string, start: number, end: number): { readonly flags: Flag[]; readonly rest: number } {
  const flags: Flag[] = [];
  let at = start;
  for (;;) {
    while (at < end && isSpaceCode(text.charCodeAt(at))) at++;
    if (at >= end || !text.startsWith('--', at)) return { flags, rest: at };
    const from = at;
    let word = '';
    let quote = '';
    for (; at < end; at++) {
      const character = text.charAt(at);
      if (quote === '' && isSpaceCode(text.charCodeAt(at))) break;
      if (quote === '' ? character === "'" || character === '"' : character === quote) {
        quote = quote === '' ? character : '';
      } else if (character === '\\') {
        if (at + 1 < end) word += text.charAt(++at);
      } else {
        word += character;
      }
    }
    if (word === '--') return { flags, rest: at };
    const equals = word.indexOf('=');
    flags.push({
      start: from,
      end: at,
      name: equals === -1 ? word.slice(2) : word.slice(2, equals),
      value: equals === -1 ? undefined : word.slice(equals + 1),
      text: word,
    });
  }
}

/** Words between separators, quotes meaning nothing: FROM, EXPOSE, and COPY, ADD and VOLUME without JSON. */
export function readPlainWords(text: string, start: number, end: number): ArgumentWord[] {
  const words: ArgumentWord[] = [];
  let at = start;
  while (at < end) {
    while (at < end && isSeparatorCode(text.charCodeAt(at))) at++;
    const from = at;
    while (at < end && !isSeparatorCode(text.charCodeAt(at))) at++;
    if (at > from) words.push({ start: from, end: at, text: text.slice(from, at) });
  }
  return words;
}

/**
 * A word of COPY, ADD or WORKDIR without the quotes around it: BuildKit takes them off when it expands the word.
 * Undefined where quotes mean something else.
 */
export function withoutQuotes(text: string): string | undefined {
  if (!/["']/.test(text)) return text;
  const match = /^"([^"'\\]*)"$|^'([^"'\\$]*)'$/.exec(text);
  return match === null ? undefined : (match[1] ?? match[2]);
}

/**
 * Words in which quotes and the escape character protect separators: ENV, LABEL and ARG. Quotes stay part of the
 * word; an escape character at the very end is dropped, as BuildKit does.
 */
export function readQuotedWords(text: string, start: number, end: number, escape: string): ArgumentWord[] {
  const words: ArgumentWord[] = [];
  let at = start;
  while (at < end) {
    while (at < end && isSpaceCode(text.charCodeAt(at))) at++;
    if (at >= end) break;
    const from = at;
    let word = '';
    let quote = '';
    for (; at < end; at++) {
      const character = text.charAt(at);
      if (quote === '') {
        if (isSpaceCode(text.charCodeAt(at))) break;
        if (character === "'" || character === '"') quote = character;
      } else if (character === quote) {
        quote = '';
        word += character;
        continue;
      }
      if (character === escape && quote !== "'") {
        if (at + 1 >= end) continue;
        word += character + text.charAt(++at);
        continue;
      }
      word += character;
    }
    if (word !== '') words.push({ start: from, end: at, text: word });
  }
  return words;
}

/** The pairs of ENV or LABEL, or undefined where BuildKit rejects them. */
export function readPairs(text: string, start: number, end: number, escape: string): Pair[] | undefined {
  const words = readQuotedWords(text, start, end, escape);
  const first = words[0];
  if (first === undefined) return [];
  if (!first.text.includes('=')) return readLegacyPair(text, start, end);
  const pairs: Pair[] = [];
  for (const word of words) {
    const pair = pairOf(text, word);
    if (!pair.hasEquals) return undefined;
    pairs.push(pair);
  }
  return pairs;
}

/** A word `name=value` in its parts; a word without `=` has an empty value and no equals sign. */
export function pairOf(text: string, word: ArgumentWord): Pair {
  const { start, end } = word;
  const split = word.text.indexOf('=');
  if (split === -1) {
    const nameSpan = { start, end };
    return { start, end, name: word.text, nameSpan, value: '', valueSpan: { start: end, end }, hasEquals: false };
  }
  const equals = text.indexOf('=', start);
  return {
    start,
    end,
    name: word.text.slice(0, split),
    nameSpan: { start, end: equals },
    value: word.text.slice(split + 1),
    valueSpan: { start: equals + 1, end },
    hasEquals: true,
  };
}

function readLegacyPair(text: string, start: number, end: number): Pair[] | undefined {
  let nameEnd = start;
  while (nameEnd < end && !isSeparatorCode(text.charCodeAt(nameEnd))) nameEnd++;
  let valueStart = nameEnd;
  while (valueStart < end && isSeparatorCode(text.charCodeAt(valueStart))) valueStart++;
  if (valueStart === nameEnd) return undefined;
  return [
    {
      start,
      end,
      name: text.slice(start, nameEnd),
      nameSpan: { start, end: nameEnd },
      value: text.slice(valueStart, end),
      valueSpan: { start: valueStart, end },
      hasEquals: false,
    },
  ];
}

/** The strings of an exec form, `undefined` for text that is no JSON array, `'invalid'` for an array of other things. */
export function readExecForm(text: string, start: number, end: number): ExecWord[] | 'invalid' | undefined {
  let at = start;
  while (at < end && isSpaceCode(text.charCodeAt(at))) at++;
  if (text.charAt(at) !== '[') return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.slice(at, end));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const words: ExecWord[] = [];
  for (const value of parsed as readonly unknown[]) {
    if (typeof value !== 'string') return 'invalid';
    const from = text.indexOf('"', at + 1);
    at = from + 1;
    while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
    words.push({ start: from, end: at + 1, value });
  }
  return words;
}
