import type { Found } from '../discover.js';
import { type ExitCode, strongest, UsageError } from '../exit-codes.js';
import { type FileOutcome, type ProcessOptions, rewriteFile, settle } from '../process-file.js';
import { hunksOf } from '../review/hunks.js';
import { withNeeds } from '../review/needs.js';
import type { RewriteCommand } from '../rewrite-command.js';
import { painterFor, tell } from '../style.js';
import { Summary } from '../summary.js';
import { reviewFile } from './review-file.js';
import { Terminal } from './terminal.js';

/** Throws a `UsageError` when nobody can answer, and for what has no meaning where a person is asked. */
export function checkInteractive(command: RewriteCommand): void {
  const { check, write, diff, list, format, report, decisions, patchDir, paths } = command;
  const rivals = { check, write, diff, list, format, report: report.length > 0, decisions, 'patch-dir': patchDir };
  for (const [name, value] of Object.entries(rivals))
    if (value !== undefined && value !== false) throw new UsageError(`--interactive and --${name} exclude each other`);
  if (paths.includes('-')) throw new UsageError('--interactive and stdin exclude each other');
  if (!process.stdin.isTTY) throw new UsageError('--interactive asks on a terminal, and stdin is none');
}

/** Asks about each hunk of some files, and writes what is taken, each file when its last hunk was answered. */
export async function runInteractive(found: readonly Found[], options: ProcessOptions): Promise<ExitCode> {
  const paint = painterFor(process.stderr, process.env);
  const summary = new Summary(paint, tell);
  const terminal = new Terminal();
  try {
    for (const file of found) {
      const { outcome, rewritten } = await rewriteFile(file, options);
      const hunks =
        rewritten === undefined ? [] : withNeeds(hunksOf(rewritten.read, rewritten.result), rewritten.again);
      if (rewritten === undefined || hunks.length === 0) {
        summary.add(outcome);
        continue;
      }
      const { read, result, again } = rewritten;
      const reviewed = { text: read.text, result, hunks, again };
      const { result: taken, hasEnded } = await reviewFile(outcome.path, reviewed, terminal, paint);
      const nothing = { ...result, status: 'unchanged' as const, text: read.text, changes: [], files: [] };
      const chosen: FileOutcome = { ...outcome, result: taken ?? nothing };
      summary.add(await settle(file, chosen, options));
      if (hasEnded) break;
    }
  } finally {
    terminal.close();
  }
  tell(summary.line(options.write));
  return strongest(summary.codes);
}
