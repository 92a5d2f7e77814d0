import { isRecord, property } from '../../context/build-context.js';
import { imagePath, type ImageView } from '../copies.js';
import { type Obstacle, type ReadsBuilder, readsSources } from './installation.js';

/** Files that configure the programs, in which other files may be named. */
const SETTINGS: ReadonlySet<string> = new Set([
  '.npmrc',
  '.yarnrc',
  '.yarnrc.yml',
  'bunfig.toml',
  'pnpm-workspace.yaml',
]);

/** Adds what the settings beside a manifest name: certificates, programs, plugins, hooks. */
export function addSettings(
  view: ImageView,
  folder: string,
  names: readonly string[],
  reads: ReadsBuilder,
): Obstacle | undefined {
  for (const name of names.filter((one) => SETTINGS.has(one))) {
    const whole = view.read(imagePath(folder, name));
    if (whole === undefined) return readsSources(`nobody can read ${name}`);
    const text = whole.replace(/(?:^|\s)[#;].*$/gm, '');
    const local =
      /^\s*yarn-offline-mirror\s.*|(?<!\w)(?:file|link|portal|exec):\S+|enableConstraintsChecks:\s*true/m.exec(text);
    if (local !== null) return readsSources(`${name}: ${local[0].trim()}`);
    for (const [word] of text.matchAll(/[^\s"'=,;:()[\]{}]+/g)) {
      const path = imagePath(folder, word);
      if (!/[./]/.test(word) || path === folder) continue;
      // The packages of a workspace are folders, too.
      const isThere = name === 'pnpm-workspace.yaml' ? reads.file(path) : reads.fileOrFolder(path);
      if (!isThere) continue;
      // A hook or a plugin is a program of its own.
      if (/pnpmfile/.test(word)) return readsSources(`${name}: ${word}`);
    }
    for (const [, source = ''] of text.matchAll(/^\s*spec:\s*["']?([^"'\s]+)/gm)) {
      if (!source.startsWith('@yarnpkg/')) reads.assume(`the plugin ${source} in ${name} reads no sources`);
    }
  }
  for (const name of ['.pnpmfile.cjs', '.pnpmfile.mjs']) {
    const hook = view.read(imagePath(folder, name));
    if (hook !== undefined && reads.file(imagePath(folder, name)) && /\brequire\s*\(|\bimport\b/.test(hook))
      return readsSources(`${name} loads other files`);
  }
  return undefined;
}

/** Versions that a manifest sets for packages deep in the tree. */
const VERSIONS: readonly (readonly string[])[] = [
  ['overrides'],
  ['resolutions'],
  ['pnpm', 'overrides'],
  ['catalog'],
  ['catalogs'],
  ['workspaces', 'catalog'],
  ['workspaces', 'catalogs'],
];

/** Looks for a package of the application among the versions that a manifest sets, and adds the patches. */
export function addOverrides(
  manifest: unknown,
  folder: string,
  shown: string,
  reads: ReadsBuilder,
): Obstacle | undefined {
  for (const names of VERSIONS) {
    for (const [name, version] of leavesOf(property(manifest, ...names), '')) {
      if (addPatch(version, folder, reads)) continue;
      if (/^(?:(?:git\+)?file:|link:|portal:|exec:|patch:|\.{0,2}\/)/.test(version))
        return readsSources(`${shown}: ${JSON.stringify(name)}: ${JSON.stringify(version)}`);
    }
  }
  return undefined;
}

/** Adds the file of a version such as `patch:left-pad@1#./patches/left-pad.patch`. Whether it is there. */
export function addPatch(version: string, folder: string, reads: ReadsBuilder): boolean {
  const path = /^patch:.*#(?:optional!)?(?:~\/)?([^#~&]+?)(?:::.*)?$/.exec(version)?.[1];
  return path !== undefined && reads.file(imagePath(folder, path));
}

function* leavesOf(value: unknown, name: string): Iterable<readonly [string, string]> {
  if (typeof value === 'string') yield [name, value];
  else if (isRecord(value)) for (const [key, entry] of Object.entries(value)) yield* leavesOf(entry, key);
}
