/** A file or link of a build context, or a folder that nobody looks into. */
export interface ContextFile {
  /** Relative to the context, with `/`. */
  readonly path: string;
  readonly kind: 'file' | 'link' | 'folder';
}

/** A read-only view of the folder that a build is given. Nothing in it is ever executed. */
export interface BuildContext {
  /** As messages show it, such as `services/api`. */
  readonly name: string;
  /** The file of ignore patterns that counts, or the one that would: its path as the one who opened the context names it. */
  readonly ignoreFile: IgnoreFile | undefined;
  /** What reaches the builder, in the order of the paths; what `.dockerignore` names is not in it. */
  readonly files: readonly ContextFile[];
  /** The file of a path, without what `.dockerignore` names. */
  file(path: string): ContextFile | undefined;
  /** Whether some file that reaches the builder lies below a folder. */
  hasFolder(path: string): boolean;
  /** The files below a folder, at any depth; `''` is the context itself. */
  below(folder: string): readonly ContextFile[];
  /** The text of a file that reaches the builder; undefined where it is missing, too large, or nobody has it. */
  read(path: string): string | undefined;
  /** Whether `.dockerignore` keeps a path from the builder. */
  isIgnored(path: string): boolean;
  /** Whether patterns of `.dockerignore`, one a line, would keep a path from the builder. */
  matches(patterns: string, path: string): boolean;
  /** The text of a file as a value; undefined where there is none, or it does not parse. */
  parse(path: string, format: DataFormat): unknown;
}

/** The `.dockerignore` of a context. */
export interface IgnoreFile {
  readonly path: string;
  /** Undefined when there is no such file yet. */
  readonly text: string | undefined;
}

/** What `BuildContext.parse` reads. */
export type DataFormat = 'json' | 'toml' | 'yaml';

/** The property of a value that was read from a file. */
export function property(value: unknown, ...names: readonly string[]): unknown {
  let found = value;
  for (const name of names) {
    if (!isRecord(found) || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return found;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The strings of a list; empty for anything else. */
export function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : [];
}
