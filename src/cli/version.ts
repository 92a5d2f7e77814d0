declare const DFIX_VERSION: string | undefined;

/** The version of the bundled program. */
export function version(): string {
  return typeof DFIX_VERSION === 'string' ? DFIX_VERSION : 'development';
}
