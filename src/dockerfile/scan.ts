import { isBlankCode } from '../text/line-endings.js';
import type { Span } from '../text/span.js';
import { checkInstructions } from './check.js';
import { type Directive, DirectiveReader } from './directive.js';
import { type Heredoc, heredocMarkers } from './heredoc.js';
import { type Comment, Instruction, type InstructionParts } from './instruction.js';
import { partsOf } from './known-parts.js';
import { LogicalText } from './logical-text.js';
import type { Problem } from './problem.js';
import { skipSpaces } from './space.js';

/** BuildKit reads lines with a buffer of this many bytes, the line ending included. */
export const MAX_LINE_BYTES = 64 * 1024;

/** The parts of a Dockerfile as the scanner finds them; `Dockerfile` adds what is derived from them. */
export interface Scan {
  readonly escape: '\\' | '`';
  readonly directives: readonly Directive[];
  /** Comment lines outside instructions, parser directives not among them. */
  readonly comments: readonly Comment[];
  readonly instructions: readonly Instruction[];
  readonly problems: readonly Problem[];
}

interface Line extends Span {
  /** Without line feeds and carriage returns at its end. */
  readonly contentEnd: number;
  readonly number: number;
}

/**
 * Reads a Dockerfile with BuildKit's rules (frontend/dockerfile/parser/parser.go at 73ed6825c, restated with
 * offsets). Never throws: what is wrong with the text is in `problems`, and whatever can be read is read.
 */
export function scan(text: string, previous?: PreviousScan): Scan {
  return new Scanner(text, previous).run();
}

/**
 * An earlier version of a file with the same escape character, and the offset up to which both are the same. Of one
 * without a problem the instructions above it are taken over as they are.
 */
export interface PreviousScan extends Scan {
  readonly sameUpTo: number;
}

class Scanner {
  readonly #text: string;
  readonly #directives = new DirectiveReader();
  readonly #comments: Comment[] = [];
  readonly #instructions: Instruction[] = [];
  readonly #problems: Problem[] = [];
  #at: number;
  #lineNumber = 0;
  #attached: Comment[] = [];
  /** How many instructions were taken over as they are. */
  #kept = 0;

  constructor(text: string, previous: PreviousScan | undefined) {
    this.#text = text;
    this.#at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
    if (previous !== undefined) this.#takeOver(previous);
  }

  /** Goes on behind the last instruction that ends with its line above the first difference. */
  #takeOver({ instructions, comments, directives, problems, sameUpTo }: PreviousScan): void {
    // The last one may have no line behind it that ends it.
    for (const instruction of problems.length === 0 ? instructions.slice(0, -1) : []) {
      const next = this.#text.indexOf('\n', instruction.span.end) + 1;
      if (next === 0 || next > sameUpTo) break;
      this.#instructions.push(instruction);
      this.#at = next;
      this.#lineNumber = instruction.source.endLine;
    }
    this.#kept = this.#instructions.length;
    if (this.#kept === 0) return;
    for (const comment of comments) if (comment.start < this.#at) this.#comments.push(comment);
    this.#directives.takeOver(directives);
  }

  run(): Scan {
    for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) this.#readLine(line);
    if (this.#instructions.length === 0) {
      this.#problems.push({ kind: 'no-instruction', message: 'the file has no instruction', start: 0, end: 0 });
    }
    checkInstructions(this.#instructions, this.#problems, this.#kept);
    return {
      escape: this.#directives.escape,
      directives: this.#directives.found,
      comments: this.#comments,
      instructions: this.#instructions,
      problems: this.#problems.sort((a, b) => a.start - b.start),
    };
  }

  #nextLine(): Line | undefined {
    const start = this.#at;
    if (start >= this.#text.length) return undefined;
    const feed = this.#text.indexOf('\n', start);
    const end = feed === -1 ? this.#text.length : feed + 1;
    let contentEnd = end;
    while (contentEnd > start && isLineEndCode(this.#text.charCodeAt(contentEnd - 1))) contentEnd--;
    this.#at = end;
    this.#lineNumber++;
    // A code unit takes three bytes of UTF-8 at most: measure only lines that could be too long.
    if (end - start > MAX_LINE_BYTES / 3 && byteLength(this.#text, start, end) >= MAX_LINE_BYTES) {
      this.#problems.push({
        kind: 'line-too-long',
        message: `a line has more than the ${MAX_LINE_BYTES - 1} bytes that BuildKit reads`,
        start,
        end: contentEnd,
      });
    }
    return { start, end, contentEnd, number: this.#lineNumber };
  }

  #readLine(line: Line): void {
    const start = skipSpaces(this.#text, line.start, line.contentEnd);
    if (this.#text.charAt(start) === '#' && start < line.contentEnd) {
      this.#readComment(line, start);
      return;
    }
    this.#directives.end();
    if (start === line.contentEnd) {
      this.#attached = [];
      return;
    }
    this.#readInstruction(line, start);
  }

  #readComment(line: Line, start: number): void {
    const comment = { start, end: line.contentEnd, text: this.#text.slice(start, line.contentEnd) };
    const problem = this.#directives.read(comment);
    if (problem === 'directive') return;
    if (problem !== undefined) {
      this.#problems.push(problem);
      return;
    }
    this.#comments.push(comment);
    this.#attached.push(comment);
  }

  #readInstruction(first: Line, start: number): void {
    const text = this.#text;
    const logicalStarts = [0];
    const sourceStarts = [start];
    const innerComments: Comment[] = [];
    const emptyLines: Span[] = [];
    let cut = this.#continuationAt(start, first.contentEnd);
    let logical = text.slice(start, cut ?? first.contentEnd);
    let end = first.contentEnd;
    while (cut !== undefined) {
      const line = this.#nextLine();
      if (line === undefined) break;
      const content = skipSpaces(this.#text, line.start, line.contentEnd);
      if (content === line.contentEnd) {
        emptyLines.push({ start: line.start, end: line.end });
        continue;
      }
      end = line.contentEnd;
      if (text.charAt(content) === '#') {
        innerComments.push({ start: content, end, text: text.slice(content, end) });
        continue;
      }
      cut = this.#continuationAt(line.start, line.contentEnd);
      const pieceEnd = cut ?? line.contentEnd;
      if (pieceEnd > line.start) {
        logicalStarts.push(logical.length);
        sourceStarts.push(line.start);
        logical += text.slice(line.start, pieceEnd);
      }
    }
    const logicalText = new LogicalText(logical, logicalStarts, sourceStarts);
    const heredocs: Heredoc[] = [];
    const source = {
      index: this.#instructions.length,
      span: { start, end },
      startLine: first.number,
      endLine: this.#lineNumber,
      heredocs,
      comments: this.#attached,
      innerComments,
      emptyLines,
    };
    this.#attached = [];
    const parts = partsOf(logical, this.#directives.escape);
    if (logical.includes('<<') && canHaveHeredoc(parts.trigger ?? parts)) {
      const span = this.#readHeredocs(logical, { start, end }, heredocs);
      this.#instructions.push(new Instruction({ ...source, span, endLine: this.#lineNumber }, logicalText, parts));
    } else {
      this.#instructions.push(new Instruction(source, logicalText, parts));
    }
  }

  #readHeredocs(logical: string, span: Span, heredocs: Heredoc[]): Span {
    let { end } = span;
    for (const marker of heredocMarkers(logical)) {
      const bodyStart = this.#at;
      let terminator: Span | undefined;
      let bodyEnd = bodyStart;
      for (let line = this.#nextLine(); line !== undefined; line = this.#nextLine()) {
        let from = line.start;
        if (marker.chomp) while (this.#text.charAt(from) === '\t') from++;
        bodyEnd = line.end;
        if (this.#text.slice(from, Math.max(from, line.contentEnd)) === marker.name) {
          bodyEnd = line.start;
          terminator = { start: from, end: line.contentEnd };
          break;
        }
      }
      end = terminator?.end ?? Math.max(end, bodyEnd);
      heredocs.push({
        ...marker,
        body: { start: bodyStart, end: bodyEnd },
        terminator: terminator ?? { start: bodyEnd, end: bodyEnd },
      });
      if (terminator === undefined) {
        this.#problems.push({
          kind: 'unterminated-heredoc',
          message: `the heredoc ${marker.name} is not terminated`,
          ...span,
        });
        break;
      }
    }
    return { start: span.start, end };
  }

  /**
   * Where the content of a line ends when the line goes on: before an escape character that only blanks follow and
   * that no other escape character precedes.
   */
  #continuationAt(start: number, contentEnd: number): number | undefined {
    let at = contentEnd;
    while (at > start && isBlankCode(this.#text.charCodeAt(at - 1))) at--;
    const { escape } = this.#directives;
    if (at === start || this.#text.charAt(at - 1) !== escape) return undefined;
    return at - 1 > start && this.#text.charAt(at - 2) === escape ? undefined : at - 1;
  }
}

function canHaveHeredoc(parts: InstructionParts): boolean {
  const { keyword } = parts;
  return (keyword === 'RUN' || keyword === 'COPY' || keyword === 'ADD') && typeof parts.exec === 'string';
}

function isLineEndCode(code: number): boolean {
  return code === 10 || code === 13;
}

function byteLength(text: string, start: number, end: number): number {
  let bytes = 0;
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index);
    // Each half of a surrogate pair stands for two of its four bytes.
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}
