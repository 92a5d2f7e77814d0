import { officialImageName } from '../../dockerfile/image-reference.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import { baseName } from '../../text/path.js';
import { type ContextCopy, isWithin, placementsOf, readContextCopy } from '../copies.js';
import { runtimePackagesOf } from '../runtime-libraries.js';
import type { BuildTool } from './build-commands.js';
import { type Carried, carriedBelow, isSourceName, notesOnContext, type SourceKind } from './carried.js';
import { cleansUp, ownScriptObstacle, programObstacle } from './own-scripts.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';
import { isOfContext, resultsOf } from './results.js';
import { isGone, isLeftOfContext, isRemovedFile } from './removals.js';
import { runtimeImageOf } from './runtime-images.js';
import { TOMCAT } from '../tomcat-images.js';
import { pathOf } from './start.js';
import { deploymentObstacle, isTomcat, TOMCAT_PROGRAMS } from './tomcat.js';

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
  const { stage, runs, analysis } = scene;
  const tools = runs.flatMap(({ builds }) => builds.map((build) => build.tool));
  const name = stage.base.kind === 'image' ? officialImageName(stage.base.image) : undefined;
  const found = tools.find((one) => KINDS.has(one));
  // `make` runs the compiler that the image is for.
  const tool = found === undefined ? undefined : name === 'golang' ? 'go' : name === 'rust' ? 'cargo' : found;
  const kind = tool === undefined ? undefined : KINDS.get(tool);
  if (tool === undefined || kind === undefined) return undefined;
  // Windows writes its paths in another way.
  if (stage.instructions.some((one) => /\b[A-Za-z]:\\/.test(analysis.rawText(one)))) return undefined;
  const image = runtimeImageOf(scene, kind);
  if (image === undefined) return undefined;
  if ('reason' in image) return image;
  if (image.isBareSystem && cleansUp(scene)) return undefined;
  const other = runs.find(({ globals }) => globals.length > 0);
  if (other !== undefined)
    return {
      reason: 'unknown-content',
      detail: `line ${other.instruction.source.startLine}: nobody can tell whether the process needs what \`${other.globals[0]?.manager ?? ''}\` installs`,
    };
  const results = resultsOf(scene, tool, image.isBareSystem);
  if ('reason' in results) return results;
  const deployment = deploymentObstacle(scene, results.carried);
  if (deployment !== undefined) return deployment;
  const brought = isTomcat(scene) ? TOMCAT_PROGRAMS : undefined;
  const scripts =
    programObstacle(scene, results.carried, brought) ?? (kind === 'native' ? ownScriptObstacle(scene) : undefined);
  if (scripts !== undefined) return scripts;
  const rest = isTomcat(scene)
    ? DEPLOYED
    : kind === 'dotnet'
      ? dotnetRest(scene)
      : restOf(scene, kind, results.carried);
  if ('reason' in rest) return rest;
  const afterwards = [...new Set([...(image.afterwards ?? []), ...results.afterwards])];
  const named = namedFiles(scene).filter((path) => !rest.copies.some((copy) => isCopiedBy(scene, copy, path)));
  return {
    image: image.image,
    ...(image.builderTag === undefined ? {} : { builderTag: image.builderTag }),
    carried: withoutNested([
      ...rest.folders.map((path) => ({ path })),
      ...results.carried,
      ...(image.certificates === undefined ? [] : [{ path: image.certificates }]),
      ...(image.libraries ?? []).map((path) => ({ path })),
      ...[...rest.places, ...named].map((path) => ({ path })),
    ]),
    copies: rest.copies,
    packages: [...image.packages, ...libraries(scene, kind)],
    ...(isTomcat(scene) ? { clears: TOMCAT, builderOnly: sourceCopies(scene) } : {}),
    ...(afterwards.length > 0 ? { afterwards } : {}),
    notes: [
      ...image.notes,
      ...rest.notes,
      ...(kind === 'rust' && !hasLock(scene) ? ['assumed: of the libraries of the system it links OpenSSL alone'] : []),
    ],
  };
}

function hasLock({ view }: Scene): boolean {
  return view !== undefined && [...view.below('/')].some((path) => baseName(path) === 'Cargo.lock');
}

interface Rest {
  readonly places: readonly string[];
  readonly folders: readonly string[];
  readonly copies: readonly Instruction[];
  readonly notes: readonly string[];
}

/** Of an application that a server finds, nothing else is carried. */
const DEPLOYED: Rest = {
  places: [],
  folders: [],
  copies: [],
  notes: [`of the build it gets what lies below ${TOMCAT}`],
};

function sourceCopies({ stage }: Scene): readonly Instruction[] {
  return stage.instructions.filter(
    ({ keyword, words }) =>
      keyword === 'COPY' && words.slice(0, -1).every(({ text }) => isSourceName(text.replace(/^\.\//, ''), 'java')),
  );
}

/** The copies into the application in front of the cut. */
function copiesOf({ analysis, stage, workdirs, folders, last }: Scene): readonly ContextCopy[] {
  return stage.instructions.flatMap((instruction, index) => {
    if (instruction.index > last.instruction.index) return [];
    const copy = readContextCopy(analysis, instruction, workdirs[index] ?? '/');
    if (copy === undefined || copy === 'unknown') return [];
    // What goes elsewhere is copied again anyway.
    return folders.some((folder) => isWithin(copy.destination, folder)) ? [copy] : [];
  });
}

/** What the image holds of the context besides sources: listed, or where nobody can tell as a whole. */
function restOf(scene: Scene, kind: SourceKind, carried: readonly Carried[]): Rest | Obstacle {
  const { view, runs } = scene;
  const copies: Instruction[] = [];
  const places: string[] = [];
  const left = new Set<string>();
  const all = copiesOf(scene);
  for (const copy of all) {
    const root = copy.destination;
    if (view === undefined) {
      const isCarried = carried.some((one) => isWithin(root, one.path));
      if (!isCarried && !copy.sources.every((source) => isSourceName(source, kind))) copies.push(copy.instruction);
      continue;
    }
    const isCarried = (path: string): boolean =>
      carried.some((one) => isWithin(path, one.path)) || isRemovedFile(runs, view, path);
    if (view.has(root)) {
      if (!isSourceName(root, kind) && !isCarried(root)) places.push(root);
      continue;
    }
    const found = carriedBelow(view, root, kind, isCarried);
    if (found === undefined) copies.push(copy.instruction);
    else {
      places.push(...found.places.filter((place) => !places.some((one) => isWithin(place, one))));
      for (const name of found.left) left.add(name);
    }
  }
  const whole = wholeFolders(scene, kind, all, copies.length > 0);
  if (whole !== undefined) return whole;
  return { places, folders: [], copies, notes: notesOf(scene, places, copies, [...left]) };
}

/** Folders that only the builder has as they are: something besides the compiler wrote into them. */
function wholeFolders(
  { runs }: Scene,
  kind: SourceKind,
  copies: readonly ContextCopy[],
  isRepeated: boolean,
): Rest | Obstacle | undefined {
  const writers = runs.flatMap((run) => [
    ...run.scripts,
    ...run.builds.filter(({ tool }) => tool === 'node').map(({ label }) => label),
    ...(run.editsApplication && isRepeated ? [run.programs.find((program) => program === 'sed') ?? 'a command'] : []),
  ]);
  const [writer] = writers;
  if (writer === undefined) return undefined;
  const isThere = ({ destination, instruction }: ContextCopy): boolean =>
    destination !== '/' &&
    !runs.some((run) => run.instruction.index > instruction.index && isGone(destination, run.gone));
  const roots = copies.filter(isThere).map(({ destination }) => destination);
  const folders = roots.filter(
    (path, index) =>
      !roots.some((other, at) => at !== index && isWithin(path, other) && (path !== other || at < index)),
  );
  // Beside the sources lies all that the other compilers leave.
  if (kind !== 'go' || folders.length === 0)
    return { reason: 'unknown-content', detail: `nobody can tell what \`${writer}\` writes that the process reads` };
  return {
    places: [],
    folders,
    copies: [],
    notes: [
      `the whole of ${folders.join(', ')} is copied: nobody can tell what \`${writer}\` writes that the process reads`,
    ],
  };
}

function notesOf(
  { view }: Scene,
  places: readonly string[],
  copies: readonly Instruction[],
  left: readonly string[],
): readonly string[] {
  const [first] = copies;
  if (first !== undefined)
    return [
      `the copies of line ${first.source.startLine} are repeated: nobody can tell what of them the process reads`,
    ];
  if (view === undefined) return ['by their names all other copies are sources'];
  return notesOnContext(places, left);
}

const DOTNET_SOURCE =
  /\.(?:cs|fs|vb|csproj|fsproj|vbproj|sln|slnx|cshtml|razor|props|targets|resx)$|(?:^|\/)(?:nuget\.config|global\.json|packages\.lock\.json)$/i;

/** What is published holds the files of the projects; other files are copied again. */
function dotnetRest(scene: Scene): Rest {
  const { view } = scene;
  const copies = copiesOf(scene).filter((copy) => {
    const placements = view === undefined ? undefined : placementsOf(copy, view.context, () => true);
    const names = placements?.map(({ context }) => context) ?? copy.sources;
    const isProject = names.some(
      (name) => DOTNET_SOURCE.test(name) || (placements === undefined && /^$|^\.$|^src\b|[*]|^[^.]*$/.test(name)),
    );
    return !isProject;
  });
  return {
    places: [],
    folders: [],
    copies: copies.map(({ instruction }) => instruction),
    notes: ['what is published holds the content files of the projects'],
  };
}

/** Files of the context that are started, or that a word of the start or a variable names. */
function namedFiles({ start, stage, workdirs, finalView, view, runs }: Scene): readonly string[] {
  const workdir = workdirs[workdirs.length - 1] ?? '/';
  const values = stage.instructions.flatMap(({ keyword, pairs }) =>
    keyword === 'ENV' ? pairs.map(({ value }) => value) : [],
  );
  const paths = [
    ...start.paths,
    ...start.argumentPaths,
    ...values.flatMap((value) => value.split(/[\s,"']+/).flatMap((word) => pathOf(word, workdir) ?? [])),
  ];
  return [...new Set(paths)].filter(
    (path) =>
      !workdirs.includes(path) &&
      path !== '/' &&
      isOfContext(finalView, path) &&
      view !== undefined &&
      isLeftOfContext(runs, view, path),
  );
}

function isCopiedBy({ analysis, stage, workdirs }: Scene, instruction: Instruction, path: string): boolean {
  const workdir = workdirs[instruction.index - stage.from.index - 1] ?? '/';
  const copy = readContextCopy(analysis, instruction, workdir);
  return copy !== undefined && copy !== 'unknown' && isWithin(path, copy.destination);
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
  ['magick_rust', 'libmagickwand-dev'],
  ['libgssapi-sys', 'libkrb5-dev'],
  ['ncurses', 'libncurses-dev'],
]);

function libraries({ analysis, view, release, stage, runs }: Scene, kind: SourceKind): readonly string[] {
  const usesOpenMp = runs.some(({ instruction }) => /-fopenmp\b/.test(analysis.rawText(instruction)));
  const isOfGcc = stage.base.kind === 'image' && officialImageName(stage.base.image) === 'gcc';
  const openMp = usesOpenMp && !isOfGcc ? [release?.distribution === 'alpine' ? 'libgomp' : 'libgomp1'] : [];
  if (kind !== 'rust' || release?.distribution !== 'debian') return openMp;
  if (stage.base.kind !== 'image' || officialImageName(stage.base.image) !== 'rust') return openMp;
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
  const packages = crates.map((crate) => runtimePackagesOf(CRATES.get(crate) ?? '', release));
  return [...openMp, ...packages.flatMap((one) => (one === 'unknown' ? [] : one))];
}
