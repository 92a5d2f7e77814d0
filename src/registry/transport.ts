import { setTimeout as wait } from 'node:timers/promises';
import { Gate } from './gate.js';
import { RegistryProblem, shown } from './problem.js';
import { isPassing, waitBefore } from './retry.js';
import { mayLead, parseUrl } from './source.js';
import { Unreachable } from './unreachable.js';

export interface TransportSetting {
  /** How long one request may take, with all of its answer. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

export interface Question {
  readonly method: 'HEAD' | 'GET' | 'POST';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the host of `url` only, wherever that one redirects to. */
  readonly authorization?: string | undefined;
  readonly form?: URLSearchParams;
  /** The longest body, in bytes. */
  readonly limit: number;
  /** How many times more it is sent, where that can help. */
  readonly retries: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Empty for a HEAD, and for any status but 200. */
  readonly body: Uint8Array;
  /** What answered in the end, behind all redirects. */
  readonly url: URL;
}

/** Docker Hub counts requests, and a small registry has to live with every pipeline of a company. */
const AT_ONCE = 4;

const REDIRECTS = 5;
const REDIRECTING: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Sends requests: a few at a time to each host, with a time limit, again where that can help, and along redirects. */
export class Transport {
  readonly #timeoutSeconds: number;
  readonly #signal: AbortSignal;
  readonly #gates = new Map<string, Gate>();
  /** Hosts that did not answer any attempt, with what happened: the others that ask them need not wait as well. */
  readonly #down = new Map<string, string>();

  constructor({ timeoutSeconds, signal }: TransportSetting) {
    this.#timeoutSeconds = timeoutSeconds;
    this.#signal = signal;
  }

  /** The answer of any status. Throws a `RegistryProblem` where there is none, and the reason of an aborted signal. */
  async ask(question: Question): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt > question.retries;
      let retryAfter: string | null = null;
      try {
        const answer = await this.#follow(question);
        if (isLast || !isPassing(answer.status)) return answer;
        retryAfter = answer.headers.get('retry-after');
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        if (isLast || error.isFinal) {
          this.#down.set(error.host, error.message);
          throw error;
        }
      }
      // What it rejects with is no reason of an abort.
      await wait(waitBefore(attempt, retryAfter), undefined, { signal: this.#signal }).catch(() => undefined);
      this.#signal.throwIfAborted();
    }
  }

  async #follow(question: Question): Promise<Answer> {
    let { url, authorization } = question;
    for (let hops = 0; hops <= REDIRECTS; hops++) {
      const answer = await this.#gate(url.host).run(() => this.#send({ ...question, url, authorization }));
      if (!REDIRECTING.has(answer.status)) return answer;
      const next = redirectOf(answer, question);
      // For good: what comes back to the first host by way of another is that one's request.
      if (next.origin !== url.origin) authorization = undefined;
      url = next;
    }
    throw new RegistryProblem(`${shown(question.url.host)} redirects more than ${REDIRECTS} times`);
  }

  #gate(host: string): Gate {
    const gate = this.#gates.get(host) ?? new Gate(AT_ONCE);
    this.#gates.set(host, gate);
    return gate;
  }

  async #send({ method, url, headers, authorization, form, limit }: Question): Promise<Answer> {
    this.#signal.throwIfAborted();
    const down = this.#down.get(url.host);
    if (down !== undefined) throw new RegistryProblem(down);
    // Not AbortSignal.timeout: one that nothing but AbortSignal.any refers to may be collected before it fires
    // (https://github.com/nodejs/node/issues/57736).
    const controller = new AbortController();
    const end = (): void => controller.abort();
    this.#signal.addEventListener('abort', end);
    const timer = setTimeout(end, this.#timeoutSeconds * 1000);
    try {
      const response = await fetch(url, {
        method,
        // A compressed body would not have the digest of the manifest.
        headers: {
          'User-Agent': 'dfix',
          'Accept-Encoding': 'identity',
          ...headers,
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
        body: form ?? null,
        redirect: 'manual',
        signal: controller.signal,
      });
      const { status } = response;
      return { status, headers: response.headers, body: await readBody(response, url, limit), url };
    } catch (error) {
      this.#signal.throwIfAborted();
      if (error instanceof RegistryProblem) throw error;
      throw new Unreachable(url.host, controller.signal.aborted ? this.#timeoutSeconds : error);
    } finally {
      clearTimeout(timer);
      this.#signal.removeEventListener('abort', end);
    }
  }
}

function redirectOf({ headers, url }: Answer, { method }: Question): URL {
  const next = parseUrl(headers.get('location') ?? '', url);
  // A form holds an identity token, which would go along.
  if (next === undefined || method === 'POST' || !mayLead(url, next)) {
    throw new RegistryProblem(`${shown(url.host)} redirects to where dfix does not follow`);
  }
  return next;
}

async function readBody({ status, body }: Response, url: URL, limit: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  if (status !== 200) {
    await body.cancel();
    return new Uint8Array();
  }
  const stream: AsyncIterable<Uint8Array> = body;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    // Leaving the loop closes the connection.
    if (size > limit) throw new RegistryProblem(`${shown(url.host)} answers with more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
