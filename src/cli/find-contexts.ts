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

/**
 * The contexts that a Dockerfile is built with: those that compose, bake, devcontainer, skaffold and workflow files of
 * its repository declare, else its own folder or the nearest one above in which all that it copies is found.
 * Empty when nothing of that fits.
 */
export function findContexts(path: string, text: string): readonly BuildContext[] {
  const file = resolve(path);
  const folders = foldersAbove(file);
  const declared = new Set(
    buildsOf(file, folders)
      .map((build) => build.context)
      .filter(existsSync),
  );
  if (declared.size > 0) return [...declared].sort().flatMap((folder) => contextAt(folder, file) ?? []);
  const copies = contextCopiesOf(Dockerfile.parse(text));
  if (copies.length === 0) return [];
  for (const folder of folders) {
    // A look at single files before the whole folder is listed.
    if (!copies.every((copy) => copy.sources.every((source) => isGlob(source) || existsSync(join(folder, source)))))
      continue;
    const context = contextAt(folder, file);
    if (context === undefined) return [];
    if (copies.every((copy) => findsItsSources(copy, context))) return [context];
  }
  return [];
}

/**
 * The stages that those files name as the target of a Dockerfile. One that a variable tells is left out: nobody knows
 * which it is.
 */
export function targetsOf(path: string): readonly string[] {
  const file = resolve(path);
  const targets = buildsOf(file, foldersAbove(file)).flatMap(({ target }) => target ?? []);
  return [...new Set(targets)].filter((target) => !isVariable(target)).sort();
}

/** The builds of a Dockerfile that files in some folders declare, of which the last one is the root. */
function buildsOf(file: string, folders: readonly string[]): readonly DeclaredBuild[] {
  const root = folders[folders.length - 1] ?? dirname(file);
  return folders.flatMap((folder) => buildsDeclaredIn(folder, root)).filter((build) => build.dockerfile === file);
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
