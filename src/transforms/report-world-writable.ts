import { invocationsOf } from '../shell/invocation.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/**
 * Reports `chmod 777` and its kin. Every user and every process of the container may change such a file, and what runs
 * as root may run it next.
 *
 * Safe because nothing is changed: who has to write there is for a person to say.
 */
export const reportWorldWritable: Transform = {
  name: 'report-world-writable',
  summary: 'Reports files that everybody may write',
  category: 'security',
  reportsOnly: true,
  related: [
    'kics:avoid_chmod_777',
    'tally:world-writable-state-path-workaround',
    'dockerfile-doctor:DD050',
    'dockerfile-roast:DF034',
  ],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming('chmod')) {
      const body = analysis.body(instruction);
      if (body === undefined) continue;
      for (const { program, args } of invocationsOf(body)) {
        const mode = program === 'chmod' ? args.find((word) => !/^-[A-Za-z-]*$/.test(word.text)) : undefined;
        if (mode === undefined || !isWorldWritable(mode.value ?? '')) continue;
        yield report(body.sourceSpan(mode), `chmod ${mode.text}`);
      }
    }
    if (!dockerfile.text.includes('--chmod')) return;
    for (const instruction of dockerfile.instructions) {
      if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue;
      const flag = instruction.flags.find((candidate) => candidate.name === 'chmod');
      if (flag !== undefined && isWorldWritable(flag.value ?? ''))
        yield report(instruction.sourceSpan(flag), flag.text);
    }
  },
};

function report(span: { readonly start: number; readonly end: number }, text: string): Diagnostic {
  return reported(
    span,
    `\`${text}\` lets everybody in the container change the file`,
    'Give the file to the user that writes it, with --chown or chown, and let the others read.',
  );
}

/** Writable for others and not sticky, as /tmp is. */
function isWorldWritable(mode: string): boolean {
  if (/^[0-7]{3,4}$/.test(mode)) return /[2367]$/.test(mode) && !/^[1357][0-7]{3}$/.test(mode);
  return (
    mode.split(',').some((part) => /^(?:[ug]*o[ugo]*|u?g?a[ugo]*)[+=][rwxXst]*w/.test(part)) && !/\+\w*t/.test(mode)
  );
}
