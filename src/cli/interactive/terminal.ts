import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Talk } from './talk.js';

/** The terminal that dfix was started from. Its own line editing is enough for one letter. */
export class Terminal implements Talk {
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    this.#lines = createInterface({ input: process.stdin, terminal: false });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  show(text: string): void {
    process.stderr.write(`${text}\n`);
  }

  async ask(question: string): Promise<string | undefined> {
    process.stderr.write(question);
    const next = await this.#answers.next();
    return next.done === true ? undefined : next.value;
  }

  /** Opens the person's editor. Its name is a line for a shell, as git takes it; the path is an argument of it. */
  async edit(text: string): Promise<string | undefined> {
    const { VISUAL, EDITOR } = process.env;
    const editor = [VISUAL, EDITOR].find((name) => name !== undefined && name !== '') ?? 'vi';
    const folder = await mkdtemp(join(tmpdir(), 'dfix-'));
    const path = join(folder, 'hunk.Dockerfile');
    this.#lines.pause();
    try {
      await writeFile(path, text, { mode: 0o600 });
      const hasWorked = await run('sh', ['-c', `${editor} "$@"`, editor, path]);
      return hasWorked ? await readFile(path, 'utf8') : undefined;
    } finally {
      await rm(folder, { recursive: true });
      this.#lines.resume();
    }
  }

  close(): void {
    this.#lines.close();
  }
}

function run(program: string, words: readonly string[]): Promise<boolean> {
  return new Promise((settle) => {
    const child = spawn(program, words, { stdio: 'inherit' });
    child.on('error', () => settle(false));
    child.on('close', (code) => settle(code === 0));
  });
}
