import type { ShellBody } from '../shell/body.js';
import type { ListItem } from '../shell/parse.js';
import { deletion, insertion } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Splits `export NAME=$(command)` into the assignment and the export. `export` succeeds whatever the command does, so
 * the `&&` behind it goes on with an empty value.
 *
 * Unsafe because a command that fails today without being noticed fails the build then. (It also keeps a value of
 * several words in one piece in shells that split it behind `export`.)
 */
export const splitExport: Transform = {
  name: 'split-export',
  summary: 'Lets a build fail where the command inside an export fails',
  category: 'correctness',
  related: ['shellcheck:SC2155'],
  onlyUnsafe: true,
  needsProgram: ['export'],
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming('export')) {
      const body = analysis.body(instruction);
      if (body === undefined) continue;
      for (const [index, item] of body.shell.items.entries()) {
        const diagnostic = checkItem(body, item, body.shell.items[index + 1]);
        if (diagnostic !== undefined) yield diagnostic;
      }
    }
  },
};

function checkItem(body: ShellBody, item: ListItem, next: ListItem | undefined): Diagnostic | undefined {
  // The words of a substitution are commands of their own: the export comes first.
  const command = item.commands[0];
  if (item.type !== 'Command' || command === undefined) return undefined;
  const [keyword, assignment, more] = command.words;
  if (keyword?.value !== 'export' || assignment === undefined || more !== undefined) return undefined;
  const name = /^([A-Za-z_]\w*)=(?=.*(?:\$\((?!\()|`))/s.exec(assignment.text)?.[1];
  if (name === undefined || command.assignments.length > 0 || command.redirections.length > 0) return undefined;
  // What cannot fail hides nothing.
  if (/\|\|\s*(?:true|:)\s*\)"?$/.test(assignment.text)) return undefined;
  // Nothing looks at the result where no `&&` follows; a `||` in front would bind in another way.
  if (next?.joiner !== '&&' || item.joiner === '||' || item.joiner === '&') return undefined;
  const span = body.sourceSpan(keyword);
  const message = `\`export ${name}=…\` hides that the command inside fails`;
  const dropped = { start: keyword.start, end: assignment.start };
  if (!body.isContiguous({ start: dropped.start, end: dropped.end + 1 })) {
    return declined(span, message, 'not-one-place', 'a line continuation follows `export`');
  }
  return fixed(span, message, {
    edits: [deletion(body.sourceSpan(dropped)), insertion(body.endToSource(assignment.end), ` && export ${name}`)],
    applicability: 'unsafe',
    checked: ['assumes that the command inside succeeds today'],
  });
}
