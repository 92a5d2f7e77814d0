import type { ShellBody } from '../shell/body.js';
import { invocationOf } from '../shell/invocation.js';
import type { ListItem } from '../shell/parse.js';
import { type CopyTarget, resolvePath } from './copied-files.js';
import { mountMeeting } from './mounts.js';
import type { BuildState } from './state.js';

/** A `chmod` or `chown` of what a COPY has brought. */
export interface ModeChange {
  readonly program: 'chmod' | 'chown';
  /** The mode or the owner, as it is written. */
  readonly value: string;
  /** The first of the files. */
  readonly path: string;
  readonly mayBeFolder: boolean;
  readonly isRecursive: boolean;
}

const MODE = /^(?:[0-7]{3,5}|[ugoa]*[-+=][\w,=+-]*)$/;
const OWNER = /^\w[\w-]*(?::\w[\w-]*)?$/;
const RECURSIVE = /^(?:-R|--recursive)$/;

/** The commands at the start of a script that set mode and owner of what a COPY brought, and nothing else; one of each. */
export function leadingModeChanges(
  body: ShellBody,
  targets: readonly CopyTarget[],
  state: BuildState,
  escape: string,
): readonly ModeChange[] {
  const changes: ModeChange[] = [];
  for (const item of body.shell.items) {
    const change = item.type === 'Command' ? modeChangeOf(body, item, targets, state, escape) : undefined;
    if (change === undefined || changes.some(({ program }) => program === change.program)) break;
    changes.push(change);
  }
  return changes;
}

function modeChangeOf(
  body: ShellBody,
  { commands: [command] }: ListItem,
  targets: readonly CopyTarget[],
  state: BuildState,
  escape: string,
): ModeChange | undefined {
  const invocation = command === undefined ? undefined : invocationOf(body, command);
  if (command === undefined || invocation === undefined) return undefined;
  if (command.redirections.length > 0 || command.assignments.length > 0) return undefined;
  const { program, programWord, args, wrappers } = invocation;
  // `sudo` without options of its own.
  const isPlain = wrappers.length === 0 || (wrappers[0] === 'sudo' && command.words[1] === programWord);
  if (!isPlain || (program !== 'chmod' && program !== 'chown')) return undefined;
  const isRecursive = args.some(({ text }) => RECURSIVE.test(text));
  const [value, ...words] = args.filter(({ text }) => !RECURSIVE.test(text));
  if (value === undefined || !(program === 'chmod' ? MODE : OWNER).test(value.text)) return undefined;
  const paths = words.map(({ text }) => resolvePath(text, state, escape));
  const target = targets.find(
    (one) => one.paths.length === paths.length && one.paths.every((path) => paths.includes(path)),
  );
  const path = target?.paths[0];
  if (target === undefined || path === undefined || mountMeeting(body.instruction, path)) return undefined;
  return { program, value: value.text, path, mayBeFolder: target.mayBeFolder, isRecursive };
}
