import dockerignore from '@balena/dockerignore';
import { parse as parseToml, TomlError } from 'smol-toml';
import { parseDocument } from 'yaml';
import type { BuildContext, ContextFile, DataFormat, IgnoreFile } from './build-context.js';

/** Where a context comes from: a folder, or a recording of one. */
export interface ContextSource {
  readonly name: string;
  /** Every file, those that are ignored too. */
  readonly files: readonly ContextFile[];
  /** The text of a file; undefined when it cannot be had. */
  read(path: string): string | undefined;
  /** The file of ignore patterns that counts for this Dockerfile. */
  readonly ignoreFile?: IgnoreFile | undefined;
}

/** Opens a context. Files are read at first use and kept. */
export function openContext(source: ContextSource): BuildContext {
  return new OpenContext(source);
}

/** Whether the patterns of a `.dockerignore` keep a path from the builder. */
export function ignoreFilter(text: string | undefined): (path: string) => boolean {
  if (text === undefined || text.trim() === '') return () => false;
  const filter = dockerignore.default({ ignorecase: false }).add(text.replace(/^\ufeff/, '').replaceAll('\r', ''));
  return (path) => filter.ignores(path);
}

/** Filters that were asked for, most of them the same in every context. */
const filters = new Map<string, (path: string) => boolean>();

/** How many questions are answered before all filters are made anew: each keeps its answers, by path. */
const MOST_ANSWERS = 50_000;
let answers = 0;

function filterOf(patterns: string): (path: string) => boolean {
  if (++answers > MOST_ANSWERS) {
    filters.clear();
    answers = 0;
  }
  let filter = filters.get(patterns);
  if (filter === undefined) {
    filter = ignoreFilter(patterns);
    filters.set(patterns, filter);
  }
  return filter;
}

class OpenContext implements BuildContext {
  readonly name: string;
  readonly ignoreFile: IgnoreFile | undefined;
  readonly files: readonly ContextFile[];
  readonly isIgnored: (path: string) => boolean;
  readonly #source: ContextSource;
  readonly #byPath: ReadonlyMap<string, ContextFile>;
  readonly #texts = new Map<string, string | undefined>();
  readonly #values = new Map<string, unknown>();

  constructor(source: ContextSource) {
    this.name = source.name;
    this.ignoreFile = source.ignoreFile;
    this.#source = source;
    this.isIgnored = ignoreFilter(source.ignoreFile?.text);
    this.files = source.files
      .filter(({ path }) => !this.isIgnored(path))
      .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    this.#byPath = new Map(this.files.map((file) => [file.path, file]));
  }

  file(path: string): ContextFile | undefined {
    return this.#byPath.get(path);
  }

  hasFolder(path: string): boolean {
    return path === '' || this.#firstBelow(path) < this.#firstBehind(path);
  }

  below(folder: string): readonly ContextFile[] {
    return folder === '' ? this.files : this.files.slice(this.#firstBelow(folder), this.#firstBehind(folder));
  }

  read(path: string): string | undefined {
    if (!this.#byPath.has(path)) return undefined;
    if (!this.#texts.has(path)) this.#texts.set(path, this.#source.read(path));
    return this.#texts.get(path);
  }

  matches(pattern: string, path: string): boolean {
    return filterOf(pattern)(path);
  }

  parse(path: string, format: DataFormat): unknown {
    const key = `${format}:${path}`;
    if (!this.#values.has(key)) {
      const text = this.read(path);
      this.#values.set(key, text === undefined ? undefined : parseData(text, format));
    }
    return this.#values.get(key);
  }

  #firstBelow(folder: string): number {
    return this.#firstAtLeast(`${folder}/`);
  }

  #firstBehind(folder: string): number {
    // `0` is the character behind `/`.
    return this.#firstAtLeast(`${folder}0`);
  }

  #firstAtLeast(path: string): number {
    let low = 0;
    let high = this.files.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.files[middle]?.path ?? '') < path) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function parseData(text: string, format: DataFormat): unknown {
  try {
    switch (format) {
      case 'json':
        return JSON.parse(text.replace(/^\ufeff/, ''));
      case 'toml':
        return parseToml(text);
      case 'yaml': {
        const document = parseDocument(text);
        return document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 });
      }
    }
  } catch (error) {
    // What is wrong with a manifest is said by the tool that reads it; here it is a file that nobody can read.
    if (error instanceof SyntaxError || error instanceof TomlError || error instanceof ReferenceError) return undefined;
    throw error;
  }
}
