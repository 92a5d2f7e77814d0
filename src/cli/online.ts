import { homedir } from 'node:os';
import { join } from 'node:path';
import { namedImagesOf } from '../analysis/named-images.js';
import { Dockerfile } from '../dockerfile/dockerfile.js';
import { Registry } from '../registry/registry.js';
import { MirrorError } from '../registry/source.js';
import type { Digests } from '../transforms/transform.js';
import { UsageError } from './exit-codes.js';

/** For one request, in seconds. */
const TIMEOUT = 10;

/** How many times more a request is sent that met a fault which may pass. */
const RETRIES = 2;

/** Asks registries about the images of Dockerfiles, each image once in a run. */
export class Online {
  readonly #registry: Registry;

  /** Throws a `UsageError` for the address of a mirror that cannot be one. */
  constructor(mirrors: readonly string[]) {
    const { DOCKER_CONFIG, XDG_CACHE_HOME } = process.env;
    try {
      this.#registry = new Registry({
        dockerConfig: DOCKER_CONFIG ?? join(homedir(), '.docker'),
        cacheFolder: join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'dfix', 'digests'),
        mirrors,
        timeoutSeconds: TIMEOUT,
        retries: RETRIES,
        // Ctrl-C ends the process, and nothing is left behind.
        signal: new AbortController().signal,
      });
    } catch (error) {
      if (error instanceof MirrorError) throw new UsageError(`--mirror: ${error.message}`);
      throw error;
    }
  }

  /** What registries say of the images that a Dockerfile names. */
  async digestsFor(text: string): Promise<Digests> {
    const references = new Set([...namedImagesOf(Dockerfile.parse(text))].map((image) => image.text));
    const answers = await Promise.all(
      [...references].map(async (reference) => [reference, await this.#registry.resolve(reference)] as const),
    );
    return new Map(answers);
  }
}
