/** The keys of a table that was written down as a literal, with their type. */
export function keysOf<K extends string>(table: Partial<Readonly<Record<K, unknown>>>): readonly K[] {
  return Object.keys(table) as K[];
}

/** What a table holds for a word that may be anything a file says, `constructor` too. */
export function lookUp<V>(table: Readonly<Record<string, V>>, word: string | undefined): V | undefined {
  return word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;
}
