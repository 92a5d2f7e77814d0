import { invocationsOf } from '../shell/invocation.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/**
 * Reports a stage that downloads with both wget and curl: one of them and what it brings along could be left out.
 *
 * Safe because nothing is changed: their options are not the same, so which calls can be written in the other way is
 * for a person to say.
 */
export const useEitherWgetOrCurl: Transform = {
  name: 'use-either-wget-or-curl',
  summary: 'Reports a stage that downloads with both wget and curl',
  category: 'size',
  reportsOnly: true,
  related: [
    'hadolint:DL4001',
    'trivy:DS-0014',
    'kics:run_using_wget_and_curl',
    'semgrep:use-either-wget-or-curl',
    'tally:hadolint/DL4001',
    'dockerfile-roast:DF058',
    'buddy:ER0007',
  ],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    const runs = analysis.runsNaming('curl', 'wget');
    if (runs.length === 0 || analysis.runsNaming('curl').length === 0 || analysis.runsNaming('wget').length === 0)
      return;
    for (const stage of dockerfile.stages) {
      let first: string | undefined;
      let line = 0;
      for (const instruction of runs) {
        const body = dockerfile.stageOf(instruction) === stage ? analysis.body(instruction) : undefined;
        const other =
          body === undefined
            ? undefined
            : invocationsOf(body).find(({ program, args, wrappers }) => {
                if ((program !== 'curl' && program !== 'wget') || args.length === 0 || wrappers.includes('command'))
                  return false;
                if (first !== undefined) return program !== first;
                first = program;
                line = instruction.source.startLine;
                return false;
              });
        if (body === undefined || other === undefined) continue;
        yield reported(
          body.sourceSpan(other.programWord),
          `\`${other.program}\` downloads here, and \`${first ?? ''}\` on line ${line}: the stage needs one of them`,
          `Download with \`${first ?? ''}\` everywhere and leave ${other.program} out of the image.`,
        );
        break;
      }
    }
  },
};
