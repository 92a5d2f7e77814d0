import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { existsSync } from 'node:fs';
import { Dockerfile } from '../../dockerfile/dockerfile.js';
import { isTemplate } from '../../dockerfile/template.js';
import { readIgnores } from '../../ignores.js';
import { decodeBytes } from '../../text/bytes.js';
import { declaredBy } from '../builds/declared-builds.js';
import type { DeclaredBuild, OtherBuild } from '../builds/declared-build.js';
import { describeFault, discover } from '../discover.js';
import { isLeftOut } from '../dfixignore.js';
import { isTemplateName, isVendored } from '../dockerfile-names.js';
import { candidatesBelow } from './candidates.js';

/** Why a file is not read, or a declared build means none that could be. */
export const SKIP_REASONS = {
  'git-ignored': 'git ignores it',
  vendored: 'it lies in a folder of what others wrote',
  'ignore-file': 'it lists what a build leaves out',
  dfixignore: 'a .dfixignore names it',
  'ignore-comment': 'a comment in it asks to leave it alone',
  template: 'it is a template of a Dockerfile',
  binary: 'it is a binary file',
  unreadable: 'it cannot be read',
  missing: 'a build is declared with it, and there is no such file',
  'remote-context': 'the context of the build is an address',
  variable: 'a variable hides what is built',
  inline: 'the Dockerfile stands in the declaration',
} as const;

export type SkipReason = keyof typeof SKIP_REASONS;

/** A Dockerfile that would be read, with the builds that files of the repository declare of it. */
export interface ScannedFile {
  readonly path: string;
  readonly builds: readonly DeclaredBuild[];
}

export interface SkippedFile {
  readonly path: string;
  readonly reason: SkipReason;
  /** What the reason is about, such as an address; may be empty. */
  readonly detail: string;
  readonly builds: readonly (DeclaredBuild | OtherBuild)[];
}

export interface Scan {
  /** In the order of a run. */
  readonly files: readonly ScannedFile[];
  readonly skipped: readonly SkippedFile[];
}

/** Tells what a run over some paths would read, how it is built, and what it would pass over. */
export async function scan(paths: readonly string[]): Promise<Scan> {
  const found = await discover(paths);
  const candidates = new Set<string>();
  const declaring = new Set<string>();
  for (const path of paths) {
    const below = await candidatesBelow(path);
    for (const file of below.dockerfiles) candidates.add(resolve(file));
    for (const file of below.declaring) declaring.add(resolve(file));
  }
  const declared = declaredBy([...declaring].sort());
  const builds = new Map<string, DeclaredBuild[]>();
  for (const one of declared) {
    if ('dockerfile' in one) builds.set(one.dockerfile, [...(builds.get(one.dockerfile) ?? []), one]);
  }
  const files: ScannedFile[] = [];
  const skipped: SkippedFile[] = [];
  const seen = new Set<string>();
  for (const { path, error } of found) {
    const file = resolve(path);
    seen.add(file);
    const own = builds.get(file) ?? [];
    const skip = error === undefined ? await reasonIn(path) : ({ reason: 'unreadable', detail: error } as const);
    if (skip === undefined) files.push({ path, builds: own });
    else skipped.push({ path, ...skip, builds: own });
  }
  const roots = paths.map((path) => resolve(path));
  for (const file of new Set([...candidates, ...builds.keys()])) {
    const own = builds.get(file) ?? [];
    if (seen.has(file) || !roots.some((root) => isBelow(root, file))) continue;
    const isThere = existsSync(file);
    // Nobody wrote that there is a Dockerfile.
    if (!isThere && !own.some(({ isExplicit }) => isExplicit)) continue;
    const reason = isThere ? reasonOf(file, roots) : 'missing';
    skipped.push({ path: file, reason, detail: '', builds: own });
  }
  for (const one of declared) {
    if ('dockerfile' in one || !roots.some((root) => isBelow(root, one.declaration.path))) continue;
    skipped.push({ path: one.declaration.path, reason: one.reason, detail: one.word, builds: [one] });
  }
  return { files, skipped: skipped.sort(byPath) };
}

function byPath(a: SkippedFile, b: SkippedFile): number {
  const [first, second] = [resolve(a.path), resolve(b.path)];
  return first < second ? -1 : first > second ? 1 : (lineOf(a) ?? 0) - (lineOf(b) ?? 0);
}

function lineOf({ builds }: SkippedFile): number | undefined {
  return builds[0]?.declaration.line;
}

function isBelow(root: string, file: string): boolean {
  return file === root || file.startsWith(root.endsWith(sep) ? root : root + sep);
}

/** Why a file that is there was not found: what stands in its path. */
function reasonOf(file: string, roots: readonly string[]): SkipReason {
  const root = roots.find((one) => isBelow(one, file)) ?? dirname(file);
  if (isVendored(relative(root, file).split(sep).join('/'))) return 'vendored';
  if (file.endsWith('.dockerignore')) return 'ignore-file';
  return isLeftOut(file) ? 'dfixignore' : 'git-ignored';
}

/** Why a file that was found would be left alone: what stands in it. */
async function reasonIn(path: string): Promise<{ readonly reason: SkipReason; readonly detail: string } | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return { reason: 'unreadable', detail: describeFault(error) };
  }
  const { text } = decodeBytes(bytes);
  if (text.includes('\0')) return { reason: 'binary', detail: '' };
  if (isTemplateName(path)) return { reason: 'template', detail: '' };
  const dockerfile = Dockerfile.parse(text);
  if (isTemplate(dockerfile)) return { reason: 'template', detail: '' };
  if (dockerfile.problems.length === 0 && readIgnores(dockerfile).wholeFile) {
    return { reason: 'ignore-comment', detail: '' };
  }
  return undefined;
}
