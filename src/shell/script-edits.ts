import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { removeInstruction } from '../dockerfile/removal.js';
import { deletion, type Edit, insertion, replacement } from '../text/edit.js';
import { indentationAt, isBlankCode, lineEndAt, lineEndingAt, lineStartAt, nextLineAt } from '../text/line-endings.js';
import { type Span, spansOverlap } from '../text/span.js';
import type { ShellBody } from './body.js';
import { stopsAtFailure } from './control.js';
import { invocationOf } from './invocation.js';
import type { ListItem, ShellWord } from './parse.js';

const MAX_COLUMNS = 100;

/** Why a command cannot be appended to a script; undefined when it can. */
export function appendObstacle(body: ShellBody): string | undefined {
  const { shell, instruction } = body;
  const last = shell.items[shell.items.length - 1];
  if (last === undefined) return 'the script is empty';
  if (shell.endsInBackground) return 'the script ends in the background';
  const hasHeredoc = last.commands.some((command) =>
    command.redirections.some(({ operator }) => operator.startsWith('<<') && operator !== '<<<'),
  );
  if (hasHeredoc && !(body.isHeredoc && stopsAtFailure(body))) return 'a heredoc follows the command';
  if (!body.isHeredoc && instruction.heredocs.length > 0) return 'a heredoc follows the command';
  const program = last.commands[0] === undefined ? undefined : invocationOf(body, last.commands[0]);
  if (last.type === 'Command' && program !== undefined) {
    const { wrappers } = program;
    if (['exit', 'exec', 'return'].includes(program.program) || wrappers.includes('exec')) {
      return `nothing runs after \`${wrappers.includes('exec') ? 'exec' : program.program}\``;
    }
  }
  return undefined;
}

/**
 * Appends a command that runs after the script succeeded, laid out like the script: on the same line, or on a
 * continuation line of its own. Ask `appendObstacle` first.
 */
export function appendCommand(dockerfile: Dockerfile, body: ShellBody, command: string): Edit {
  const last = body.shell.items[body.shell.items.length - 1];
  if (last === undefined) throw new RangeError('the script is empty');
  return insertCommandAfter(dockerfile, body, last, command);
}

/**
 * Inserts a command behind an item of the top-level list, in the layout of the script. Behind the last item it runs
 * when that succeeded. In front of another statement it is a statement too: `a && b` would take from `set -e` that a
 * failure of `a` ends the script.
 */
export function insertCommandAfter(dockerfile: Dockerfile, body: ShellBody, item: ListItem, command: string): Edit {
  const { text } = dockerfile;
  const { items } = body.shell;
  const next = items[items.indexOf(item) + 1];
  const at = body.endToSource(item.end);
  const newline = lineEndingAt(text, at);
  if (body.isHeredoc) {
    const line = `${indentationAt(text, body.toSource(item.start))}${command}${newline}`;
    if (next?.joiner === '\n') return insertion(lineStartAt(text, body.toSource(next.start)), line);
    // Behind the bodies of heredocs that the item opens.
    if (next === undefined && stopsAtFailure(body)) return insertion(body.toSource(body.text.length), line);
    return insertion(at, next?.joiner === ';' ? `; ${command}` : ` && ${command}`);
  }
  const isList = stopsAtFailure(body) && items.length > 1 && items.slice(1).every(({ joiner }) => joiner === ';');
  const isStatement = next === undefined ? isList : next.joiner === ';';
  // What follows on the same line stays there.
  const isInline = next !== undefined && body.isContiguous({ start: item.end - 1, end: next.start + 1 });
  const style = isInline ? undefined : joinerStyle(dockerfile, body, isStatement ? ';' : '&&');
  const broken = continuation(dockerfile, newline);
  if (isStatement) {
    return insertion(at, style === undefined ? `; ${command}` : `;${broken}${style.indentation}${command}`);
  }
  if (style === undefined) {
    const isMultiline = body.instruction.source.startLine !== body.instruction.source.endLine;
    const width = lineEndAt(text, at) - lineStartAt(text, at);
    const fits = !isMultiline && width + command.length + 4 <= MAX_COLUMNS;
    if (next !== undefined || fits) return insertion(at, ` && ${command}`);
    return insertion(at, `${broken}${listIndentation(dockerfile, body.instruction)}&& ${command}`);
  }
  return style.leads
    ? insertion(at, `${broken}${style.indentation}&& ${command}`)
    : insertion(at, ` &&${broken}${style.indentation}${command}`);
}

/**
 * Puts flags in front of the script of a RUN, each on a line of its own, and commands that run first. In front
 * of a heredoc the flags stay on its line.
 */
export function insertBeforeScript(
  dockerfile: Dockerfile,
  body: ShellBody,
  flags: readonly string[],
  commands: readonly string[],
): readonly Edit[] {
  const { text } = dockerfile;
  const { instruction } = body;
  const last = instruction.flags[instruction.flags.length - 1] ?? instruction.keywordSpan;
  const { start } = instruction.argumentsSpan;
  const gap = { start: instruction.sourceSpan(last).end, end: instruction.logical.toSource(start) };
  const newline = lineEndingAt(text, gap.start);
  if (body.isHeredoc) {
    const first = body.toSource(body.shell.items[0]?.start ?? 0);
    const lines = commands.map((command) => `${command}${newline}${indentationAt(text, first)}`);
    const edits = [insertion(gap.start, ` ${flags.join(' ')}`)];
    return lines.length === 0 ? edits : [...edits, insertion(first, lines.join(''))];
  }
  const isInline = instruction.logical.isContiguous({ start: last.end, end: start + 1 });
  const style = joinerStyle(dockerfile, body, '&&') ?? joinerStyle(dockerfile, body, ';');
  const own = style?.indentation === '' ? undefined : style?.indentation;
  const indentation = isInline ? (own ?? listIndentation(dockerfile, instruction)) : indentationAt(text, gap.end);
  const broken = `${continuation(dockerfile, newline)}${indentation}`;
  // With `set -e` in front, in the layout of what follows it.
  const joiner = stopsAtFailure(body) && body.shell.items[1]?.joiner !== '&&' ? ';' : ' &&';
  const leads = joiner === ' &&' && style?.leads !== false;
  const script = commands.map((command) => `${command}${leads ? `${broken}&& ` : `${joiner}${broken}`}`).join('');
  const lines = `${instruction.flags.length > 0 ? broken : ' '}${flags.join(broken)}`;
  if (isInline) return [replacement(gap, `${lines}${broken}${script}`)];
  return [insertion(gap.start, lines), ...(script === '' ? [] : [insertion(gap.end, script)])];
}

/** The least indentation of the continuation lines where it is less than the usual one. */
function listIndentation(dockerfile: Dockerfile, instruction: Instruction): string {
  const { text } = dockerfile;
  const { end } = instruction.sourceSpan(instruction.argumentsSpan);
  let least = defaultIndentation(dockerfile, instruction);
  for (let at = nextLineAt(text, instruction.span.start); at < end; at = nextLineAt(text, at)) {
    const indentation = indentationAt(text, at);
    const isText = !/^\s*(?:#|\\?$)/.test(text.slice(at, lineEndAt(text, at)));
    if (isText && indentation !== '' && indentation.length < least.length) least = indentation;
  }
  return least;
}

/** What goes at the end of a line that continues: a blank, the escape character and the line ending. */
export function continuation(dockerfile: Dockerfile, newline: string): string {
  return ` ${dockerfile.escape}${newline}`;
}

/** The indentation of continuation lines: that of the first one, else four blanks more than the instruction's. */
export function defaultIndentation(dockerfile: Dockerfile, instruction: Instruction): string {
  const { text } = dockerfile;
  return `${indentationAt(text, instruction.span.start)}    `;
}

export interface JoinerStyle {
  /** The joiner starts its line, instead of ending the one before. */
  readonly leads: boolean;
  readonly indentation: string;
}

/** How the script breaks its lines at a joiner, read off the last place where it does; undefined when nowhere. */
export function joinerStyle(dockerfile: Dockerfile, body: ShellBody, joiner: '&&' | ';'): JoinerStyle | undefined {
  const { items } = body.shell;
  for (let index = items.length - 1; index > 0; index--) {
    const item = items[index];
    const previous = items[index - 1];
    if (item === undefined || previous === undefined || item.joiner !== joiner) continue;
    const gap = { start: previous.end, end: item.start };
    if (body.isContiguous({ start: gap.start - 1, end: gap.end + 1 })) continue;
    const start = body.toSource(item.start);
    const operator = joinerOffset(body, gap, joiner);
    const leads = joiner === '&&' && sameLine(dockerfile.text, operator, start);
    const from = leads ? operator : start;
    const indentation = dockerfile.text.slice(lineStartAt(dockerfile.text, from), from);
    if (indentation.trim() === '') return { leads, indentation };
  }
  return undefined;
}

function joinerOffset(body: ShellBody, gap: Span, joiner: string): number {
  const at = body.text.indexOf(joiner, gap.start);
  return body.toSource(at === -1 ? gap.start : at);
}

function sameLine(text: string, a: number, b: number): boolean {
  return lineStartAt(text, a) === lineStartAt(text, b);
}

/** Inserts text directly behind a word. */
export function insertAfterWord(body: ShellBody, word: ShellWord, text: string): Edit {
  return insertion(body.endToSource(word.end), text);
}

/** Inserts another word of a list in front of one, on a line of its own where that one has one. */
export function insertInList(dockerfile: Dockerfile, body: ShellBody, word: ShellWord, text: string): Edit {
  const source = dockerfile.text;
  const at = body.toSource(word.start);
  const lineStart = lineStartAt(source, at);
  const before = source.slice(lineStart, at);
  const behind = source.slice(body.endToSource(word.end), lineEndAt(source, at)).trim();
  const isAlone = before.trim() === '' && (behind === '' || behind === dockerfile.escape);
  return insertion(at, isAlone ? `${text}${continuation(dockerfile, lineEndingAt(source, at))}${before}` : `${text} `);
}

/**
 * Takes a word out together with the blanks that separate it, or its whole line where it stands alone on one.
 * Undefined when a continuation cuts the word.
 */
export function removeWord(dockerfile: Dockerfile, body: ShellBody, word: ShellWord): Edit | undefined {
  const span = body.wordSpan(word);
  if (span === undefined) return undefined;
  const { text } = dockerfile;
  const lineStart = lineStartAt(text, span.start);
  const lineEnd = lineEndAt(text, span.end);
  const before = text.slice(lineStart, span.start);
  const after = text.slice(span.end, lineEnd).trim();
  if (before.trim() === '' && after === dockerfile.escape) {
    return deletion({ start: lineStart, end: nextLineAt(text, span.end) });
  }
  let { start, end } = span;
  if (before.trim() === '' && after !== '') {
    while (end < lineEnd && isBlankCode(text.charCodeAt(end))) end++;
    return deletion({ start, end });
  }
  if (before.trim() === '') {
    // Alone on the last line: the line before must not continue any more.
    start = body.endToSource(endOfTextBefore(body, word.start));
    return deletion({ start, end });
  }
  while (start > lineStart && isBlankCode(text.charCodeAt(start - 1))) start--;
  return deletion({ start, end });
}

function endOfTextBefore(body: ShellBody, offset: number): number {
  let at = offset;
  while (at > 0 && isBlankCode(body.text.charCodeAt(at - 1))) at--;
  return at;
}

/**
 * Takes an item of the top-level list out with its `&&`, and with its whole line where it stands alone on one.
 * Undefined when it is joined in another way, is the only one, or a comment stands in the stretch that goes.
 */
export function removeItem(dockerfile: Dockerfile, body: ShellBody, item: ListItem): Edit | undefined {
  const { items } = body.shell;
  const index = items.indexOf(item);
  const next = items[index + 1];
  const previous = items[index - 1];
  let span: Span;
  if (previous !== undefined && item.joiner === '&&' && (next === undefined || next.joiner === '&&')) {
    const startsLine = !body.isContiguous({ start: previous.end - 1, end: item.start + 1 });
    const isFollowed = next !== undefined && body.isContiguous({ start: item.end - 1, end: next.start + 1 });
    span =
      wholeLines(dockerfile, body, item) ??
      // What follows on its line takes its place there.
      (startsLine && isFollowed
        ? { start: body.toSource(item.start), end: body.toSource(next.start) }
        : { start: body.endToSource(previous.end), end: body.endToSource(item.end) });
  } else if (previous === undefined && next?.joiner === '&&') {
    span = { start: body.toSource(item.start), end: body.toSource(next.start) };
  } else if (body.isHeredoc && body.text.slice(item.end, next?.start).includes('#')) {
    // In the body of a heredoc comments are part of the script.
    return undefined;
  } else if (isStatement(item) && isStatement(next) && next !== undefined && stopsAtFailure(body)) {
    // With `set -e` each statement of a list stands for itself.
    span = { start: body.toSource(item.start), end: body.toSource(next.start) };
  } else if (
    isStatement(item) &&
    previous !== undefined &&
    next === undefined &&
    stopsAtFailure(body) &&
    !body.isHeredoc
  ) {
    span = { start: body.endToSource(previous.end), end: body.endToSource(item.end) };
  } else {
    return undefined;
  }
  return body.instruction.source.innerComments.some((comment) => spansOverlap(comment, span))
    ? undefined
    : deletion(span);
}

/**
 * Takes some items of a list whose items are all joined by `&&` out, or the whole instruction when none is left.
 * Undefined when a comment stands in what would go, or belongs to the instruction.
 */
export function removeItems(
  dockerfile: Dockerfile,
  body: ShellBody,
  unwanted: readonly ListItem[],
): readonly Edit[] | undefined {
  const { items } = body.shell;
  const { comments, innerComments } = body.instruction.source;
  if (items.every((item) => unwanted.includes(item))) {
    const isAlone = comments.length === 0 && innerComments.length === 0 && body.tail.trim() === '';
    return isAlone ? [removeInstruction(dockerfile, body.instruction)] : undefined;
  }
  const edits: Edit[] = [];
  let previous: ListItem | undefined;
  for (const [index, item] of items.entries()) {
    const next = items[index + 1];
    if (!unwanted.includes(item)) previous = item;
    else if (next === undefined || !unwanted.includes(next)) {
      // Neighbours go together: from what is left in front of them on, at the start up to what is left behind them.
      const start = previous === undefined ? body.toSource(items[0]?.start ?? 0) : body.endToSource(previous.end);
      const end = previous === undefined ? body.toSource(next?.start ?? item.end) : body.endToSource(item.end);
      edits.push(deletion({ start, end }));
    }
  }
  return edits.some((edit) => innerComments.some((comment) => spansOverlap(comment, edit))) ? undefined : edits;
}

function isStatement(item: ListItem | undefined): boolean {
  return item === undefined || item.joiner === ';' || item.joiner === '\n';
}

/** The lines of an item, if they hold nothing but the item, its `&&` in front and the continuation behind. */
function wholeLines(dockerfile: Dockerfile, body: ShellBody, item: ListItem): Span | undefined {
  const { text } = dockerfile;
  const span = body.sourceSpan(item);
  const start = lineStartAt(text, span.start);
  const end = lineEndAt(text, span.end);
  const isAlone =
    /^[ \t]*&&[ \t]+$/.test(text.slice(start, span.start)) && text.slice(span.end, end).trim() === dockerfile.escape;
  return isAlone ? { start, end: nextLineAt(text, end) } : undefined;
}
