import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { contextCopiesOf, findsItsSources } from '../analysis/copies.js';
import type { BuildContext } from '../context/build-context.js';
import { Dockerfile } from '../dockerfile/dockerfile.js';
import { isGlob } from '../dockerfile/glob.js';
import { openContextFolder } from './context-folder.js';
import { buildsDeclaredIn } from './builds/declared-builds.js';
import { hasName } from './folder-names.js';
import { Recent } from './recent.js';

/** How many folders above a Dockerfile are looked at outside a repository. */
const MAX_PARENTS = 4;

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
  const root = folders[folders.length - 1] ?? dirname(file);
  const declared = new Set(
    folders
      .flatMap((folder) => buildsDeclaredIn(folder, root))
      .filter((build) => build.dockerfile === file && existsSync(build.context))
      .map((build) => build.context),
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

/** Opens the folder that the command line names. */
export function givenContext(folder: string, path: string): readonly BuildContext[] {
  const context = contextAt(resolve(folder), resolve(path));
  return context === undefined ? [] : [context];
}

/** The folder of a file and those above, up to the root of its repository. */
function foldersAbove(file: string): readonly string[] {
  const folders = [dirname(file)];
  for (;;) {
    const folder = folders[folders.length - 1] ?? '/';
    if (hasName(folder, '.git')) return folders;
    const parent = dirname(folder);
    if (parent === folder || folders.length > 32) return folders.slice(0, MAX_PARENTS);
    folders.push(parent);
  }
}

function contextAt(folder: string, dockerfile: string): BuildContext | undefined {
  const own = existsSync(`${dockerfile}.dockerignore`) ? dockerfile : '';
  const key = `${folder}\0${own}`;
  return opened.get(key, () => openContextFolder(folder, dockerfile));
}
