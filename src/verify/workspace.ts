import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, lstat, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { ignoreFilter } from '../context/open-context.js';
import { codeOf } from './child.js';
import { encodeText, type Encoding } from '../text/bytes.js';

/** A Dockerfile, and the files of its context that belong to it. */
export interface Version {
  readonly text: string;
  readonly encoding: Encoding;
  /** By their paths on disk, such as that of a `.dockerignore`. */
  readonly files: ReadonlyMap<string, string>;
}

/** The context cannot be copied: one sentence for the user. */
export class WorkspaceError extends Error {}

/**
 * A private copy of a build context with the Dockerfile in it, so that builds see one state whatever happens to the
 * folder meanwhile, and nothing of the user's is touched. What `.dockerignore` keeps from the builder is not copied.
 */
export class Workspace {
  readonly #root: string;
  readonly #given: string;
  readonly #dockerfile: string;
  /** The texts of files as they were, before a version or an edit changed them. */
  readonly #originals = new Map<string, Buffer | undefined>();

  private constructor(root: string, given: string, dockerfile: string) {
    this.#root = root;
    this.#given = given;
    this.#dockerfile = dockerfile;
  }

  /** Throws a `WorkspaceError` where the copy would lie in the context itself. */
  static async open(context: string, dockerfile: string): Promise<Workspace> {
    if (!relative(await realpath(context), await realpath(tmpdir())).startsWith('..'))
      throw new WorkspaceError(`the folder for temporary files, ${tmpdir()}, lies in the build context: set TMPDIR`);
    const root = await mkdtemp(join(tmpdir(), 'dfix-verify-'));
    const workspace = new Workspace(root, resolve(context), resolve(dockerfile));
    try {
      await workspace.#copy();
    } catch (error) {
      await workspace.close();
      throw error;
    }
    return workspace;
  }

  /**
   * Its name is used once: BuildKit keeps what it was sent of a folder under the folder's last name, and asks again only
   * for files of another size or time. Those of two services of one checkout may have the same.
   */
  get context(): string {
    return join(this.#root, basename(this.#root));
  }

  get dockerfile(): string {
    return this.#inside(this.#dockerfile) ?? join(this.#root, 'dockerfile', basename(this.#dockerfile));
  }

  /** Puts a version in place of the one before. */
  async use({ text, encoding, files }: Version): Promise<void> {
    await this.reset();
    await this.#write(this.dockerfile, encodeText(text, encoding));
    for (const [path, content] of files) {
      const place = this.#inside(path) ?? join(this.#root, 'dockerfile', basename(path));
      await this.#write(place, Buffer.from(content));
    }
  }

  /** Appends blank lines to a file of the context: an edit that no program minds. */
  async touch(path: string, edit: string): Promise<void> {
    const file = join(this.context, path);
    await this.#write(file, Buffer.concat([await readFile(file), Buffer.from(edit)]));
  }

  /** Takes back what versions and edits changed. */
  async reset(): Promise<void> {
    for (const [file, content] of this.#originals) {
      if (content === undefined) await rm(file, { force: true });
      else await writeFile(file, content);
    }
    this.#originals.clear();
  }

  async close(): Promise<void> {
    await rm(this.#root, { recursive: true, force: true });
  }

  /** Where a file of the context is in the copy; undefined for one that lies elsewhere. */
  #inside(path: string): string | undefined {
    const own = relative(this.#given, resolve(path));
    return own === '' || own.startsWith('..') ? undefined : join(this.context, own);
  }

  async #write(file: string, content: Uint8Array): Promise<void> {
    if (!this.#originals.has(file)) this.#originals.set(file, await readFile(file).catch(() => undefined));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }

  async #copy(): Promise<void> {
    const own = `${this.#dockerfile}.dockerignore`;
    const ignoreText = await textOf(own);
    const patterns = ignoreText ?? (await textOf(join(this.#given, '.dockerignore')));
    const isIgnored = ignoreFilter(patterns);
    // A pattern with `!` may bring back something below a folder that is left out.
    const canSkipFolders = patterns?.split('\n').every((line) => !line.startsWith('!')) === true;
    await cp(this.#given, this.context, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      mode: constants.COPYFILE_FICLONE,
      filter: async (source) => {
        const path = relative(this.#given, source).split(sep).join('/');
        if (path === '') return true;
        const kind = await lstat(source);
        // Sockets and the like reach no builder.
        if (!kind.isFile() && !kind.isDirectory() && !kind.isSymbolicLink()) return false;
        return path === '.dockerignore' || !isIgnored(path) || (kind.isDirectory() && !canSkipFolders);
      },
    });
    await mkdir(join(this.#root, 'dockerfile'));
    if (ignoreText !== undefined) await writeFile(`${this.dockerfile}.dockerignore`, ignoreText);
  }
}

/** Blank lines that no earlier run has appended: a builder's cache would know them. */
export function newEdit(): string {
  return [...randomBytes(4)]
    .flatMap((byte) => Array.from({ length: 8 }, (_, bit) => ((byte >> bit) & 1 ? ' \n' : '\n')))
    .join('');
}

/** The text of a file; undefined where there is none. */
async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
}
