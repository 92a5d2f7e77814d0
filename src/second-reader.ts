import { DockerfileParser } from 'dockerfile-ast';
import type { Dockerfile } from './dockerfile/dockerfile.js';
import type { Instruction } from './dockerfile/instruction.js';

/** Where the two readers see different instructions; lines count from 1. */
export interface Disagreement {
  readonly line: number;
  readonly detail: string;
}

interface Boundary {
  readonly keyword: string;
  /** From 1. */
  readonly line: number;
}

/**
 * Compares the instruction boundaries of our scanner with those of dockerfile-ast, a parser that we did not write.
 * Undefined when both see the same keywords on the same lines.
 */
function compareWhole(dockerfile: Dockerfile): Disagreement | undefined {
  return compare(dockerfile.text, dockerfile.escape, dockerfile.instructions.map(boundaryOf));
}

/**
 * The same for a later version of a file that both readers agreed on. Only the instructions that are new are read,
 * each with the one behind it, which it might swallow: where an instruction ends depends on nothing but its own text
 * and the escape character.
 */
function compareNew(before: Dockerfile, after: Dockerfile): Disagreement | undefined {
  const old = new Set(before.instructions.map((instruction) => sourceText(before, instruction)));
  const texts = after.instructions.map((instruction) => sourceText(after, instruction));
  const boundaries: Boundary[] = [];
  let line = 1;
  let text = '';
  const add = (piece: string): void => {
    text += `${piece}\n`;
    line += piece.split('\n').length;
  };
  for (const directive of after.directives) add(directive.text);
  after.instructions.forEach((instruction, index) => {
    const own = texts[index];
    const previous = texts[index - 1];
    if (own === undefined || (old.has(own) && (previous === undefined || old.has(previous)))) return;
    boundaries.push({ keyword: instruction.keywordText.toUpperCase(), line });
    add(own);
  });
  return compare(text, after.escape, boundaries);
}

/** dockerfile-ast as the second reader of law 1. */
export const secondReader = {
  /** For a file that was given. */
  compare: compareWhole,
  /** For a later version of a file on which both agreed. */
  compareNew,
};

function sourceText(dockerfile: Dockerfile, { span }: Instruction): string {
  return dockerfile.text.slice(span.start, span.end);
}

function boundaryOf(instruction: Instruction): Boundary {
  return { keyword: instruction.keywordText.toUpperCase(), line: instruction.source.startLine };
}

function compare(text: string, escape: '\\' | '`', ours: readonly Boundary[]): Disagreement | undefined {
  let theirs: readonly Boundary[];
  const lines = text.split('\n');
  try {
    theirs = withBuffer(() => DockerfileParser.parse(skeleton(text, escape)))
      .getInstructions()
      .map((instruction) => {
        const { line } = instruction.getRange().start;
        const keyword = instruction.getKeyword();
        return { keyword: keyword === PLAIN ? firstWord(lines[line] ?? '') : keyword, line: line + 1 };
      });
  } catch (error) {
    // It throws on some texts, such as `RUN \⏎# a\b`: then nobody confirms what our scanner sees.
    return { line: 1, detail: `the second reader failed: ${error instanceof Error ? error.message : String(error)}` };
  }
  for (let index = 0; index < Math.max(ours.length, theirs.length); index++) {
    const our = ours[index];
    const their = theirs[index];
    if (our === undefined)
      return { line: their?.line ?? 1, detail: `only the second reader sees ${their?.keyword ?? ''}` };
    const { line, keyword } = our;
    if (their === undefined) return { line, detail: `only our scanner sees ${keyword}` };
    if (their.line !== line || their.keyword !== keyword) {
      return { line, detail: `${keyword} on line ${line}, or ${their.keyword} on line ${their.line}` };
    }
  }
  return undefined;
}

/** The keyword of an instruction whose words dockerfile-ast does not look at. */
const PLAIN = 'USER';

/** Those whose words it reads several times over as soon as it sees one, in search of JSON. */
const READ_AT_ONCE = /^([ \t]*)(?:ADD|CMD|COPY|ENTRYPOINT|RUN|SHELL|VOLUME)(?=[ \t])/gim;

function firstWord(line: string): string {
  return (/\S+/.exec(line)?.[0] ?? '').toUpperCase();
}

/** A line without a comment or `<<`: its first word with a blank, the middle, and the last two characters. */
const LINE_MIDDLE = /^(?![^\r\n]*<<)([ \t]*[^\s#]\S*[ \t])[^\r\n]+([^\r\n][^ \t\r\n][ \t]*)$/gm;

/**
 * dockerfile-ast looks for a byte order mark with Node's Buffer, the only thing of Node that it needs: elsewhere it finds
 * one that does no more than that, as long as it reads.
 */
function withBuffer<T>(read: () => T): T {
  if (typeof Buffer === 'function') return read();
  Reflect.set(globalThis, 'Buffer', { from: (text: string) => new TextEncoder().encode(text) });
  try {
    return read();
  } finally {
    Reflect.deleteProperty(globalThis, 'Buffer');
  }
}

/** A line that goes on, and those behind it that go on too. */
const CONTINUED_LINES = {
  '\\': /^([ \t]*[^\s#][^\r\n]*\\[ \t]*\r?\n)((?:[ \t]*[^\s#][^\r\n]*\\[ \t]*\r?\n)+)/gm,
  '`': /^([ \t]*[^\s#][^\r\n]*`[ \t]*\r?\n)((?:[ \t]*[^\s#][^\r\n]*`[ \t]*\r?\n)+)/gm,
} as const;

/** The blanks of a line without `<<`, and what follows up to the escape character at its end and that in front of it. */
const BEFORE_ESCAPE = /^(?![^\r\n]*<<)([ \t]*)[^\r\n]*(?=[^\r\n][\\`][ \t]*\r?$)/gm;

/**
 * A text with the same lines in which the instructions begin and end at the same places, but shorter: dockerfile-ast
 * takes time for every word of an instruction, several times over. The middle of a line has no say in where an
 * instruction ends: that is up to the escape characters and blanks at its end. Of a line between two others of an
 * instruction its end is left, so that a reader who takes it for an instruction still finds one. Which keyword stands
 * there matters for heredocs only, so a file with `<<` keeps them. It keeps such lines whole, and what may end a heredoc:
 * that is a line of one word, which all lines here stay that are one. A test compares both on real files.
 */
export function skeleton(text: string, escape: '\\' | '`'): string {
  const shorter = text
    .replace(CONTINUED_LINES[escape], (_, first: string, rest: string) => first + rest.replace(BEFORE_ESCAPE, '$1'))
    .replace(LINE_MIDDLE, '$1$2');
  return text.includes('<<') ? shorter : shorter.replace(READ_AT_ONCE, `$1${PLAIN}`);
}
