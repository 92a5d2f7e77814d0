import type { ParsedShell, ShellCommand, ShellWord } from './parse.js';

/** A word of plain characters and variables, quoted as a whole or not at all. */
const PLAIN = /^(?:"((?:[\w./:@+,=-]|\$\w+|\$\{\w+\})*)"|((?:[\w./:@+,=-]|\$\w+|\$\{\w+\})*))$/;

/** What a variable holds in front of a script, as far as it may be relied on for a command of a program. */
export type KnownValue = (name: string, program: string) => string | undefined;

/** The same script, where a word has its value although it expands variables: those that are known. */
export function withKnownValues(shell: ParsedShell, known: KnownValue): ParsedShell {
  if (!shell.text.includes('$')) return shell;
  const commands = new Map<ShellCommand, ShellCommand>();
  for (const command of shell.commands) {
    const program = command.words[0]?.value ?? '';
    const lookup = (name: string): string | undefined => (sets(shell, name) ? undefined : known(name, program));
    commands.set(command, { ...command, words: command.words.map((word) => valued(word, lookup)) });
  }
  const inOrder = (list: readonly ShellCommand[]): readonly ShellCommand[] =>
    list.map((command) => commands.get(command) ?? command);
  return shell.withCommands(
    shell.items.map((item) => ({ ...item, commands: inOrder(item.commands) })),
    inOrder(shell.commands),
  );
}

/** Whether a script gives a variable another value than it held before. */
function sets({ commands, text }: ParsedShell, name: string): boolean {
  return (
    commands.some(({ assignments }) => assignments.some((one) => one.name === name)) ||
    new RegExp(`\\b(?:for|read|export|local|readonly|declare|unset)\\s[^;&|\\n]*\\b${name}\\b`).test(text)
  );
}

/** Nothing is known where a variable is unknown, or the shell would split or match what it holds. */
function valued(word: ShellWord, lookup: (name: string) => string | undefined): ShellWord {
  const plain = word.value === undefined ? PLAIN.exec(word.text) : null;
  if (plain === null) return word;
  let isKnown = true;
  const value = (plain[1] ?? plain[2] ?? '').replace(/\$(?:\{(\w+)\}|(\w+))/g, (_, braced?: string, bare?: string) => {
    const found = lookup(braced ?? bare ?? '');
    if (found === undefined || !/^[\w./:@+,=-]+$/.test(found)) isKnown = false;
    return found ?? '';
  });
  return isKnown ? { ...word, value } : word;
}
