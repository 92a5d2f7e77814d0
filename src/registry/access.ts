import { type Challenge, readChallenge } from './challenge.js';
import type { Credentials, CredentialStore } from './credentials.js';
import { fieldOf, parseJson, textOf } from './json.js';
import { RegistryProblem, shown } from './problem.js';
import { mayLead, parseUrl, type Source } from './source.js';
import type { Answer, Transport } from './transport.js';

/** Who asks for access, and for what. */
export interface Applicant {
  readonly source: Source;
  readonly repository: string;
  readonly retries: number;
}

interface Token {
  readonly value: string;
  /** By the clock of `performance`, which nobody sets back. */
  readonly expires: number;
}

/** The longest answer with a token, in bytes. */
const LIMIT = 256 * 1024;

/** Token servers that give no time mean this many seconds; https://distribution.github.io/distribution/spec/auth/token/. */
const LIFETIME = 60;

/** Answers what a registry asks with 401, with tokens and passwords. */
export class Access {
  readonly #transport: Transport;
  readonly #store: CredentialStore;
  readonly #tokens = new Map<string, Promise<Token>>();

  constructor(transport: Transport, store: CredentialStore) {
    this.#transport = transport;
    this.#store = store;
  }

  /** The header Authorization for a registry that gave this answer. Throws a `RegistryProblem` where there is none. */
  async authorize({ headers, url }: Answer, applicant: Applicant): Promise<string> {
    const challenge = readChallenge(headers.get('www-authenticate') ?? '');
    if (challenge === undefined) throw await this.refusal(applicant);
    const { credentials } = await this.#store.find(applicant.source.credentialKey);
    if (challenge.scheme === 'bearer') return `Bearer ${await this.#token(challenge, url, credentials, applicant)}`;
    if (credentials?.kind !== 'password') throw await this.refusal(applicant);
    return basic(credentials);
  }

  /** That a registry lets nobody in, with what may be missing. */
  async refusal({ source, repository }: Applicant): Promise<RegistryProblem> {
    const { credentials, lack } = await this.#store.find(source.credentialKey);
    const sentence = `${source.name} gives no access to ${repository}`;
    if (credentials !== undefined) return new RegistryProblem(`${sentence} with the credentials for it`);
    return new RegistryProblem(`${sentence}: it is not there or needs credentials, and ${lack}`);
  }

  async #token(
    { realm, service = '', scope }: Challenge & { readonly scheme: 'bearer' },
    from: URL,
    credentials: Credentials | undefined,
    applicant: Applicant,
  ): Promise<string> {
    const { source, repository } = applicant;
    const url = parseUrl(realm);
    if (url === undefined || !mayLead(from, url)) {
      throw new RegistryProblem(`${source.name} gives its tokens where dfix does not ask for them`);
    }
    const asked = scope ?? `repository:${repository}:pull`;
    // With the registry: another one that names the same realm must not get what this one's credentials gave.
    const key = JSON.stringify([source.credentialKey, url.href, service, asked]);
    const kept = this.#tokens.get(key);
    if (kept !== undefined) {
      const { value, expires } = await kept;
      if (expires > performance.now()) return value;
    }
    const token = this.#ask(url, service, asked, credentials, applicant);
    this.#tokens.set(key, token);
    return (await token).value;
  }

  async #ask(
    realm: URL,
    service: string,
    scope: string,
    credentials: Credentials | undefined,
    applicant: Applicant,
  ): Promise<Token> {
    const { retries } = applicant;
    const asked = performance.now();
    const answer =
      credentials?.kind === 'identity'
        ? await this.#transport.ask({
            method: 'POST',
            url: realm,
            form: identityForm(service, scope, credentials.token),
            limit: LIMIT,
            retries,
          })
        : await this.#transport.ask({
            method: 'GET',
            url: withQuery(realm, service, scope),
            authorization: credentials === undefined ? undefined : basic(credentials),
            limit: LIMIT,
            retries,
          });
    if (answer.status === 401 || answer.status === 403) throw await this.refusal(applicant);
    if (answer.status !== 200)
      throw new RegistryProblem(`${shown(realm.host)} answers ${answer.status} instead of a token`);
    return readToken(answer, asked);
  }
}

function basic({ username, password }: Credentials & { readonly kind: 'password' }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** https://distribution.github.io/distribution/spec/auth/oauth/ */
function identityForm(service: string, scope: string, token: string): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'refresh_token',
    service,
    scope,
    client_id: 'dfix',
    refresh_token: token,
  });
}

function withQuery(realm: URL, service: string, scope: string): URL {
  const url = new URL(realm);
  if (service !== '') url.searchParams.append('service', service);
  for (const each of scope.split(' ')) url.searchParams.append('scope', each);
  return url;
}

function readToken({ body, url }: Answer, asked: number): Token {
  const content = parseJson(Buffer.from(body).toString('utf8'));
  const value = textOf(content, 'token') ?? textOf(content, 'access_token') ?? '';
  // It becomes part of a header.
  if (!/^[\x21-\x7e]+$/.test(value)) throw new RegistryProblem(`${shown(url.host)} answers without a token`);
  const seconds = fieldOf(content, 'expires_in');
  const lifetime = typeof seconds === 'number' && seconds > 0 ? seconds : LIFETIME;
  // A tenth less: it has to arrive before it expires.
  return { value, expires: asked + lifetime * 900 };
}
