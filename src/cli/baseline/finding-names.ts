import { createHash } from 'node:crypto';

/** What a name is made of: which transform, and where it found something. */
export interface Named {
  readonly transform: string;
  /** In the text as it was read, from 1. */
  readonly line: number;
}

/**
 * Names for what is found in a file, which stay when lines move: a name holds the transform and the text of the line,
 * but neither the line's number nor what is said, which may get better words. Lines that are equal are counted.
 */
export class FindingNames {
  readonly #lines: readonly string[];
  /** By transform and text: the lines that have been seen, in the order in which they came. */
  readonly #seen = new Map<string, number[]>();

  constructor(text: string) {
    this.#lines = text.split('\n');
  }

  nameOf({ transform, line }: Named): string {
    // Whether the line is continued is no part of it: a command that comes behind changes that.
    const text = (this.#lines[line - 1] ?? '')
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/ ?[\\`]$/, '');
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 24);
    const name = `${transform} ${hash}`;
    const seen = this.#seen.get(name) ?? [];
    this.#seen.set(name, seen);
    if (!seen.includes(line)) seen.push(line);
    return `${name}:${seen.indexOf(line) + 1}`;
  }
}

/** The transform of a name. */
export function transformOf(name: string): string {
  return name.slice(0, name.indexOf(' '));
}
