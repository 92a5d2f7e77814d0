import { FRONTEND, frontendSupport } from '../analysis/frontend.js';
import { readsStartupFiles } from '../analysis/state.js';
import type { Comment } from '../dockerfile/instruction.js';
import type { ShellBody } from '../shell/body.js';
import { stopsAtFailure } from '../shell/control.js';
import type { ListItem } from '../shell/parse.js';
import { isChain } from '../shell/plain-item.js';
import { replacement } from '../text/edit.js';
import { lineEndingAt } from '../text/line-endings.js';
import { type Span, spansOverlap } from '../text/span.js';
import { declined, type DeclineReason, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** Fewer commands read well on one line. */
const MIN_COMMANDS = 3;

/** Builtins in whose reach `set -e` would count where it did not before, or that set it themselves. */
const REACHED: ReadonlySet<string> = new Set(['.', 'source', 'eval', 'trap', 'set', 'shopt']);

/**
 * Writes a long `RUN a && b && c` as a heredoc with `set -e` and a command a line, without joiners and continuations
 * that a next line may forget.
 *
 * Unsafe because builders before BuildKit 0.10 and Dockerfile 1.4 read no heredoc. The script does the same: each
 * command that fails ended the list, and ends the script now; no command is one in which `set -e` would count inside.
 * A matter of taste, so only when it is asked for by name.
 */
export const useRunHeredoc: Transform = {
  name: 'use-run-heredoc',
  summary: 'Writes a long RUN with && as a heredoc',
  category: 'style',
  related: ['tally:prefer-run-heredoc'],
  onlyUnsafe: true,
  onlyNamed: true,
  *check(subject): Iterable<Diagnostic> {
    for (const instruction of subject.dockerfile.all('RUN')) {
      if (instruction.heredocs.length > 0 || !instruction.logical.text.includes('&&')) continue;
      const body = subject.analysis.body(instruction);
      if (body === undefined || !isChain(body)) continue;
      const { items } = body.shell;
      if (items.length - (stopsAtFailure(body) ? 1 : 0) >= MIN_COMMANDS) yield checkRun(subject, body);
    }
  },
};

function checkRun({ dockerfile, analysis }: Subject, body: ShellBody): Diagnostic {
  const { instruction } = body;
  const { items } = body.shell;
  const span = instruction.sourceSpan(instruction.keywordSpan);
  const message = `\`${instruction.keywordText}\` joins ${items.length} commands with \`&&\`, which a heredoc has on lines of their own`;
  const decline = (reason: DeclineReason, detail: string): Diagnostic => declined(span, message, reason, detail);
  const support = frontendSupport(dockerfile, FRONTEND.heredoc);
  if (support === 'missing')
    return decline('frontend-version', 'the frontend that `# syntax=` asks for reads no heredoc');
  const state = analysis.stateBefore(instruction);
  if (readsStartupFiles(state))
    return decline('shell-control', '`set -e` would count in the start-up files of the shell');
  const source = dockerfile.text.slice(instruction.span.start, instruction.span.end);
  if (`${source}${lineEndingAt(dockerfile.text, instruction.span.end)}`.includes('\r')) {
    return decline('unknown-content', 'a carriage return would become part of each command');
  }
  for (const item of items) {
    const obstacle = obstacleOf(body, item, item === items[0] && stopsAtFailure(body));
    if (obstacle !== undefined) return decline(...obstacle);
  }
  const { innerComments, emptyLines } = instruction.source;
  const places = items.map((item) => body.sourceSpan(item));
  if (body.tail.includes('#') || meet(innerComments, places)) {
    return decline('comment-in-the-way', 'a comment stands inside or behind a command');
  }
  if (meet(emptyLines, places)) return decline('not-one-place', 'an empty line stands inside a command');
  const lines = linesOf(body, dockerfile.text);
  if (lines.some((line) => /^EOF$/m.test(line))) return decline('unknown-content', 'a line of the script is `EOF`');
  const { keywordSpan, flags } = instruction;
  const start = instruction.sourceSpan(flags[flags.length - 1] ?? keywordSpan).end;
  const script = [...(stopsAtFailure(body) ? [] : ['set -e']), ...lines, 'EOF'];
  return fixed(span, message, {
    edits: [replacement({ start, end: instruction.span.end }, ` <<EOF\n${script.join('\n')}`)],
    applicability: 'unsafe',
    checked: [
      'each command ends the script when it fails, as before',
      ...(support === 'unknown' ? ['needs Dockerfile 1.4 or Buildah 1.33: look at what builds the file'] : []),
    ],
    removesComments: innerComments.map(({ text }) => text),
  });
}

/** Why an item cannot stand on a line of its own; the first one may be the `set -e` itself. */
function obstacleOf(
  body: ShellBody,
  { type, hasPrefix, commands, start, end }: ListItem,
  isSetting: boolean,
): readonly [DeclineReason, string] | undefined {
  const text = body.text.slice(start, end);
  if (hasPrefix || (type !== 'Command' && type !== 'Pipeline')) {
    return ['nested-command', `\`${text.split(/\s/, 1).join('')}\` starts more than a command`];
  }
  for (const { words, assignments, redirections, enclosures } of commands) {
    if (enclosures.some((kind) => kind !== 'Pipeline' && kind !== 'CommandExpansion')) {
      return ['nested-command', 'a group or condition stands inside a command'];
    }
    if (enclosures.includes('CommandExpansion') && /;|&&|\|\||\n/.test(text)) {
      return ['shell-control', '`set -e` would count inside a substitution, too'];
    }
    const name = words[0]?.value ?? '';
    if (!isSetting && REACHED.has(name)) return ['shell-control', `\`${name}\` works otherwise under \`set -e\``];
    const targets = redirections.flatMap(({ target }) => target ?? []);
    if ([...words, ...assignments, ...targets].some((word) => !body.isContiguous(word))) {
      return ['not-one-place', 'a line continuation cuts a word'];
    }
  }
  return undefined;
}

function meet(spans: readonly Span[], places: readonly Span[]): boolean {
  return spans.some((span) => places.some((place) => spansOverlap(span, place)));
}

/** The commands as they are written, and the comments between them, in their order. */
function linesOf(body: ShellBody, text: string): readonly string[] {
  const comments = body.instruction.source.innerComments.map(({ start, text: line }: Comment) => ({ start, line }));
  const commands = body.shell.items.map((item) => {
    const { start, end } = body.sourceSpan(item);
    // Docker lets blanks follow the escape character, the shell does not.
    return {
      start,
      line: text
        .slice(start, end)
        .replace(/(?<![ \t])\\[ \t]*$/gm, ' \\')
        .replace(/\\[ \t]+$/gm, '\\'),
    };
  });
  return [...commands, ...comments].sort((a, b) => a.start - b.start).map(({ line }) => line);
}
