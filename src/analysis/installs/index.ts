import type { Invocation } from '../../shell/invocation.js';
import { readDotnetInstall } from './dotnet.js';
import { readGoInstall } from './go.js';
import type { Installation, InstallReader } from './installation.js';
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
