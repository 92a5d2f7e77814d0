import type { SmokeTest } from '../verify/smoke.js';
import { UsageError } from './exit-codes.js';

export interface SmokeOptions {
  readonly smoke: string | undefined;
  readonly smokeHttp: string | undefined;
  readonly smokeRun: boolean;
}

/** The smoke test that the command line asks for. Throws a `UsageError`. */
export function smokeTestOf({ smoke, smokeHttp, smokeRun }: SmokeOptions): SmokeTest | undefined {
  const given = [smoke !== undefined, smokeHttp !== undefined, smokeRun].filter(Boolean);
  if (given.length > 1) throw new UsageError('--smoke, --smoke-http and --smoke-run exclude each other');
  if (smokeRun) return { kind: 'run' };
  if (smoke !== undefined) return { kind: 'command', words: commandWords(smoke) };
  if (smokeHttp === undefined) return undefined;
  const [, port, path] = /^(\d+)?(\/.*)$/.exec(smokeHttp) ?? [];
  if (path === undefined) throw new UsageError(`--smoke-http ${smokeHttp} is neither /PATH nor PORT/PATH`);
  return { kind: 'http', port: port === undefined ? undefined : Number(port), path };
}

/** A command as people write it runs in the container's own shell; a JSON array of words does without one. */
function commandWords(text: string): readonly string[] {
  if (!text.trimStart().startsWith('[')) return ['/bin/sh', '-c', text];
  let words: unknown;
  try {
    words = JSON.parse(text);
  } catch {
    throw new UsageError(`--smoke ${text} starts like a JSON array and is none`);
  }
  if (!Array.isArray(words) || words.length === 0 || !words.every((word) => typeof word === 'string'))
    throw new UsageError(`--smoke ${text} is no array of words`);
  return words;
}
