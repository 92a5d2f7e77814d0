let slots = 0;

/**
 * An object of which modules above its own keep what they have found out, as long as it lives. A property serves what
 * many ask for much faster than a WeakMap would.
 */
export abstract class Remembering {
  #answers: unknown[] | undefined;

  /** A function that works out its answer once for each object. An answer that is undefined is worked out again. */
  static remembered<K extends Remembering, V>(this: void, answer: (about: K) => V): (about: K) => V {
    const slot = slots++;
    return (about) => {
      const answers = (about.#answers ??= []);
      // Nobody else writes to this slot.
      return (answers[slot] ??= answer(about)) as V;
    };
  }
}

export const { remembered } = Remembering;
