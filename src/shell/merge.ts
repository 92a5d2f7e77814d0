import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { deletion, type Edit, replacement } from '../text/edit.js';
import { lineEndingAt, lineStartAt, nextLineAt } from '../text/line-endings.js';
import type { ShellBody } from './body.js';
import { type Invocation, invocationsOf } from './invocation.js';
import { packageCommandsOf } from './packages.js';
import { appendObstacle, continuation, defaultIndentation, joinerStyle } from './script-edits.js';

/** Why two scripts cannot be joined with `&&`. */
export interface MergeObstacle {
  readonly reason: 'comment-in-the-way' | 'shell-control';
  readonly detail: string;
}

/** Builtins that change the shell which runs the commands behind them. */
const LEAVES_TRACES: ReadonlySet<string> = new Set([
  '.',
  'alias',
  'cd',
  'declare',
  'eval',
  'exec',
  'exit',
  'export',
  'getopts',
  'local',
  'mapfile',
  'popd',
  'pushd',
  'read',
  'readonly',
  'return',
  'set',
  'shift',
  'shopt',
  'source',
  'trap',
  'typeset',
  'ulimit',
  'umask',
  'unalias',
  'unset',
]);

/** Programs that start something which ends with the RUN today. */
const STARTS_SERVICES =
  /^(?:service|systemctl|initctl|start-stop-daemon|pg_ctl|pg_ctlcluster|mysqld.*|redis-server|dockerd|Xvfb|supervisord|sshd|nohup|rabbitmq-server|mongod|nginx|apachectl|catalina\.sh|daemon|screen|tmux)$/;

function obstacle(detail: string): MergeObstacle {
  return { reason: 'shell-control', detail };
}

/**
 * What speaks against running the right script behind the left one in the same shell. Both are in shell form and in
 * force of the same state, with no instruction in between.
 */
export function mergeObstacle(
  dockerfile: Dockerfile,
  left: ShellBody,
  right: ShellBody,
  { keepsComments = false } = {},
): MergeObstacle | undefined {
  if (
    left.isHeredoc ||
    right.isHeredoc ||
    left.instruction.heredocs.length > 0 ||
    right.instruction.heredocs.length > 0
  ) {
    return obstacle('one of them is a heredoc');
  }
  if (!haveSameFlags(left.instruction, right.instruction)) return obstacle('they have different mounts or flags');
  const between = dockerfile.text.slice(left.instruction.span.end, right.instruction.span.start);
  if (between.includes('#') && !keepsComments)
    return { reason: 'comment-in-the-way', detail: 'a comment stands between them' };
  const from = left.endToSource(left.shell.end);
  const to = right.toSource(right.shell.items[0]?.start ?? 0);
  const comments = [...left.instruction.source.innerComments, ...right.instruction.source.innerComments];
  if (left.tail.includes('#') || comments.some((comment) => comment.start >= from && comment.start < to)) {
    return { reason: 'comment-in-the-way', detail: 'a comment stands between their commands' };
  }
  return leftObstacle(left) ?? rightObstacle(right);
}

function haveSameFlags({ flags: left }: Instruction, { flags: right }: Instruction): boolean {
  return left.length === right.length && left.every(({ text }, index) => text === right[index]?.text);
}

function leftObstacle(left: ShellBody): MergeObstacle | undefined {
  const append = appendObstacle(left);
  if (append !== undefined) return obstacle(append);
  const { items, commands } = left.shell;
  if (left.shell.hasBackground) return obstacle('a background job runs in the first one');
  for (const command of commands) {
    const inOwnShell = command.enclosures.some(
      (kind) => kind === 'Subshell' || kind === 'CommandExpansion' || kind === 'Pipeline',
    );
    // For dash this is a background job.
    if (command.redirections.some(({ operator }) => operator.startsWith('&>')))
      return obstacle('`&>` starts a background job in some shells');
    const wrapped = command.words[0]?.value;
    const name = wrapped === 'command' || wrapped === 'builtin' ? command.words[1]?.value : wrapped;
    if (name === undefined) {
      if (command.words.length > 0) {
        if (!inOwnShell) return obstacle('a variable names the command that runs');
      } else if (!inOwnShell && command.assignments.length > 0) {
        return obstacle(`the first one sets ${command.assignments[0]?.name ?? ''}`);
      }
    } else if (!inOwnShell && LEAVES_TRACES.has(name)) {
      return obstacle(`\`${name}\` in the first one would reach into the second`);
    }
  }
  if (items.some((item) => ['For', 'While', 'Select', 'Function', 'ArithmeticFor', 'Coproc'].includes(item.type))) {
    return obstacle('a loop or function of the first one leaves variables behind');
  }
  for (const invocation of invocationsOf(left)) {
    if (replacesShell(invocation)) return obstacle('the first one replaces the shell that the second one runs in');
    if (STARTS_SERVICES.test(invocation.program) || invocation.programWord.text.startsWith('/etc/init.d/')) {
      return obstacle(`\`${invocation.program}\` may leave a service running`);
    }
  }
  // A shell remembers where it found a program: an installer that replaces itself needs a new one.
  for (const command of packageCommandsOf(left)) {
    const own = command.manager;
    if (command.operands.some(({ value }) => value?.startsWith(own) === true && isItself(value.slice(own.length)))) {
      return obstacle(`the first one replaces ${own} itself`);
    }
    if (command.manager === 'gem' && command.options.some((option) => option.name === '--system')) {
      return obstacle('the first one replaces gem itself');
    }
  }
  return undefined;
}

/** Whether nothing but a version follows the name of a package. */
function isItself(rest: string): boolean {
  return rest === '' || /^[@=<>~]/.test(rest);
}

/** `ln -sf /bin/bash /bin/sh` and its kin count from the next RUN on. */
function replacesShell({ program, args }: Invocation): boolean {
  if (program === 'dpkg-reconfigure') return args.some((word) => word.value === 'dash');
  if (!['ln', 'mv', 'cp', 'rm', 'install', 'update-alternatives', 'dpkg-divert', 'sed'].includes(program)) return false;
  return (
    args.some(
      (word) => word.value === undefined || /^(?:\/usr)?\/bin\/(?:sh|bash|ash|dash|busybox)$/.test(word.value),
    ) && args.some((word) => /\/(?:sh|bash|ash|dash|busybox)$/.test(word.value ?? ''))
  );
}

function rightObstacle(right: ShellBody): MergeObstacle | undefined {
  const { items } = right.shell;
  if (items.length === 0) return obstacle('the second one is empty');
  for (const item of items.slice(1)) {
    if (item.joiner !== '&&')
      return obstacle(
        `\`${item.joiner === '\n' ? 'newline' : item.joiner}\` in the second one would also follow a failure of the first`,
      );
  }
  if (items[0]?.hasPrefix === true) return obstacle('`!` or `time` stands in front of the second one');
  return undefined;
}

/** The words that joining with a RUN takes away: its keyword and its flags, which the left one has too. */
export function wordsLostByMerge({ instruction }: ShellBody): readonly string[] {
  return [instruction.keywordText, ...instruction.flags.map((flag) => instruction.logical.slice(flag))];
}

/** Comments that tell a tool something about the instruction below them. */
const FOR_A_TOOL =
  /^#+\s*(?:hadolint|check\s*=|trivy|tfsec|checkov|kics-scan|nosem|renovate|shellcheck|dfix|tally)|\b(?:ignore|skip|disable)\s*[=:]/i;

/** Whether all that stands between two RUN instructions are comments for people, and empty lines. */
export function hasPlainComments(dockerfile: Dockerfile, left: ShellBody, right: ShellBody): boolean {
  const between = dockerfile.text.slice(left.instruction.span.end, right.instruction.span.start).trim();
  return (
    between !== '' &&
    between.split(/[\r\n]+/).every((line) => line.trim().startsWith('#') && !FOR_A_TOOL.test(line.trim()))
  );
}

/** The edits that join two RUN instructions around the comments between them, which stay on their lines. */
export function mergeEditsAroundComments(dockerfile: Dockerfile, left: ShellBody, right: ShellBody): readonly Edit[] {
  const { text, escape } = dockerfile;
  const { end } = left.instruction.span;
  const line = lineStartAt(text, right.instruction.span.start);
  const style = joinerStyle(dockerfile, left, '&&') ?? joinerStyle(dockerfile, right, '&&');
  const indentation = style?.indentation ?? defaultIndentation(dockerfile, left.instruction);
  const [behind, inFront] = style?.leads === false ? [' &&', ''] : ['', '&& '];
  const edits = [replacement({ start: left.endToSource(left.shell.end), end }, `${behind} ${escape}`)];
  for (let at = nextLineAt(text, end); at < line; at = nextLineAt(text, at)) {
    const next = nextLineAt(text, at);
    if (text.slice(at, next).trim() === '') edits.push(deletion({ start: at, end: next }));
  }
  const to = right.toSource(right.shell.items[0]?.start ?? 0);
  return [...edits, replacement({ start: line, end: to }, `${indentation}${inFront}`)];
}

/** The one edit that joins two RUN instructions; its text takes over the layout of the scripts. */
export function mergeEdit(dockerfile: Dockerfile, left: ShellBody, right: ShellBody): Edit {
  const from = left.endToSource(left.shell.end);
  const to = right.toSource(right.shell.items[0]?.start ?? 0);
  const broken = continuation(dockerfile, lineEndingAt(dockerfile.text, from));
  const style = joinerStyle(dockerfile, left, '&&') ?? joinerStyle(dockerfile, right, '&&');
  const indentation = style?.indentation ?? defaultIndentation(dockerfile, left.instruction);
  const joined = style?.leads === false ? ` &&${broken}${indentation}` : `${broken}${indentation}&& `;
  return replacement({ start: from, end: to }, joined);
}
