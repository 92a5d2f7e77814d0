/** A block such as `target "web" { … }`, with the attributes that stand in it directly. */
export interface HclBlock {
  readonly type: string;
  readonly label: string;
  /** Where the block begins in the text. */
  readonly offset: number;
  /** Strings, lists and mappings of them; what is an expression stands as `${…}`. */
  readonly attributes: ReadonlyMap<string, unknown>;
}

interface Token {
  readonly kind: 'word' | 'string' | 'newline' | 'sign';
  readonly text: string;
  readonly offset: number;
}

/** What stands for an expression, which nobody evaluates here. */
const EXPRESSION = '${…}';

/** Lists in lists; nothing that is written by people goes deeper. */
const MAX_DEPTH = 16;

/**
 * The blocks of a file in HashiCorp's language that have one label. What does not follow its grammar is passed over. In
 * one go over the text, whatever stands in it. https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md
 */
export function hclBlocks(text: string): readonly HclBlock[] {
  return new HclReader(tokensOf(text)).blocks();
}

/** Blanks and comments; a heredoc; a line's end; a word; anything else. Strings are read by hand. */
const TOKEN =
  /(?:[ \t\r]+|#[^\n]*|\/\/[^\n]*|\/\*[^*]*(?:\*(?!\/)[^*]*)*(?:\*\/|$))|(<<-?[A-Za-z_]\w*)|(\n)|([A-Za-z_][\w.-]*)|[^]/y;

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length;) {
    if (text[at] === '"') {
      const end = endOfString(text, at);
      tokens.push({ kind: 'string', text: unescape(text.slice(at + 1, end - 1)), offset: at });
      at = end;
      continue;
    }
    TOKEN.lastIndex = at;
    const [all = '', heredoc, newline, word] = TOKEN.exec(text) ?? [];
    if (heredoc !== undefined) {
      tokens.push({ kind: 'sign', text: heredoc, offset: at });
      at = endOfHeredoc(text, at + heredoc.length, heredoc.replace(/^<<-?/, ''));
      continue;
    }
    if (newline !== undefined) tokens.push({ kind: 'newline', text: newline, offset: at });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word, offset: at });
    else if (!/^(?:[ \t\r#]|\/[/*])/.test(all)) tokens.push({ kind: 'sign', text: all, offset: at });
    at += Math.max(1, all.length);
  }
  return tokens;
}

/** Behind the closing quote; quotes inside of `${…}` belong to an expression. */
function endOfString(text: string, start: number): number {
  let depth = 0;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '\\') at++;
    else if (character === '$' && text[at + 1] === '{') depth++;
    else if (character === '}' && depth > 0) depth--;
    else if (character === '"' && depth === 0) return at + 1;
    else if (character === '\n') return at;
  }
  return text.length;
}

function endOfHeredoc(text: string, start: number, delimiter: string): number {
  for (let at = text.indexOf('\n', start); at >= 0;) {
    const next = text.indexOf('\n', at + 1);
    const line = text.slice(at + 1, next < 0 ? undefined : next);
    if (line.trim() === delimiter) return at + 1 + line.length;
    at = next;
  }
  return text.length;
}

function unescape(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) =>
    character === 'n' ? '\n' : character === 't' ? '\t' : character,
  );
}

class HclReader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  blocks(): readonly HclBlock[] {
    const blocks: HclBlock[] = [];
    while (this.#at < this.#tokens.length) {
      const [type, label, brace] = this.#tokens.slice(this.#at, this.#at + 3);
      if (type?.kind === 'word' && (label?.kind === 'string' || label?.kind === 'word') && isSign(brace, '{')) {
        this.#at += 3;
        blocks.push({ type: type.text, label: label.text, offset: type.offset, attributes: this.#body() });
      } else if (isOpening(type)) {
        this.#skip();
      } else {
        this.#at++;
      }
    }
    return blocks;
  }

  /** The attributes up to the brace that closes the block. */
  #body(): ReadonlyMap<string, unknown> {
    const attributes = new Map<string, unknown>();
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at];
      if (isSign(token, '}')) {
        this.#at++;
        return attributes;
      }
      if (token?.kind === 'word' && isSign(this.#tokens[this.#at + 1], '=')) {
        this.#at += 2;
        attributes.set(token.text, this.#value(0));
      } else if (isOpening(token)) {
        this.#skip();
      } else {
        this.#at++;
      }
    }
    return attributes;
  }

  #value(depth: number): unknown {
    const start = this.#at;
    const token = this.#tokens[start];
    let value: unknown = EXPRESSION;
    if (token?.kind === 'string') {
      this.#at++;
      value = token.text;
    } else if (depth < MAX_DEPTH && isSign(token, '[')) {
      value = this.#list(depth);
    } else if (depth < MAX_DEPTH && isSign(token, '{')) {
      value = this.#mapping(depth);
    } else if (token?.text === 'null') {
      this.#at++;
      value = undefined;
    }
    if (this.#isAtEnd()) return value;
    while (!this.#isAtEnd()) {
      if (isOpening(this.#tokens[this.#at])) this.#skip();
      else this.#at++;
    }
    return EXPRESSION;
  }

  #isAtEnd(): boolean {
    const token = this.#tokens[this.#at];
    return token === undefined || token.kind === 'newline' || /^[,\]})]$/.test(token.kind === 'sign' ? token.text : '');
  }

  #list(depth: number): readonly unknown[] {
    const values: unknown[] = [];
    this.#at++;
    while (this.#at < this.#tokens.length && !isSign(this.#tokens[this.#at], ']')) {
      const before = this.#at;
      if (!this.#isAtEnd()) values.push(this.#value(depth + 1));
      if (this.#at === before || isSign(this.#tokens[this.#at], ',')) this.#at++;
    }
    this.#at++;
    return values;
  }

  #mapping(depth: number): Readonly<Record<string, unknown>> {
    const entries: [string, unknown][] = [];
    this.#at++;
    while (this.#at < this.#tokens.length && !isSign(this.#tokens[this.#at], '}')) {
      const key = this.#tokens[this.#at++];
      const sign = this.#tokens[this.#at];
      if (key === undefined || (key.kind !== 'word' && key.kind !== 'string')) continue;
      if (!isSign(sign, '=') && !isSign(sign, ':')) continue;
      this.#at++;
      entries.push([key.text, this.#value(depth + 1)]);
    }
    this.#at++;
    return Object.fromEntries(entries);
  }

  /** Behind what closes the bracket here. */
  #skip(): void {
    let depth = 0;
    do {
      const token = this.#tokens[this.#at++];
      if (isOpening(token)) depth++;
      else if (token?.kind === 'sign' && /^[\])}]$/.test(token.text)) depth--;
    } while (depth > 0 && this.#at < this.#tokens.length);
  }
}

function isSign(token: Token | undefined, text: string): boolean {
  return token?.kind === 'sign' && token.text === text;
}

function isOpening(token: Token | undefined): boolean {
  return token?.kind === 'sign' && /^[[({]$/.test(token.text);
}
