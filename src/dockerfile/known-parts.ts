import { InstructionParts } from './instruction.js';

/** How much text a generation holds, in code units. What is read from it takes some thirty times as much memory. */
const GENERATION = 1 << 19;

/**
 * What was read from instructions of the files before, by escape character and joined text. The services of a team have
 * the same `RUN apt-get install` and `COPY . .`, and copies of whole files are common. Two generations are kept, so that
 * what is asked for stays and memory does not grow with the number of files.
 */
class KnownParts {
  readonly #escape: string;
  #young = new Map<string, InstructionParts>();
  #old: ReadonlyMap<string, InstructionParts> = new Map();
  #weight = 0;

  constructor(escape: string) {
    this.#escape = escape;
  }

  of(text: string): InstructionParts {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const parts = this.#old.get(text) ?? new InstructionParts(text, this.#escape);
    if (this.#weight > GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
    this.#young.set(text, parts);
    this.#weight += text.length;
    return parts;
  }
}

const byEscape = { '\\': new KnownParts('\\'), '`': new KnownParts('`') } as const;

/** What is read from the joined text of an instruction. */
export function partsOf(text: string, escape: '\\' | '`'): InstructionParts {
  return byEscape[escape].of(text);
}
