import { readFile } from 'node:fs/promises';
import { decodeBytes, encodeText, type Encoding } from '../text/bytes.js';

/** A file as it was read. */
export interface ReadFile {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly encoding: Encoding;
}

/** Reads a file; a broken link or a folder throws what Node says. */
export async function readTextFile(path: string): Promise<ReadFile> {
  const bytes = await readFile(path);
  return { bytes, ...decodeBytes(bytes) };
}

/** Thrown when a file is no longer what was read. */
export class ChangedFileError extends Error {}

/**
 * Writes a file as a whole or not at all: into a new file beside it that then takes its place. Mode and owner stay,
 * and a symbolic link stays one. Throws a `ChangedFileError` when the file is not what `read` holds any more.
 */
export async function writeTextFile(path: string, text: string, read: ReadFile): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  const now = await readFile(path).catch(() => undefined);
  if (now === undefined || !now.equals(read.bytes)) throw new ChangedFileError('the file changed since it was read');
  await writeFileAtomic(path, Buffer.from(encodeText(text, read.encoding)));
}
