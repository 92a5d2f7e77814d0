import { dirname } from 'node:path';
import { readText } from '../read-text.js';
import { Recent } from '../recent.js';
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

/** By the builds that they hold. */
const byFolder = new Recent<readonly DeclaredBuild[]>(20_000, (builds) => 1 + builds.length);
const byFile = new Recent<readonly Declared[]>(20_000, (declared) => 1 + declared.length);

/** The builds that files in a folder of a repository declare, those of its workflows included. */
export function buildsDeclaredIn(folder: string, root: string): readonly DeclaredBuild[] {
  return byFolder.get(folder, () =>
    declaredBy(declaringFilesIn(folder, folder === root)).filter((one) => 'dockerfile' in one),
  );
}

/** All that some files declare, what means no Dockerfile of the repository included. */
export function declaredBy(paths: readonly string[]): readonly Declared[] {
  return withOverrides(paths.flatMap(declaredIn));
}

/** What a file declares, read once. */
function declaredIn(path: string): readonly Declared[] {
  return byFile.get(path, () => {
    const kind = declarationKind(path);
    const text = kind === undefined ? undefined : readText(path);
    // The workflows of a repository build what is in it.
    const root = folderOfWorkflow(path) ?? dirname(path);
    return kind === undefined || text === undefined ? [] : READERS[kind](path, text, root);
  });
}
