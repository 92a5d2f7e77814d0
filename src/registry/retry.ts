/** The first wait and the longest, in milliseconds. */
const FIRST = 250;
const LONGEST = 10_000;

/** Whether an answer may be another one a moment later. */
export function isPassing(status: number): boolean {
  // 501 tells what a server will never do.
  return status === 429 || (status >= 500 && status <= 599 && status !== 501);
}

/**
 * How long to wait before the next attempt, in milliseconds: twice as long each time, or as long as the header
 * Retry-After asks for, if that is more; but never so long that a person would take dfix for stuck. Attempts count
 * from 1.
 */
export function waitBefore(attempt: number, retryAfter: string | null): number {
  const growing = FIRST * 2 ** (attempt - 1);
  return Math.min(LONGEST, Math.max(growing, readRetryAfter(retryAfter)));
}

/** https://www.rfc-editor.org/rfc/rfc9110#field.retry-after: seconds or a date. */
function readRetryAfter(header: string | null): number {
  if (header === null) return 0;
  if (/^[0-9]{1,9}$/.test(header)) return Number(header) * 1000;
  const time = Date.parse(header);
  return Number.isNaN(time) ? 0 : time - Date.now();
}
