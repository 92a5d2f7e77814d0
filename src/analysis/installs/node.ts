import { isRecord, property, stringsOf } from '../../context/build-context.js';
import { globExpression } from '../../dockerfile/glob.js';
import type { Invocation } from '../../shell/invocation.js';
import { hasOption, type PackageCommand, packageCommandOf } from '../../shell/packages.js';
import { imagePath, type ImageView, isWithin } from '../copies.js';
import {
  type Installation,
  type InstallReader,
  missing,
  type Obstacle,
  type Reads,
  ReadsBuilder,
  readsSources,
  shownPath,
} from './installation.js';
import { addPrismaSchema, NodeScripts, prismaConfig } from './node-scripts.js';
import { addOverrides, addPatch, addSettings } from './node-settings.js';

type Manager = 'npm' | 'yarn' | 'pnpm' | 'bun';

/** The lock files that each program reads, and its configuration beside `package.json`. */
const FILES: Readonly<Record<Manager, readonly string[]>> = {
  npm: ['package-lock.json', 'npm-shrinkwrap.json', '.npmrc'],
  yarn: ['yarn.lock', '.yarnrc', '.yarnrc.yml', '.npmrc', '.pnp.cjs'],
  pnpm: ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'],
  bun: ['bun.lock', 'bun.lockb', 'bunfig.toml', '.npmrc'],
};

/** Names for where nobody has the context: each matches something, since `package.json` is there. */
const GUESSES: Readonly<Record<Manager, readonly string[]>> = {
  npm: ['package*.json'],
  yarn: ['package.json', 'yarn.lock*', '.yarnrc*'],
  pnpm: ['package.json', 'pnpm-lock.yaml*', 'pnpm-workspace.yaml*', '.npmrc*'],
  bun: ['package.json', 'bun.lock*', 'bunfig.toml*'],
};

/** `npm install`, `yarn`, `pnpm i` and `bun install` of the package in a folder. */
export const readNodeInstall: InstallReader = (invocation, workdir): Installation | undefined => {
  const command = packageCommandOf(withoutCorepack(invocation));
  if (command?.action !== 'install' || !isManager(command.manager) || isGlobalNodeCommand(command)) return undefined;
  const { manager } = command;
  const where = command.options.find(({ name }) => ['--prefix', '-C', '--cwd', '--dir'].includes(name));
  if (where !== undefined && where.value === undefined) return undefined;
  const folder = where?.value === undefined ? workdir : imagePath(workdir, where.value);
  return {
    ecosystem: 'node',
    label: `${manager}${command.subcommand === undefined ? '' : ` ${command.subcommand.text}`}`,
    folder,
    writes: [
      `${folder}/node_modules`,
      ...(manager === 'yarn' ? [`${folder}/.pnp.cjs`, `${folder}/.yarn/unplugged`] : []),
    ],
    reads: (view) => readsOf(view, folder, manager, command),
    guess: {
      files: GUESSES[manager],
      assumption: `assumes that ${manager} reads only these: look for install scripts, workspaces, local packages and .npmrc`,
    },
  };
};

/** `corepack yarn install` runs yarn. */
function withoutCorepack(invocation: Invocation): Invocation {
  const [programWord, ...args] = invocation.args;
  return invocation.program === 'corepack' && programWord?.value !== undefined
    ? { ...invocation, program: programWord.value, programWord, args }
    : invocation;
}

/** Whether a command of these programs installs for the whole image, and reads nothing of the application. */
export function isGlobalNodeCommand(command: PackageCommand): boolean {
  if (!isManager(command.manager)) return false;
  if (command.manager === 'yarn' && command.subcommand?.value === 'global') return true;
  return hasOption(command, '-g', '--global', '--location=global') || command.action === 'clean';
}

function isManager(name: string): name is Manager {
  return Object.hasOwn(FILES, name);
}

function readsOf(view: ImageView, folder: string, manager: Manager, command: PackageCommand): Reads | Obstacle {
  const manifest = `${folder}/package.json`;
  const reads = new ReadsBuilder(view);
  if (!reads.file(manifest)) return missing(manifest);
  const files = FILES[manager].filter((name) => reads.file(`${folder}/${name}`));
  // npm takes versions from another program's lock file when it has none of its own.
  if (manager === 'npm' && !files.includes('package-lock.json')) reads.file(`${folder}/yarn.lock`);
  if (manager === 'yarn') reads.folder(`${folder}/.yarn`);
  const named = addSettings(view, folder, files, reads) ?? addAbove(view, folder, manager, reads);
  if (named !== undefined) return named;
  if (command.operands.length > 0) {
    const names = command.operands.map((word) => word.text).join(' ');
    if (command.operands.some((word) => /^(?:\.|\/|file:)/.test(word.value ?? '.'))) return readsSources(names);
    reads.assume(`${manifest.slice(folder.length + 1)} in the image no longer lists what the command adds: ${names}`);
  }
  const members = membersOf(view, folder, manager);
  const link = linkedMember(view, folder, manager);
  if (link !== undefined) return readsSources(`${link} is a symbolic link to a package`);
  const packages = [folder, ...members];
  for (const path of packages) {
    const obstacle = addPackage(view, path, folder, packages, reads, command);
    if (obstacle !== undefined) return obstacle;
  }
  return reads.reads;
}

/** Adds what the programs look for in the folders above. */
function addAbove(view: ImageView, folder: string, manager: Manager, reads: ReadsBuilder): Obstacle | undefined {
  for (let path = folder; path !== '';) {
    path = path.slice(0, path.lastIndexOf('/'));
    // In a member, all of them install for the workspace.
    const workspace = [`${path}/package.json`, `${path}/pnpm-workspace.yaml`].find((name) => reads.looksFor(name));
    if (workspace !== undefined && membersOf(view, path, manager).includes(folder))
      return readsSources(`its folder belongs to the workspace of ${shownPath(workspace)}`);
    // It may say which version of the program runs.
    if (property(view.parse(`${path}/package.json`, 'json'), 'packageManager') !== undefined)
      reads.file(`${path}/package.json`);
    if (manager === 'npm') continue;
    const files = ['.npmrc', '.yarnrc', '.yarnrc.yml'].filter((name) => reads.file(`${path}/${name}`));
    const obstacle = addSettings(view, path, files, reads);
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

/** Adds what the installation reads of one package of the workspace, the root included. */
function addPackage(
  view: ImageView,
  path: string,
  root: string,
  packages: readonly string[],
  reads: ReadsBuilder,
  command: PackageCommand,
): Obstacle | undefined {
  const shown = path === root ? 'package.json' : `${path.slice(root.length + 1)}/package.json`;
  reads.file(`${path}/package.json`);
  const manifest = view.parse(`${path}/package.json`, 'json');
  if (!isRecord(manifest)) return readsSources(`nobody can read ${shown}`);
  reads.write(`${path}/node_modules`);
  if (reads.looksFor(`${path}/binding.gyp`))
    return readsSources(`${shown}: binding.gyp beside it builds a native module`);
  const isSilent = hasOption(command, '--ignore-scripts');
  if (!isSilent) {
    const obstacle = new NodeScripts(view, path, manifest, shown, reads).check();
    if (obstacle !== undefined) return obstacle;
  }
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    const dependencies = property(manifest, kind);
    if (!isRecord(dependencies)) continue;
    for (const [name, version] of Object.entries(dependencies)) {
      const target =
        typeof version === 'string'
          ? /^(?:(?:git\+)?file:|link:|portal:|exec:|(?=\.{0,2}\/|patch:.*#))(.*)$/.exec(version)?.[1]
          : undefined;
      if (target === undefined || addPatch(target, target.includes('#~/') ? root : path, reads)) continue;
      const local = imagePath(path, target);
      // A packed archive is a file like any other; a member of the workspace is there anyway.
      if (packages.includes(local) || (/\.t(?:ar\.)?gz$/.test(target) && reads.file(local))) continue;
      return readsSources(`${shown}: ${JSON.stringify(name)}: ${JSON.stringify(version)}`);
    }
    // Its own script generates the client from the schema that it finds.
    if (!Object.hasOwn(dependencies, '@prisma/client') || isSilent) continue;
    const config = prismaConfig(view, path);
    if (config !== undefined) return readsSources(`${shown}: @prisma/client reads ${config}`);
    addPrismaSchema(view, path, property(manifest, 'prisma', 'schema'), reads);
  }
  const injected = property(manifest, 'dependenciesMeta');
  if (isRecord(injected) && Object.values(injected).some((meta) => property(meta, 'injected') === true)) {
    return readsSources(`${shown}: dependenciesMeta has an injected package`);
  }
  const overridden = addOverrides(manifest, path, shown, reads);
  if (overridden !== undefined) return overridden;
  for (const patch of patchesOf(manifest)) reads.file(imagePath(path, patch));
  if (path === root) {
    for (const patch of patchesOf(view.parse(`${root}/pnpm-workspace.yaml`, 'yaml')))
      reads.file(imagePath(root, patch));
  } else {
    // The programs of a package are linked only where their files are there.
    for (const bin of binsOf(manifest)) reads.file(imagePath(path, bin));
    const folder = property(manifest, 'directories', 'bin');
    if (typeof folder === 'string') reads.folder(imagePath(path, folder));
  }
  return undefined;
}

function patchesOf(manifest: unknown): readonly string[] {
  const found = property(manifest, 'pnpm', 'patchedDependencies') ?? property(manifest, 'patchedDependencies');
  return isRecord(found) ? stringsOf(Object.values(found)) : [];
}

function binsOf(manifest: unknown): readonly string[] {
  const bin = property(manifest, 'bin');
  return typeof bin === 'string' ? [bin] : isRecord(bin) ? stringsOf(Object.values(bin)) : [];
}

/** A member of the workspace that is a link in the context, where nobody follows it. */
function linkedMember(view: ImageView, root: string, manager: Manager): string | undefined {
  const patterns = workspacePatterns(view, root, manager);
  if (patterns.length === 0) return undefined;
  for (const path of view.below(root)) {
    const file = view.context.file(view.origin(path)?.context ?? '');
    const name = path.slice(root === '/' ? 1 : root.length + 1);
    if (file?.kind === 'link' && patterns.some((pattern) => matchesPackage(pattern, name))) return file.path;
  }
  return undefined;
}

function workspacePatterns(view: ImageView, root: string, manager: Manager): readonly string[] {
  const manifest = view.parse(`${root}/package.json`, 'json');
  const workspaces = property(manifest, 'workspaces');
  return manager === 'pnpm'
    ? stringsOf(property(view.parse(`${root}/pnpm-workspace.yaml`, 'yaml'), 'packages'))
    : stringsOf(Array.isArray(workspaces) ? workspaces : property(workspaces, 'packages'));
}

/** The folders of the workspace's packages, without the root. */
function membersOf(view: ImageView, root: string, manager: Manager): readonly string[] {
  const patterns = workspacePatterns(view, root, manager);
  if (patterns.length === 0) return [];
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!'));
  const unwanted = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  const members: string[] = [];
  for (const path of view.below(root)) {
    if (!path.endsWith('/package.json') || path.includes('/node_modules/')) continue;
    const folder = path.slice(0, -'/package.json'.length);
    if (folder === root || !isWithin(folder, root)) continue;
    const name = folder.slice(root === '/' ? 1 : root.length + 1);
    if (
      wanted.some((pattern) => matchesPackage(pattern, name)) &&
      !unwanted.some((pattern) => matchesPackage(pattern, name))
    )
      members.push(folder);
  }
  return members.sort();
}

/** `**` stands for any number of folders. */
function matchesPackage(pattern: string, name: string): boolean {
  const clean = pattern.replace(/^\.\//, '').replace(/\/+$/, '');
  if (!clean.includes('**')) return globExpression(clean)?.test(name) === true;
  const parts = clean.split('**').map((part) => globExpression(part.replace(/^\/|\/$/g, ''))?.source.slice(1, -1));
  if (parts.includes(undefined)) return false;
  return new RegExp(`^${parts.map((part) => part ?? '').join('(?:.*/)?.*')}$`, 's').test(name);
}
