import type { ShellBody } from '../shell/body.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

const INTERPRETERS = /^(?:(?:ba|da|a|z|k)?sh|python[0-9.]*|perl|ruby|node|php)$/;

/**
 * Reports a script that is downloaded and run in one go. Nobody has read what runs there, it is another script the
 * day after, and one that is cut short runs as far as it came.
 *
 * Safe because nothing is changed: the checksum that it takes is not in the file.
 */
export const reportPipeToShell: Transform = {
  name: 'report-pipe-to-shell',
  summary: 'Reports downloads that are piped into a shell',
  category: 'security',
  reportsOnly: true,
  related: ['dockerfile-doctor:DD054', 'dockerfile-roast:DF021'],
  needsProgram: ['curl', 'wget'],
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming('curl', 'wget')) {
      const body = analysis.body(instruction);
      if (body === undefined) continue;
      const invocations = invocationsOf(body);
      for (const [index, download] of invocations.entries()) {
        if (download.program !== 'curl' && download.program !== 'wget') continue;
        const runner = runnerOf(body, download, invocations.slice(0, index), invocations.slice(index + 1));
        if (runner === undefined) continue;
        yield reported(
          body.sourceSpan(download.programWord),
          `\`${runner.program}\` runs what \`${download.program}\` downloads, whatever that is today`,
          'Download the script into a file, compare its checksum and run it then, or install the package of the distribution.',
        );
      }
    }
  },
};

/** The interpreter that runs a download: at the end of its pipe, or around its substitution. */
function runnerOf(
  { text }: ShellBody,
  { command }: Invocation,
  before: readonly Invocation[],
  behind: readonly Invocation[],
): Invocation | undefined {
  let end = command.end;
  for (const next of behind) {
    if (!/^\s*\|&?\s*$/.test(text.slice(end, next.command.start))) break;
    if (INTERPRETERS.test(next.program) && readsInput(next)) return next;
    end = next.command.end;
  }
  // sh -c "$(curl …)", bash <(curl …), eval "$(curl …)".
  return before.findLast(
    (outer) =>
      outer.command.start < command.start &&
      command.end < outer.command.end &&
      (outer.program === 'eval' ||
        outer.program === 'source' ||
        outer.program === '.' ||
        INTERPRETERS.test(outer.program)),
  );
}

/** Whether an interpreter reads its script from the pipe: it is given no other one. */
function readsInput({ program, args }: Invocation): boolean {
  if (/sh$/.test(program)) return !args.some((word) => word.value === '-c') && !/^[^-]/.test(args[0]?.text ?? '');
  return args.length === 0 || args[0]?.value === '-';
}
