import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The built command. */
export const PROGRAM = resolve(import.meta.dirname, '../../dist/cli/launch.cjs');

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built command in a folder. */
export function runProgram(
  cwd: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  input: string | Buffer = '',
): Run {
  const options = { cwd, env, input, encoding: 'utf8', maxBuffer: 1 << 28 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], options);
  return { code: status, out: stdout, err: stderr };
}

/** Writes a file below a folder, and the folders that it lies in; its path. */
export function putFile(folder: string, name: string, text: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}
