import { officialImageName } from '../../dockerfile/image-reference.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import { baseName } from '../../text/path.js';
import { isWithin, readContextCopy, UNKNOWN } from '../copies.js';
import { javaImageOf, javaRuntimeOf, slimTagOf } from '../published-images.js';
import { runtimePackagesOf } from '../runtime-libraries.js';
import type { BuildTool } from './build-commands.js';
import { type Carried, carriedBelow, isSourceName, type SourceKind } from './carried.js';
import { applicationFolders } from './stage-reading.js';
import { cleansUp, ownScriptObstacle, scriptObstacle } from './own-scripts.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';

/** The tools whose result runs without them. */
const KINDS: ReadonlyMap<BuildTool, SourceKind> = new Map([
  ['go', 'go'],
  ['cargo', 'rust'],
  ['maven', 'java'],
  ['gradle', 'java'],
  ['javac', 'java'],
  ['dotnet', 'dotnet'],
  ['native', 'native'],
]);

/** A program that is built and then runs by itself or on a runtime; undefined where the stage builds none. */
export function compiledRecipe(scene: Scene): Recipe | Obstacle | undefined {
  const tool = scene.runs.flatMap(({ builds }) => builds.map((build) => build.tool)).find((one) => KINDS.has(one));
  const kind = tool === undefined ? undefined : KINDS.get(tool);
  if (tool === undefined || kind === undefined) return undefined;
  // Windows writes its paths in another way.
  if (scene.stage.instructions.some((one) => /\b[A-Za-z]:\\/.test(scene.analysis.rawText(one)))) return undefined;
  const image = runtimeImage(scene, kind);
  if (image === undefined) return undefined;
  if ('reason' in image) return image;
  if (image.isBareSystem && cleansUp(scene)) return undefined;
  const results = resultsOf(scene, tool, image.isBareSystem);
  if ('reason' in results) return results;
  const scripts = scriptObstacle(scene, results.carried) ?? (kind === 'native' ? ownScriptObstacle(scene) : undefined);
  if (scripts !== undefined) return scripts;
  const rest = restOf(scene, kind, results.carried);
  if ('reason' in rest) return rest;
  return {
    image: image.image,
    ...(image.builderTag === undefined ? {} : { builderTag: image.builderTag }),
    carried: withoutNested([
      ...rest.folders.map((path) => ({ path })),
      ...results.carried,
      ...(image.certificates === undefined ? [] : [{ path: image.certificates }]),
      ...rest.places.map((path) => ({ path })),
    ]),
    copies: rest.copies,
    packages: [...image.packages, ...libraries(scene, kind)],
    notes: [...image.notes, ...rest.notes],
  };
}

interface RuntimeImage {
  readonly image: string;
  readonly builderTag?: string;
  readonly packages: readonly string[];
  readonly notes: readonly string[];
  /** What is copied where no package can be installed. */
  readonly certificates?: string;
  /** A distribution without anything in /usr/local. */
  readonly isBareSystem: boolean;
}

/** The image that a result runs in; undefined where the base image brings no toolchain that this is about. */
function runtimeImage(scene: Scene, kind: SourceKind): RuntimeImage | Obstacle | undefined {
  const { base } = scene.stage;
  if (base.kind !== 'image') return undefined;
  const { image } = base;
  if (kind === 'dotnet') return dotnetImage(scene, base.text);
  if (kind === 'java') {
    const java = javaImageOf(image);
    const runtime = java === undefined ? undefined : javaRuntimeOf(java);
    if (runtime === undefined) return unknownBase(base.text);
    return { image: runtime, packages: [], notes: [], isBareSystem: false };
  }
  const name = officialImageName(image);
  const { release } = scene;
  if (name === undefined || release === undefined) return unknownBase(base.text);
  if (!/^(?:golang|rust|gcc|debian|ubuntu|alpine|buildpack-deps)$/.test(name)) return undefined;
  if (name === 'gcc')
    return {
      reason: 'unknown-base',
      detail: `\`${base.text}\` has libraries of C++ that are newer than those of its distribution`,
    };
  if (name === 'ubuntu' || name === 'alpine' || (name === 'debian' && /slim/.test(image.tag ?? '')))
    return { image: base.text, packages: [], notes: [], isBareSystem: true };
  if (name === 'debian') {
    const slim = slimTagOf(image);
    return slim === undefined
      ? unknownBase(base.text)
      : { image: withTag(base.text, slim), packages: [], notes: [], isBareSystem: true };
  }
  const isStatic = release.distribution === 'alpine' && !scene.runs.some((run) => run.packages.length > 0);
  const isNamed = /\b(?:buster|bullseye|bookworm|trixie|alpine3\.\d+)\b/.test(scene.stage.imageWord.text);
  if (base.fromArguments && !isNamed && !isStatic)
    return { reason: 'dynamic-value', detail: `\`${scene.stage.imageWord.text}\` may name any release` };
  const hasTimeZones = release.name !== 'trixie' && release.distribution === 'debian';
  const isSlim = /slim/.test(image.tag ?? '');
  // The packages of old releases are gone from where apt looks for them.
  const isArchived = /^(?:jessie|stretch|buster)$/.test(release.name);
  const needed = isArchived ? [] : kind === 'go' && !hasTimeZones ? ['ca-certificates', 'tzdata'] : ['ca-certificates'];
  if (release.distribution === 'alpine')
    return { image: `alpine:${release.name}`, packages: needed, notes: [], isBareSystem: false };
  // A tag without a release moves to the next one some day; then both stages would have other libraries.
  const named = new RegExp(`\\b${release.name}\\b`).test(image.tag ?? '');
  const start = (image.tag ?? 'latest').replace(/-?slim$/, '');
  const builderTag = [start === 'latest' ? '' : start, isSlim ? 'slim' : '', release.name]
    .filter((word) => word !== '')
    .join('-');
  return {
    image: `debian:${release.name}-slim`,
    ...(named || isArchived ? {} : { builderTag }),
    packages: needed,
    ...(isArchived ? { certificates: '/etc/ssl/certs/ca-certificates.crt' } : {}),
    notes:
      named || isArchived
        ? []
        : [`${base.text} is made of ${release.name}, and says so now: both stages keep the same C library`],
    isBareSystem: false,
  };
}

function unknownBase(text: string): Obstacle {
  return { reason: 'unknown-base', detail: `nobody here knows which image runs what \`${text}\` builds` };
}

function withTag(reference: string, tag: string): string {
  return `${reference.replace(/:[^/:]*$/, '')}:${tag}`;
}

/** ASP.NET's image holds what the two others have, and is the one that a web application needs. */
function dotnetImage(scene: Scene, text: string): RuntimeImage | undefined {
  const match = /^(.*mcr\.microsoft\.com\/dotnet(?:\/core)?)\/sdk:(\d+\.\d+)(?:\.\d+)?(-[\w.-]+)?$/.exec(text);
  if (match === null || /windows|nanoserver/.test(text)) return undefined;
  const [, repository = '', version = '', variant = ''] = match;
  const projects =
    scene.view === undefined ? [] : [...scene.view.below('/')].filter((path) => /\.(?:cs|fs|vb)proj$/.test(path));
  const isWeb =
    projects.length === 0 ||
    projects.some((path) => {
      const project = scene.view?.read(path);
      return (
        project === undefined ||
        /Sdk="Microsoft\.NET\.Sdk\.(?:Web|Razor|BlazorWebAssembly)|Microsoft\.AspNetCore\.App/.test(project)
      );
    });
  const name = isWeb ? 'aspnet' : 'runtime';
  const note =
    projects.length === 0
      ? 'no project file is known: aspnet holds what both kinds of application need'
      : `read: ${projects.map(baseName).join(', ')}`;
  return { image: `${repository}/${name}:${version}${variant}`, packages: [], notes: [note], isBareSystem: false };
}

/** The files that the builds leave behind and that the container starts, or that are named as results. */
function resultsOf(
  scene: Scene,
  tool: BuildTool,
  isBareSystem: boolean,
): { readonly carried: readonly Carried[] } | Obstacle {
  const { start, runs, view } = scene;
  const builds = runs.flatMap((run) => run.builds);
  const carried: Carried[] = [];
  const fromContext = (path: string): boolean =>
    view?.has(path) === true || (view !== undefined && !view.below(path)[Symbol.iterator]().next().done);
  const known = [...builds.flatMap(({ outputs }) => outputs), ...runs.flatMap(({ outputs }) => outputs)];
  for (const path of known) {
    if (path.includes(UNKNOWN))
      return { reason: 'dynamic-value', detail: 'nobody knows where the build puts its result' };
    carried.push({ path });
  }
  if (builds.some(({ installs }) => installs)) {
    if (!isBareSystem)
      return { reason: 'unknown-content', detail: '`install` puts files among those of the base image' };
    carried.push({ path: '/usr/local' });
  }
  for (const path of [...start.paths, ...classPath(scene)].map((one) => withItsFolder(scene, tool, one))) {
    if (isSystemProgram(path) || fromContext(path) || carried.some((one) => isWithin(path, one.path))) continue;
    if (!isInApplication(scene, path)) continue;
    carried.push({ path });
  }
  const bin = tool === 'go' ? '/go/bin' : tool === 'cargo' ? '/usr/local/cargo/bin' : undefined;
  for (const name of start.names) {
    if (isRuntimeName(name) || bin === undefined || carried.some(({ path }) => baseName(path) === name)) continue;
    if (!builds.some(({ label }) => /^(?:go|cargo) install/.test(label)) && bin !== '/go/bin') continue;
    if (!builds.some((build) => /install/.test(build.label))) continue;
    carried.push({ path: `${bin}/${name}`, to: `/usr/local/bin/${name}` });
  }
  const runtimes = start.names.filter((name) => /^(?:java|dotnet)$/.test(name));
  const folder = scene.workdirs[scene.workdirs.length - 1] ?? '/';
  if (tool === 'javac' && runtimes.includes('java') && carried.length === 0) carried.push({ path: folder });
  if (tool === 'dotnet')
    return {
      carried: carried.map(({ path }) => ({
        path: /\.dll$|\/[\w.-]+$/.test(path) && !known.includes(path) ? path.slice(0, path.lastIndexOf('/')) : path,
      })),
    };
  if (carried.length === 0)
    return { reason: 'unknown-content', detail: `nobody can tell which file of the build the container starts` };
  return { carried };
}

/** Tools that put the dependencies into the jar. */
const FAT_JAR =
  /spring-boot|maven-shade-plugin|maven-assembly-plugin|onejar|com\.gradleup\.shadow|johnrengelman\.shadow|ktor|helidon.*shade|dropwizard/;

/** A result with the files that it needs beside it, where it is not all by itself. */
function withItsFolder(scene: Scene, tool: BuildTool, path: string): string {
  const folder = path.slice(0, path.lastIndexOf('/'));
  const isRoot = scene.workdirs.includes(folder) || folder === '';
  if (tool === 'maven' || tool === 'gradle') {
    // Start scripts, and the jars of Quarkus and Micronaut, look for jars in other folders.
    const distribution =
      /^(.*\/(?:build\/install|target\/appassembler|target\/quarkus-app)(?:\/[\w.-]+?)??)(?:\/bin)?\/[^/]+$/.exec(
        path,
      )?.[1];
    if (distribution !== undefined) return distribution;
    if (!/\/(?:target|build\/libs)\/[^/]+\.jar$/.test(path)) return path;
    const manifests = [...(scene.view?.below('/') ?? [])].filter((file) =>
      /\/(?:pom\.xml|build\.gradle(?:\.kts)?)$/.test(file),
    );
    const texts = manifests.map((file) => scene.view?.read(file) ?? '');
    const isThin =
      texts.length > 0 &&
      !texts.some((text) => FAT_JAR.test(text)) &&
      texts.some((text) => /<dependency>|^\s*(?:implementation|api|compile)\b/m.test(text));
    return isThin ? folder : path;
  }
  if (tool !== 'native' || isRoot || !isInApplication(scene, path)) return path;
  // Libraries of the project itself may lie beside the program.
  const names = [...(scene.view?.below('/') ?? [])].filter((file) =>
    /\/(?:CMakeLists\.txt|[Mm]akefile[\w.]*|meson\.build)$/.test(file),
  );
  const texts = names.map((file) => scene.view?.read(file));
  const mayShare =
    texts.length === 0 ||
    texts.some((text) => text === undefined || /\bSHARED\b|-shared\b|\.so\b|shared_library/.test(text));
  return mayShare && scene.runs.some((run) => run.builds.some(({ label }) => /^(?:make|cmake|ninja|meson)/.test(label)))
    ? folder
    : path;
}

/** The parts of `java -cp a:b`. */
function classPath({ start, workdirs }: Scene): readonly string[] {
  const folder = workdirs[workdirs.length - 1] ?? '/';
  return start.programs.flatMap(({ program, args }) => {
    const at = program === 'java' ? args.findIndex((word) => /^-(?:cp|classpath|-class-path)$/.test(word)) : -1;
    const parts = at === -1 ? [] : (args[at + 1] ?? '').split(':');
    return parts
      .filter((part) => part !== '' && part !== '.')
      .map((part) => resolve(folder, part.replace(/\/\*$/, '')));
  });
}

function resolve(folder: string, path: string): string {
  return path.startsWith('/') ? path : `${folder === '/' ? '' : folder}/${path.replace(/^\.\//, '')}`;
}

function isSystemProgram(path: string): boolean {
  return /^\/(?:bin|sbin|usr\/bin|usr\/sbin|dev|proc|etc|opt\/java)\//.test(path);
}

function isRuntimeName(name: string): boolean {
  return /^(?:java|dotnet|sh|bash|env|exec|tini|dumb-init|\$.*)$/.test(name);
}

/** Whether a path lies where the file puts its application. */
function isInApplication({ workdirs }: Scene, path: string): boolean {
  return (
    !/^\/(?:data|var|tmp|run|config|mnt|srv)(?:\/|$)/.test(path) ||
    workdirs.some((folder) => folder !== '/' && isWithin(path, folder))
  );
}

interface Rest {
  readonly places: readonly string[];
  readonly folders: readonly string[];
  readonly copies: readonly Instruction[];
  readonly notes: readonly string[];
}

/** What the image holds of the context besides sources: listed, or where nobody can tell as a whole. */
function restOf(scene: Scene, kind: SourceKind, carried: readonly Carried[]): Rest | Obstacle {
  const { analysis, stage, view, workdirs, last } = scene;
  if (kind === 'dotnet')
    return { places: [], folders: [], copies: [], notes: ['what is published holds the files of the application'] };
  const inApplication = applicationFolders(analysis, stage, workdirs);
  const copies: Instruction[] = [];
  const places: string[] = [];
  const folders: string[] = [];
  const notes: string[] = [];
  const scripts = scene.runs.flatMap((run) => [
    ...run.scripts,
    ...run.builds.filter(({ tool }) => tool === 'node').map(({ label }) => label),
  ]);
  for (const [index, instruction] of stage.instructions.entries()) {
    if (instruction.index > last.instruction.index) break;
    const copy = readContextCopy(
      instruction,
      workdirs[index] ?? '/',
      analysis.stateBefore(instruction),
      analysis.dockerfile.escape,
    );
    if (copy === undefined || copy === 'unknown') continue;
    const root = copy.destination;
    // What goes elsewhere is copied again anyway.
    if (!inApplication.some((folder) => isWithin(root, folder))) continue;
    if (view === undefined ? copy.sources.every((source) => isSourceName(source, kind)) : false) continue;
    if (view === undefined) {
      // What lies there is carried as a whole.
      if (carried.some((one) => isWithin(root, one.path))) continue;
      copies.push(instruction);
      continue;
    }
    const isCarried = (path: string): boolean => carried.some((one) => isWithin(path, one.path));
    const found = view.has(root)
      ? isSourceName(root, kind) || isCarried(root)
        ? []
        : [root]
      : carriedBelow(view, root, kind, isCarried);
    if (found === undefined) copies.push(instruction);
    else for (const place of found) if (!places.some((one) => isWithin(place, one))) places.push(place);
  }
  if (scripts.length > 0 && copies.length > 0) {
    // What they write is part of the folder, which only the builder has.
    const folder = workdirs[workdirs.length - 1] ?? '/';
    if (kind !== 'go' || folder === '/')
      return {
        reason: 'unknown-content',
        detail: `nobody can tell what \`${scripts[0] ?? ''}\` writes that the process reads`,
      };
    return {
      places: [],
      folders: [folder],
      copies: [],
      notes: [`the whole of ${folder} is copied: nobody can tell what of it the process reads`],
    };
  }
  const [first] = copies;
  if (first !== undefined)
    notes.push(
      `the copies of line ${first.source.startLine} are repeated: nobody can tell what of them the process reads`,
    );
  else if (view !== undefined)
    notes.push(
      places.length === 0
        ? 'the build context holds nothing else than sources'
        : `of the build context all but sources is copied: ${places.join(', ')}`,
    );
  else notes.push('by their names all other copies are sources');
  return { places, folders, copies, notes };
}

/** A place inside of another one that is carried needs no copy of its own. */
function withoutNested(carried: readonly Carried[]): readonly Carried[] {
  return carried.filter(
    (one, index) =>
      !carried.some(
        (other, at) =>
          at !== index &&
          isWithin(one.path, other.path) &&
          one.to === undefined &&
          (one.path !== other.path || at < index),
      ),
  );
}

/** Libraries that crates link against, by the `-dev` package that they are built with. */
const CRATES: ReadonlyMap<string, string> = new Map([
  ['openssl-sys', 'libssl-dev'],
  ['pq-sys', 'libpq-dev'],
  ['mysqlclient-sys', 'default-libmysqlclient-dev'],
  ['libsqlite3-sys', 'libsqlite3-dev'],
  ['libdbus-sys', 'libdbus-1-dev'],
  ['libudev-sys', 'libudev-dev'],
  ['alsa-sys', 'libasound2-dev'],
  ['libxml', 'libxml2-dev'],
  ['curl-sys', 'libcurl4-openssl-dev'],
]);

function libraries({ view, release, stage }: Scene, kind: SourceKind): readonly string[] {
  if (kind !== 'rust' || release?.distribution !== 'debian') return [];
  if (stage.base.kind !== 'image' || officialImageName(stage.base.image) !== 'rust') return [];
  const locks =
    view === undefined
      ? []
      : [...view.below('/')].filter((path) => baseName(path) === 'Cargo.lock').flatMap((path) => view.read(path) ?? []);
  const names = new Set(
    locks.flatMap((lock) => [...lock.matchAll(/^name = "([^"]+)"/gm)].flatMap(([, name]) => name ?? [])),
  );
  const isVendored = names.has('openssl-src');
  const crates =
    locks.length === 0
      ? ['openssl-sys']
      : [...CRATES.keys()].filter((name) => names.has(name) && !(isVendored && name === 'openssl-sys'));
  return crates.flatMap((crate) => {
    const packages = runtimePackagesOf(CRATES.get(crate) ?? '', release);
    return packages === 'unknown' ? [] : packages;
  });
}
