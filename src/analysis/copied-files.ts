import type { Instruction } from '../dockerfile/instruction.js';
import { expandValue } from '../dockerfile/variables.js';
import { baseName } from '../text/path.js';
import { isFileName } from './file-names.js';
import { type BuildState, lookupIn, normalizePath } from './state.js';

/** The paths that the sources of a COPY or ADD get in the image, in one way to read its destination. */
export interface CopyTarget {
  /** Absolute, one for each source. */
  readonly paths: readonly string[];
  /** Whether the one path may be a folder that is there already, with the source in it. */
  readonly mayBeFolder: boolean;
}

/** Folders that every image with a shell has. */
const COMMON_FOLDER =
  /^(?:\/|\/(?:bin|dev|etc|home|lib|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)|\/usr\/(?:bin|lib|local|sbin|share)|\/usr\/local\/(?:bin|lib|share)|\/var\/(?:cache|lib|log|run|tmp))$/;

/** A path of an instruction or of its script, absolute; undefined when nobody can tell. */
export function resolvePath(text: string, state: BuildState, escape: string): string | undefined {
  const path = expandValue(text, escape, lookupIn(state));
  if (path === undefined || path === '') return undefined;
  if (path.startsWith('/')) return normalizePath(path);
  return state.workdir === undefined ? undefined : normalizePath(`${state.workdir}/${path}`);
}

/** Whether a folder is there for sure when an instruction starts. */
export function isKnownFolder(path: string, state: BuildState): boolean {
  return COMMON_FOLDER.test(path) || `${state.workdir ?? ''}/`.startsWith(`${path}/`);
}

/**
 * Where the sources of a COPY or ADD may land, taken for files. A destination without a slash at its end is the file,
 * or a folder when there is one. Nothing of what patterns or variables hide.
 */
export function copyTargets(copy: Instruction, state: BuildState, escape: string): readonly CopyTarget[] {
  const sources = copy.words.slice(0, -1).map(({ text }) => text);
  const destination = copy.words[copy.words.length - 1]?.text ?? '';
  const path = resolvePath(destination, state, escape);
  const isPattern = (source: string): boolean => /[*?[]|<<|\/$/.test(source) && !/^https?:/.test(source);
  if (path === undefined || sources.some(isPattern)) return [];
  const folder = path === '/' ? '' : path;
  const isFolder = sources.length > 1 || /(?:^|\/)\.{0,2}$/.test(destination);
  const hasPlainNames = sources.every((source) => /^[^$"'\\?]+$/.test(baseName(source)));
  const paths = sources.map((source) => `${folder}/${baseName(source)}`);
  const inside = hasPlainNames ? [{ paths, mayBeFolder: false }] : [];
  if (isFolder) return inside;
  const name = baseName(path);
  const isFile = isFileName(name) || name === baseName(sources[0] ?? '') || /\/s?bin\/[^/]+$/.test(path);
  return [{ paths: [path], mayBeFolder: !isFile || isKnownFolder(path, state) }, ...inside];
}
