import type { ShellBody } from '../shell/body.js';
import { parseShell } from '../shell/parse.js';
import { replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/**
 * Writes a command substitution in backticks as `$(…)`. Backticks cannot be nested without backslashes, change what
 * a backslash inside them means, and are easily taken for quotes.
 *
 * Safe because both forms run the same script: nothing inside needs a backslash, and the result was read again.
 */
export const replaceBackticks: Transform = {
  name: 'replace-backticks',
  summary: 'Writes `…` as $(…)',
  category: 'style',
  related: ['shellcheck:SC2006'],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    if (!dockerfile.text.includes('`') || dockerfile.escape === '`') return;
    for (const instruction of dockerfile.all('RUN')) {
      if (!analysis.rawText(instruction).includes('`')) continue;
      const body = analysis.body(instruction);
      if (body !== undefined) yield* checkBody(subject, body);
    }
  },
};

function* checkBody({ dockerfile }: Subject, body: ShellBody): Iterable<Diagnostic> {
  const { text } = body;
  for (const start of openingBackticks(body)) {
    const end = text.indexOf('`', start + 1);
    if (end === -1) continue;
    const inner = text.slice(start + 1, end);
    const span = body.sourceSpan({ start, end: end + 1 });
    const message = `backticks around \`${inner.trim().split(/\s/)[0] ?? ''}\` cannot be nested and change what a backslash means`;
    if (/\\/.test(inner) || text.charAt(start - 1) === '\\') {
      yield declined(span, message, 'shell-control', 'a backslash inside means something else in $(…)');
      continue;
    }
    // `$((` starts arithmetic, `case` and comments may hold a parenthesis that closes nothing.
    if (/^\s*\(|#|\bcase\b/.test(inner) || (inner.includes('"') && mayBeQuoted(text.slice(0, start)))) {
      yield declined(span, message, 'shell-control', 'what is inside may mean something else in $(…)');
      continue;
    }
    const rewritten = `${text.slice(0, start)}$(${inner})${text.slice(end + 1)}`;
    if (!parseShell(rewritten).isValid) continue;
    const open = body.toSource(start);
    const close = body.toSource(end);
    // A word that the parser found in a place that is none of ours.
    if (dockerfile.text.charAt(open) !== '`' || dockerfile.text.charAt(close) !== '`') continue;
    yield fixed(span, message, {
      edits: [replacement({ start: open, end: open + 1 }, '$('), replacement({ start: close, end: close + 1 }, ')')],
      applicability: 'safe',
      checked: ['nothing inside needs a backslash', 'the script was read again'],
      // The words at both ends lose their backtick.
      removes: body.text.split(/\s+/).filter((word) => word.includes('`')),
    });
  }
}

/** Where a substitution in backticks opens: in front of the first command in it. */
function openingBackticks(body: ShellBody): number[] {
  const found = new Set<number>();
  for (const command of body.shell.commands) {
    if (!command.enclosures.includes('CommandExpansion')) continue;
    let at = command.start - 1;
    while (at >= 0 && /\s/.test(body.text.charAt(at))) at--;
    if (body.text.charAt(at) === '`') found.add(at);
  }
  return [...found].sort((a, b) => a - b);
}

/** Whether double quotes may be open at the end of a text: quotes in backticks inside them are nobody's promise. */
function mayBeQuoted(before: string): boolean {
  return (before.match(/"/g)?.length ?? 0) % 2 === 1 || /'[^']*"[^']*'/.test(before);
}
