import type { Instruction } from '../dockerfile/instruction.js';
import type { ShellBody } from '../shell/body.js';
import { invocationOf } from '../shell/invocation.js';
import { removeItem } from '../shell/script-edits.js';
import { insertion, replacement } from '../text/edit.js';
import { indentationAt, lineEndingAt } from '../text/line-endings.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

const BASH = /^(?:\/usr)?\/bin\/bash$|^bash$/;
const SHELL = 'SHELL ["/bin/bash", "-c"]';
const ASSUMPTION = 'assumes that no script which starts with #!/bin/sh needs bash';
const SH = /^(?:\/usr)?\/bin\/sh$/;

/**
 * Writes `RUN ln -sf /bin/bash /bin/sh` as a SHELL instruction. The link breaks whatever relies on the system's own
 * /bin/sh, and the next update of the package puts it back.
 *
 * Unsafe because scripts that start with `#!/bin/sh` and need bash get the system's shell again.
 */
export const replaceShellLink: Transform = {
  name: 'replace-shell-link',
  summary: 'Writes a link from /bin/sh to bash as SHELL',
  category: 'correctness',
  related: [
    'hadolint:DL4005',
    'kics:changing_default_shell_using_run_command',
    'semgrep:use-shell-instruction',
    'tally:hadolint/DL4005',
    'buddy:ER0008',
  ],
  onlyUnsafe: true,
  imageChanges: ['packages'],
  needsProgram: ['ln'],
  *check(subject): Iterable<Diagnostic> {
    for (const instruction of subject.analysis.runsNaming('ln')) {
      if (!subject.analysis.rawText(instruction).includes('/bin/sh')) continue;
      const body = subject.analysis.body(instruction);
      if (body !== undefined && /\bln\b.*\/bin\/sh(?![\w/])/s.test(body.text))
        yield* checkBody(subject, instruction, body);
    }
  },
};

function* checkBody(
  { dockerfile, analysis }: Subject,
  instruction: Instruction,
  body: ShellBody,
): Iterable<Diagnostic> {
  const { commands, items } = body.shell;
  const link = commands.find((command) => linksShell(invocationWords(body, command)));
  if (link === undefined) return;
  const span = body.sourceSpan(link);
  const message = `\`${body.text.slice(link.start, link.end).replace(/\s+/g, ' ')}\` changes the shell of every script in the image`;
  const isAlone =
    items.length === commands.length &&
    commands.every(
      (command) => linksShell(invocationWords(body, command)) || movesShell(invocationWords(body, command)),
    ) &&
    body.tail.trim() === '';
  const { words } = analysis.stateBefore(instruction).shell;
  if (words.join(' ') !== '/bin/sh -c') {
    yield declined(span, message, 'shell-control', `SHELL is set to ${words.join(' ')}`);
    return;
  }
  if (!isAlone || body.isHeredoc) {
    const item = items.find(({ type, commands: [first] }) => type === 'Command' && first === link);
    const movesIt = commands.some((command) => movesShell(invocationWords(body, command)));
    const removal = item === undefined || movesIt ? undefined : removeItem(dockerfile, body, item);
    if (removal === undefined || body.isHeredoc) {
      yield declined(span, message, 'nested-command', 'the RUN does something else as well');
      return;
    }
    const { text } = dockerfile;
    const { start, end } = instruction.span;
    const line = `${lineEndingAt(text, start)}${indentationAt(text, start)}${SHELL}`;
    yield fixed(span, message, {
      edits: [removal, insertion(end, line)],
      applicability: 'unsafe',
      checked: [ASSUMPTION],
      removes: link.words.map((word) => word.text),
      configChanges: ['shell', 'cmd', 'entrypoint', 'healthcheck'],
    });
    return;
  }
  if (instruction.source.innerComments.length > 0) {
    yield declined(span, message, 'comment-in-the-way', 'a comment stands between its lines');
    return;
  }
  yield fixed(span, message, {
    edits: [replacement(instruction.span, SHELL)],
    applicability: 'unsafe',
    checked: [ASSUMPTION],
    removes: [dockerfile.text.slice(instruction.span.start, instruction.span.end), instruction.logical.text],
    // A shell form names its shell.
    configChanges: ['shell', 'cmd', 'entrypoint', 'healthcheck'],
  });
}

/** The words of a command behind `sudo` and the like, the program first; undefined for what is expanded. */
function invocationWords(body: ShellBody, command: ShellBody['shell']['commands'][number]): readonly string[] {
  const invocation = invocationOf(body, command);
  if (invocation === undefined || command.redirections.length > 0) return [];
  return [invocation.program, ...invocation.args.map((word) => word.value ?? word.text)];
}

function linksShell([program, ...args]: readonly string[]): boolean {
  const paths = args.filter((word) => !word.startsWith('-'));
  const [target, link, more] = paths;
  return (
    program === 'ln' &&
    more === undefined &&
    args.some((word) => /^-\w*s|^--symbolic$/.test(word)) &&
    BASH.test(target ?? '') &&
    SH.test(link ?? '')
  );
}

/** `rm /bin/sh` and `mv /bin/sh /bin/sh.orig`, which make room for the link. */
function movesShell([program, ...args]: readonly string[]): boolean {
  const paths = args.filter((word) => !word.startsWith('-'));
  return (
    (program === 'rm' && paths.length === 1 && SH.test(paths[0] ?? '')) || (program === 'mv' && SH.test(paths[0] ?? ''))
  );
}
