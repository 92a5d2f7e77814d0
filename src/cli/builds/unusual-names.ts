import { dirname, relative, resolve, sep } from 'node:path';
import { isDockerfileName } from '../dockerfile-names.js';
import { readText } from '../read-text.js';
import { declaredBy } from './declared-builds.js';

/**
 * The Dockerfiles below a folder that builds declare and that no name shows, such as `build/prod.docker`: paths below
 * the folder, with slashes. `files` are the files that may declare builds. A file is parsed only where it says
 * something that is no usual name.
 */
export function dockerfilesOfUnusualName(folder: string, files: readonly string[]): readonly string[] {
  const root = resolve(folder);
  const suspects = new Set(files.map((file) => resolve(file)).filter(mayNameOthers));
  // A further file of compose may say of a service of its neighbour what it is built with.
  const folders = new Set([...suspects].map((file) => dirname(file)));
  const read = files.map((file) => resolve(file)).filter((file) => folders.has(dirname(file)));
  const found = new Set<string>();
  for (const one of declaredBy(read)) {
    if (!('dockerfile' in one) || isDockerfileName(one.dockerfile)) continue;
    const name = relative(root, one.dockerfile);
    if (!name.startsWith('..')) found.add(sep === '/' ? name : name.replaceAll(sep, '/'));
  }
  return [...found];
}

/** The usual ways to name a Dockerfile: they need no look at the rest of the file. */
const USUAL =
  /\b(?:dockerfile|file)["']?\s*[:=]\s*["']?(?:[\w./@${}-]*\/)?(?:Dockerfile(?:\.[\w.-]+)?|[\w-]+\.[Dd]ockerfile)["']?(?=[\s,}])/gi;

/** A quick look, without parsing, whether a file may name a Dockerfile that its name does not show. */
function mayNameOthers(path: string): boolean {
  const text = readText(path);
  if (text === undefined) return false;
  const rest = text.replace(USUAL, '');
  return /dockerfile/i.test(rest) || (rest.includes('build-push-action') && /\bfile\b/.test(rest));
}
