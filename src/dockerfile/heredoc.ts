import type { Span } from '../text/span.js';
import { isSpaceCode } from './space.js';

/** What the redirection of a heredoc says, before its body was found. */
export interface HeredocMarker {
  /** The delimiter without its quotes. */
  readonly name: string;
  /** Whether variables in the body are expanded: the delimiter has no quotes. */
  readonly expand: boolean;
  /** `<<-`: leading tabs are taken off each line. */
  readonly chomp: boolean;
  readonly fileDescriptor: number;
}

/** A heredoc with its body. Spans are offsets into the file. */
export interface Heredoc extends HeredocMarker {
  /** The lines between the instruction and the delimiter, each with its line ending. */
  readonly body: Span;
  /** The line of the delimiter, without its line ending. */
  readonly terminator: Span;
}

const HEREDOC_WORD = /^(\d*)<<(-?)\s*([^<]*)$/;

class UnreadableWords extends Error {}

/**
 * Splits a line as BuildKit's shell lexer does (frontend/dockerfile/shell/lex.go) with no variable set.
 * Quotes that do not close and bad substitutions make the whole line unreadable: then it has no words.
 */
class HeredocLexer {
  readonly #text: string;
  readonly #keepQuotes: boolean;
  #keepEscapes: boolean;
  #at = 0;

  constructor(text: string, options: { readonly keepQuotes: boolean; readonly keepEscapes: boolean }) {
    this.#text = text;
    this.#keepQuotes = options.keepQuotes;
    this.#keepEscapes = options.keepEscapes;
  }

  words(): readonly string[] | undefined {
    try {
      return this.#until(undefined, this.#keepEscapes).words;
    } catch (error) {
      if (error instanceof UnreadableWords) return undefined;
      throw error;
    }
  }

  #until(stop: string | undefined, keepEscapes: boolean): { readonly text: string; readonly words: string[] } {
    const before = this.#keepEscapes;
    this.#keepEscapes = keepEscapes;
    const words: string[] = [];
    let text = '';
    let word = '';
    const flush = (): void => {
      if (word !== '') words.push(word);
      word = '';
    };
    const addSplit = (part: string): void => {
      for (const character of part) {
        if (isSpaceCode(character.charCodeAt(0))) flush();
        else word += character;
      }
    };
    while (this.#at < this.#text.length) {
      const character = this.#text.charAt(this.#at);
      if (character === stop) {
        this.#at++;
        flush();
        this.#keepEscapes = before;
        return { text, words };
      }
      let part: string;
      if (character === "'") part = this.#singleQuoted();
      else if (character === '"') part = this.#doubleQuoted();
      else if (character === '<') part = this.#possibleHeredoc();
      else if (character === '$') {
        part = this.#dollar();
        addSplit(part);
        text += part;
        continue;
      } else if (character === '\\') {
        this.#at++;
        part = this.#keepEscapes ? '\\' : '';
        if (this.#at < this.#text.length) part += this.#text.charAt(this.#at++);
      } else {
        this.#at++;
        addSplit(character);
        text += character;
        continue;
      }
      word += part;
      text += part;
    }
    if (stop !== undefined) throw new UnreadableWords();
    flush();
    this.#keepEscapes = before;
    return { text, words };
  }

  #singleQuoted(): string {
    const close = this.#text.indexOf("'", this.#at + 1);
    if (close === -1) throw new UnreadableWords();
    const quoted = this.#text.slice(this.#at, close + 1);
    this.#at = close + 1;
    return this.#keepQuotes ? quoted : quoted.slice(1, -1);
  }

  #doubleQuoted(): string {
    this.#at++;
    let result = this.#keepQuotes ? '"' : '';
    for (;;) {
      if (this.#at >= this.#text.length) throw new UnreadableWords();
      const character = this.#text.charAt(this.#at);
      if (character === '"') {
        this.#at++;
        return this.#keepQuotes ? result + '"' : result;
      }
      if (character === '$') {
        result += this.#dollar();
        continue;
      }
      this.#at++;
      if (character !== '\\') {
        result += character;
        continue;
      }
      if (this.#keepEscapes) result += '\\';
      const next = this.#text.charAt(this.#at);
      if (next === '"' || next === '$' || next === '\\') {
        this.#at++;
        result += next;
      } else if (next !== '') {
        result += '\\';
      }
    }
  }

  #possibleHeredoc(): string {
    this.#at++;
    if (this.#text.charAt(this.#at) !== '<') return '<';
    this.#at++;
    const from = this.#at;
    while (this.#at < this.#text.length && isSpaceCode(this.#text.charCodeAt(this.#at))) this.#at++;
    return '<<' + this.#text.slice(from, this.#at);
  }

  #name(): string {
    const match = /^(?:\d+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(this.#text.slice(this.#at));
    const name = match?.[0] ?? '';
    this.#at += name.length;
    return name;
  }

  #dollar(): string {
    this.#at++;
    if (this.#text.charAt(this.#at) !== '{') return '$' + this.#name();
    this.#at++;
    const first = this.#text.charAt(this.#at);
    if (first === '' || first === '{' || first === '}' || first === ':') throw new UnreadableWords();
    const name = this.#name();
    let operator = this.#text.charAt(this.#at++);
    if (operator === '}') return '${' + name + '}';
    if (operator === '/') {
      if (this.#text.charAt(this.#at) === '/') this.#at++;
      const pattern = this.#until('/', true).text;
      return '${' + name + '/' + pattern + '/' + this.#until('}', true).text + '}';
    }
    if (operator === ':') operator += this.#text.charAt(this.#at++);
    const kind = operator.charAt(operator.length - 1);
    if (!'+-?#%'.includes(kind) || kind === '') throw new UnreadableWords();
    return '${' + name + operator + this.#until('}', kind === '#' || kind === '%').text + '}';
  }
}

/** The heredocs that a logical line opens, in their order; empty for a line that the lexer cannot read. */
export function heredocMarkers(line: string): readonly HeredocMarker[] {
  const words = new HeredocLexer(line, { keepQuotes: true, keepEscapes: true }).words() ?? [];
  const markers: HeredocMarker[] = [];
  for (const word of words) {
    const match = HEREDOC_WORD.exec(word);
    const delimiter = match?.[3];
    if (match === null || delimiter === undefined || delimiter === '') continue;
    const plain = new HeredocLexer(delimiter, { keepQuotes: false, keepEscapes: false }).words();
    const raw = new HeredocLexer(delimiter, { keepQuotes: true, keepEscapes: true }).words();
    const name = plain?.[0];
    if (plain?.length !== 1 || name === undefined || raw === undefined) continue;
    markers.push({
      name,
      expand: countQuotes(name) === countQuotes(raw[0] ?? ''),
      chomp: match[2] === '-',
      fileDescriptor: match[1] === '' ? 0 : Number(match[1]),
    });
  }
  return markers;
}

function countQuotes(text: string): number {
  return text.split(/['"]/).length - 1;
}
