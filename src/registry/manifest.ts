import type { Access, Applicant } from './access.js';
import { digestOf, isDigest } from './digest.js';
import { etagOf, type Kept } from './digest-cache.js';
import type { ImageName } from './image-name.js';
import { fieldOf, parseJson } from './json.js';
import { RegistryProblem } from './problem.js';
import { manifestUrl, type Source } from './source.js';
import type { Answer, Transport } from './transport.js';

/** What a tag can point to. An index comes first, so that the digest is the one for all platforms. */
const MEDIA_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** The longest manifest that registries take, in bytes. */
const LIMIT = 4 * 1024 * 1024;

/** Statuses of servers that do not know HEAD. */
const NO_HEAD: ReadonlySet<number> = new Set([405, 501]);

/** Asks one source for the manifest of one tag. */
export class ManifestRequest {
  readonly #transport: Transport;
  readonly #access: Access;
  readonly #applicant: Applicant;
  readonly #name: ImageName;
  readonly #url: URL;
  #authorization: string | undefined;

  constructor(transport: Transport, access: Access, name: ImageName, source: Source, retries: number) {
    this.#transport = transport;
    this.#access = access;
    this.#name = name;
    this.#applicant = { source, repository: name.repository, retries };
    this.#url = manifestUrl(source, name);
  }

  /**
   * The digest, which is the one that is kept if the source says so. Throws a `RegistryProblem`, or the reason of an
   * aborted signal.
   */
  async digest(kept: Kept | undefined): Promise<Kept> {
    const head = await this.#ask('HEAD', kept?.etag);
    const said = head.headers.get('docker-content-digest');
    if (head.status === 304) {
      if (kept !== undefined && (said === null || said === kept.digest)) return kept;
    } else if (head.status === 200) {
      if (said !== null && isDigest(said) && hasMediaType(head))
        return { digest: said, etag: etagOf(head.headers, said) };
    } else if (!NO_HEAD.has(head.status)) {
      throw await this.#problemOf(head);
    }
    return this.#read();
  }

  /** What the header does not say follows from the manifest itself. */
  async #read(): Promise<Kept> {
    const answer = await this.#ask('GET');
    if (answer.status !== 200) throw await this.#problemOf(answer);
    // The page of a portal, or of a proxy, also has a digest.
    if (fieldOf(parseJson(Buffer.from(answer.body).toString('utf8')), 'schemaVersion') !== 2) {
      throw new RegistryProblem(
        `${this.#applicant.source.name} answers with something that is no manifest of an image`,
      );
    }
    const digest = digestOf(answer.body);
    return { digest, etag: etagOf(answer.headers, digest) };
  }

  async #ask(method: 'HEAD' | 'GET', etag?: string): Promise<Answer> {
    const question = {
      method,
      url: this.#url,
      headers: { Accept: MEDIA_TYPES.join(', '), ...(etag === undefined ? {} : { 'If-None-Match': etag }) },
      limit: LIMIT,
      retries: this.#applicant.retries,
    };
    const answer = await this.#transport.ask({ ...question, authorization: this.#authorization });
    // What a redirect led to is another host, which has no claim to the credentials of this one.
    const isOwn = answer.url.origin === this.#url.origin;
    if (answer.status !== 401 || !isOwn) return answer;
    this.#authorization = await this.#access.authorize(answer, this.#applicant);
    return this.#transport.ask({ ...question, authorization: this.#authorization });
  }

  async #problemOf({ status }: Answer): Promise<RegistryProblem> {
    const { name } = this.#applicant.source;
    if (status === 401 || status === 403) return this.#access.refusal(this.#applicant);
    if (status === 404) return new RegistryProblem(`${name} has no tag ${this.#name.tag} of ${this.#name.repository}`);
    if (status === 429) return new RegistryProblem(`${name} answers 429, as it was asked too often`);
    return new RegistryProblem(`${name} answers ${status}`);
  }
}

function hasMediaType({ headers }: Answer): boolean {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  return MEDIA_TYPES.includes(type.trim().toLowerCase());
}
