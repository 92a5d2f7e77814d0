/** Draws entries of a list. A small linear congruential generator, so that a sample can be looked at again. */
export function* sample(list, count, seed) {
  let state = seed;
  const left = [...list];
  while (count-- > 0 && left.length > 0) {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    yield left.splice(state % left.length, 1)[0];
  }
}
