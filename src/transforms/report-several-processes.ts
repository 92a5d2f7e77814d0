import type { Instruction } from '../dockerfile/instruction.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/** Programs that start and watch other programs. */
const SUPERVISORS = /(?:^|[\s/&;|("'])(?:supervisord|runsvdir|s6-svscan|monit|circusd)(?=$|[\s&;|)"',])/;

/** A service that is started in the background before the program itself. */
const STARTS_SERVICE =
  /(?:^|[\s/&;|("'])(?:service\s+[\w.@-]+\s+(?:re)?start|\/etc\/init\.d\/[\w.@-]+\s+(?:re)?start|(?:systemctl|rc-service)\s+\w+)/;

/**
 * Reports a container that starts several programs. Docker sees the first one only: another that dies is not started
 * again, their logs are mixed, and they can neither be scaled nor renewed apart from each other.
 *
 * Safe because nothing is changed: how the programs are split over containers is for a person to say.
 */
export const reportSeveralProcesses: Transform = {
  name: 'report-several-processes',
  summary: 'Reports containers that start several programs',
  category: 'correctness',
  reportsOnly: true,
  related: [],
  needsInstruction: ['CMD', 'ENTRYPOINT'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const stage of dockerfile.stages) {
      for (const keyword of ['ENTRYPOINT', 'CMD']) {
        // Only the last one counts.
        const instruction = stage.instructions.findLast((candidate) => candidate.keyword === keyword);
        const found = instruction === undefined ? undefined : whatStarts(instruction);
        if (instruction === undefined || found === undefined) continue;
        yield reported(
          instruction.sourceSpan(instruction.commandSpan),
          `${found} in one container: Docker watches the first of them only`,
          'Give each program an image of its own, and connect them with Compose or a pod.',
        );
      }
    }
  },
};

function whatStarts(instruction: Instruction): string | undefined {
  const text =
    instruction.exec?.map((word) => word.value).join(' ') ?? instruction.logical.slice(instruction.commandSpan);
  const supervisor = SUPERVISORS.exec(text)?.[0].replace(/^[\s/&;|("']+/, '');
  if (supervisor !== undefined) return `\`${supervisor}\` starts several programs`;
  const service = STARTS_SERVICE.exec(text)?.[0].replace(/^[\s&;|("']+/, '');
  return service === undefined ? undefined : `\`${service}\` starts a program beside another`;
}
