export { UsageError } from '../usage-error.js';

/** The exit codes, the strongest first: the first of them that applies is the one. */
export const EXIT_CODES = [
  { code: 2, meaning: 'usage, configuration or I/O error, or dfix refused its own result' },
  { code: 4, meaning: 'a file could not be parsed; the others were still processed' },
  { code: 1, meaning: '--check: something would change; verify: something differs that no fix announced' },
  { code: 3, meaning: 'no Dockerfile matched' },
  { code: 5, meaning: 'verify: no container engine can build here' },
  { code: 6, meaning: 'verify: the file does not build, or fails its smoke test, before any change' },
  { code: 130, meaning: 'verify: interrupted' },
  { code: 0, meaning: 'done' },
] as const;

export type ExitCode = (typeof EXIT_CODES)[number]['code'];

/** The strongest of some codes; 0 for none. */
export function strongest(codes: ReadonlySet<ExitCode>): ExitCode {
  return EXIT_CODES.find((entry) => codes.has(entry.code))?.code ?? 0;
}
