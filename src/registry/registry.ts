import { setMaxListeners } from 'node:events';
import { Access } from './access.js';
import { CredentialStore } from './credentials.js';
import { DigestCache } from './digest-cache.js';
import { type ImageName, readImageName } from './image-name.js';
import { ManifestRequest } from './manifest.js';
import { RegistryProblem, shown } from './problem.js';
import { mirrorOf, type Source, sourceOf } from './source.js';
import { Transport } from './transport.js';

export interface RegistrySetting {
  /** The folder of config.json, where credentials are. */
  readonly dockerConfig: string;
  /** Where answers are kept between runs; it is made when it is missing. */
  readonly cacheFolder: string | undefined;
  /** Base addresses that are asked for images of Docker Hub before it, each once. */
  readonly mirrors: readonly string[];
  /** How long one request, or one credential helper, may take. */
  readonly timeoutSeconds: number;
  /** How many times more a request is sent that met an error of the network, a 429 or a 5xx. */
  readonly retries: number;
  /** Ends all that is under way when it is aborted. */
  readonly signal: AbortSignal;
}

/** A digest, or one sentence for a person that says why there is none. */
export type Resolved = { readonly digest: string } | { readonly problem: string };

/**
 * Tells which digests tags point to, by the API of the OCI distribution specification
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md). For one run: each reference is asked once.
 */
export class Registry {
  readonly #retries: number;
  readonly #signal: AbortSignal;
  readonly #mirrors: readonly Source[];
  readonly #transport: Transport;
  readonly #access: Access;
  readonly #cache: DigestCache;
  readonly #answers = new Map<string, Promise<Resolved>>();

  /** Throws a `MirrorError` for the address of a mirror that cannot be one. */
  constructor(setting: RegistrySetting) {
    this.#retries = setting.retries;
    this.#signal = setting.signal;
    // All that is under way listens to it, and Node would warn of a leak at the eleventh.
    setMaxListeners(0, setting.signal);
    this.#mirrors = setting.mirrors.map(mirrorOf);
    this.#transport = new Transport(setting);
    this.#access = new Access(this.#transport, new CredentialStore(setting));
    this.#cache = new DigestCache(setting.cacheFolder);
  }

  /**
   * The digest of the tag in a reference as a FROM has it, `latest` where there is none; a digest in the reference
   * changes nothing. Throws only the reason of an aborted signal.
   */
  async resolve(reference: string): Promise<Resolved> {
    this.#signal.throwIfAborted();
    const name = readImageName(reference);
    const source = name === undefined ? undefined : sourceOf(name);
    if (name === undefined || source === undefined) return { problem: `${shown(reference)} is no image reference` };
    const answer = this.#answers.get(name.full) ?? this.#find(name, source);
    this.#answers.set(name.full, answer);
    return answer;
  }

  async #find(name: ImageName, source: Source): Promise<Resolved> {
    for (const mirror of name.registry === 'docker.io' ? this.#mirrors : []) {
      const answer = await this.#ask(name, mirror);
      if ('digest' in answer) return answer;
    }
    return this.#ask(name, source);
  }

  async #ask(name: ImageName, source: Source): Promise<Resolved> {
    // Behind a mirror there is Docker Hub, which answers sooner than a second attempt.
    const retries = source.isMirror ? 0 : this.#retries;
    const request = new ManifestRequest(this.#transport, this.#access, name, source, retries);
    try {
      const kept = await this.#cache.read(name, source);
      const found = await request.digest(kept);
      if (found !== kept) await this.#cache.write(name, source, found);
      return { digest: found.digest };
    } catch (error) {
      if (error instanceof RegistryProblem) return { problem: error.message };
      throw error;
    }
  }
}
