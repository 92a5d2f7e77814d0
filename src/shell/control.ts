import type { ShellBody } from './body.js';
import type { ShellCommand } from './parse.js';

/** Whether the script stops at the first command that fails: it starts with `set -e`. */
export function stopsAtFailure(body: ShellBody): boolean {
  const first = body.shell.items[0]?.commands[0];
  return first?.words[0]?.value === 'set' && /^-[a-z]*e/.test(first.words[1]?.value ?? '');
}

/**
 * Whether a command runs in every run of the script that succeeds: it stands in no other construct, and no `||` or
 * failed `&&` can pass it by.
 */
export function alwaysRuns(body: ShellBody, command: ShellCommand): boolean {
  const { items } = body.shell;
  if (command.enclosures.length > 0 || items[command.item]?.joiner === '||') return false;
  let first = command.item;
  while (first > 0 && items[first]?.joiner === '&&') first--;
  if (items[first]?.joiner === '||') return false;
  if (first === command.item) return true;
  // In `a && b` a failure of `a` passes `b` by: that must be the failure of the whole script.
  return items.slice(first + 1).every((item) => item.joiner === '&&');
}
