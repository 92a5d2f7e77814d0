import { officialImageName } from '../../dockerfile/image-reference.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import { hasOption } from '../../shell/packages.js';
import { baseName } from '../../text/path.js';
import { type ContextCopy, isWithin, readContextCopy } from '../copies.js';
import { slimTagOf } from '../published-images.js';
import { isBuildPackage, runtimePackagesOf } from '../runtime-libraries.js';
import { isRoot } from '../state.js';
import { dependenciesOf } from './native-packages.js';
import { cleansUp, programObstacle } from './own-scripts.js';
import { isScriptName } from './packages.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';
import type { RunReading } from './stage-reading.js';

/** A language whose packages are compiled in the builder, and whose sources run as they are. */
interface Language {
  readonly image: string;
  readonly ecosystem: 'python' | 'ruby';
  readonly manager: RegExp;
  /** Files that only the installation reads. */
  readonly manifests: RegExp;
  /** Programs that a later RUN may use, since the new image has them. */
  readonly programs: RegExp;
  /** Packages that use libraries or programs of the system: those of a `-dev` package, or by their names. */
  readonly libraries: ReadonlyMap<string, string>;
  readonly names: RegExp;
}

const PYTHON: Language = {
  image: 'python',
  ecosystem: 'python',
  manager: /^pip$/,
  manifests:
    /(?:^|\/)(?:[\w.-]*(?:requirements?|constraints?|reqs?)[\w.-]*(?:\.(?:txt|in)\*?|\*)|requirements|pyproject\.toml\*?|poetry\.(?:lock|toml)\*?|Pipfile(?:\.lock)?\*?|Pipfile\*|setup\.(?:py|cfg)|uv\.lock\*?|README(?:\.\w+)?)$/i,
  programs: /^(?:python[\d.]*|django-admin|flask|alembic|gunicorn|uvicorn|pytest|celery|opentelemetry-bootstrap)$/,
  libraries: new Map([
    ['psycopg2', 'libpq-dev'],
    ['psycopg', 'libpq-dev'],
    ['psycopg-c', 'libpq-dev'],
    ['mysqlclient', 'default-libmysqlclient-dev'],
    ['python-ldap', 'libldap2-dev'],
    ['pycurl', 'libcurl4-openssl-dev'],
    ['cairosvg', 'libcairo2-dev'],
    ['cairocffi', 'libcairo2-dev'],
    ['pycairo', 'libcairo2-dev'],
    ['weasyprint', 'libpango1.0-dev'],
    ['python-magic', 'libmagic-dev'],
    ['xmlsec', 'libxmlsec1-dev'],
    ['pymssql', 'freetds-dev'],
    ['opencv-python', 'libglib2.0-dev'],
    ['opencv-contrib-python', 'libglib2.0-dev'],
    ['pyodbc', 'unixodbc-dev'],
    ['wand', 'libmagickwand-dev'],
    ['lightgbm', 'libgomp1'],
    ['gitpython', 'git'],
  ]),
  names: /^\s*["']?([A-Za-z][\w.-]*)(?=\s*(?:\[|[=<>~!;,"'@]|$))|^name = "([\w.-]+)"/gm,
};

const RUBY: Language = {
  image: 'ruby',
  ecosystem: 'ruby',
  manager: /^(?:gem|bundle)$/,
  manifests: /(?:^|\/)(?:Gemfile\*?|Gemfile\.lock\*?|[\w.-]+\.gemspec|\.ruby-version)$/,
  programs: /^(?:ruby|bundle|rails|rake|bootsnap|rackup|puma|bin\/rails|bin\/rake|yarn|npm|node)$/,
  libraries: new Map([
    ['pg', 'libpq-dev'],
    ['mysql2', 'default-libmysqlclient-dev'],
    ['sqlite3', 'libsqlite3-dev'],
    ['rmagick', 'libmagickwand-dev'],
    ['ruby-vips', 'libvips-dev'],
    ['curb', 'libcurl4-openssl-dev'],
    ['charlock_holmes', 'libicu-dev'],
    ['tiny_tds', 'freetds-dev'],
    ['tzinfo', 'tzdata'],
  ]),
  names: /^\s+([\w-]+) \(/gm,
};

/** Packages of which nobody here knows what they need of the system. */
const HARD =
  /^(?:uwsgi|gdal|fiona|rasterio|pygraphviz|playwright|pyppeteer|selenium|pysqlcipher3|pyaudio|python-snappy|psycopg2cffi|m2crypto|dlib|pygobject|dbus-python|scapy|pyenchant|textract|pdf2image|imgkit|pdfkit|wicked_pdf|grover|ffi-icu|mini_magick|carrierwave-vips|rugged|therubyracer)$/;

/** Where a virtual environment goes: the usual place, which no package of a distribution uses. */
const ENVIRONMENT = '/opt/venv';

export function languageOf({ stage }: Pick<Scene, 'stage'>): Language | undefined {
  const name = stage.base.kind === 'image' ? officialImageName(stage.base.image) : undefined;
  return [PYTHON, RUBY].find(({ image }) => image === name);
}

/** Whether a RUN installs packages of the language. */
export function installsPackages({ installations, globals }: RunReading, { ecosystem, manager }: Language): boolean {
  return installations.some((one) => one.ecosystem === ecosystem) || globals.some((one) => manager.test(one.manager));
}

/** An application of a language that is not compiled, with packages that are. */
export function dependencyRecipe(scene: Scene): Recipe | Obstacle | undefined {
  const language = languageOf(scene);
  const { stage, runs, view, release } = scene;
  if (language === undefined || stage.base.kind !== 'image') return undefined;
  const slim = slimTagOf(stage.base.image);
  const toolchain = runs
    .flatMap((run) => run.packages)
    .flatMap(({ operands }) => operands.filter(({ value = '' }) => isBuildPackage(value, release)));
  if (toolchain.length === 0 && slim === undefined) return undefined;
  if (cleansUp(scene)) return undefined;
  // Where nothing is compiled, the small image alone does it.
  const views = view === undefined ? [] : [view];
  if (toolchain.length === 0 && dependenciesOf(runs, views, language.ecosystem) === undefined) return undefined;
  if (stage.base.fromArguments && slim !== undefined)
    return { reason: 'dynamic-value', detail: `\`${stage.imageWord.text}\` may name any variant` };
  const image = slim === undefined ? stage.imageWord.text : stage.imageWord.text.replace(/(?::[^/:]*)?$/, `:${slim}`);
  const libraries = librariesOf(scene, language, slim !== undefined);
  if ('reason' in libraries) return libraries;
  const foreign = foreignObstacle(scene, language) ?? placeObstacle(scene, language);
  if (foreign !== undefined) return foreign;
  const later = laterObstacle(scene, language);
  if (later !== undefined) return later;
  const names = libraries.packages;
  const script =
    slim === undefined
      ? toolObstacle(
          scene,
          toolchain.map(({ value = '' }) => value),
        )
      : programObstacle(scene, [], language.programs);
  if (script !== undefined) return script;
  const place = language.ecosystem === 'python' ? pythonPlace(scene) : rubyPlace(scene);
  if ('reason' in place) return place;
  const copies = copiesBesides(scene, language, place.path);
  return {
    image,
    carried: [{ path: place.path }],
    copies: copies.repeated,
    builderOnly: copies.manifests,
    isShared: true,
    packages: names,
    ...(place.before === undefined
      ? {}
      : {
          environment: {
            before: place.before,
            make: [`RUN python -m venv ${ENVIRONMENT}`],
            variables: `ENV VIRTUAL_ENV=${ENVIRONMENT} PATH=${ENVIRONMENT}/bin:$PATH`,
          },
        }),
    notes: [
      ...(scene.start.programs.length === 0 ? ['the file starts nothing: look what is run in its image'] : []),
      toolchain.length > 0
        ? `only the builder has ${toolchain.map(({ value = '' }) => value).join(', ')}`
        : 'packages that have to be compiled are compiled in the builder',
      ...(view === undefined
        ? []
        : [`the manifests name no other library of the system${names.length > 0 ? ` than ${names.join(', ')}` : ''}`]),
    ],
  };
}

/** What packages that were compiled in the full image need of the system, which the small one lacks. */
function librariesOf(
  { view, release, runs }: Scene,
  { libraries, names, manifests, manager }: Language,
  isSmaller: boolean,
): { readonly packages: readonly string[] } | Obstacle {
  const found = new Set<string>();
  for (const { globals } of runs)
    for (const { manager: name, operands } of globals)
      if (manager.test(name))
        for (const { value = '' } of operands) found.add(value.replace(/[[=<>~!].*$/s, '').toLowerCase());
  const texts =
    view === undefined
      ? []
      : [...view.below('/')]
          .filter((path) => manifests.test(path) && !/README/i.test(path))
          .map((path) => view.read(path));
  const readsManifests = runs.some((run) => run.installations.length > 0);
  if (isSmaller && readsManifests && (texts.length === 0 || texts.includes(undefined)))
    return {
      reason: 'unknown-content',
      detail: 'without its manifests nobody can tell which libraries of the system the packages need',
    };
  for (const text of texts)
    for (const [, name, other] of (text ?? '').matchAll(names))
      found.add((name ?? other ?? '').toLowerCase().replace(/_/g, '-'));
  for (const text of texts)
    for (const [, nested = ''] of (text ?? '').matchAll(/^\s*(?:-r|--requirement|-c|--constraint)[\s=]+(\S+)/gm)) {
      const path = [...(view?.below('/') ?? [])].find((one) =>
        one.endsWith(`/${nested.replace(/^(?:\.{1,2}\/)+/, '')}`),
      );
      const more = path === undefined ? undefined : view?.read(path);
      if (more === undefined && isSmaller)
        return { reason: 'unknown-content', detail: `nobody can read ${nested}, which the requirements name` };
      for (const [, name, other] of (more ?? '').matchAll(names))
        found.add((name ?? other ?? '').toLowerCase().replace(/_/g, '-'));
    }
  const hard = isSmaller ? [...found].find((name) => HARD.test(name)) : undefined;
  if (hard !== undefined)
    return { reason: 'unknown-content', detail: `nobody here knows what \`${hard}\` needs of the system` };
  const packages = new Set<string>();
  for (const name of found) {
    const library = libraries.get(name);
    // Where the base stays the same, only the tools of the build go.
    if (library === undefined || (!isSmaller && library !== 'git')) continue;
    const left = library === 'git' || library === 'libgomp1' ? [library] : runtimePackagesOf(library, release);
    if (left === 'unknown')
      return { reason: 'unknown-content', detail: `nobody here knows which library \`${name}\` needs in this release` };
    for (const one of left) packages.add(one);
  }
  return { packages: [...packages] };
}

/** Why what comes behind the last installation does not run in the small image. */
function laterObstacle({ later }: Scene, { programs }: Language): Obstacle | undefined {
  for (const { instruction, unknown, builds, programs: used } of later) {
    const line = `line ${instruction.source.startLine}`;
    if (builds.length > 0)
      return {
        reason: 'unknown-command',
        detail: `${line}: \`${builds[0]?.label ?? ''}\` may need the tools of the build`,
      };
    const other =
      unknown === undefined ? undefined : used.find((program) => !programs.test(program) && !SIMPLE.test(program));
    if (unknown !== undefined && (other !== undefined || used.length === 0))
      return { reason: 'unknown-command', detail: `${line}: nobody knows what \`${unknown}\` needs` };
  }
  return undefined;
}

/** What another package manager installs, or a build makes, is left where nobody carries it. */
function foreignObstacle({ runs, later }: Scene, { ecosystem, manager }: Language): Obstacle | undefined {
  for (const run of [...runs, ...later]) {
    const label =
      run.installations.find((one) => one.ecosystem !== ecosystem)?.label ??
      run.globals.find((one) => !manager.test(one.manager))?.manager ??
      (runs.includes(run) ? run.builds[0]?.label : undefined);
    if (label !== undefined)
      return {
        reason: 'unknown-content',
        detail: `line ${run.instruction.source.startLine}: nobody can tell what of \`${label}\` the process needs`,
      };
  }
  return undefined;
}

/** A script that the container starts may use the tools that go. */
function toolObstacle({ start, finalView }: Scene, toolchain: readonly string[]): Obstacle | undefined {
  // A program of Python may start it, too.
  const source = toolchain.includes('git')
    ? [...(finalView?.below('/') ?? [])].find(
        (path) => /\.py$/.test(path) && /["'](?:git)["' ]/.test(finalView?.read(path) ?? ''),
      )
    : undefined;
  if (source !== undefined) return { reason: 'unknown-content', detail: `${source} runs \`git\`` };
  const tools = toolchain.filter((name) => /^(?:git|make|gcc|g\+\+|cmake|subversion|mercurial)$/.test(name));
  for (const path of tools.length === 0 ? [] : start.paths.filter(isScriptName)) {
    const text = finalView?.read(path);
    const used = tools.find((tool) =>
      text === undefined ? /^(?:git|make)$/.test(tool) : new RegExp(`\\b${tool.replace(/\+/g, '\\+')}\\b`).test(text),
    );
    if (used !== undefined)
      return {
        reason: 'unknown-content',
        detail:
          text === undefined
            ? `nobody can tell whether \`${baseName(path)}\` runs \`${used}\``
            : `\`${baseName(path)}\` runs \`${used}\``,
      };
  }
  return undefined;
}

/** Files that name a program by the place where it is without a virtual environment. */
function placeObstacle({ finalView, start }: Scene, { ecosystem }: Language): Obstacle | undefined {
  if (ecosystem !== 'python' || finalView === undefined) return undefined;
  for (const path of finalView.below('/')) {
    const isStarted = start.paths.includes(path) || start.argumentPaths.includes(path);
    if (
      !isStarted &&
      !/\.(?:sh|bash|conf|cfg|ini|service)$|(?:^|\/)(?:Procfile|crontab|[\w.-]*(?:entrypoint|start|run|cron)[\w.-]*)$/.test(
        path,
      )
    )
      continue;
    const found = /\/usr\/local\/bin\/(?:python|pip|gunicorn|uvicorn|celery|flask)[\w.]*/.exec(
      finalView.read(path) ?? '',
    );
    if (found !== null)
      return {
        reason: 'unknown-content',
        detail: `${path} runs \`${found[0]}\`, which is in the virtual environment afterwards`,
      };
  }
  return undefined;
}

const SIMPLE =
  /^(?:|cd|echo|printf|export|set|true|mkdir|chmod|chown|rm|cp|mv|ln|touch|cat|ls|sed|grep|apt-get|apk|useradd|groupadd|adduser|addgroup|test|\[)$/;

/** A virtual environment, which is made where none is, or that of the project. */
function pythonPlace(scene: Scene): { readonly path: string; readonly before?: Instruction } | Obstacle {
  const { analysis, stage, runs } = scene;
  if (stage.base.kind === 'image' && /^2(?:\.|-|$)/.test(stage.base.image.tag ?? ''))
    return { reason: 'unknown-content', detail: 'Python 2 makes no virtual environments' };
  const first = runs.find((run) => installsPackages(run, PYTHON));
  if (first === undefined) return { reason: 'unknown-content', detail: 'nothing is installed' };
  const { user } = analysis.stateBefore(first.instruction);
  if (user !== undefined && !isRoot(user))
    return { reason: 'unknown-user', detail: `\`${user}\` installs the packages, and may not make ${ENVIRONMENT}` };
  const texts = stage.instructions.map((instruction) => analysis.rawText(instruction));
  const own = texts
    .map(
      (text) =>
        /(?:python[\d.]*\s+-m\s+venv|virtualenv|uv\s+venv|\buv\s+sync|virtualenvs\.in-project\s+true|POETRY_VIRTUALENVS_IN_PROJECT)/.exec(
          text,
        )?.[0],
    )
    .find((found) => found !== undefined);
  if (own !== undefined) {
    if (texts.some((text) => text.includes('--system-site-packages')))
      return {
        reason: 'unknown-content',
        detail: '`--system-site-packages` uses packages beside the virtual environment',
      };
    // What starts the process lies beside the environment, unless another image brings it.
    const launcher = scene.start.words.find((word) => /^(?:uv|poetry|pdm|pipenv)$/.test(word));
    const isBrought = stage.instructions.some(
      (one) => one.flag('from') !== undefined && one.words.some(({ text }) => baseName(text) === launcher),
    );
    if (launcher !== undefined && !isBrought)
      return {
        reason: 'unknown-content',
        detail: `\`${launcher}\`, which the container starts, is not in the virtual environment`,
      };
    return ownEnvironment(scene, own);
  }
  const fixed = texts
    .map(
      (text) =>
        /\/usr\/local\/(?:bin\/(?!uv\b|uvx\b)\w+|lib\/python)[\w./-]*|--user\b|--target\b|--prefix\b|--system(?:-site-packages)?\b|UV_SYSTEM_PYTHON|PIP_USER|PIP_TARGET|\bpipenv\b|\bpipx\b|\bconda\b/.exec(
          text,
        )?.[0],
    )
    .find((found) => found !== undefined);
  if (fixed !== undefined)
    return { reason: 'unknown-content', detail: `\`${fixed}\` does not go into a virtual environment` };
  return { path: ENVIRONMENT, before: first.instruction };
}

/** The environment that the file makes itself, where its place is known. */
function ownEnvironment(
  { analysis, stage, workdirs, runs }: Scene,
  made: string,
): { readonly path: string } | Obstacle {
  for (const { keyword, pairs } of stage.instructions) {
    const path =
      keyword === 'ENV'
        ? pairs.find(({ name }) => name === 'VIRTUAL_ENV' || name === 'UV_PROJECT_ENVIRONMENT')?.value
        : undefined;
    if (path !== undefined && /^\/[\w./-]+$/.test(path)) return { path };
  }
  const text = runs.map(({ instruction }) => analysis.rawText(instruction)).join('\n');
  const named = /(?:-m\s+venv|virtualenv)\s+(?:--[\w-]+\s+)*(\/[\w./-]+)/.exec(text)?.[1];
  if (named !== undefined) return { path: named };
  const folder =
    runs.find((run) => installsPackages(run, PYTHON))?.installations[0]?.folder ?? workdirs[workdirs.length - 1];
  return /^(?:uv|virtualenvs|POETRY)/.test(made) && folder !== undefined && folder !== '/'
    ? { path: `${folder}/.venv` }
    : { reason: 'dynamic-value', detail: 'nobody knows where the virtual environment is' };
}

/** Where the official image keeps gems, or the file says so. */
function rubyPlace({
  analysis,
  stage,
  runs,
}: Scene): { readonly path: string; readonly before?: Instruction } | Obstacle {
  let path = '/usr/local/bundle';
  for (const { keyword, pairs } of stage.instructions) {
    if (keyword !== 'ENV') continue;
    for (const { name, value } of pairs) {
      const plain = value.replace(/^["']|["']$/g, '');
      if (name === 'BUNDLE_PATH' && /^\/[\w./-]+$/.test(plain)) path = plain;
      else if (/^(?:BUNDLE_PATH|GEM_HOME|BUNDLE_APP_CONFIG)$/.test(name))
        return { reason: 'dynamic-value', detail: `${name} says where the gems are` };
    }
  }
  for (const { instruction, globals, installations } of runs) {
    if (
      /--path\b|\bpath\s+\S*vendor|\bdeployment\b|--deployment\b/.test(analysis.rawText(instruction)) &&
      (installations.length > 0 || globals.length > 0)
    )
      return {
        reason: 'unknown-content',
        detail: `line ${instruction.source.startLine} puts the gems below the application`,
      };
    if (globals.some((one) => one.manager === 'gem' && hasOption(one, '-i', '--install-dir', '--user-install')))
      return { reason: 'unknown-content', detail: 'gems go to several places' };
  }
  return { path };
}

/** The copies in front of the cut: those for the installation alone, and all others, which the new image gets, too. */
function copiesBesides(
  { analysis, stage, last, workdirs }: Scene,
  { manifests }: Language,
  place: string,
): { readonly repeated: readonly Instruction[]; readonly manifests: readonly Instruction[] } {
  const repeated: Instruction[] = [];
  const only: Instruction[] = [];
  // `bundle exec` and `poetry run` read the manifests again, unless a later copy brings them anyway.
  const runsByManager = stage.instructions.some((one) =>
    /\bbundle\b.*\bexec\b|\bbundle exec\b|\b(?:uv|poetry|pdm)\b[\s",]+run\b|\brackup\b|\brails\b|\bpuma\b/.test(
      analysis.rawText(one),
    ),
  );
  const others = stage.instructions.flatMap((one, index) => {
    const copy = readContextCopy(one, workdirs[index] ?? '/', analysis.stateBefore(one), analysis.dockerfile.escape);
    return copy === undefined || copy === 'unknown' || !copy.sources.includes('') ? [] : [copy];
  });
  const isReadLater = (copy: ContextCopy): boolean =>
    runsByManager &&
    !others.some((one) => one.instruction !== copy.instruction && isWithin(copy.destination, one.destination));
  for (const [index, instruction] of stage.instructions.entries()) {
    if (instruction.index > last.instruction.index) break;
    if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue;
    const copy = readContextCopy(
      instruction,
      workdirs[index] ?? '/',
      analysis.stateBefore(instruction),
      analysis.dockerfile.escape,
    );
    if (copy === undefined || copy === 'unknown') continue;
    const isManifest =
      copy.sources.every((source) => manifests.test(baseName(source))) || isWithin(copy.destination, place);
    (isManifest && !isReadLater(copy) ? only : repeated).push(instruction);
  }
  return { repeated, manifests: only };
}
