import type { ShellBody } from '../shell/body.js';
import type { ListItem } from '../shell/parse.js';
import { insertion } from '../text/edit.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/** Folders that are always there, or that mean where the shell comes from. */
const ALWAYS_THERE = /^(?:\/|-|\.{1,2}(?:\/\.\.)*\/?)$/;

/**
 * Ends a script where `cd` fails and the commands behind a `;` would run in another folder: `cd x; rm -rf *` deletes
 * what it finds wherever it stands.
 *
 * Unsafe because a build in which the `cd` fails today, and nobody noticed, fails then.
 */
export const guardCd: Transform = {
  name: 'guard-cd',
  summary: 'Ends a script where cd fails',
  category: 'correctness',
  related: ['shellcheck:SC2164'],
  onlyUnsafe: true,
  needsProgram: ['cd'],
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming('cd')) {
      const body = analysis.body(instruction);
      if (body === undefined || stopsByItself(body, analysis.stateBefore(instruction).shell.words)) continue;
      for (const [index, item] of body.shell.items.entries()) {
        const next = body.shell.items[index + 1];
        if (next === undefined || !isUnguarded(item, next)) continue;
        // In a heredoc with CRLF the carriage return is part of the last word.
        const text = body.text.slice(item.start, item.end).trimEnd();
        const at = body.endToSource(item.start + text.length);
        yield fixed(body.sourceSpan(item), `what follows \`${text}\` runs in another folder when it fails`, {
          edits: [insertion(at, ' || exit')],
          applicability: 'unsafe',
          checked: ['assumes that nobody relies on what runs when the folder is missing'],
        });
      }
    }
  },
};

/** A plain `cd` of the list with a command behind it that runs whether it fails or not. */
function isUnguarded(item: ListItem, next: ListItem): boolean {
  const isOwnCommand = item.joiner === '' || item.joiner === ';' || item.joiner === '\n';
  if (!isOwnCommand || (next.joiner !== ';' && next.joiner !== '\n')) return false;
  const command = item.commands[0];
  if (item.type !== 'Command' || item.commands.length !== 1 || command?.words[0]?.value !== 'cd') return false;
  const folder = command.words[command.words.length - 1];
  return command.words.length > 1 && !ALWAYS_THERE.test(folder?.value ?? '');
}

/** Whether the shell stops at failures already, by an option of its own, of the script or of its first line. */
function stopsByItself(body: ShellBody, shell: readonly string[]): boolean {
  return (
    shell.slice(1, -1).some((word) => word === 'errexit' || /^-\w*e/.test(word)) ||
    shell.some((word) => /^-\w*e\w*c$/.test(word)) ||
    /^#!\S+.*\s-\w*e/.test(body.text) ||
    /(?:^|[\s;&|(])set\s+(?:[-+]\w+\s+)*(?:-\w*e|-\w*o\s+errexit)/.test(body.text)
  );
}
