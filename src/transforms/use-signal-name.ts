import { replacement } from '../text/edit.js';
import { lookUp } from '../text/table.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/** The numbers that mean the same signal on every processor that Linux runs on. */
const NUMBERS: Readonly<Record<string, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  9: 'SIGKILL',
  14: 'SIGALRM',
  15: 'SIGTERM',
};

/** Signals that a program may be asked to stop by, and the two that it never hears of. */
const NAME = /^(?:SIG)?(HUP|INT|QUIT|KILL|USR1|USR2|ALRM|TERM|STOP|WINCH|PWR)$/i;

/**
 * Writes the signal of STOPSIGNAL by its name, `SIGTERM` for `15`, `TERM` or `sigterm`. SIGTERM also takes the place
 * of the signals that no program can catch: a container that is stopped by one has no chance to finish its work.
 *
 * Safe because Docker looks the name up without regard to case and to `SIG`, and finds the number. Unsafe where the
 * signal changes: the program may take longer to stop.
 */
export const useSignalName: Transform = {
  name: 'use-signal-name',
  summary: 'Writes the signal of STOPSIGNAL by its name',
  category: 'style',
  related: ['tally:prefer-canonical-stopsignal', 'tally:no-ungraceful-stopsignal', 'dockerfile-doctor:DD079'],
  needsInstruction: ['STOPSIGNAL'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const outer of dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      if (instruction.keyword !== 'STOPSIGNAL') continue;
      const text = instruction.argumentsText;
      const name = signalName(text);
      if (name === undefined) continue;
      const span = instruction.sourceSpan(instruction.argumentsSpan);
      const isDeaf = name === 'SIGKILL' || name === 'SIGSTOP';
      if (name === text && !isDeaf) continue;
      const message = isDeaf
        ? `no program can catch \`${text}\`, so the container is stopped in the middle of its work`
        : `\`${text}\` is ${name}`;
      if (!instruction.logical.isContiguous(instruction.argumentsSpan)) {
        yield declined(span, message, 'not-one-place', 'a line continuation cuts it');
        continue;
      }
      yield fixed(span, message, {
        edits: [replacement(span, isDeaf ? 'SIGTERM' : name)],
        applicability: isDeaf ? 'unsafe' : 'safe',
        checked: [isDeaf ? 'look whether the program ends on SIGTERM' : 'it is the same signal'],
        removes: [text],
        configChanges: outer === instruction ? ['stopsignal'] : ['onbuild'],
      });
    }
  },
};

function signalName(text: string): string | undefined {
  const name = lookUp(NUMBERS, text);
  if (name !== undefined) return name;
  const bare = NAME.exec(text)?.[1];
  return bare === undefined ? undefined : `SIG${bare.toUpperCase()}`;
}
