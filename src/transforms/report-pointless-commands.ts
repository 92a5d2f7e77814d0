import { invocationsOf } from '../shell/invocation.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/** Programs that look at, or steer, a machine that runs: a build has none. */
const POINTLESS = ['free', 'ifconfig', 'kill', 'mount', 'ps', 'service', 'shutdown', 'ssh', 'top', 'vim'] as const;

/**
 * Reports commands that do nothing of use in a build: no service that a RUN starts outlives it, and nobody looks at a
 * list of processes.
 *
 * Safe because nothing is changed: another command of the same RUN may rely on a service that runs that long.
 */
export const reportPointlessCommands: Transform = {
  name: 'report-pointless-commands',
  summary: 'Reports commands that make no sense in a build',
  category: 'correctness',
  reportsOnly: true,
  related: [
    'hadolint:DL3001',
    'kics:run_utilities_and_posix_commands',
    'semgrep:nonsensical-command',
    'tally:hadolint/DL3001',
    'dockerfile-roast:DF060',
    'buddy:ER0005',
  ],
  needsProgram: POINTLESS,
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming(...POINTLESS)) {
      const body = analysis.body(instruction);
      if (body === undefined) continue;
      for (const { program, programWord, wrappers } of invocationsOf(body)) {
        if (!POINTLESS.some((name) => name === program) || wrappers.includes('command')) continue;
        yield reported(
          body.sourceSpan(programWord),
          `\`${program}\` does nothing that outlives its RUN`,
          program === 'service'
            ? 'Start the service with CMD or ENTRYPOINT when the container starts.'
            : 'Leave it out, or do it in a container that runs.',
        );
      }
    }
  },
};
