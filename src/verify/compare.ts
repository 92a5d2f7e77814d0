import type { ConfigField } from '../analysis/image-config.js';
import type { ImageFacts, ImageFile } from './image.js';

/** A field of the configuration, or one of its variables or labels, that is not the same. */
export interface FieldDifference {
  readonly field: ConfigField;
  /** The variable or label. */
  readonly name?: string;
  /** Undefined where there is no such variable or label. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export type FileAspect = 'type' | 'content' | 'mode' | 'owner';

export interface FileDifference {
  readonly path: string;
  readonly kind: 'gone' | 'new' | 'changed';
  /** Of a file that is in both images: what of it is not the same. */
  readonly aspects: readonly FileAspect[];
}

export interface PackageDifference {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export function compareFields(before: ImageFacts, after: ImageFacts): readonly FieldDifference[] {
  const differences: FieldDifference[] = [];
  for (const [field, text] of before.config.fields) {
    const now = after.config.fields.get(field) ?? '';
    if (text !== now) differences.push({ field, before: text, after: now });
  }
  for (const field of ['env', 'labels'] as const) {
    for (const { name, ...sides } of compareMaps(before.config[field], after.config[field]))
      differences.push({ field, name, ...sides });
  }
  return differences;
}

export function compareMaps(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly PackageDifference[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names
    .map((name) => ({ name, before: before.get(name), after: after.get(name) }))
    .filter((one) => one.before !== one.after);
}

/** The paths that are not the same, in order. Times are never compared. */
export function compareFiles(
  before: ReadonlyMap<string, ImageFile>,
  after: ReadonlyMap<string, ImageFile>,
): readonly FileDifference[] {
  const differences: FileDifference[] = [];
  for (const [path, file] of before) {
    const now = after.get(path);
    if (now === undefined) differences.push({ path, kind: 'gone', aspects: [] });
    else {
      const aspects = aspectsOf(file, now);
      if (aspects.length > 0) differences.push({ path, kind: 'changed', aspects });
    }
  }
  for (const path of after.keys()) if (!before.has(path)) differences.push({ path, kind: 'new', aspects: [] });
  return differences.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function aspectsOf(a: ImageFile, b: ImageFile): readonly FileAspect[] {
  if (a.type !== b.type) return ['type'];
  const aspects: FileAspect[] = [];
  if (a.content !== b.content) aspects.push('content');
  if (a.mode !== b.mode) aspects.push('mode');
  if (a.owner !== b.owner) aspects.push('owner');
  return aspects;
}

/** What apt writes at each installation: by chance it is the same in two builds, which show nothing then. */
const LOG_OF_APT = /^\/var\/log\/apt\/[^/]+$/;

/**
 * What is not the same between two builds of one Dockerfile: logs, caches, times that programs write down. A path
 * counts by its shape as well, since many of these carry a time or a random part in their names.
 */
export class Noise {
  readonly #paths: ReadonlySet<string>;
  readonly #shapes: ReadonlySet<string>;
  readonly #fields: ReadonlySet<string>;
  /** Folders in which two builds of one file make entries of different names, such as the number of a build. */
  readonly #randomFolders: ReadonlySet<string>;

  constructor(first: ImageFacts, second: ImageFacts) {
    const files = compareFiles(first.files, second.files);
    this.#paths = new Set(files.map(({ path }) => path));
    this.#shapes = new Set(files.filter(({ kind }) => kind !== 'changed').map(({ path }) => shapeOf(path)));
    const gone = foldersOf(files, 'gone', second);
    this.#randomFolders = new Set([...foldersOf(files, 'new', first)].filter((folder) => gone.has(folder)));
    this.#fields = new Set(compareFields(first, second).map(({ field, name }) => `${field} ${name ?? ''}`));
  }

  get size(): number {
    return this.#paths.size;
  }

  hasFile({ path, kind, aspects }: FileDifference): boolean {
    if (LOG_OF_APT.test(path) && aspects.join() === 'content') return true;
    if (this.#paths.has(path) || this.#shapes.has(shapeOf(path))) return true;
    // What has no lasting name is gone in the second build as well, and known by its path.
    return kind === 'new' && parentsOf(path).some((folder) => this.#randomFolders.has(folder));
  }

  hasField({ field, name }: FieldDifference): boolean {
    return this.#fields.has(`${field} ${name ?? ''}`);
  }
}

/** A path without the parts that look like times, hashes and random names. */
function shapeOf(path: string): string {
  return path
    .replace(/[0-9a-f]{6,}|\d+|(?<=\/)[0-9a-f]{2}(?=\/)/gi, '#')
    .replace(/(?<=tmp[-_.]?)[A-Za-z0-9_]{6,}/g, '#');
}

/** The folders, there in the other image too, of paths that only one of two images has. */
function foldersOf(
  files: readonly FileDifference[],
  kind: FileDifference['kind'],
  other: ImageFacts,
): ReadonlySet<string> {
  const parents = files.filter((file) => file.kind === kind).map(({ path }) => path.slice(0, path.lastIndexOf('/')));
  return new Set(parents.filter((folder) => other.files.has(folder)));
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** The files that run with the rights of their owner or group. */
export function setuidFiles({ files }: ImageFacts): readonly string[] {
  return [...files].filter(([, file]) => file.type === 'file' && (file.mode & 0o6000) !== 0).map(([path]) => path);
}
