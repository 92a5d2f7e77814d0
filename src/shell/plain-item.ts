import type { ShellBody } from './body.js';
import { invocationOf } from './invocation.js';
import type { ListItem, ShellWord } from './parse.js';

/** An item of the top-level list that is a program and its arguments: no redirection, assignment, wrapper or group. */
export interface PlainItem {
  readonly item: ListItem;
  /** Without its folder. */
  readonly program: string;
  readonly args: readonly ShellWord[];
}

/** The plain items of a script. */
export function plainItemsOf(body: ShellBody): readonly PlainItem[] {
  return body.shell.items.flatMap((item) => {
    const [command] = item.commands;
    if (item.type !== 'Command' || command === undefined || item.commands.length > 1) return [];
    const invocation = invocationOf(body, command);
    if (invocation === undefined || invocation.wrappers.length > 0) return [];
    if (command.redirections.length > 0 || command.assignments.length > 0) return [];
    return [{ item, program: invocation.program, args: invocation.args }];
  });
}

/** Whether all items of a script are joined by `&&`, so that a failure of one ends it. */
export function isChain({ shell: { items, endsInBackground } }: ShellBody): boolean {
  return !endsInBackground && items.slice(1).every(({ joiner }) => joiner === '&&');
}
