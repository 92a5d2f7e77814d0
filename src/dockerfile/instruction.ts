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
 * An instruction with its parts. What is read from the arguments is read at first use, since most transforms look
 * at few instructions. Spans named `...Span` and those of words count in the logical text, see `sourceSpan`.
 */
export class Instruction {
  readonly source: InstructionSource;
  readonly logical: LogicalText;
  /** The keyword in upper case; undefined for a word that is no instruction. */
  readonly keyword: Keyword | undefined;
  readonly keywordSpan: Span;
  readonly #end: number;
  readonly #escape: string;
  readonly #inOnbuild: boolean;
  #flags: { readonly flags: Flag[]; readonly rest: number } | undefined;
  #exec: { readonly words: ExecWord[] | undefined; readonly invalid: boolean } | undefined;
  #words: readonly ArgumentWord[] | undefined;
  #pairs: readonly Pair[] | 'invalid' | undefined;
  #trigger: Instruction | undefined;

  constructor(
    source: InstructionSource,
    logical: LogicalText,
    escape: string,
    range: Span = { start: 0, end: logical.text.length },
    inOnbuild = false,
  ) {
    const { text } = logical;
    const start = skipSpaces(text, range.start, range.end);
    let end = start;
    while (end < range.end && !isSeparatorCode(text.charCodeAt(end))) end++;
    this.source = source;
    this.logical = logical;
    this.keywordSpan = { start, end };
    this.keyword = KNOWN.get(text.slice(start, end).toUpperCase());
    this.#end = trimEnd(text, end, range.end);
    this.#escape = escape;
    this.#inOnbuild = inOnbuild;
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

  get keywordText(): string {
    return this.logical.slice(this.keywordSpan);
  }

  get isOnbuildTrigger(): boolean {
    return this.#inOnbuild;
  }

  get #flagsAndRest(): { readonly flags: Flag[]; readonly rest: number } {
    return (this.#flags ??= readFlags(this.logical.text, this.keywordSpan.end, this.#end));
  }

  get flags(): readonly Flag[] {
    return this.#flagsAndRest.flags;
  }

  /** The value of the first flag of that name; an empty text for a flag without a value. */
  flag(name: string): string | undefined {
    const found = this.flags.find((flag) => flag.name === name);
    return found && (found.value ?? '');
  }

  /** The arguments without the flags and the blanks around them. */
  get argumentsSpan(): Span {
    const start = skipSpaces(this.logical.text, this.#flagsAndRest.rest, this.#end);
    return { start, end: Math.max(start, this.#end) };
  }

  get argumentsText(): string {
    return this.logical.slice(this.argumentsSpan);
  }

  get #execForm(): { readonly words: ExecWord[] | undefined; readonly invalid: boolean } {
    if (this.#exec === undefined) {
      const { start, end } = this.commandSpan;
      const words = readExecForm(this.logical.text, start, end);
      this.#exec = words === 'invalid' ? { words: undefined, invalid: true } : { words, invalid: false };
    }
    return this.#exec;
  }

  /** The strings of the exec form (JSON), or undefined for the shell form. */
  get exec(): readonly ExecWord[] | undefined {
    return this.#execForm.words;
  }

  /** A JSON array with something else than strings, which BuildKit rejects. */
  get isInvalidExec(): boolean {
    return this.#execForm.invalid;
  }

  /** For HEALTHCHECK the word `CMD` or `NONE`, as it is written. */
  get healthcheckType(): ArgumentWord | undefined {
    if (this.keyword !== 'HEALTHCHECK') return undefined;
    const { start, end } = this.argumentsSpan;
    let wordEnd = start;
    while (wordEnd < end && !isSpaceCode(this.logical.text.charCodeAt(wordEnd))) wordEnd++;
    return wordEnd > start ? { start, end: wordEnd, text: this.logical.text.slice(start, wordEnd) } : undefined;
  }

  /** The arguments of RUN, CMD, ENTRYPOINT and SHELL, and what follows `CMD` in HEALTHCHECK. */
  get commandSpan(): Span {
    const span = this.argumentsSpan;
    const type = this.healthcheckType;
    return type === undefined ? span : { start: skipSpaces(this.logical.text, type.end, span.end), end: span.end };
  }

  /** The arguments as words: sources and destination of COPY and ADD, the parts of FROM, the ports of EXPOSE. */
  get words(): readonly ArgumentWord[] {
    if (this.#words === undefined) {
      const { start, end } = this.argumentsSpan;
      if (this.keyword === 'ARG') this.#words = readQuotedWords(this.logical.text, start, end, this.#escape);
      else if (this.exec !== undefined && takesJsonList(this.keyword)) {
        this.#words = this.exec.map((word) => ({ start: word.start, end: word.end, text: word.value }));
      } else this.#words = readPlainWords(this.logical.text, start, end);
    }
    return this.#words;
  }

  get #readPairs(): readonly Pair[] | 'invalid' {
    if (this.#pairs === undefined) {
      const { start, end } = this.argumentsSpan;
      if (this.keyword === 'ARG') this.#pairs = this.words.map((word) => pairOf(this.logical.text, word));
      else if (this.keyword === 'ENV' || this.keyword === 'LABEL') {
        this.#pairs = readPairs(this.logical.text, start, end, this.#escape) ?? 'invalid';
      } else this.#pairs = [];
    }
    return this.#pairs;
  }

  /** The names and values of ENV, LABEL and ARG. */
  get pairs(): readonly Pair[] {
    const pairs = this.#readPairs;
    return pairs === 'invalid' ? [] : pairs;
  }

  get hasInvalidPairs(): boolean {
    return this.#readPairs === 'invalid';
  }

  /** The instruction inside ONBUILD. It shares the logical text of the one around it. */
  get trigger(): Instruction | undefined {
    if (this.keyword !== 'ONBUILD' || this.#inOnbuild) return undefined;
    const span = this.argumentsSpan;
    if (span.start === span.end) return undefined;
    return (this.#trigger ??= new Instruction(this.source, this.logical, this.#escape, span, true));
  }

  /** Where a logical range of this instruction lies in the file. */
  sourceSpan(span: Span): Span {
    return this.logical.toSourceSpan(span);
  }
}

function takesJsonList(keyword: Keyword | undefined): boolean {
  return keyword === 'COPY' || keyword === 'ADD' || keyword === 'VOLUME';
}
