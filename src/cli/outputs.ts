import { shownPath } from './discover.js';
import { UsageError } from './exit-codes.js';
import type { FileOutcome } from './process-file.js';
import type { Reports } from './reports/open-reports.js';
import type { PatchFolder } from './reports/patch-folder.js';
import { painterFor } from './style.js';
import type { Summary } from './summary.js';

export const FORMATS = ['diff', 'concise', 'json', 'jsonl'] as const;

export type Format = (typeof FORMATS)[number];

/** What a run prints, and which reports it writes. */
export interface OutputOptions {
  readonly paths: readonly string[];
  readonly check: boolean;
  readonly write: boolean;
  readonly diff: boolean;
  readonly list: boolean;
  readonly format: Format | undefined;
  /** Each as `FORMAT=PATH`. */
  readonly report: readonly string[];
  readonly withText: boolean;
}

/** The reports that were asked for. Most runs have none, and load nothing of them. */
export async function openReports(command: OutputOptions, inputs: readonly string[]): Promise<Reports | undefined> {
  if (command.report.length === 0) return undefined;
  const { Reports } = await import('./reports/open-reports.js');
  const reports = await Reports.open(command.report, inputs, { withText: command.withText });
  const rival = stdoutRival(command);
  if (!reports.takesStdout || rival === undefined) return reports;
  await reports.discard();
  throw new UsageError(`--report to stdout and ${rival} exclude each other`);
}

/** What else was asked to go to stdout. */
function stdoutRival(command: OutputOptions): string | undefined {
  if (command.list) return '--list';
  if (command.diff) return '--diff';
  if (command.format !== undefined) return '--format';
  return command.write && command.paths.includes('-') ? '--write of stdin' : undefined;
}

export async function endReports(reports: Reports | PatchFolder | undefined, summary: Summary): Promise<void> {
  for (const { path, fault } of (await reports?.end()) ?? []) summary.addUnwritten(path, fault);
}

type Print = (outcome: FileOutcome) => void | Promise<void>;

export interface Printer {
  readonly print: Print;
  readonly end: () => void | Promise<void>;
}

export async function printerFor(command: OutputOptions, reports: Reports | undefined): Promise<Printer> {
  const out = (part: string | Uint8Array): void => void process.stdout.write(part);
  const end = (): void => undefined;
  if (command.list) {
    const listed = new Set<string>();
    const print: Print = ({ path, result }) => {
      for (const file of result?.files ?? []) {
        if (!listed.has(file.path)) out(`${shownPath(file.path)}\n`);
        listed.add(file.path);
      }
      if (result?.status === 'changed') out(`${path}\n`);
    };
    return { print, end };
  }
  const isSilent = reports?.takesStdout === true || ((command.check || command.write) && !command.diff);
  const format = command.format ?? (isSilent ? undefined : 'diff');
  switch (format) {
    case undefined:
      return { print: () => undefined, end };
    case 'diff': {
      const { filePatches, patchBytes, shownPatch } = await import('./report-diff.js');
      const paint = painterFor(process.stdout, process.env);
      const isForPeople = process.stdout.isTTY || paint('bold', '') !== '';
      return {
        print: (outcome) => {
          if (isForPeople) return out(shownPatch(outcome, paint));
          out(patchBytes(outcome));
          out(filePatches(outcome.result?.files ?? []));
        },
        end,
      };
    }
    case 'concise': {
      const { conciseLines } = await import('./report-concise.js');
      const paint = painterFor(process.stdout, process.env);
      return { print: (outcome) => conciseLines(outcome, paint).forEach((line) => out(`${line}\n`)), end };
    }
    case 'json':
    case 'jsonl': {
      const { reporterFor } = await import('./reports/index.js');
      const reporter = await reporterFor(format, { withText: command.withText });
      return { print: (outcome) => out(reporter.add(outcome)), end: () => out(reporter.end()) };
    }
  }
}
