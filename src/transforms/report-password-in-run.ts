import { invocationsOf } from '../shell/invocation.js';
import type { ShellWord } from '../shell/parse.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/**
 * Reports a password that a RUN sets. It stands in the history of the image, where everybody who can pull it can read
 * it, and it is the same in every container.
 *
 * Safe because nothing is changed: which login is meant is for a person to say.
 */
export const reportPasswordInRun: Transform = {
  name: 'report-password-in-run',
  summary: 'Reports passwords that a RUN sets',
  category: 'security',
  reportsOnly: true,
  related: ['checkov:CKV2_DOCKER_17', 'dockle:DKL-LI-0001', 'dockerfile-doctor:DD058'],
  needsProgram: ['chpasswd', 'passwd', 'useradd', 'usermod'],
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming('chpasswd', 'passwd', 'useradd', 'usermod')) {
      const body = analysis.body(instruction);
      if (body === undefined) continue;
      for (const { program, programWord, args, wrappers } of invocationsOf(body)) {
        if (wrappers.includes('command')) continue;
        const sets =
          program === 'chpasswd' ||
          // `passwd -d` and `-l` set none; without a terminal `--stdin` or a pipe does.
          (program === 'passwd' &&
            !args.some((word) => /^-(?:-\w|\w*[dleuS])/.test(word.text) && word.value !== '--stdin')) ||
          ((program === 'useradd' || program === 'usermod') && givesPassword(args));
        if (!sets) continue;
        yield reported(
          body.sourceSpan(programWord),
          `\`${program}\` sets a password that everybody who has the image can read`,
          'Leave the user without a password, and give a secret to the container when it starts.',
        );
      }
    }
  },
};

/** `-p hash` of useradd and usermod; `*`, `!` and an empty text lock the login, and a variable tells nothing. */
function givesPassword(args: readonly ShellWord[]): boolean {
  const long = '--password=';
  const at = args.findIndex(({ text }) => /^(?:-[a-zA-Z]*p|--password)$/.test(text));
  const value =
    at === -1 ? args.find(({ text }) => text.startsWith(long))?.value?.slice(long.length) : args[at + 1]?.value;
  return value !== undefined && !/^(?:[*!].*|x?)$/.test(value);
}
