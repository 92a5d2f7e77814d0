import { baseName } from '../../text/path.js';
import { type ImageView, isWithin, UNKNOWN } from '../copies.js';
import type { BuildTool } from './build-commands.js';
import type { Carried } from './carried.js';
import { firstMatch, type Obstacle, type Scene } from './recipe.js';

/** What builds leave behind that the container starts, or that is named as a result. */
export interface Results {
  readonly carried: readonly Carried[];
  /** Commands that the image that runs needs behind the copies. */
  readonly afterwards: readonly string[];
}

export function resultsOf(scene: Scene, tool: BuildTool, isBareSystem: boolean): Results | Obstacle {
  const { start, runs } = scene;
  const builds = runs.flatMap((run) => run.builds);
  const gone = new Set(runs.flatMap((run) => run.gone));
  const carried: Carried[] = [];
  const known = [
    ...builds.flatMap(({ outputs }) => outputs),
    ...runs.flatMap(({ outputs, placed }) => [...outputs, ...placed]),
  ];
  for (const path of new Set(known)) {
    if (path.includes(UNKNOWN))
      return { reason: 'dynamic-value', detail: 'nobody knows where the build puts its result' };
    if (!gone.has(path) && !/\.o$/.test(path)) carried.push({ path });
  }
  const installed = installedBy(scene, isBareSystem);
  if ('reason' in installed) return installed;
  carried.push(...installed.carried);
  for (const one of start.paths) {
    const path = withItsFolder(scene, tool, one);
    if (isSystemProgram(path) || isOfContext(scene.finalView, one) || !isInApplication(scene, path)) continue;
    if (gone.has(path) || carried.some((other) => isWithin(path, other.path))) continue;
    carried.push({ path });
  }
  for (const path of inPath(scene)) if (!carried.some((one) => isWithin(path, one.path))) carried.push({ path });
  for (const [index, one] of carried.entries()) carried[index] = withoutToolchainFolder(scene, one);
  const named = namedPrograms(scene, tool, carried);
  if ('reason' in named) return named;
  carried.push(...named.carried);
  const folder = scene.workdirs[scene.workdirs.length - 1] ?? '/';
  if (tool === 'javac' && carried.length === 0 && start.names.includes('java')) carried.push({ path: folder });
  if (carried.length === 0)
    return { reason: 'unknown-content', detail: `nobody can tell which file of the build the container starts` };
  if (tool !== 'dotnet') return { carried, afterwards: installed.afterwards };
  // An assembly needs those beside it.
  const folders = carried.map(({ path }) => ({
    path: /\.dll$|\/[\w.-]+$/.test(path) && !known.includes(path) ? path.slice(0, path.lastIndexOf('/')) : path,
  }));
  return { carried: folders, afterwards: [] };
}

/** Folders that only the PATH of a toolchain's image names. */
const TOOLCHAIN_FOLDERS =
  /^(?:\/go\/bin|\/usr\/local\/go\/bin|\/usr\/local\/cargo\/bin|\/root\/(?:go|\.cargo|\.local)\/bin)\/[^/*]+$/;

/** A program that is looked up in the PATH of the toolchain goes where every image looks. */
function withoutToolchainFolder({ start, analysis, finalView }: Scene, carried: Carried): Carried {
  const { path, to } = carried;
  const isNamedWhole = [...start.paths, ...start.argumentPaths].some(
    (one) => one === path || finalView?.read(one)?.includes(path) === true,
  );
  const setsPath = analysis.dockerfile.finalStage?.instructions.some(
    ({ keyword, pairs }) => keyword === 'ENV' && pairs.some(({ name }) => name === 'PATH'),
  );
  if (to !== undefined || isNamedWhole || setsPath === true || !TOOLCHAIN_FOLDERS.test(path)) return carried;
  return { path, to: `/usr/local/bin/${baseName(path)}` };
}

/** Folders that compilers fill, by their usual names. */
const FILLED = /\/target\/(?:[\w-]+\/)?(?:release|debug)$|\/build(?:\/(?:bin|src))?$/;

/** Programs that the PATH of the file finds in a folder of the build. */
function inPath({ start, stage, folders }: Scene): readonly string[] {
  const places = stage.instructions
    .flatMap(({ keyword, pairs }) => (keyword === 'ENV' ? pairs.filter(({ name }) => name === 'PATH') : []))
    .flatMap(({ value }) => value.replace(/^["']|["']$/g, '').split(':'))
    .filter((place) => FILLED.test(place) && folders.some((folder) => isWithin(place, folder)));
  const names = start.names.filter((name) => !isRuntimeName(name) && !name.includes('.'));
  // The first name is what is run; of the others nobody knows whether they are programs.
  return names.slice(0, 1).flatMap((name) => places.slice(0, 1).map((place) => `${place}/${name}`));
}

/** What `make install` and its like leave. */
function installedBy({ runs, release, view }: Scene, isBareSystem: boolean): Results | Obstacle {
  const builds = runs.flatMap((run) => run.builds);
  if (!builds.some(({ installs }) => installs)) return { carried: [], afterwards: [] };
  const prefix = builds.map((build) => build.prefix).findLast((one) => one !== undefined) ?? '/usr/local';
  const isOwn = /^\/opt\/[\w./-]+$/.test(prefix);
  if (!isOwn && (prefix !== '/usr/local' || !isBareSystem))
    return { reason: 'unknown-content', detail: `\`install\` puts files among those of the system, below ${prefix}` };
  // A Makefile of one's own may install anywhere.
  const isPlainMake =
    builds.some(({ label }) => /^make\b/.test(label)) &&
    !builds.some(({ label }) => /^(?:cmake|configure|meson)/.test(label));
  const texts = textsOf(view, /\/[Mm]akefile[\w.]*$/);
  if (
    isPlainMake &&
    (texts.length === 0 ||
      texts.some((text) => text === undefined || /\/usr\/(?!local)|\/etc\b|\/var\b|\/opt\b/.test(text)))
  )
    return { reason: 'unknown-content', detail: 'nobody can tell where `make install` puts its files' };
  const afterwards = !isOwn && release?.distribution !== 'alpine' ? ['ldconfig'] : [];
  return { carried: [{ path: prefix }], afterwards };
}

/** Programs that are looked up in PATH and lie where the toolchain installs them. */
function namedPrograms(
  scene: Scene,
  tool: BuildTool,
  carried: readonly Carried[],
): { readonly carried: readonly Carried[] } | Obstacle {
  const { start, runs, analysis, stage, finalView } = scene;
  const isInstalled = runs.some((run) =>
    run.builds.some((build) => build.tool === tool && /install/.test(build.label)),
  );
  const names = start.names.filter(
    (name) =>
      !isRuntimeName(name) &&
      !name.includes('.') &&
      !carried.some(({ path }) => baseName(path) === name) &&
      !['/usr/local/bin', '/usr/bin', '/bin'].some((folder) => isOfContext(finalView, `${folder}/${name}`)),
  );
  if ((tool !== 'go' && tool !== 'cargo') || !isInstalled || names.length === 0) return { carried: [] };
  const setting = firstMatch(analysis, stage, /\b(?:GOBIN|GOPATH|CARGO_HOME|CARGO_INSTALL_ROOT)=|--root\b/);
  const isOfficial = stage.base.kind === 'image' && /(?:^|\/)(?:golang|rust)(?::|$)/.test(stage.base.text);
  if (setting !== undefined || !isOfficial)
    return {
      reason: 'dynamic-value',
      detail: `${setting ?? 'the toolchain of the file'} says where \`install\` puts programs`,
    };
  const bin = tool === 'go' ? '/go/bin' : '/usr/local/cargo/bin';
  return { carried: names.map((name) => ({ path: `${bin}/${name}`, to: `/usr/local/bin/${name}` })) };
}

/** Tools that put the dependencies into the jar. */
const FAT_JAR =
  /spring-boot|maven-shade-plugin|maven-assembly-plugin|onejar|com\.gradleup\.shadow|johnrengelman\.shadow|ktor|helidon.*shade|dropwizard/;

/** A result with the files that it needs beside it, where it is not all by itself. */
function withItsFolder(scene: Scene, tool: BuildTool, path: string): string {
  const folder = path.slice(0, path.lastIndexOf('/'));
  if (tool === 'maven' || tool === 'gradle') {
    // Start scripts, and the jars of Quarkus and Micronaut, look for jars in other folders.
    const distribution =
      /^(.*\/(?:build\/install|target\/appassembler|target\/quarkus-app)(?:\/[\w.-]+?)??)(?:\/bin)?\/[^/]+$/.exec(
        path,
      )?.[1];
    if (distribution !== undefined) return distribution;
    if (!/\/(?:target|build\/libs)\/[^/]+\.jar$/.test(path)) return path;
    const texts = textsOf(scene.view, /\/(?:pom\.xml|build\.gradle(?:\.kts)?)$/);
    const hasDependencies = texts.some((text) => /<dependency>|^\s*(?:implementation|api|compile)\b/m.test(text ?? ''));
    const isThin = texts.length > 0 && !texts.some((text) => FAT_JAR.test(text ?? '')) && hasDependencies;
    const looksBeside = texts.some((text) => /addClasspath|Class-Path|copy-dependencies/.test(text ?? ''));
    return isThin || looksBeside ? folder : path;
  }
  const isRoot = scene.workdirs.includes(folder) || folder === '';
  if (tool !== 'native' || isRoot || !isInApplication(scene, path)) return path;
  // Libraries of the project itself may lie beside the program.
  const texts = textsOf(scene.view, /\/(?:CMakeLists\.txt|[Mm]akefile[\w.]*|meson\.build)$/);
  const mayShare = texts.length === 0 || texts.some((text) => text === undefined || SHARES.test(text));
  const own = texts.some((text) => text !== undefined && SHARES.test(text));
  const root = scene.runs.flatMap((run) => run.builds).find((build) => build.tool === 'native')?.folder;
  // What the project loads while it runs may lie anywhere below.
  if (own && root !== undefined && root !== '/' && isWithin(path, root)) return root;
  const isByProject = scene.runs.some((run) =>
    run.builds.some(({ label }) => /^(?:make|cmake|ninja|meson)/.test(label)),
  );
  return mayShare && isByProject ? folder : path;
}

const SHARES = /\bSHARED\b|\bMODULE\b|-shared\b|\.so\b|shared_library|dlopen|-ldl\b/;

function textsOf(view: ImageView | undefined, names: RegExp): readonly (string | undefined)[] {
  return view === undefined
    ? []
    : [...view.below('/')].filter((path) => names.test(path)).map((path) => view.read(path));
}

/** Whether a path of the image is a file or a folder that a copy from the context has put there. */
export function isOfContext(view: ImageView | undefined, path: string): boolean {
  if (view === undefined) return false;
  return view.has(path) || view.hasBelow(path);
}

function isSystemProgram(path: string): boolean {
  return /^\/(?:bin|sbin|usr\/bin|usr\/sbin|dev|proc|etc|opt\/java|usr\/local\/tomcat\/bin)\//.test(path);
}

function isRuntimeName(name: string): boolean {
  return /^(?:java|dotnet|sh|bash|ash|env|exec|tini|dumb-init|curl|wget|\$.*)$/.test(name);
}

/** Whether a path lies where the file puts its application, and not where containers keep data. */
function isInApplication({ workdirs }: Scene, path: string): boolean {
  return (
    !/^\/(?:data|var|tmp|run|config|mnt|srv)(?:\/|$)/.test(path) ||
    workdirs.some((folder) => folder !== '/' && isWithin(path, folder))
  );
}
