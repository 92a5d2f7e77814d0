import { type Diagnostic, reported, type Transform } from './transform.js';

const LARGEST = 65535;

/**
 * Reports a port of EXPOSE beyond 65535, and a range that ends before it starts. The build fails there.
 *
 * Safe because it changes nothing: which port is meant only a person knows.
 */
export const reportPortRange: Transform = {
  name: 'report-port-range',
  summary: 'Reports ports that do not exist',
  category: 'correctness',
  related: [
    'hadolint:DL3011',
    'trivy:DS-0008',
    'kics:unix_ports_out_of_range',
    'semgrep:invalid-port',
    'tally:hadolint/DL3011',
    'dockerfile-doctor:DD038',
    'dockerfile-roast:DF040',
  ],
  reportsOnly: true,
  needsInstruction: ['EXPOSE'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const outer of dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      if (instruction.keyword !== 'EXPOSE') continue;
      for (const word of instruction.words) {
        // The ports of the host and of the container, each a number or a range.
        const ports = word.text
          .replace(/\/.*$/, '')
          .split(/[:-]/)
          .filter((part) => /^\d+$/.test(part))
          .map(Number);
        const range = /(\d+)-(\d+)(?:\/\w+)?$/.exec(word.text);
        const span = instruction.sourceSpan(word);
        if (ports.some((port) => port > LARGEST)) {
          yield reported(
            span,
            `\`${word.text}\` is beyond ${LARGEST}, the last port`,
            'Name the port that the program listens on',
          );
        } else if (range !== null && Number(range[1]) > Number(range[2])) {
          yield reported(span, `the range \`${word.text}\` ends before it starts`, 'Name the lower port first');
        }
      }
    }
  },
};
