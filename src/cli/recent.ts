/**
 * Keeps what was found last. Files come in the order of their folders, so what is older is hardly asked for again, and
 * memory does not grow with their number.
 */
export class Recent<V> {
  readonly #limit: number;
  readonly #weigh: (value: V) => number;
  readonly #values = new Map<string, V>();
  #weight = 0;

  /** `limit` is what all values together may weigh. */
  constructor(limit: number, weigh: (value: V) => number = () => 1) {
    this.#limit = limit;
    this.#weigh = weigh;
  }

  /** What is kept for a key, or what `make` finds. */
  get(key: string, make: () => V): V {
    if (!this.#values.has(key)) {
      const made = make();
      this.#values.set(key, made);
      this.#weight += this.#weigh(made);
      this.#shrink();
      return made;
    }
    // The key is there, so the value is one. What is asked for is the newest again.
    const known = this.#values.get(key) as V;
    this.#values.delete(key);
    this.#values.set(key, known);
    return known;
  }

  #shrink(): void {
    for (const [key, value] of this.#values) {
      if (this.#weight <= this.#limit || this.#values.size === 1) return;
      this.#values.delete(key);
      this.#weight -= this.#weigh(value);
    }
  }
}
