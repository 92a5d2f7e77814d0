import { rmSync } from 'node:fs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The files that are being written beside those whose place they take. */
class Temporaries {
  readonly #paths = new Set<string>();

  add(path: string): void {
    if (this.#paths.size === 0) {
      for (const signal of SIGNALS) process.on(signal, this.#end);
      process.on('exit', this.#remove);
    }
    this.#paths.add(path);
  }

  delete(path: string): void {
    this.#paths.delete(path);
    if (this.#paths.size > 0) return;
    for (const signal of SIGNALS) process.off(signal, this.#end);
    process.off('exit', this.#remove);
  }

  /** Also where nobody reads what is printed any more, which ends the process at once. */
  readonly #remove = (): void => {
    for (const path of this.#paths) {
      rmSync(path, { force: true });
      this.delete(path);
    }
  };

  /** Leaves nothing behind, and lets the signal do what it does without us. */
  readonly #end = (signal: NodeJS.Signals): void => {
    this.#remove();
    // Whoever else listens ends the process in a way of its own.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
}

export const temporaries = new Temporaries();
