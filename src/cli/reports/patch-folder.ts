import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { isRepository } from '../builds/declaring-files.js';
import { describeFault, type Found, shownPath } from '../discover.js';
import { UsageError } from '../exit-codes.js';
import { AtomicFile } from '../files.js';
import type { FileOutcome } from '../process-file.js';
import { commitMessageReporter } from './commit-message.js';
import { markdownReporter } from './markdown.js';
import type { UnwrittenReport } from './open-reports.js';
import { patchReporter } from './patch.js';
import { plain } from './plain.js';
import type { Reporter } from './reporter.js';

/** What a repository gets: a patch for `git apply` at its root, a commit message and the body of a pull request. */
const FILES: readonly (readonly [ending: string, make: () => Reporter])[] = [
  ['.patch', patchReporter],
  ['.commit.txt', commitMessageReporter],
  ['.pr.md', markdownReporter],
];

/** In bytes: with the longest ending and a hash below what file systems take. */
const LONGEST_NAME = 180;

/** The patches of a run, by repository. */
export class PatchFolder {
  readonly #folder: string;
  readonly #given: readonly string[];
  /** By the root of a repository: what became of its files, with paths below the root. */
  readonly #outcomes = new Map<string, FileOutcome[]>();

  private constructor(folder: string, given: readonly string[]) {
    this.#folder = folder;
    this.#given = given.map((path) => resolve(path));
  }

  /** Makes the folder. Throws a `UsageError` where there can be none. */
  static async open(folder: string, given: readonly string[]): Promise<PatchFolder> {
    try {
      await mkdir(folder, { recursive: true });
    } catch (error) {
      throw new UsageError(`--patch-dir cannot make ${plain(folder)}: ${describeFault(error)}`);
    }
    return new PatchFolder(folder, given);
  }

  add({ path }: Found, outcome: FileOutcome): void {
    const { result } = outcome;
    if (result === undefined || (result.status !== 'changed' && result.files.length === 0)) return;
    const file = resolve(path);
    const root = this.#rootOf(file);
    this.#put(root, {
      ...outcome,
      path: below(root, file),
      result: { ...result, files: filesBelow(root, result.files) },
    });
    // A context may reach beyond the repository of its Dockerfile, as that of a submodule does.
    for (const other of new Set(result.files.map((one) => this.#rootOf(resolve(one.path))))) {
      if (other === root) continue;
      const files = filesBelow(other, result.files);
      const rest = { ...result, status: 'unchanged', changes: [], offers: [], reports: [] } as const;
      this.#put(other, {
        ...outcome,
        path: shownPath(file),
        result: { ...rest, text: outcome.read?.text ?? '', files },
      });
    }
  }

  /** Writes three files for each repository that changes, and tells which could not be written. */
  async end(): Promise<readonly UnwrittenReport[]> {
    const names = namesOf([...this.#outcomes.keys()]);
    const unwritten: UnwrittenReport[] = [];
    for (const [root, outcomes] of this.#outcomes) {
      for (const [ending, make] of FILES) {
        const path = join(this.#folder, `${names.get(root) ?? ''}${ending}`);
        try {
          await write(path, make(), outcomes);
        } catch (error) {
          if (!(error instanceof Error && 'code' in error)) throw error;
          unwritten.push({ path, fault: describeFault(error) });
        }
      }
    }
    return unwritten;
  }

  #put(root: string, outcome: FileOutcome): void {
    const outcomes = this.#outcomes.get(root) ?? [];
    outcomes.push(outcome);
    this.#outcomes.set(root, outcomes);
  }

  /** The nearest repository of a file, else the path that was given for it, or its folder. */
  #rootOf(file: string): string {
    for (let folder = dirname(file); ; folder = dirname(folder)) {
      if (isRepository(folder)) return folder;
      if (dirname(folder) === folder) break;
    }
    return this.#given.find((path) => file.startsWith(path === sep ? sep : path + sep)) ?? dirname(file);
  }
}

async function write(path: string, reporter: Reporter, outcomes: readonly FileOutcome[]): Promise<void> {
  const file = await AtomicFile.open(path);
  try {
    for (const outcome of outcomes) await file.write(reporter.add(outcome));
    await file.write(reporter.end());
  } catch (error) {
    await file.discard();
    throw error;
  }
  await file.end();
}

function below(root: string, file: string): string {
  return relative(root, file).split(sep).join('/');
}

function filesBelow<T extends { readonly path: string }>(root: string, files: readonly T[]): readonly T[] {
  return files
    .map((file) => ({ ...file, path: below(root, resolve(file.path)) }))
    .filter(({ path }) => !path.startsWith('../'));
}

/**
 * Names for files of repositories, by their paths: `services+api` for services/api. The name of one does not depend on
 * the others unless two would be the same, so the parts of a run can be put together.
 */
function namesOf(roots: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map(roots.map((root) => [root, nameOf(root)]));
  const counts = new Map<string, number>();
  // Some file systems take no notice of case.
  for (const name of names.values()) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return new Map(
    [...names].map(([root, name]) => [root, (counts.get(name.toLowerCase()) ?? 0) > 1 ? withHash(name, root) : name]),
  );
}

function nameOf(root: string): string {
  const own = relative(process.cwd(), root);
  const path = own === '' || own.startsWith('..') ? basename(root) : own;
  const name = path.split(sep).map(encodeName).join('+') || 'root';
  // Two folders elsewhere may have the same name.
  if (own.startsWith('..')) return withHash(name, root);
  return Buffer.byteLength(name) > LONGEST_NAME ? withHash(name.slice(0, LONGEST_NAME), root) : name;
}

/** Letters, digits, dots, dashes and underscores stay; no name begins like an option or a hidden file. */
function encodeName(text: string): string {
  const hex = (character: string): string =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  return text.replace(/[^A-Za-z0-9._-]/gu, hex).replace(/^[.-]/, hex);
}

function withHash(name: string, root: string): string {
  return `${name}-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`;
}
