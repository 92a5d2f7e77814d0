import type { BuildContext } from '../../context/build-context.js';
import { globExpression, isGlob } from '../../dockerfile/glob.js';
import { baseName } from '../../text/path.js';
import { type ContextCopy, imagePath, type ImageView, isWithin, UNKNOWN } from '../copies.js';
import type { Guess, Installation, Reads } from '../installs/installation.js';
import type { ManifestCopy, Member } from './copy-order.js';

/** Files to copy, put together by the COPY that brings them today and the folder that they belong into. */
class ManifestGroups {
  readonly #groups = new Map<
    string,
    { readonly copy: ContextCopy; readonly folder: string; readonly sources: string[] }
  >();

  add(copy: ContextCopy, folder: string, source: string): void {
    const key = `${copy.instruction.index} ${folder}`;
    const group = this.#groups.get(key) ?? { copy, folder: folder === '' ? '/' : folder, sources: [] };
    group.sources.push(source);
    this.#groups.set(key, group);
  }

  get all(): readonly ManifestCopy[] {
    return [...this.#groups.values()];
  }
}

/** The copies that bring what an installation reads, for what the moved copies bring today. */
export function manifestsOf(
  view: ImageView,
  reads: Reads,
  members: readonly Member[],
  provided: Set<string>,
  staying: ImageView,
): readonly ManifestCopy[] | undefined {
  const groups = new ManifestGroups();
  for (const path of [...reads.files, ...reads.folders]) {
    const isFolder = reads.folders.includes(path);
    const sample = isFolder ? firstOf(view.below(path)) : path;
    const origin = sample === undefined ? undefined : view.origin(sample);
    const copy = members.find((member) => member.instruction === origin?.copy)?.copy;
    if (sample === undefined || origin === undefined || copy === undefined || provided.has(path)) continue;
    provided.add(path);
    if (staying.origin(sample)?.context === origin.context) continue;
    // A folder lies in the context as it does in the image.
    const source = isFolder
      ? origin.context.slice(0, origin.context.length - (sample.length - path.length))
      : origin.context;
    const keepsName = isFolder || baseName(source) === baseName(path);
    if (/[*?[\\$\s]/.test(source) || !keepsName) return undefined;
    groups.add(copy, isFolder ? path : path.slice(0, path.lastIndexOf('/')), source);
  }
  return groups.all;
}

/**
 * The copies that bring what an installation is guessed to read, where nobody has the context. Empty where a copy that
 * stays brings it already, and undefined where nobody can tell which one would.
 */
export function guessedManifests(
  installation: Installation,
  guess: Guess,
  members: readonly Member[],
  staying: readonly ContextCopy[],
): readonly ManifestCopy[] | undefined {
  const { folder } = installation;
  const names = staying.flatMap((copy) => copy.sources);
  const groups = new ManifestGroups();
  for (const file of guess.files) {
    if (names.some((name) => isNamed(file, name))) continue;
    const image = imagePath(folder, file);
    const copy = members.findLast(
      ({ copy }) =>
        copy !== undefined &&
        isWithin(image, copy.destination) &&
        !copy.sources.every((source) => isNamedFile(source, undefined) && !isGlob(source)),
    )?.copy;
    const [source, other] = copy?.sources ?? [];
    if (copy === undefined || source === undefined || other !== undefined) return undefined;
    const below = image.slice(copy.destination === '/' ? 1 : copy.destination.length + 1);
    const path = sourceOf(source, below);
    if (path === undefined || path.includes(UNKNOWN)) return undefined;
    groups.add(copy, image.slice(0, image.lastIndexOf('/')), path);
  }
  return groups.all;
}

/** Whether a source of a COPY is one of the names that an installation reads. */
export function isGuessed({ guess, fetch }: Installation, source: string): boolean {
  return [...(guess?.files ?? []), ...(fetch?.guess?.files ?? [])].some((file) => isNamed(file, source));
}

/** Whether a source has the name of a file, which may be a pattern as the source may be. */
function isNamed(file: string, source: string): boolean {
  const name = baseName(source);
  const wanted = baseName(file);
  return wanted === name || globExpression(wanted)?.test(name.replace(/[*?]+$/, '')) === true;
}

/** The path in the context of a file below a source, which may be a pattern; undefined where the pattern excludes it. */
export function sourceOf(source: string, below: string): string | undefined {
  if (!isGlob(source)) return source === '' ? below : `${source}/${below}`;
  const folder = source.slice(0, source.lastIndexOf('/') + 1);
  const first = below.split('/')[0] ?? '';
  if (isGlob(folder) || globExpression(source.slice(folder.length))?.test(first.replace(/[*?]+$/, '')) !== true)
    return undefined;
  return folder + below;
}

function firstOf<Value>(values: Iterable<Value>): Value | undefined {
  for (const value of values) return value;
  return undefined;
}

/** Whether a source is a file, as far as its name says where there is no context. */
export function isNamedFile(source: string, context: BuildContext | undefined): boolean {
  const name = baseName(source);
  if (isGlob(source)) return !/^\*+$/.test(name);
  if (context !== undefined) return context.file(source) !== undefined;
  return /.\.[A-Za-z0-9]+$|^[A-Z]/.test(name);
}
