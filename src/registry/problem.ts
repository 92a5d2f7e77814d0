/** Something of a registry, or on the way to it, that keeps a digest from being known: one sentence for a person. */
export class RegistryProblem extends Error {}

/** The longest text of a user that a message repeats, in UTF-16 code units. */
const SHOWN = 200;

/** A text as a message may show it: without control characters, which would write on the user's terminal. */
export function shown(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '');
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
}

/** The code of an error of the system, such as `ENOENT`; empty for any other. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
