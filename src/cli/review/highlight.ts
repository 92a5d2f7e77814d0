import type { Dockerfile } from '../../dockerfile/dockerfile.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import type { LogicalText } from '../../dockerfile/logical-text.js';
import type { Span } from '../../text/span.js';
import type { TokenKind } from '../../review-page/data.js';

/** A stretch of a file that is shown in a colour of its own. */
export interface Token extends Span {
  readonly kind: TokenKind;
}

/** The tokens of a file, by position, as our scanner reads it: none meets another one. */
export function tokensOf(dockerfile: Dockerfile): readonly Token[] {
  const tokens: Token[] = [...dockerfile.directives, ...dockerfile.comments].map((span) => tokenAt('comment', span));
  for (const instruction of dockerfile.instructions) {
    tokens.push(...instruction.source.innerComments.map((span) => tokenAt('comment', span)));
    for (const { body, terminator } of instruction.heredocs)
      tokens.push(tokenAt('heredoc', { start: body.start, end: terminator.end }));
    for (const { kind, ...span } of logicalTokens(instruction))
      tokens.push(...piecesOf(instruction.logical, span).map((piece) => tokenAt(kind, piece)));
  }
  return tokens.filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start);
}

function tokenAt(kind: TokenKind, { start, end }: Span): Token {
  return { kind, start, end };
}

/** A quoted string, or a variable outside of one; an escaped character is neither. */
const STRING_OR_VARIABLE = /\\.|"(?:\\.|[^"\\])*"|'[^']*'|\$\{[^}]*\}|\$\w+/gs;

const VARIABLE = /\\.|\$\{[^}]*\}|\$\w+/gs;

/** The tokens of an instruction, in its joined text. */
function logicalTokens(instruction: Instruction): readonly Token[] {
  const { trigger } = instruction;
  const inner = trigger ?? instruction;
  const tokens = [tokenAt('keyword', instruction.keywordSpan), ...inner.flags.map((flag) => tokenAt('flag', flag))];
  if (trigger !== undefined) tokens.push(tokenAt('keyword', trigger.keywordSpan));
  if (inner.keyword === 'FROM') {
    const as = inner.words.find(({ text }) => text.toUpperCase() === 'AS');
    if (as !== undefined) tokens.push(tokenAt('keyword', as));
  }
  const { start } = inner.argumentsSpan;
  for (const { index, 0: text } of inner.argumentsText.matchAll(STRING_OR_VARIABLE)) {
    const at = start + index;
    if (text.startsWith('$')) tokens.push(tokenAt('variable', { start: at, end: at + text.length }));
    else if (text.startsWith("'")) tokens.push(tokenAt('string', { start: at, end: at + text.length }));
    else if (text.startsWith('"')) tokens.push(...stringTokens(text, at));
  }
  return tokens;
}

/** A string in double quotes, with the variables in it. */
function stringTokens(text: string, start: number): readonly Token[] {
  const tokens: Token[] = [];
  let from = 0;
  for (const { index, 0: variable } of text.matchAll(VARIABLE)) {
    if (!variable.startsWith('$')) continue;
    tokens.push(tokenAt('string', { start: start + from, end: start + index }));
    from = index + variable.length;
    tokens.push(tokenAt('variable', { start: start + index, end: start + from }));
  }
  return [...tokens, tokenAt('string', { start: start + from, end: start + text.length })];
}

/** Where a stretch of the joined text lies in the file: in several pieces where lines were joined within it. */
function piecesOf(logical: LogicalText, { start, end }: Span): readonly Span[] {
  if (logical.isContiguous({ start, end }) || end - start < 2) return [logical.toSourceSpan({ start, end })];
  const middle = (start + end) >>> 1;
  return [...piecesOf(logical, { start, end: middle }), ...piecesOf(logical, { start: middle, end })];
}
