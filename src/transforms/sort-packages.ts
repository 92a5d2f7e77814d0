import { callersOf } from '../analysis/program-words.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { ShellBody } from '../shell/body.js';
import type { ManagerName } from '../shell/managers.js';
import type { PackageCommand } from '../shell/packages.js';
import type { ShellWord } from '../shell/parse.js';
import { continuation, defaultIndentation, removeWord } from '../shell/script-edits.js';
import { type Edit, replacement } from '../text/edit.js';
import { indentationAt, lineEndAt, lineEndingAt, lineStartAt } from '../text/line-endings.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** Managers that install a set of packages, whatever their order on the command line. */
const SET_MANAGERS: readonly ManagerName[] = ['apt-get', 'apk', 'yum', 'dnf', 'microdnf', 'zypper'];

const PROGRAMS = callersOf(SET_MANAGERS);

/**
 * Sorts the packages of an installation and drops those that are named twice. A sorted list, one package a line,
 * shows in a diff what came and went, and makes duplicates visible.
 *
 * Safe because these managers resolve the packages as a set. A list that is on one line is broken into lines only
 * when the transform is asked for by name.
 */
export const sortPackages: Transform = {
  name: 'sort-packages',
  summary: 'Sorts package lists and drops duplicates',
  category: 'style',
  related: ['tally:sort-packages'],
  needsProgram: PROGRAMS,
  *check(subject): Iterable<Diagnostic> {
    const { analysis } = subject;
    for (const instruction of analysis.runsNaming(...PROGRAMS)) {
      for (const command of analysis.packageCommands(instruction)) {
        if (!SET_MANAGERS.includes(command.manager) || command.action !== 'install' || command.operands.length < 2)
          continue;
        const diagnostic = checkCommand(subject, instruction, command);
        if (diagnostic !== undefined) yield diagnostic;
      }
    }
  },
};

function checkCommand(
  { dockerfile }: Subject,
  instruction: Instruction,
  command: PackageCommand,
): Diagnostic | undefined {
  const { operands } = command;
  const { body } = command.invocation;
  const first = operands[0];
  const last = operands[operands.length - 1];
  if (first === undefined || last === undefined) return undefined;
  // Words in between that are options, such as `-t stable`, belong to no package and stay where they are.
  const names = operands.map((word) => word.text);
  const sorted = [...new Set(names)].sort(compareBytes);
  const hasDuplicates = sorted.length < names.length;
  const isSorted = !hasDuplicates && sorted.every((name, index) => name === names[index]);
  const onePerLine = operands.every((word, index) => {
    const next = operands[index + 1];
    return next === undefined || !body.isContiguous({ start: word.start, end: next.end });
  });
  if (
    onePerLine ? isSorted : isSorted && instruction.source.startLine === instruction.source.endLine && names.length < 3
  )
    return undefined;
  const list = { start: first.start, end: last.end };
  const span = body.sourceSpan(list);
  const message = isSorted ? `${names.length} packages stand on one line` : 'the package list is not sorted';
  if (names.some((name) => !/^[A-Za-z0-9@][\w.+:=~*@<>/-]*$/.test(name) || name.endsWith('-'))) {
    return isSorted
      ? undefined
      : declined(span, message, 'dynamic-value', 'the list holds a word that is not the plain name of a package');
  }
  if (instruction.source.innerComments.some((comment) => comment.start > span.start && comment.start < span.end)) {
    return isSorted
      ? undefined
      : declined(span, message, 'comment-in-the-way', 'a comment inside the list belongs to a package');
  }
  if (operands.some((word) => body.wordSpan(word) === undefined)) {
    return declined(span, message, 'not-one-place', 'a line continuation cuts a word');
  }
  if (!onePerLine) return breakIntoLines(dockerfile, command, span, message, sorted);
  // Each place in the list gets the package that belongs there. Places that duplicates leave over are taken from the
  // middle, where a package has its line for itself.
  const dropped = operands.filter((word) => standsAlone(dockerfile, body, word)).slice(0, names.length - sorted.length);
  if (dropped.length < names.length - sorted.length) {
    return declined(span, message, 'not-one-place', 'a package that is named twice shares its line');
  }
  const gone = new Set(dropped);
  const kept = operands.filter((word) => !gone.has(word));
  const edits: Edit[] = [];
  for (const word of dropped) {
    const removal = removeWord(dockerfile, body, word);
    if (removal !== undefined) edits.push(removal);
  }
  kept.forEach((word, index) => {
    const name = sorted[index];
    if (name !== undefined && name !== word.text) edits.push(replacement(body.sourceSpan(word), name));
  });
  return fixed(span, message, {
    edits,
    applicability: 'safe',
    checked: ['every word is the plain name of a package', 'no comment stands inside the list'],
    removes: duplicatesOf(names),
  });
}

function breakIntoLines(
  dockerfile: Subject['dockerfile'],
  command: PackageCommand,
  span: { readonly start: number; readonly end: number },
  message: string,
  sorted: readonly string[],
): Diagnostic | undefined {
  const { operands, invocation } = command;
  const { body } = invocation;
  const between = operands
    .slice(1)
    .some((word, index) => !/^\s+$/.test(body.text.slice(operands[index]?.end ?? 0, word.start)));
  const rest = dockerfile.text.slice(span.end, lineEndAt(dockerfile.text, span.end));
  // An option behind the packages would end up on the line of the last one.
  if (between || body.isHeredoc || !/^[ \t]*(?:&&|\|\||;|\)|$|[\\`][ \t]*$)/.test(rest)) return undefined;
  const commandStart = body.toSource(invocation.command.start);
  const isInFirstLine =
    lineStartAt(dockerfile.text, commandStart) === lineStartAt(dockerfile.text, body.instruction.span.start);
  const indentation = isInFirstLine
    ? defaultIndentation(dockerfile, body.instruction)
    : `${indentationAt(dockerfile.text, commandStart)}    `;
  const broken = continuation(dockerfile, lineEndingAt(dockerfile.text, span.start)) + indentation;
  const start = body.endToSource(endOfWordBefore(operands[0], body.text));
  // What follows the list on its line starts a line of its own.
  const following = /^[ \t]+(?=&&[ \t]+[^ \t\\`])/.exec(rest)?.[0] ?? '';
  const next = broken.replace(
    /[ \t]+$/,
    isInFirstLine ? defaultIndentation(dockerfile, body.instruction) : indentationAt(dockerfile.text, commandStart),
  );
  const lines = broken + sorted.join(broken) + (following === '' ? '' : next);
  return fixed(span, message, {
    edits: [replacement({ start, end: span.end + following.length }, lines)],
    applicability: 'safe',
    checked: ['every word is the plain name of a package'],
    removes: duplicatesOf(operands.map((word) => word.text)),
    isOptional: true,
  });
}

/** Whether a word has a line for itself, with the continuation behind it. */
function standsAlone(dockerfile: Subject['dockerfile'], body: ShellBody, word: ShellWord): boolean {
  const { start, end } = body.sourceSpan(word);
  const { text } = dockerfile;
  return (
    text.slice(lineStartAt(text, start), start).trim() === '' &&
    text.slice(end, lineEndAt(text, end)).trim() === dockerfile.escape
  );
}

function endOfWordBefore(word: ShellWord | undefined, text: string): number {
  let at = word?.start ?? 0;
  while (at > 0 && /\s/.test(text.charAt(at - 1))) at--;
  return at;
}

function duplicatesOf(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

/** The order of LC_ALL=C; package names are ASCII. */
function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
