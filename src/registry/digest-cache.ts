import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDigest } from './digest.js';
import type { ImageName } from './image-name.js';
import { parseJson, textOf } from './json.js';
import type { Source } from './source.js';

/** The digest of a tag, and the condition with which a registry is asked whether it still holds. */
export interface Kept {
  readonly digest: string;
  readonly etag: string;
}

/** https://www.rfc-editor.org/rfc/rfc9110#field.etag, of a bounded length: it becomes part of a header. */
const ETAG = /^(?:W\/)?"[\x21\x23-\x7e]{0,200}"$/;

/** The header ETag where it is one; else the digest, which registries take for it as well. */
export function etagOf(headers: Headers, digest: string): string {
  const etag = headers.get('etag') ?? '';
  return ETAG.test(etag) ? etag : `"${digest}"`;
}

/**
 * Keeps the last answer for each reference in a small file. It only saves registries work: they are asked every time,
 * and what is kept counts only when they say that it still holds. So a file that cannot be read or written is no
 * problem.
 */
export class DigestCache {
  readonly #folder: string | undefined;

  /** Without a folder nothing is kept. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** What was kept of the answer that this source gave; the conditions of another one mean nothing to it. */
  async read(name: ImageName, source: Source): Promise<Kept | undefined> {
    if (this.#folder === undefined) return undefined;
    const content = parseJson(await readFile(fileOf(this.#folder, name), 'utf8').catch(() => ''));
    if (textOf(content, 'name') !== name.full || textOf(content, 'source') !== source.base) return undefined;
    const digest = textOf(content, 'digest') ?? '';
    const etag = textOf(content, 'etag') ?? '';
    return isDigest(digest) && ETAG.test(etag) ? { digest, etag } : undefined;
  }

  /** Keeps an answer, as a whole or not at all: several runs may share the folder. */
  async write(name: ImageName, source: Source, { digest, etag }: Kept): Promise<void> {
    if (this.#folder === undefined) return;
    const path = fileOf(this.#folder, name);
    const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
    const text = JSON.stringify({ name: name.full, source: source.base, etag, digest });
    try {
      // Names of private images concern nobody else.
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await writeFile(temporary, `${text}\n`, { flag: 'wx', mode: 0o600 });
      await rename(temporary, path);
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }
}

function fileOf(folder: string, { full }: ImageName): string {
  return join(folder, `${createHash('sha256').update(full).digest('hex')}.json`);
}
