import { execFile } from 'node:child_process';
import type { CredentialSetting, Credentials } from './credentials.js';
import { parseJson, textOf } from './json.js';
import { codeOf, shown } from './problem.js';

/** What a helper gave, or what is wrong with it, as the end of a sentence; neither where it knows nothing. */
export interface Helped {
  readonly credentials?: Credentials;
  readonly fault?: string;
}

/** The name becomes part of a program's name, and must not lead to another folder. */
const NAME = /^[A-Za-z0-9_-]+$/;

/** The longest answer, in bytes. */
const LIMIT = 64 * 1024;

/**
 * Asks a credential helper; https://github.com/docker/docker-credential-helpers. Nothing that it prints gets into a
 * message, since that may be a secret. Throws only the reason of an aborted signal.
 */
export async function askHelper(name: string, key: string, setting: CredentialSetting): Promise<Helped> {
  if (!NAME.test(name)) return { fault: `${shown(name)} is no name of a credential helper` };
  const program = `docker-credential-${name}`;
  const ended = await run(program, key, setting);
  setting.signal.throwIfAborted();
  if (ended.output === undefined) return { fault: `${program} ${ended.fault}` };
  const answer = parseJson(ended.output);
  const username = textOf(answer, 'Username');
  const secret = textOf(answer, 'Secret');
  if (username === undefined || secret === undefined) return { fault: `${program} has no credentials for it` };
  const isIdentity = username === '<token>';
  return {
    credentials: isIdentity ? { kind: 'identity', token: secret } : { kind: 'password', username, password: secret },
  };
}

type Ended = { readonly output: string } | { readonly output: undefined; readonly fault: string };

function run(program: string, input: string, setting: CredentialSetting): Promise<Ended> {
  const { dockerConfig, signal, timeoutSeconds } = setting;
  return new Promise((settle) => {
    const child = execFile(
      program,
      ['get'],
      {
        // A helper that reads config.json too reads the same one.
        env: { ...process.env, DOCKER_CONFIG: dockerConfig },
        killSignal: 'SIGKILL',
        maxBuffer: LIMIT,
        signal,
        timeout: timeoutSeconds * 1000,
        windowsHide: true,
      },
      (error, stdout) => {
        if (error === null) settle({ output: stdout });
        else settle({ output: undefined, fault: faultOf(error, timeoutSeconds) });
      },
    );
    // It may have ended without reading.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

function faultOf(error: { readonly killed?: boolean }, timeoutSeconds: number): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'is not installed';
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'prints too much';
  if (error.killed === true) return `gives no answer within ${timeoutSeconds} s`;
  // A status is also how helpers say that they know nothing of a host.
  return /^E[A-Z]+$/.test(code) ? `cannot be started (${code})` : 'has no credentials for it';
}
