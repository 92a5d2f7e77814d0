import type { BuildContext } from '../context/build-context.js';
import { globExpression, isGlob } from '../dockerfile/glob.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { expandValue } from '../dockerfile/variables.js';
import { baseName } from '../text/path.js';
import { Analysis } from './analysis.js';
import { type BuildState, lookupIn, normalizePath } from './state.js';

/** A COPY or ADD of files from the build context, as far as its words say. */
export interface ContextCopy {
  readonly instruction: Instruction;
  /** Relative to the context, without `./` and `/` in front; `''` is the context itself. May be patterns. */
  readonly sources: readonly string[];
  /** Absolute; what nobody knows stands in it as a name with `UNKNOWN` in front. */
  readonly destination: string;
  /** What is copied goes into the destination, which is a folder. */
  readonly isIntoFolder: boolean;
}

/**
 * Marks the name of something unknown in a path, such as the working directory of a base image or the value of a
 * build argument. No path in an image holds this character, and the same unknown thing has the same name.
 */
export const UNKNOWN = '\0';

/** A file in the image with the file of the context that it is a copy of. */
export interface Placement {
  readonly image: string;
  readonly context: string;
}

/** Files that ADD unpacks. */
const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|t?gz|bz2|xz|zst)$|\.tar\./i;

/** A path in the image, from a working directory. */
export function imagePath(workdir: string, path: string): string {
  if (path.startsWith('/')) return normalizePath(path);
  // The value of a variable is taken for an absolute path: nearly all are, and the name stays the same either way.
  if (path.startsWith(UNKNOWN)) return normalizePath(`/${path}`);
  const leadsUp = workdir.includes(UNKNOWN) && path.split('/').includes('..');
  return leadsUp ? `/${UNKNOWN}${workdir}/${path}` : normalizePath(`${workdir}/${path}`);
}

/** A word of COPY or WORKDIR with its variables put in; one that is unknown leaves its name. */
function expandPath(text: string, escape: string, state: BuildState): string | undefined {
  return expandValue(text, escape, lookupIn(state), ({ name }) => UNKNOWN + name);
}

const workdirs = new WeakMap<Stage, readonly string[]>();

/** The working directory at each instruction of a stage, and behind the last one. */
export function workdirsOf(analysis: Analysis, stage: Stage): readonly string[] {
  let known = workdirs.get(stage);
  if (known === undefined) {
    known = readWorkdirs(analysis, stage);
    workdirs.set(stage, known);
  }
  return known;
}

function readWorkdirs(analysis: Analysis, stage: Stage): readonly string[] {
  const { escape } = analysis.dockerfile;
  let workdir = workdirAtStart(analysis, stage);
  const found = [workdir];
  for (const instruction of stage.instructions) {
    if (instruction.keyword === 'WORKDIR') {
      const path = expandPath(instruction.argumentsText, escape, analysis.stateBefore(instruction));
      workdir = path === undefined ? `/${UNKNOWN}${instruction.index}` : imagePath(workdir, path);
    }
    found.push(workdir);
  }
  return found;
}

function workdirAtStart(analysis: Analysis, stage: Stage): string {
  const { base } = stage;
  if (base.kind !== 'stage')
    return analysis.baseOf(stage).workdir ?? `/${UNKNOWN}${base.kind === 'scratch' ? '' : base.text}`;
  const below = workdirsOf(analysis, base.stage);
  return below[below.length - 1] ?? '/';
}

/** Whether a path is a folder or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === '/' || folder === '' || path.startsWith(`${folder}/`);
}

/** What was read of an instruction last: all that look at it ask for the same working directory, or for the root. */
const copies = new WeakMap<
  Instruction,
  { readonly workdir: string; readonly copy: ContextCopy | 'unknown' | undefined }
>();

/**
 * Reads a COPY or ADD. Undefined for one that copies nothing from the context (another stage, an address, a heredoc),
 * and `'unknown'` where a variable, an archive or a flag hides what is copied.
 */
export function readContextCopy(
  analysis: Analysis,
  instruction: Instruction,
  workdir: string,
): ContextCopy | 'unknown' | undefined {
  if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') return undefined;
  const known = copies.get(instruction);
  if (known?.workdir === workdir) return known.copy;
  const copy = contextCopy(analysis, instruction, workdir);
  copies.set(instruction, { workdir, copy });
  return copy;
}

function contextCopy(
  analysis: Analysis,
  instruction: Instruction,
  workdir: string,
): ContextCopy | 'unknown' | undefined {
  const { keyword, words, flags } = instruction;
  if (instruction.flag('from') !== undefined) return undefined;
  if (instruction.heredocs.length > 0) return 'unknown';
  if (flags.some(({ name }) => !/^(?:chown|chmod|link)$/.test(name))) return 'unknown';
  const state = analysis.stateBefore(instruction);
  const expanded = words.map((word) => expandPath(word.text, analysis.dockerfile.escape, state));
  const destination = expanded[expanded.length - 1];
  const sources: string[] = [];
  for (const source of expanded.slice(0, -1)) {
    if (source === undefined || source.includes(UNKNOWN)) return 'unknown';
    if (keyword === 'ADD' && /^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i.test(source)) return 'unknown';
    if (keyword === 'ADD' && ARCHIVE.test(source)) return 'unknown';
    // The root of the context is as far up as a path can lead.
    sources.push(normalizePath(`/${source}`).slice(1));
  }
  if (destination === undefined || sources.length === 0) return 'unknown';
  return {
    instruction,
    sources,
    destination: imagePath(workdir, destination),
    isIntoFolder: sources.length > 1 || /(?:^|\/)\.{0,2}$/.test(destination) || sources.some(isGlob),
  };
}

/**
 * The files that a copy puts into the image, in the order of its sources. Undefined when a pattern cannot be read, or
 * when ADD may unpack what it copies. `isFolder` tells whether a path of the image is a folder already.
 */
export function placementsOf(
  copy: ContextCopy,
  context: BuildContext,
  isFolder: (path: string) => boolean,
): readonly Placement[] | undefined {
  const placements: Placement[] = [];
  const into = copy.isIntoFolder || isFolder(copy.destination);
  for (const source of copy.sources) {
    const paths = isGlob(source) ? matchesOf(source, context) : [source];
    if (paths === undefined) return undefined;
    for (const path of paths) {
      const file = context.file(path);
      if (file === undefined) {
        for (const below of context.below(path)) {
          const rest = path === '' ? below.path : below.path.slice(path.length + 1);
          placements.push({ image: normalizePath(`${copy.destination}/${rest}`), context: below.path });
        }
        continue;
      }
      if (copy.instruction.keyword === 'ADD' && ARCHIVE.test(path)) return undefined;
      const name = baseName(path);
      placements.push({ image: into ? normalizePath(`${copy.destination}/${name}`) : copy.destination, context: path });
    }
  }
  return placements;
}

/** The files and folders of the context that a pattern names. */
function matchesOf(pattern: string, context: BuildContext): readonly string[] | undefined {
  const expression = globExpression(pattern);
  if (expression === undefined) return undefined;
  const depth = pattern.split('/').length;
  // Only what lies in the folder that stands before the first special character can match.
  const folder = /^(?:[^*?[\\/]+\/)*/.exec(pattern)?.[0].slice(0, -1) ?? '';
  const found = new Set<string>();
  for (const { path } of context.below(folder)) {
    const candidate = firstParts(path, depth);
    if (candidate !== undefined && !found.has(candidate) && expression.test(candidate)) found.add(candidate);
  }
  return [...found];
}

/** The first parts of a path; undefined for one with fewer. */
function firstParts(path: string, count: number): string | undefined {
  let end = -1;
  for (let part = 0; part < count; part++) {
    if (end === path.length) return undefined;
    const slash = path.indexOf('/', end + 1);
    end = slash === -1 ? path.length : slash;
  }
  return path.slice(0, end);
}

/** The copies of a Dockerfile from its context, as far as their words say what they copy. */
export function contextCopiesOf(dockerfile: Dockerfile): readonly ContextCopy[] {
  const analysis = new Analysis(dockerfile);
  return dockerfile.instructions.flatMap((instruction) => {
    const copy = readContextCopy(analysis, instruction, '/');
    return copy === undefined || copy === 'unknown' ? [] : [copy];
  });
}

/** Whether every source of a copy is there, so that the build does not fail at it. */
export function findsItsSources(copy: ContextCopy, context: BuildContext): boolean {
  return copy.sources.every((source) => {
    if (!isGlob(source)) return context.file(source) !== undefined || context.hasFolder(source);
    return (matchesOf(source, context) ?? []).length > 0;
  });
}

/** What the copies of a stage have put into the image at some instruction: later ones lie over earlier ones. */
export class ImageView {
  readonly context: BuildContext;
  readonly #files = new Map<string, { readonly context: string; readonly copy: Instruction }>();
  readonly #folders = new Set<string>();

  constructor(context: BuildContext) {
    this.context = context;
  }

  /** Adds what a copy writes; false when nobody can tell what that is. */
  add(copy: ContextCopy): boolean {
    const placements = placementsOf(copy, this.context, (path) => this.#folders.has(path));
    if (placements === undefined) return false;
    for (const { image, context } of placements) {
      this.#files.set(image, { context, copy: copy.instruction });
      this.addFolder(image.slice(0, image.lastIndexOf('/')));
    }
    return true;
  }

  /** Notes that a folder is there. */
  addFolder(path: string): void {
    for (let folder = path; folder !== '' && !this.#folders.has(folder);) {
      this.#folders.add(folder);
      folder = folder.slice(0, folder.lastIndexOf('/'));
    }
  }

  /** The context's file behind a path of the image, and the instruction that put it there. */
  origin(path: string): { readonly context: string; readonly copy: Instruction } | undefined {
    return this.#files.get(path);
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** The text of a file of the image that is a copy from the context. */
  read(path: string): string | undefined {
    const origin = this.#files.get(path);
    return origin === undefined ? undefined : this.context.read(origin.context);
  }

  parse(path: string, format: 'json' | 'toml' | 'yaml'): unknown {
    const origin = this.#files.get(path);
    return origin === undefined ? undefined : this.context.parse(origin.context, format);
  }

  /** Whether something below a folder of the image is a copy from the context. */
  hasBelow(folder: string): boolean {
    return this.below(folder)[Symbol.iterator]().next().done !== true;
  }

  /** The paths below a folder of the image that are copies from the context. */
  *below(folder: string): Iterable<string> {
    for (const path of this.#files.keys()) if (path !== folder && isWithin(path, folder)) yield path;
  }
}

/** What the copies of a stage, and of those below it, have put into the image when an instruction starts. */
export function imageViewAt(analysis: Analysis, instruction: Instruction, context: BuildContext): ImageView {
  const view = new ImageView(context);
  const stage = analysis.dockerfile.stageOf(instruction);
  if (stage !== undefined) addCopies(analysis, stage, view, instruction);
  return view;
}

/** What the copies of a stage, and of those below it, have put into the image at its end. */
export function imageViewAtEnd(analysis: Analysis, stage: Stage, context: BuildContext): ImageView {
  const view = new ImageView(context);
  addCopies(analysis, stage, view, undefined);
  return view;
}

function addCopies(analysis: Analysis, stage: Stage, view: ImageView, until: Instruction | undefined): void {
  if (stage.base.kind === 'stage') addCopies(analysis, stage.base.stage, view, undefined);
  const folders = workdirsOf(analysis, stage);
  for (const [index, instruction] of stage.instructions.entries()) {
    if (instruction === until) return;
    const workdir = folders[index] ?? '/';
    view.addFolder(workdir);
    const copy = readContextCopy(analysis, instruction, workdir);
    if (copy !== undefined && copy !== 'unknown') view.add(copy);
  }
}

/** The working directory in the image when an instruction starts. */
export function workdirAt(analysis: Analysis, instruction: Instruction): string {
  const stage = analysis.dockerfile.stageOf(instruction);
  if (stage === undefined) return '/';
  return workdirsOf(analysis, stage)[instruction.index - stage.from.index - 1] ?? '/';
}
