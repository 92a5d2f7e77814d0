import { UsageError } from './exit-codes.js';
import { isPage } from './outcomes.js';
import type { RewriteCommand } from './rewrite-command.js';

/** Options that exclude each other. What a record holds is the whole of a rewrite, not what somebody chose of it. */
const RIVALS: readonly (readonly [string, ...(readonly string[])])[] = [
  ['--check', '--write'],
  ['--resume', '--baseline', '--decisions', '--report html', '--interactive', '--commit-per-transform'],
  ['--commit-per-transform', '--baseline', '--decisions', '--interactive'],
  // Nothing is left to decide.
  ['--decisions', '--report html'],
];

/** What is about files, and cannot be asked of stdin. */
const ABOUT_FILES: readonly string[] = [
  '--baseline',
  '--patch-dir',
  '--decisions',
  '--report html',
  '--commit-per-transform',
  '--resume',
];

/** Throws a `UsageError` for options that cannot be met together. */
export function checkCombination(command: RewriteCommand): void {
  const given = new Map([
    ['--check', command.check],
    ['--write', command.write],
    ['--interactive', command.interactive],
    ['--resume', command.resume !== undefined],
    ['--baseline', command.baseline !== undefined],
    ['--patch-dir', command.patchDir !== undefined],
    ['--decisions', command.decisions !== undefined],
    ['--report html', command.report.some(isPage)],
    ['--commit-per-transform', command.commitPerTransform],
  ]);
  const isGiven = (option: string): boolean => given.get(option) === true;
  for (const [option, ...rivals] of RIVALS) {
    const rival = isGiven(option) ? rivals.find(isGiven) : undefined;
    if (rival !== undefined) throw new UsageError(`${option} and ${rival} exclude each other`);
  }
  if (command.commitPerTransform && !command.write) throw new UsageError('--commit-per-transform needs --write');
  if (!command.paths.includes('-')) return;
  if (command.paths.length > 1) throw new UsageError('- stands for stdin and takes no other path beside it');
  const rival = ABOUT_FILES.find(isGiven);
  if (rival !== undefined) throw new UsageError(`${rival} is about files, and - stands for stdin`);
}
