import type { BuildStep } from './engine.js';

/** What the log of a builder tells, line by line. */
export interface BuildLog {
  readonly steps: readonly BuildStep[];
  /** The step that failed. */
  readonly failed: string | undefined;
  /** Takes the next line; the text of a step that starts with it. */
  add(line: string): string | undefined;
}

/** Reads `docker buildx build --progress plain`: each line starts with the number of what it is about. */
export class BuildKitLog implements BuildLog {
  readonly #steps = new Map<string, { text: string; isCached: boolean }>();
  failed: string | undefined;

  get steps(): readonly BuildStep[] {
    return [...this.#steps.values()];
  }

  add(line: string): string | undefined {
    const [, number = '', rest = ''] = /^#(\d+) (.*)$/.exec(line) ?? [];
    if (number === '') return undefined;
    const known = this.#steps.get(number);
    if (known === undefined) {
      // `[2/5] RUN make`, `[builder  2/10] RUN make`; a FROM is no step, nor is what has no number.
      if (!/^\[(?:\S+ )? *\d+\/\d+\] (?!FROM )/.test(rest)) return undefined;
      this.#steps.set(number, { text: rest, isCached: false });
      return rest;
    }
    if (rest === 'CACHED') known.isCached = true;
    if (rest.startsWith('ERROR: ')) this.failed = known.text;
    return undefined;
  }
}

/** Reads the log of buildah, which podman has as well: the steps come one after another. */
export class BuildahLog implements BuildLog {
  readonly #steps: { text: string; isCached: boolean }[] = [];
  readonly #isLayer = /^(?:RUN|COPY|ADD|WORKDIR)\b/i;
  #current: { text: string; isCached: boolean } | undefined;
  #last: string | undefined;
  failed: string | undefined;

  get steps(): readonly BuildStep[] {
    return this.#steps;
  }

  add(line: string): string | undefined {
    const [, text] = /^(?:\[\d+\/\d+\] )?STEP \d+\/\d+: (.*)$/.exec(line) ?? [];
    if (text !== undefined) {
      this.#last = text;
      this.#current = this.#isLayer.test(text) ? { text, isCached: false } : undefined;
      if (this.#current === undefined) return undefined;
      this.#steps.push(this.#current);
      return text;
    }
    if (line.startsWith('--> Using cache') && this.#current !== undefined) this.#current.isCached = true;
    if (/^Error: /i.test(line)) this.failed = this.#last;
    return undefined;
  }
}
