import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** How a program ended. */
export interface Ended {
  /** Undefined when it was killed. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** It took longer than it was given. */
  readonly isTimedOut: boolean;
}

export interface ChildOptions {
  /** Ends the program, and all that it started, when it is aborted. */
  readonly signal: AbortSignal;
  readonly timeoutSeconds?: number;
  /** Added to the environment of dfix. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Gets each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
  readonly input?: string;
  /** Keeps all of stdout, however long it is. */
  readonly isWhole?: boolean;
}

/** Thrown when a program is not there. */
export class MissingProgramError extends Error {
  readonly program: string;

  constructor(program: string) {
    super(`${program} is not installed`);
    this.program = program;
  }
}

/** The code of an error of the system, such as `ENOENT`; empty for any other. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** How much of an output is kept, in UTF-16 code units: its end, where errors stand. */
const KEPT_OUTPUT = 1 << 20;

/** How long a program has to end by itself before it is killed, in milliseconds. */
const GRACE = 5000;

/**
 * Runs a program, never through a shell, and waits for its end. Throws a `MissingProgramError`, or the reason of an
 * aborted signal.
 */
export async function runChild(program: string, args: readonly string[], options: ChildOptions): Promise<Ended> {
  const { signal, timeoutSeconds, onLine, input, isWhole = false } = options;
  const child = start(program, args, options);
  const end = endOf(child, program);
  const stdout = collect(child.stdout, onLine, isWhole ? Infinity : KEPT_OUTPUT);
  const stderr = collect(child.stderr, onLine, KEPT_OUTPUT);
  child.stdin?.on('error', () => undefined).end(input ?? '');
  let isTimedOut = false;
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => {
          isTimedOut = true;
          killGroup(child);
        }, timeoutSeconds * 1000);
  try {
    const code = await end;
    signal.throwIfAborted();
    return { code: isTimedOut ? undefined : code, stdout: stdout(), stderr: stderr(), isTimedOut };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs a program whose output `read` takes as bytes. What it says on stderr is the message of the error that is thrown
 * when it fails.
 */
export async function streamChild<T>(
  program: string,
  args: readonly string[],
  options: ChildOptions,
  read: (output: Readable) => Promise<T>,
): Promise<T> {
  const child = start(program, args, options);
  const end = endOf(child, program);
  const stderr = collect(child.stderr, undefined, KEPT_OUTPUT);
  child.stdin?.end();
  if (child.stdout === null) throw new Error(`${program} has no output`);
  const [value, code] = await Promise.all([read(child.stdout), end]);
  options.signal.throwIfAborted();
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} failed: ${stderr().trim()}`);
  return value;
}

function start(program: string, args: readonly string[], { signal, environment }: ChildOptions): ChildProcess {
  signal.throwIfAborted();
  // A process group of its own: what it started ends with it, and a ctrl-C reaches dfix alone, which cleans up.
  const child = spawn(program, args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const abort = (): void => killGroup(child);
  signal.addEventListener('abort', abort);
  child.once('close', () => signal.removeEventListener('abort', abort));
  return child;
}

function endOf(child: ChildProcess, program: string): Promise<number | undefined> {
  return new Promise((settle, reject) => {
    child.once('error', (error) => {
      const isMissing = ['ENOENT', 'EACCES'].includes(codeOf(error));
      reject(isMissing ? new MissingProgramError(program) : error);
    });
    child.once('close', (code) => settle(code ?? undefined));
  });
}

function killGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  const send = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // It has ended in the meantime.
      if (codeOf(error) !== 'ESRCH') throw error;
    }
  };
  send('SIGTERM');
  const timer = setTimeout(() => send('SIGKILL'), GRACE);
  child.once('close', () => clearTimeout(timer));
}

/** Gathers the end of an output, as many UTF-16 code units as there is room for. */
function collect(stream: Readable | null, onLine: ((line: string) => void) | undefined, room: number): () => string {
  let kept = '';
  let line = '';
  stream?.setEncoding('utf8').on('data', (text: string) => {
    kept += text;
    if (kept.length > room) kept = kept.slice(-room);
    if (onLine === undefined) return;
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    for (const whole of lines) onLine(whole);
  });
  stream?.on('end', () => {
    if (line !== '') onLine?.(line);
  });
  return () => kept;
}
