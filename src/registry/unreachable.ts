import { codeOf, RegistryProblem, shown } from './problem.js';

/** No answer came from a host. */
export class Unreachable extends RegistryProblem {
  readonly host: string;
  /** Another attempt would end in the same way. */
  readonly isFinal: boolean;

  /** Takes what `fetch` threw, or the number of seconds that were not enough. */
  constructor(host: string, cause: unknown) {
    const code = typeof cause === 'number' ? '' : networkCode(cause);
    super(`${shown(host)} ${typeof cause === 'number' ? `gives no answer within ${cause} s` : reasonFor(code)}`);
    this.host = host;
    this.isFinal = code === 'ENOTFOUND' || CERTIFICATE.test(code);
  }
}

const CERTIFICATE = /CERT|SSL|TLS|LEAF_SIGNATURE|EPROTO/;

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'has no address in DNS',
  EAI_AGAIN: 'cannot be looked up in DNS',
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'closes the connection',
  UND_ERR_SOCKET: 'closes the connection',
  UND_ERR_CONNECT_TIMEOUT: 'cannot be reached in time',
};

/** `fetch` says in `cause` what happened. A code is a constant of Node or OpenSSL, and nothing that a host sent. */
function networkCode(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  const code = codeOf(cause);
  return /^[A-Z0-9_]+$/.test(code) ? code : '';
}

function reasonFor(code: string): string {
  const known = REASONS[code];
  if (known !== undefined) return known;
  if (CERTIFICATE.test(code)) return `has no certificate that Node trusts (${code})`;
  return code === '' ? 'cannot be reached' : `cannot be reached (${code})`;
}
