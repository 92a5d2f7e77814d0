import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { hasName, namesIn } from '../folder-names.js';
import type { DeclarationKind } from './declared-build.js';

/** Which files declare builds, by their names; a workflow by its folder. */
const NAMES: readonly (readonly [DeclarationKind, RegExp])[] = [
  ['compose', /^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/],
  ['bake', /^docker-bake(?:\.override)?\.(?:json|hcl)$/],
  ['devcontainer', /^\.?devcontainer\.json$/],
  ['skaffold', /^skaffold(?:[.-][\w.-]+)?\.ya?ml$/],
];

const WORKFLOWS = '.github/workflows';

/** Which builds a file may declare, by its path; undefined for most files. */
export function declarationKind(path: string): DeclarationKind | undefined {
  if (!/\.(?:ya?ml|json|hcl)$/.test(path)) return undefined;
  const name = basename(path);
  const kind = NAMES.find(([, pattern]) => pattern.test(name))?.[0];
  return kind ?? (/\.ya?ml$/.test(name) && folderOfWorkflow(path) !== undefined ? 'github-workflow' : undefined);
}

/** The folder whose workflow a file is, by its path. */
export function folderOfWorkflow(path: string): string | undefined {
  const folder = dirname(path);
  const slashed = sep === '/' ? folder : folder.replaceAll(sep, '/');
  if (slashed !== WORKFLOWS && !slashed.endsWith(`/${WORKFLOWS}`)) return undefined;
  return dirname(dirname(folder));
}

/** The files by which a folder declares builds, in the order of their names; those of workflows for a root. */
export function declaringFilesIn(folder: string, isRoot: boolean): readonly string[] {
  const folders = [folder];
  if (hasName(folder, '.devcontainer')) folders.push(join(folder, '.devcontainer'));
  if (isRoot && hasName(folder, '.github')) folders.push(join(folder, WORKFLOWS));
  return folders.flatMap((one) =>
    [...namesIn(one)]
      .map((name) => join(one, name))
      .filter((path) => declarationKind(path) !== undefined)
      .sort(),
  );
}

/** The files that declare builds in the folders above one, up to the root of its repository; none outside of one. */
export function declaringFilesAbove(folder: string): readonly string[] {
  const files: string[] = [];
  for (let below = resolve(folder); !isRepository(below);) {
    const parent = dirname(below);
    if (parent === below) return [];
    files.push(...declaringFilesIn(parent, isRepository(parent)));
    below = parent;
  }
  return files;
}

/** Whether a folder is the root of a work tree: the `.git` of a submodule is a file. */
export function isRepository(folder: string): boolean {
  return existsSync(join(folder, '.git'));
}
