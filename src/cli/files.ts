import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type FileHandle, link, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { decodeBytes, encodeText, type Encoding } from '../text/bytes.js';
import { temporaries } from './temporaries.js';

/** A file as it was read. */
export interface ReadFile {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly encoding: Encoding;
}

/**
 * Reads a file; a broken link or a folder throws what Node says. At once and not beside other work: of a thousand small
 * files, that takes a third of the time.
 */
export function readTextFile(path: string): ReadFile {
  const bytes = readFileSync(path);
  return { bytes, ...decodeBytes(bytes) };
}

/** Thrown when a file is no longer what was read. */
export class ChangedFileError extends Error {}

/**
 * Writes a file as a whole or not at all: into a new file beside it that then takes its place. Mode and owner stay,
 * and a symbolic link stays one. Throws a `ChangedFileError` when the file is not what `read` holds any more.
 *
 * Not by the package write-file-atomic: its 7.0.1 takes a write that was cut short by a full disk for a whole one
 * (one `fs.write`, its count not looked at), and puts half a file in place.
 */
export async function writeTextFile(path: string, text: string, read: ReadFile): Promise<void> {
  const target = await realpath(path).catch(() => undefined);
  if (target === undefined) throw new ChangedFileError(CHANGED);
  const { mode, uid, gid } = await stat(target);
  await removeLeftovers(target);
  const temporary = temporaryBeside(target);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(encodeText(text, read.encoding));
      await keepOwner(file, uid, gid);
      // After the owner, which takes away special bits.
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    const now = await readFile(target).catch(() => undefined);
    if (now === undefined || !now.equals(read.bytes)) throw new ChangedFileError(CHANGED);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    temporaries.delete(temporary);
  }
}

/** Writes a file that is not there yet, as a whole or not at all. Throws a `ChangedFileError` when one came between. */
export async function createTextFile(path: string, text: string): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    // Unlike a rename, a link never takes the place of another file.
    await link(temporary, path);
  } catch (error) {
    const isThere = typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';
    throw isThere ? new ChangedFileError(`${path} was made in the meantime`) : error;
  } finally {
    await rm(temporary, { force: true });
    temporaries.delete(temporary);
  }
}

/** A file that is written piece by piece, and takes its place as a whole or not at all. */
export class AtomicFile {
  readonly #target: string;
  readonly #temporary: string;
  readonly #file: FileHandle;

  private constructor(target: string, temporary: string, file: FileHandle) {
    this.#target = target;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** Throws what Node says when nothing can be written beside the path. Through a symbolic link, which stays one. */
  static async open(path: string): Promise<AtomicFile> {
    const target = await realpath(path).catch(() => path);
    const mode = await stat(target).then(
      (found) => found.mode,
      () => undefined,
    );
    const temporary = temporaryBeside(target);
    let file: FileHandle;
    try {
      file = await open(temporary, 'wx');
    } catch (error) {
      temporaries.delete(temporary);
      throw error;
    }
    if (mode !== undefined) await file.chmod(mode);
    return new AtomicFile(target, temporary, file);
  }

  async write(part: string | Uint8Array): Promise<void> {
    await this.#file.writeFile(part);
  }

  async end(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
    await rename(this.#temporary, this.#target);
    temporaries.delete(this.#temporary);
  }

  async discard(): Promise<void> {
    await this.#file.close();
    await rm(this.#temporary, { force: true });
    temporaries.delete(this.#temporary);
  }
}

/** A name for a new file in the folder of another one, which no other run takes. A signal that ends dfix removes it. */
function temporaryBeside(path: string): string {
  const name = join(dirname(path), `.${basename(path)}.dfix-${process.pid}-${randomBytes(4).toString('hex')}`);
  temporaries.add(name);
  return name;
}

/** Takes away what a run that was killed had begun beside a file. */
async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const start = `.${basename(path)}.dfix-`;
  // A folder that may not be listed can still be written into.
  for (const name of await readdir(folder).catch(() => [])) {
    const [, pid] = name.startsWith(start) ? (/^(\d+)-[0-9a-f]{8}$/.exec(name.slice(start.length)) ?? []) : [];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

const CHANGED = 'the file changed since it was read';

/** Gives a new file the owner of the old one; only root may, and for the others it is theirs or their group's. */
async function keepOwner(file: FileHandle, uid: number, gid: number): Promise<void> {
  const own = await file.stat();
  if (own.uid === uid && own.gid === gid) return;
  await file.chown(uid, gid);
}
