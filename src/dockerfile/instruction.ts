import { Remembering } from '../text/remembered.js';
import type { Span } from '../text/span.js';
import {
  type ArgumentWord,
  type ExecWord,
  type Flag,
  type Pair,
  pairOf,
  readExecForm,
  readFlags,
  readPairs,
  readPlainWords,
  readQuotedWords,
} from './arguments.js';
import type { Heredoc } from './heredoc.js';
import type { LogicalText } from './logical-text.js';
import { isSeparatorCode, isSpaceCode, skipSpaces, trimEnd } from './space.js';

export const KEYWORDS = [
  'ADD',
  'ARG',
  'CMD',
  'COPY',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'FROM',
  'HEALTHCHECK',
  'LABEL',
  'MAINTAINER',
  'ONBUILD',
  'RUN',
  'SHELL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
] as const;

export type Keyword = (typeof KEYWORDS)[number];

const KNOWN: ReadonlyMap<string, Keyword> = new Map(KEYWORDS.map((keyword) => [keyword, keyword]));

/** A comment line. The span runs from `#` to the end of the line, without its line ending. */
export interface Comment extends Span {
  readonly text: string;
}

/** What the scanner found around an instruction. Spans are offsets into the file. */
export interface InstructionSource {
  readonly index: number;
  /** From the keyword to the last character, heredocs included, without the line ending. */
  readonly span: Span;
  readonly startLine: number;
  readonly endLine: number;
  readonly heredocs: readonly Heredoc[];
  /** The comment lines directly above, without a blank line in between. */
  readonly comments: readonly Comment[];
  /** Comment lines between continuation lines. */
  readonly innerComments: readonly Comment[];
  /** Empty lines between continuation lines, with their line endings. */
  readonly emptyLines: readonly Span[];
}

/**
 * What is read from the joined text of an instruction, each at first use. It does not depend on where the
 * instruction lies, so that a rewritten file takes over the parts of every instruction that stayed the same.
 * Spans count in the logical text.
 */
export class InstructionParts extends Remembering {
  readonly text: string;
  /** The keyword in upper case; undefined for a word that is no instruction. */
  readonly keyword: Keyword | undefined;
  readonly keywordSpan: Span;
  /** Whether the keyword is written in upper case. */
  readonly isUpperCase: boolean;
  readonly isOnbuildTrigger: boolean;
  readonly #end: number;
  readonly #escape: string;
  #flags: { readonly flags: readonly Flag[]; readonly rest: number } | undefined;
  #exec: readonly ExecWord[] | 'invalid' | 'shell' | undefined;
  #words: readonly ArgumentWord[] | undefined;
  #pairs: readonly Pair[] | 'invalid' | undefined;
  #trigger: InstructionParts | undefined;
  #argumentsSpan: Span | undefined;

  constructor(text: string, escape: string, range: Span = { start: 0, end: text.length }, isOnbuildTrigger = false) {
    super();
    const start = skipSpaces(text, range.start, range.end);
    let end = start;
    while (end < range.end && !isSeparatorCode(text.charCodeAt(end))) end++;
    const word = text.slice(start, end);
    this.text = text;
    this.keywordSpan = { start, end };
    const known = KNOWN.get(word);
    this.isUpperCase = known !== undefined;
    this.keyword = known ?? KNOWN.get(word.toUpperCase());
    this.isOnbuildTrigger = isOnbuildTrigger;
    this.#end = trimEnd(text, end, range.end);
    this.#escape = escape;
  }

  get #flagsAndRest(): { readonly flags: readonly Flag[]; readonly rest: number } {
    return (this.#flags ??= readFlags(this.text, this.keywordSpan.end, this.#end));
  }

  get flags(): readonly Flag[] {
    return this.#flagsAndRest.flags;
  }

  /** The arguments without the flags and the blanks around them. */
  get argumentsSpan(): Span {
    if (this.#argumentsSpan === undefined) {
      const start = skipSpaces(this.text, this.#flagsAndRest.rest, this.#end);
      this.#argumentsSpan = { start, end: Math.max(start, this.#end) };
    }
    return this.#argumentsSpan;
  }

  /** For HEALTHCHECK the word `CMD` or `NONE`, as it is written. */
  get healthcheckType(): ArgumentWord | undefined {
    if (this.keyword !== 'HEALTHCHECK') return undefined;
    const { start, end } = this.argumentsSpan;
    let wordEnd = start;
    while (wordEnd < end && !isSpaceCode(this.text.charCodeAt(wordEnd))) wordEnd++;
    return wordEnd > start ? { start, end: wordEnd, text: this.text.slice(start, wordEnd) } : undefined;
  }

  /** The arguments of RUN, CMD, ENTRYPOINT and SHELL, and what follows `CMD` in HEALTHCHECK. */
  get commandSpan(): Span {
    const span = this.argumentsSpan;
    const type = this.healthcheckType;
    return type === undefined ? span : { start: skipSpaces(this.text, type.end, span.end), end: span.end };
  }

  /** The strings of the exec form, `'shell'` for the shell form, `'invalid'` for what BuildKit rejects. */
  get exec(): readonly ExecWord[] | 'invalid' | 'shell' {
    if (this.#exec === undefined) {
      const { start, end } = this.commandSpan;
      this.#exec = readExecForm(this.text, start, end) ?? 'shell';
    }
    return this.#exec;
  }

  get words(): readonly ArgumentWord[] {
    if (this.#words === undefined) {
      const { start, end } = this.argumentsSpan;
      if (this.keyword === 'ARG') this.#words = readQuotedWords(this.text, start, end, this.#escape);
      else if (takesJsonList(this.keyword) && typeof this.exec !== 'string') {
        this.#words = this.exec.map((word) => ({ start: word.start, end: word.end, text: word.value }));
      } else this.#words = readPlainWords(this.text, start, end);
    }
    return this.#words;
  }

  /** The names and values of ENV, LABEL and ARG, `'invalid'` where BuildKit rejects them. */
  get pairs(): readonly Pair[] | 'invalid' {
    if (this.#pairs === undefined) {
      const { start, end } = this.argumentsSpan;
      if (this.keyword === 'ARG') this.#pairs = this.words.map((word) => pairOf(this.text, word));
      else if (this.keyword === 'ENV' || this.keyword === 'LABEL') {
        this.#pairs = readPairs(this.text, start, end, this.#escape) ?? 'invalid';
      } else this.#pairs = [];
    }
    return this.#pairs;
  }

  /** The instruction inside ONBUILD. */
  get trigger(): InstructionParts | undefined {
    if (this.keyword !== 'ONBUILD' || this.isOnbuildTrigger) return undefined;
    const span = this.argumentsSpan;
    if (span.start === span.end) return undefined;
    return (this.#trigger ??= new InstructionParts(this.text, this.#escape, span, true));
  }
}

/** An instruction at its place in a file. */
export class Instruction extends Remembering {
  readonly source: InstructionSource;
  readonly logical: LogicalText;
  readonly parts: InstructionParts;
  #trigger: Instruction | undefined;

  constructor(source: InstructionSource, logical: LogicalText, parts: InstructionParts) {
    super();
    this.source = source;
    this.logical = logical;
    this.parts = parts;
  }

  get index(): number {
    return this.source.index;
  }

  /** Where the instruction lies in the file. */
  get span(): Span {
    return this.source.span;
  }

  get heredocs(): readonly Heredoc[] {
    return this.source.heredocs;
  }

  /** The keyword in upper case; undefined for a word that is no instruction. */
  get keyword(): Keyword | undefined {
    return this.parts.keyword;
  }

  /** In the logical text, as all spans of arguments; see `sourceSpan`. */
  get keywordSpan(): Span {
    return this.parts.keywordSpan;
  }

  /** Whether the keyword is written in upper case. */
  get isUpperCase(): boolean {
    return this.parts.isUpperCase;
  }

  /** A keyword in upper case, in the letter case of this instruction's. */
  cased(keyword: string): string {
    if (this.isUpperCase) return keyword;
    return this.keywordText === this.keywordText.toLowerCase() ? keyword.toLowerCase() : keyword;
  }

  get keywordText(): string {
    return this.logical.slice(this.parts.keywordSpan);
  }

  get isOnbuildTrigger(): boolean {
    return this.parts.isOnbuildTrigger;
  }

  get flags(): readonly Flag[] {
    return this.parts.flags;
  }

  /** The value of the first flag of that name; an empty text for a flag without a value. */
  flag(name: string): string | undefined {
    const found = this.flags.find((flag) => flag.name === name);
    return found && (found.value ?? '');
  }

  /** The arguments without the flags and the blanks around them. */
  get argumentsSpan(): Span {
    return this.parts.argumentsSpan;
  }

  get argumentsText(): string {
    return this.logical.slice(this.parts.argumentsSpan);
  }

  /** The strings of the exec form (JSON), or undefined for the shell form. */
  get exec(): readonly ExecWord[] | undefined {
    const { exec } = this.parts;
    return typeof exec === 'string' ? undefined : exec;
  }

  /** A JSON array with something else than strings, which BuildKit rejects. */
  get isInvalidExec(): boolean {
    return this.parts.exec === 'invalid';
  }

  /** For HEALTHCHECK the word `CMD` or `NONE`, as it is written. */
  get healthcheckType(): ArgumentWord | undefined {
    return this.parts.healthcheckType;
  }

  /** The arguments of RUN, CMD, ENTRYPOINT and SHELL, and what follows `CMD` in HEALTHCHECK. */
  get commandSpan(): Span {
    return this.parts.commandSpan;
  }

  /** The arguments as words: sources and destination of COPY and ADD, the parts of FROM, the ports of EXPOSE. */
  get words(): readonly ArgumentWord[] {
    return this.parts.words;
  }

  /** The names and values of ENV, LABEL and ARG. */
  get pairs(): readonly Pair[] {
    const { pairs } = this.parts;
    return pairs === 'invalid' ? [] : pairs;
  }

  get hasInvalidPairs(): boolean {
    return this.parts.pairs === 'invalid';
  }

  /** The instruction inside ONBUILD. It shares the logical text of the one around it. */
  get trigger(): Instruction | undefined {
    const { trigger } = this.parts;
    if (trigger === undefined) return undefined;
    return (this.#trigger ??= new Instruction(this.source, this.logical, trigger));
  }

  /** Where a logical range of this instruction lies in the file. */
  sourceSpan(span: Span): Span {
    return this.logical.toSourceSpan(span);
  }
}

function takesJsonList(keyword: Keyword | undefined): boolean {
  return keyword === 'COPY' || keyword === 'ADD' || keyword === 'VOLUME';
}
