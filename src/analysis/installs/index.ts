import type { Invocation } from '../../shell/invocation.js';
import { readDotnetInstall } from './dotnet.js';
import { readGoInstall } from './go.js';
import { type Installation, type InstallReader, isObstacle, type Obstacle, type Reads } from './installation.js';
import type { ImageView } from '../copies.js';
import { readJvmInstall } from './jvm.js';
import { readNodeInstall } from './node.js';
import { readPythonInstall } from './python.js';
import { readRustInstall } from './rust.js';
import { readBundleInstall, readComposerInstall, readMixInstall } from './scripting.js';

const READERS: readonly InstallReader[] = [
  readNodeInstall,
  readPythonInstall,
  readGoInstall,
  readRustInstall,
  readJvmInstall,
  readDotnetInstall,
  readComposerInstall,
  readBundleInstall,
  readMixInstall,
];

/** The programs of all ecosystems, for a look before a script is parsed. */
export const INSTALLERS =
  /\b(?:npm|yarn|pnpm|bun|pip[0-9.]*|python[0-9.]*|pipenv|poetry|uv|go|cargo|mvnw?|gradlew?|dotnet|composer|bundle|bundler|mix)\b/;

/** What an invocation installs for the application in a folder of the image; undefined when it is no such command. */
export function installationOf(invocation: Invocation, folder: string): Installation | undefined {
  for (const read of READERS) {
    const installation = read(invocation, folder);
    if (installation !== undefined) return installation;
  }
  return undefined;
}

/** Installations of which only one runs, after a look at which files are there; undefined where they do not fit. */
export function alternatives(
  installations: readonly Installation[],
  asked: readonly string[],
): Installation | undefined {
  const [first] = installations;
  if (first === undefined) return undefined;
  const { ecosystem, folder } = first;
  if (installations.some((one) => one.ecosystem !== ecosystem || one.folder !== folder || one.reads === undefined))
    return undefined;
  return {
    ecosystem,
    label: [...new Set(installations.map(({ label }) => label))].join(' or '),
    folder,
    writes: installations.flatMap(({ writes }) => writes),
    reads: (view) => readsOfAll(view, installations, asked),
  };
}

function readsOfAll(
  view: ImageView,
  installations: readonly Installation[],
  asked: readonly string[],
): Reads | Obstacle {
  const all: Reads[] = [];
  for (const { reads } of installations) {
    const answer = reads?.(view);
    if (answer === undefined) continue;
    if (isObstacle(answer)) return answer;
    all.push(answer);
  }
  all.push({
    files: asked.filter((path) => view.has(path)),
    folders: [],
    stubs: [],
    looked: asked,
    lookedFolders: [],
    writes: [],
    assumptions: [],
  });
  const union = (name: keyof Reads): readonly string[] => [...new Set(all.flatMap((one) => one[name]))];
  return {
    files: union('files'),
    folders: union('folders'),
    stubs: union('stubs'),
    assumptions: union('assumptions'),
    looked: union('looked'),
    lookedFolders: union('lookedFolders'),
    writes: union('writes'),
  };
}
