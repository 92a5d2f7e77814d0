import { type Edit, insertion, replacement } from '../text/edit.js';
import type { ShellBody } from './body.js';
import type { ListItem } from './parse.js';

/** Words that only a shell knows, or that it does in its own way: `exec` would start something else. */
const STARTED_BY_A_SHELL =
  /^(?:[.:[]|alias|break|cd|command|continue|echo|eval|exec|exit|export|kill|local|printf|read|return|set|shift|source|test|trap|type|ulimit|umask|unset|wait)$/;

/**
 * Writes a script of one line as the exec form that Docker makes of it: the shell, its options and the script as one
 * string. The image is the same to the byte, unless `exec` is put in front of the last command.
 */
export function explicitShellEdits(body: ShellBody, shell: readonly string[], replaced: ListItem | undefined): Edit[] {
  const { text } = body;
  const end = text.trimEnd().length;
  const start = shell.map((word) => `${JSON.stringify(word)}, `).join('');
  const edits: Edit[] = [insertion(body.toSource(0), `[${start}"`)];
  for (let at = 0; at < end; at++) {
    if (at === replaced?.start) {
      if (at === 0) edits[0] = insertion(body.toSource(0), `[${start}"exec `);
      else edits.push(insertion(body.toSource(at), 'exec '));
    }
    const character = text.charAt(at);
    const escaped = JSON.stringify(character).slice(1, -1);
    // An insertion and a replacement at one place would meet.
    if (escaped !== character)
      edits.push(replacement({ start: body.toSource(at), end: body.toSource(at) + 1 }, escaped));
  }
  edits.push(insertion(body.endToSource(end), '"]'));
  return edits;
}

/** The last command, where the program that it starts may take the place of the shell. */
export function lastProgram(body: ShellBody): ListItem | undefined {
  const { items, hasBackground } = body.shell;
  const last = items[items.length - 1];
  const command = last?.commands[0];
  if (last === undefined || command === undefined || hasBackground) return undefined;
  if (last.type !== 'Command' || last.hasPrefix || last.commands.length !== 1 || body.tail.trim() !== '')
    return undefined;
  if (command.assignments.length > 0 || items.some((item) => item.type === 'Function')) return undefined;
  const name = command.words[0]?.value;
  // What traps do when the shell ends would be gone.
  if (items.some((item) => item.commands.some(({ words }) => words[0]?.value === 'trap'))) return undefined;
  return name === undefined || STARTED_BY_A_SHELL.test(name) ? undefined : last;
}
