import { isRoot } from '../analysis/state.js';
import type { ShellCommand, ShellWord } from '../shell/parse.js';
import { deletion } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/** Options of sudo that change nothing for root running as root. */
const PLAIN_FLAG = /^(?:-[EHnS]+|--|--preserve-env(?:=.*)?|--non-interactive|--set-home|--stdin)$/;

/**
 * Drops `sudo` where the build already runs as root. sudo is one more setuid program in the image, handles signals
 * and the terminal in its own way, and is not there in most base images.
 *
 * Safe because root runs the same command with the same rights. Only where the effective user is known to be root:
 * by a USER, or by a base image that starts as root in every published tag.
 */
export const dropSudo: Transform = {
  name: 'drop-sudo',
  summary: 'Drops sudo where the build runs as root',
  category: 'security',
  related: [
    'hadolint:DL3004',
    'trivy:DS-0010',
    'kics:run_using_sudo',
    'checkov:CKV2_DOCKER_1',
    'semgrep:no-sudo-in-dockerfile',
    'dockle:DKL-DI-0001',
    'parfum:DL3004',
    'dockerfile-doctor:DD021',
    'dockerfile-roast:DF010',
  ],
  needsProgram: ['sudo'],
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming('sudo')) {
      const body = analysis.body(instruction);
      if (body === undefined) continue;
      const { user } = analysis.stateBefore(instruction);
      for (const command of body.shell.commands) {
        const sudo = command.words[0];
        if (sudo?.value !== 'sudo') continue;
        const span = body.sourceSpan(sudo);
        const message = '`sudo` is not needed where the build runs as root';
        if (!isRoot(user)) {
          // A user who is not root needs it.
          if (user === undefined)
            yield declined(span, message, 'unknown-user', 'the base image may start as another user');
          continue;
        }
        const last = lastOwnWord(command);
        if (last === undefined) continue;
        const next = command.words[last + 1];
        if (next === undefined) continue;
        if (isOtherEcho(command.words.slice(last + 1))) {
          yield declined(
            span,
            message,
            'shell-control',
            `\`${next.text}\` of the shell treats its arguments in another way`,
          );
          continue;
        }
        const dropped = { start: sudo.start, end: next.start };
        if (!body.isContiguous({ start: sudo.start, end: next.start + 1 })) {
          yield declined(span, message, 'not-one-place', 'a line continuation follows it');
          continue;
        }
        yield fixed(span, message, {
          edits: [deletion(body.sourceSpan(dropped))],
          applicability: 'safe',
          checked: [`the user is ${user ?? ''}`],
          removes: command.words.slice(0, last + 1).map((word) => word.text),
        });
      }
    }
  },
};

/** The index of sudo's last own word; undefined when it does more than run a command as root. */
function lastOwnWord(command: ShellCommand): number | undefined {
  let last = 0;
  for (let at = 1; at < command.words.length; at++) {
    const value = command.words[at]?.value;
    if (value === undefined) return undefined;
    if (!value.startsWith('-')) return last;
    if (!PLAIN_FLAG.test(value)) return undefined;
    last = at;
  }
  return undefined;
}

/** sudo runs /bin/echo, which reads `-e` and backslashes otherwise than the builtin of dash or bash. */
function isOtherEcho(words: readonly ShellWord[]): boolean {
  const name = words[0]?.value;
  if (name !== 'echo' && name !== 'printf' && name !== 'test' && name !== 'kill') return false;
  return words.slice(1).some((word) => word.value === undefined || /\\|^-/.test(word.value));
}
