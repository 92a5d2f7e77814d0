import { changeKey } from '../change-key.js';
import type { Change } from '../rewrite.js';
import { runSmokeTest } from './smoke.js';
import { failureOf } from './verdict.js';
import { BrokenBeforeError, buildVersion, privateName, type TrialSetting } from './verification.js';
import type { Version } from './workspace.js';

/** What a file becomes when only some of its fixes are applied. */
export interface Candidate {
  readonly version: Version;
  readonly changes: readonly Change[];
}

export interface Dropped {
  readonly change: Change;
  /** One phrase: what failed with it. */
  readonly reason: string;
}

export interface Bisected<C extends Candidate> {
  readonly kept: C;
  readonly dropped: readonly Dropped[];
}

export interface BisectRequest<C extends Candidate> extends TrialSetting {
  readonly before: Version;
  /** Rewrites the file with the fixes that a function takes. */
  readonly rewriteWith: (accepts: (change: Change) => boolean) => C;
}

/**
 * Applies the fixes one at a time, in their order, and keeps those with which the file builds and passes its smoke
 * test. Throws a `BrokenBeforeError` for a file that does not do so as it is.
 */
export async function bisect<C extends Candidate>(request: BisectRequest<C>): Promise<Bisected<C>> {
  const { before, rewriteWith } = request;
  const broken = await trial(request, before);
  if (broken !== undefined) throw new BrokenBeforeError(`the Dockerfile does not work as it is: ${broken}`, '');
  const all = rewriteWith(() => true);
  if ((await trial(request, all.version)) === undefined) return { kept: all, dropped: [] };
  const dropped: Dropped[] = [];
  const refused = new Set<string>();
  const taken = new Set<string>();
  let kept = rewriteWith(() => false);
  for (;;) {
    const seen: Change[] = [];
    // With what is taken so far: a fix may only be there once another one was applied.
    rewriteWith((change) => {
      const key = changeKey(change);
      if (!taken.has(key) && !refused.has(key)) seen.push(change);
      return taken.has(key);
    });
    const next = seen[0];
    if (next === undefined) return { kept, dropped };
    const key = changeKey(next);
    const candidate = rewriteWith((change) => taken.has(changeKey(change)) || changeKey(change) === key);
    const reason = await trial(request, candidate.version);
    if (reason === undefined) {
      taken.add(key);
      kept = candidate;
    } else {
      refused.add(key);
      dropped.push({ change: next, reason });
    }
  }
}

/** Builds a version and runs the smoke test; why it failed, if it did. */
async function trial(request: TrialSetting, version: Version): Promise<string | undefined> {
  const { engine, smoke, smokeSeconds: seconds, signal } = request;
  const name = privateName();
  const tag = `${name}:bisect`;
  const build = await buildVersion(request, version, tag, false);
  if (!build.isBuilt) return `the build fails: ${failureOf(build)}`;
  if (smoke === undefined) return undefined;
  const image = await engine.look(tag);
  const result = await runSmokeTest({ engine, test: smoke, tag, name, image, signal, seconds });
  if (!result.isPassed) return `the smoke test fails: ${result.seen}`;
  return result.survivesRestart === false ? 'the smoke test fails after a restart' : undefined;
}
