import type { Instruction } from '../dockerfile/instruction.js';
import type { PackageCommand } from '../shell/packages.js';
import { deletion, type Edit } from '../text/edit.js';
import { isBlankCode, lineEndAt, lineStartAt, nextLineAt } from '../text/line-endings.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/**
 * Joins two `apt-get install` commands that follow each other in one RUN. apt reads its lists, resolves and unpacks
 * once instead of twice, and sees conflicts between all packages.
 *
 * Unsafe because packages that are resolved together may pull in others than one after the other.
 */
export const mergeInstalls: Transform = {
  name: 'merge-installs',
  summary: 'Joins apt-get install commands that follow each other',
  category: 'style',
  related: ['parfum:ruleMoreThanOneInstall'],
  onlyUnsafe: true,
  needsProgram: ['apt-get'],
  *check(subject): Iterable<Diagnostic> {
    for (const instruction of subject.analysis.runsNaming('apt-get')) {
      const commands = subject.analysis.packageCommands(instruction);
      for (let index = 1; index < commands.length; index++) {
        const left = commands[index - 1];
        const right = commands[index];
        if (left === undefined || right === undefined || !areNeighbours(left, right)) continue;
        yield checkPair(subject, instruction, left, right);
      }
    }
  },
};

/** Two plain installations with the same options, one directly behind the other. */
function areNeighbours(left: PackageCommand, right: PackageCommand): boolean {
  const { body } = left.invocation;
  const { items } = body.shell;
  const a = left.invocation.command;
  const b = right.invocation.command;
  if (b.item !== a.item + 1 || items[b.item]?.joiner !== '&&' || items[a.item]?.joiner === '||') return false;
  if (items[b.item + 1]?.joiner === '||' || optionsOf(left) !== optionsOf(right)) return false;
  return [left, right].every(
    ({ manager, subcommand, operands, isDynamic, invocation: { command } }) =>
      manager === 'apt-get' &&
      subcommand?.value === 'install' &&
      operands.length > 0 &&
      !isDynamic &&
      items[command.item]?.type === 'Command' &&
      command.enclosures.length === 0 &&
      command.redirections.length === 0,
  );
}

/** What is written besides the packages: assignments, wrappers and options. */
function optionsOf({ invocation, options }: PackageCommand): string {
  const { command, wrappers, program } = invocation;
  return JSON.stringify([
    command.assignments.map(({ text }) => text),
    wrappers,
    program,
    options.map(({ name, value }) => [name, value]).sort(),
  ]);
}

function checkPair(
  { dockerfile }: Subject,
  instruction: Instruction,
  left: PackageCommand,
  right: PackageCommand,
): Diagnostic {
  const { body, command, programWord } = right.invocation;
  const span = body.sourceSpan({ start: programWord.start, end: right.subcommand?.end ?? programWord.end });
  const message = 'a second `apt-get install` reads the lists and resolves the packages again';
  const packages = new Set(right.operands);
  const first = right.operands[0] ?? programWord;
  const own = command.words.filter((word) => !packages.has(word));
  const lastOwn = own[own.length - 1] ?? programWord;
  if (lastOwn.start > first.start)
    return declined(span, message, 'shell-control', 'an option stands behind its packages');
  const operator = body.text.indexOf('&&', left.invocation.command.end);
  const { text, escape } = dockerfile;
  const at = body.toSource(operator);
  const dropped = { start: body.toSource(command.start), end: body.endToSource(lastOwn.end) };
  if (!body.isContiguous({ start: command.start, end: lastOwn.end }) || body.isHeredoc) {
    return declined(span, message, 'not-one-place', 'a line continuation cuts it');
  }
  const edits: Edit[] = [];
  const end = withBlanks(text, dropped.end);
  const restOfLine = text.slice(dropped.end, lineEndAt(text, dropped.end)).trim();
  const from = lineStartAt(text, dropped.start) === lineStartAt(text, at) ? at : dropped.start;
  // `&&` at the end of the line before goes by itself.
  if (from !== at) edits.push(deletion({ start: at, end: withBlanks(text, at + 2) }));
  const lineStart = lineStartAt(text, from);
  if (restOfLine === escape && text.slice(lineStart, from).trim() === '') {
    edits.push(deletion({ start: lineStart, end: nextLineAt(text, dropped.end) }));
  } else {
    edits.push(deletion({ start: from, end }));
  }
  const { innerComments } = instruction.source;
  const isCommented = innerComments.some(
    (comment) => comment.start > body.endToSource(left.invocation.command.end) && comment.start < end,
  );
  if (isCommented) return declined(span, message, 'comment-in-the-way', 'a comment stands between them');
  return fixed(span, message, {
    edits,
    applicability: 'unsafe',
    checked: ['both have the same options', 'assumes that the order of the two does not matter'],
    removes: [...command.assignments.map((assignment) => assignment.text), ...own.map((word) => word.text)],
  });
}

function withBlanks(text: string, offset: number): number {
  let at = offset;
  while (isBlankCode(text.charCodeAt(at))) at++;
  return at;
}
