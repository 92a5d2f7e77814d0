import { dirname } from 'node:path';
import { readText } from '../context-folder.js';
import { readBakeHcl, readBakeJson } from './bake.js';
import { readCompose, withOverrides } from './compose.js';
import type { DeclarationKind, Declared, DeclaredBuild } from './declared-build.js';
import { declarationKind, declaringFilesIn, folderOfWorkflow } from './declaring-files.js';
import { readDevcontainer } from './devcontainer.js';
import { readSkaffold } from './skaffold.js';
import { readWorkflow } from './workflow.js';

type Reader = (path: string, text: string, root: string) => readonly Declared[];

const READERS: Readonly<Record<DeclarationKind, Reader>> = {
  compose: readCompose,
  bake: (path, text) => (path.endsWith('.json') ? readBakeJson(path, text) : readBakeHcl(path, text)),
  devcontainer: readDevcontainer,
  skaffold: readSkaffold,
  'github-workflow': readWorkflow,
};

const byFolder = new Map<string, readonly DeclaredBuild[]>();
const byFile = new Map<string, readonly Declared[]>();

/** The builds that files in a folder of a repository declare, those of its workflows included. */
export function buildsDeclaredIn(folder: string, root: string): readonly DeclaredBuild[] {
  let builds = byFolder.get(folder);
  if (builds === undefined) {
    builds = declaredBy(declaringFilesIn(folder, folder === root)).filter((one) => 'dockerfile' in one);
    byFolder.set(folder, builds);
  }
  return builds;
}

/** All that some files declare, what means no Dockerfile of the repository included. */
export function declaredBy(paths: readonly string[]): readonly Declared[] {
  return withOverrides(paths.flatMap(declaredIn));
}

/** What a file declares, read once. */
function declaredIn(path: string): readonly Declared[] {
  let declared = byFile.get(path);
  if (declared === undefined) {
    const kind = declarationKind(path);
    const text = kind === undefined ? undefined : readText(path);
    // The workflows of a repository build what is in it.
    const root = folderOfWorkflow(path) ?? dirname(path);
    declared = kind === undefined || text === undefined ? [] : READERS[kind](path, text, root);
    byFile.set(path, declared);
  }
  return declared;
}
