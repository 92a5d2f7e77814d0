import { Dockerfile } from '../dockerfile/dockerfile.js';
import type { RewriteResult } from '../rewrite.js';
import { gitPatch } from '../text/patch.js';
import { Announced } from '../verify/announced.js';
import { bisect } from '../verify/bisect.js';
import { type Engine, type EngineName, FullDiskError, NoEngineError } from '../verify/engine.js';
import { findEngine } from '../verify/find-engine.js';
import { jsonReport, markdownReport, tableReport, type Verified } from '../verify/report.js';
import { findScanner, NoScannerError, scanBoth, type Scanned, type Scanner } from '../verify/scan.js';
import type { SmokeTest } from '../verify/smoke.js';
import { chooseSourceFile } from '../verify/source-file.js';
import { BrokenBeforeError, type TrialSetting, Verification } from '../verify/verification.js';
import { Workspace, WorkspaceError } from '../verify/workspace.js';
import { shownPath } from './discover.js';
import { type ExitCode, UsageError } from './exit-codes.js';
import { type SmokeOptions, smokeTestOf } from './smoke-options.js';
import { progressOn, tell, visible } from './style.js';
import type { VerifyFormat } from './verify-formats.js';
import {
  openSubject,
  originalOf,
  rewriteSubject,
  type Subject,
  type SubjectOptions,
  theDockerfile,
  versionOf,
  writeResult,
} from './verify-subject.js';

export interface VerifyCommand extends SubjectOptions, SmokeOptions {
  readonly paths: readonly string[];
  readonly write: boolean;
  readonly buildArg: readonly string[];
  readonly secret: readonly string[];
  readonly target: string | undefined;
  readonly platform: string | undefined;
  readonly network: string | undefined;
  readonly smokeTimeout: number;
  readonly touch: string | undefined;
  readonly engine: EngineName | undefined;
  readonly timeout: number;
  readonly bisect: boolean;
  readonly scan: boolean;
  readonly format: VerifyFormat;
}

/** Runs `dfix verify`: the one command that executes what a Dockerfile says, and it says so. */
export async function runVerify(command: VerifyCommand): Promise<ExitCode> {
  const smoke = smokeTestOf(command);
  const path = await theDockerfile(command.paths);
  if (path === undefined) {
    tell(`no Dockerfile in ${command.paths.join(', ') || '.'}`);
    return 3;
  }
  const subject = await openSubject(path, command);
  const result = rewriteSubject(subject);
  if (result.status === 'unparsable' || result.status === 'template') {
    const [problem] = result.problems;
    const where = problem === undefined ? '' : `:${problem.line}:${problem.column}: ${problem.message}`;
    tell(`${shownPath(path)}${where === '' ? ': a template is no Dockerfile yet' : where}`);
    return 4;
  }
  const [fault] = result.faults;
  if (fault !== undefined) throw new UsageError(`dfix refused its own result: ${fault.transform}: ${fault.message}`);
  if (result.status !== 'changed' && result.files.length === 0) {
    tell(`${shownPath(path)}: dfix changes nothing, so there is nothing to verify`);
    return 0;
  }
  return withInterruption((signal) => build(command, subject, result, smoke, signal));
}

async function build(
  command: VerifyCommand,
  subject: Subject,
  result: RewriteResult,
  smoke: SmokeTest | undefined,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { network, platform, timeout } = command;
  let engine: Engine | undefined;
  let workspace: Workspace | undefined;
  const progress = progressOn(process.stderr);
  try {
    engine = await findEngine(command.engine, { signal, timeoutSeconds: timeout, network, platform });
    const scanner = command.scan ? await findScanner(engine.name, signal) : undefined;
    tell(`dfix verify runs what ${shownPath(subject.path)} says, in builds by ${engine.version}`);
    workspace = await Workspace.open(subject.folder, subject.path);
    const request = {
      engine,
      workspace,
      settings: { buildArgs: command.buildArg, secrets: command.secret, target: command.target, platform, network },
      smoke,
      smokeSeconds: command.smokeTimeout,
      signal,
      onProgress: progress.show,
    };
    if (command.bisect) return await runBisect(command, subject, request, progress.clear);
    return await runComparison(command, subject, result, request, scanner, progress.clear);
  } catch (error) {
    progress.clear();
    if (error instanceof NoEngineError) {
      tell(`dfix: ${error.message}`);
      return 5;
    }
    if (error instanceof BrokenBeforeError) {
      tell(`dfix: ${shownPath(subject.path)}: ${visible(error.message)}`);
      if (error.words !== '') tell(visible(error.words).replace(/^/gm, '  '));
      return 6;
    }
    if (error instanceof FullDiskError || error instanceof WorkspaceError || error instanceof NoScannerError)
      throw new UsageError(error.message);
    throw error;
  } finally {
    progress.clear();
    await workspace?.close();
    await engine?.clean();
  }
}

async function runComparison(
  command: VerifyCommand,
  subject: Subject,
  result: RewriteResult,
  setting: TrialSetting,
  scanner: Scanner | undefined,
  clear: () => void,
): Promise<ExitCode> {
  const before = Dockerfile.parse(subject.read.text);
  const [context] = subject.around.contexts;
  const changes = [...result.changes, ...result.files];
  const after = versionOf(subject, result);
  const verification = await Verification.start(setting, originalOf(subject));
  const verdict = await verification.compare({
    version: after,
    announced: new Announced(before, changes, subject.options.selection.transforms),
    isUnsafe: changes.some(({ applicability }) => applicability === 'unsafe'),
  });
  const touched = command.touch ?? (context === undefined ? undefined : chooseSourceFile(before, context));
  const isBuilt = verdict.after !== undefined;
  const edit = touched === undefined || !isBuilt ? undefined : await verification.edit(touched, after);
  const scan =
    scanner === undefined || !isBuilt ? undefined : await scanImages(scanner, verification, setting, command.timeout);
  clear();
  const verified: Verified = {
    path: shownPath(subject.path),
    changes,
    verdict: { ...verdict, edit, ...(scan === undefined ? {} : { scan }) },
  };
  process.stdout.write(reportOf(verified, command.format));
  if (verdict.faults.length > 0) return 1;
  if (command.write) await writeResult(subject, result);
  return 0;
}

function scanImages(
  scanner: Scanner,
  verification: Verification,
  setting: TrialSetting,
  timeoutSeconds: number,
): Promise<Scanned> {
  const { signal, engine, onProgress } = setting;
  onProgress('scanning both images');
  const { imageBefore, imageAfter } = verification;
  return scanBoth(scanner, imageBefore, imageAfter, { signal, engine: engine.name, timeoutSeconds });
}

function reportOf(verified: Verified, format: VerifyFormat): string {
  switch (format) {
    case 'table':
      return visible(tableReport(verified));
    case 'markdown':
      return markdownReport(verified);
    case 'json':
      return `${JSON.stringify(jsonReport(verified), undefined, 2)}\n`;
  }
}

async function runBisect(
  command: VerifyCommand,
  subject: Subject,
  setting: TrialSetting,
  clear: () => void,
): Promise<ExitCode> {
  const { kept, dropped } = await bisect({
    ...setting,
    before: originalOf(subject),
    rewriteWith: (accepts) => {
      const result = rewriteSubject(subject, accepts);
      return { version: versionOf(subject, result), changes: [...result.changes, ...result.files], result };
    },
  });
  clear();
  const names = (list: readonly { readonly transform: string }[]): string =>
    list.length === 0 ? 'none' : [...new Set(list.map(({ transform }) => transform))].join(', ');
  const path = shownPath(subject.path);
  if (command.format === 'json') {
    const report = { version: 1, path, kept: kept.changes, dropped, text: kept.version.text };
    process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
  } else {
    process.stdout.write(visible(gitPatch(path, subject.read.text, kept.version.text)));
  }
  tell(`kept: ${names(kept.changes)}`);
  for (const { change, reason } of dropped)
    tell(`left out: ${change.transform} at line ${change.line}: ${visible(reason)}`);
  if (command.write) await writeResult(subject, kept.result);
  return dropped.length === 0 ? 0 : 1;
}

/** Runs something that ctrl-C ends: what it made is taken away before dfix ends. */
async function withInterruption(run: (signal: AbortSignal) => Promise<ExitCode>): Promise<ExitCode> {
  const control = new AbortController();
  const interrupt = (): void => control.abort(new Error('interrupted'));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, interrupt);
  try {
    return await run(control.signal);
  } catch (error) {
    if (!control.signal.aborted) throw error;
    tell('dfix: interrupted; what it had made is gone again');
    return 130;
  } finally {
    for (const name of signals) process.off(name, interrupt);
  }
}
