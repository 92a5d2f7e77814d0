import { existsSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import { isRecord, property } from '../../context/build-context.js';
import { describeFault } from '../discover.js';
import { UsageError } from '../exit-codes.js';
import { AtomicFile, readTextFile } from '../files.js';
import { plain } from '../reports/plain.js';
import { type BaselineReader, type BesideBaseline, rewriteBeside, type RewriteWith } from './beside-baseline.js';

const VERSION = 1;

/** What was found in files at some time, and is not to be told again. */
export class Baseline implements BaselineReader {
  readonly path: string;
  /** By the path of a file, relative to the folder of the baseline: names of what was found. */
  readonly #names: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(path: string, names: ReadonlyMap<string, ReadonlySet<string>>) {
    this.path = path;
    this.#names = names;
  }

  /** Reads a baseline. Throws a `UsageError` where there is none, or one that is wrong. */
  static read(path: string): Baseline {
    let text: string;
    try {
      ({ text } = readTextFile(path));
    } catch (error) {
      throw new UsageError(`--baseline ${plain(path)}: ${describeFault(error)} (dfix baseline writes one)`);
    }
    return new Baseline(path, namesFrom(path, text));
  }

  rewrite(path: string, text: string, rewriteWith: RewriteWith, isRun: (transform: string) => boolean): BesideBaseline {
    const names = this.#names.get(this.keyOf(path));
    if (names === undefined) return { result: rewriteWith(), known: 0, stale: [] };
    return rewriteBeside(names, text, rewriteWith, isRun);
  }

  /** A path as the baseline has it. */
  keyOf(path: string): string {
    return relative(dirname(resolve(this.path)), resolve(path))
      .split(sep)
      .join('/');
  }

  /** The files that are gone, with their names. */
  goneFiles(): ReadonlyMap<string, ReadonlySet<string>> {
    const folder = dirname(resolve(this.path));
    return new Map([...this.#names].filter(([key]) => !existsSync(resolve(folder, key))));
  }

  /** What the baseline holds, to be changed and written. */
  copy(): Map<string, ReadonlySet<string>> {
    return new Map(this.#names);
  }
}

function namesFrom(path: string, text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const wrong = (why: string): UsageError => new UsageError(`${plain(path)}: it is no baseline: ${plain(why)}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  if (property(value, 'version') !== VERSION) throw wrong(`its version is not ${VERSION}`);
  const findings = property(value, 'findings');
  if (!Array.isArray(findings)) throw wrong('it has no findings');
  const names = new Map<string, Set<string>>();
  for (const [index, finding] of (findings as readonly unknown[]).entries()) {
    if (finding === null) continue;
    const { file, transform, fingerprint } = isRecord(finding) ? finding : {};
    if (typeof file !== 'string' || typeof transform !== 'string' || typeof fingerprint !== 'string')
      throw wrong(`finding ${index + 1} has no file, transform and fingerprint`);
    const own = names.get(file) ?? new Set();
    names.set(file, own.add(`${transform} ${fingerprint}`));
  }
  return names;
}

/**
 * Writes a baseline: a line a finding, sorted. The last line never changes, so that no line does but that of a finding
 * which comes or goes, and git can merge two of them.
 */
export async function writeBaseline(path: string, names: ReadonlyMap<string, ReadonlySet<string>>): Promise<void> {
  const lines = [...names].sort(byFirst).flatMap(([file, own]) =>
    [...own].sort().map((name) => {
      const [transform = '', fingerprint = ''] = name.split(' ');
      return `    ${JSON.stringify({ file, transform, fingerprint })},\n`;
    }),
  );
  const target = await AtomicFile.open(path);
  try {
    await target.write(`{\n  "version": ${VERSION},\n  "findings": [\n${lines.join('')}    null\n  ]\n}\n`);
  } catch (error) {
    await target.discard();
    throw error;
  }
  await target.end();
}

function byFirst([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
