/** What a service may take at most, as the Compose specification writes it. */
export interface Limits {
  /** With its unit, such as `512m`. */
  readonly memory: string | undefined;
  /** Such as `0.5`. */
  readonly cpus: string | undefined;
}

/** The values that limits take: they are written into files. */
export const LIMIT_VALUES = {
  memory: { pattern: /^(?=.*[1-9])\d{1,9}(?:\.\d{1,3})?[bkmg]b?$/i, summary: 'a number with its unit, such as 512m' },
  cpus: { pattern: /^(?=.*[1-9])\d{1,4}(?:\.\d{1,3})?$/, summary: 'a number of processors, such as 0.5' },
} as const;

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** The bytes of a value such as `512m` or `1gb`; undefined where it is none, or a variable hides it. */
export function bytesOf(value: unknown): number | undefined {
  const [, number, unit = 'b'] = /^(\d+(?:\.\d+)?)\s*([bkmg]?)(?:i?b)?$/i.exec(String(value)) ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[unit.toLowerCase() || 'b'] ?? 1);
}
