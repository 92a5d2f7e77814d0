import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { contextCopiesOf, findsItsSources } from '../analysis/copies.js';
import type { BuildContext } from '../context/build-context.js';
import { Dockerfile } from '../dockerfile/dockerfile.js';
import { isGlob } from '../dockerfile/glob.js';
import { openContextFolder } from './context-folder.js';
import { type DeclaredBuild, isVariable } from './builds/declared-build.js';
import { buildsDeclaredIn } from './builds/declared-builds.js';
import { foldersAbove } from './folder-names.js';
import { Recent } from './recent.js';

/** By the paths that they hold, and something for what was read of them. */
const opened = new Recent<BuildContext | undefined>(200_000, (context) => 500 + (context?.files.length ?? 0));

/** The builds of a Dockerfile that compose, bake, devcontainer, skaffold and workflow files of its repository declare. */
export function buildsOf(path: string): readonly DeclaredBuild[] {
  const file = resolve(path);
  const folders = foldersAbove(file);
  const root = folders[folders.length - 1] ?? dirname(file);
  return folders.flatMap((folder) => buildsDeclaredIn(folder, root)).filter((build) => build.dockerfile === file);
}

/**
 * The contexts that a Dockerfile is built with: those that its builds declare, else its own folder or the nearest one
 * above in which all that it copies is found. Empty when nothing of that fits.
 */
export function findContexts(path: string, text: string, builds = buildsOf(path)): readonly BuildContext[] {
  const file = resolve(path);
  const declared = new Set(builds.map((build) => build.context).filter(existsSync));
  if (declared.size > 0) return [...declared].sort().flatMap((folder) => contextAt(folder, file) ?? []);
  const copies = contextCopiesOf(Dockerfile.parse(text));
  if (copies.length === 0) return [];
  for (const folder of foldersAbove(file)) {
    // A look at single files before the whole folder is listed.
    if (!copies.every((copy) => copy.sources.every((source) => isGlob(source) || existsSync(join(folder, source)))))
      continue;
    const context = contextAt(folder, file);
    if (context === undefined) return [];
    if (copies.every((copy) => findsItsSources(copy, context))) return [context];
  }
  return [];
}

/** The stages that builds name as their target. One that a variable tells is left out: nobody knows which it is. */
export function targetsOf(builds: readonly DeclaredBuild[]): readonly string[] {
  const targets = builds.flatMap(({ target }) => target ?? []);
  return [...new Set(targets)].filter((target) => !isVariable(target)).sort();
}

/** Opens the folder that the command line names. */
export function givenContext(folder: string, path: string): readonly BuildContext[] {
  const context = contextAt(resolve(folder), resolve(path));
  return context === undefined ? [] : [context];
}

function contextAt(folder: string, dockerfile: string): BuildContext | undefined {
  const own = existsSync(`${dockerfile}.dockerignore`) ? dockerfile : '';
  const key = `${folder}\0${own}`;
  return opened.get(key, () => openContextFolder(folder, dockerfile));
}
