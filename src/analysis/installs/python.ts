import { isRecord, property, stringsOf } from '../../context/build-context.js';
import { type Invocation } from '../../shell/invocation.js';
import { hasOption, type PackageCommand, packageCommandOf } from '../../shell/packages.js';
import { baseName } from '../../text/path.js';
import { imagePath, type ImageView } from '../copies.js';
import {
  type Guess,
  type Installation,
  type InstallReader,
  lineOf,
  missing,
  type Obstacle,
  type Reads,
  ReadsBuilder,
  readsSources,
  shownPath,
} from './installation.js';

/** pip with files of requirements, pipenv, poetry and uv. */
export const readPythonInstall: InstallReader = (invocation, folder): Installation | undefined => {
  const { program } = invocation;
  if (program === 'pipenv') return readPipenv(invocation, folder);
  if (program === 'poetry') return readPoetry(invocation, folder);
  if (program === 'uv') return readUv(invocation, folder);
  const command = packageCommandOf(invocation);
  return command?.manager === 'pip' ? readPip(command, folder) : undefined;
};

/** Options of pip that name a file of requirements. */
const REQUIREMENTS = ['-r', '--requirement', '-c', '--constraint'];

/** Whether a pip command takes packages by name only, so that it reads nothing of the application. */
export function isPlainPipInstall(command: PackageCommand): boolean {
  return (
    command.manager === 'pip' &&
    command.action === 'install' &&
    !hasOption(command, ...REQUIREMENTS, '-e', '--editable', '--group') &&
    command.operands.every((word) => isPackageName(word.value))
  );
}

function isPackageName(word: string | undefined): boolean {
  // A dot or a slash makes a path of it, but a version may hold dots.
  return (
    word !== undefined &&
    /^[A-Za-z0-9][\w.-]*(?:\[[^\]]*\])?\s*(?:[=<>!~].*)?$/.test(word) &&
    !/\.(?:whl|zip|tar\.gz)$/.test(word)
  );
}

function readPip(command: PackageCommand, workdir: string): Installation | undefined {
  const verb = command.subcommand?.value;
  if (verb !== 'install' && verb !== 'wheel' && verb !== 'download') return undefined;
  const named = command.options.filter(({ name }) => REQUIREMENTS.includes(name));
  if (named.length === 0) return undefined;
  const files = named.map(({ value }) => value);
  const target = command.options.find(({ name }) =>
    ['-t', '--target', '--prefix', '-w', '--wheel-dir', '-d', '--dest'].includes(name),
  );
  const isPlain = files.every((file) => file !== undefined && !/^\w+:\/\/|\.(?:toml|cfg|py)$/.test(file));
  if (!isPlain) return undefined;
  const paths = files.flatMap((file) => (file === undefined ? [] : [file]));
  const images = paths.map((path) => imagePath(workdir, path));
  return {
    ecosystem: 'python',
    label: `pip ${verb} -r ${paths.join(' -r ')}`,
    folder: images[0]?.replace(/\/[^/]*$/, '') || '/',
    writes: target?.value === undefined ? [] : [imagePath(workdir, target.value)],
    reads: (view) => readsOfPip(view, command, workdir, paths),
    guess: {
      files: images,
      assumption: `assumes that ${paths.join(', ')} names no other file and no local package`,
    },
  };
}

function readsOfPip(
  view: ImageView,
  command: PackageCommand,
  folder: string,
  files: readonly string[],
): Reads | Obstacle {
  const reads = new ReadsBuilder(view);
  const editable = command.options.find(({ name }) => ['-e', '--editable', '--group'].includes(name));
  if (editable !== undefined) return readsSources(`${editable.name} ${editable.value ?? ''}`);
  for (const { value, text } of command.operands) {
    if (isPackageName(value)) continue;
    if (value === undefined || !/\.(?:whl|tar\.gz|zip)$/.test(value) || !reads.file(imagePath(folder, value)))
      return readsSources(text);
  }
  const links = command.options.find(
    ({ name, value }) => (name === '-f' || name === '--find-links') && value?.includes('://') !== true,
  );
  if (links !== undefined && !reads.folder(imagePath(folder, links.value ?? '.')))
    return readsSources(`${links.name} ${links.value ?? ''}`);
  for (const file of files) {
    const obstacle = addRequirements(view, imagePath(folder, file), reads, new Set());
    if (obstacle !== undefined) return obstacle;
  }
  return reads.reads;
}

/** Adds a file of requirements and all that it names. Source: pip's documentation, "Requirements File Format". */
function addRequirements(view: ImageView, path: string, reads: ReadsBuilder, seen: Set<string>): Obstacle | undefined {
  if (seen.has(path)) return undefined;
  seen.add(path);
  if (!reads.file(path)) return missing(path);
  const text = view.read(path);
  const name = baseName(path);
  if (text === undefined) return readsSources(`nobody can read ${name}`);
  const folder = path.slice(0, path.lastIndexOf('/'));
  const lines = text
    .replace(/^\ufeff/, '')
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/);
  for (const whole of lines) {
    const line = whole.replace(/(?:^|\s)#.*$/, '').trim();
    if (line === '') continue;
    const nested = /^(?:-r|--requirement|-c|--constraint)[\s=]*(\S+)/.exec(line)?.[1];
    if (nested !== undefined) {
      if (/^\w+:\/\//.test(nested)) continue;
      const obstacle = addRequirements(view, imagePath(folder, nested), reads, seen);
      if (obstacle !== undefined) return obstacle;
      continue;
    }
    if (line.startsWith('-') && !/^(?:-e|--editable|-f|--find-links)\b/.test(line)) continue;
    // The address of a repository may follow `-e`, too.
    if (/(?:^|\s|@)(?:\w+\+)?(?:https?|git|ssh|hg|svn|bzr):\/\/|git@/.test(line)) continue;
    if (
      /^-|^\.{0,2}\/|^\.{1,2}(?:\[|$)|@\s*(?:file:|\.{0,2}\/|\$\{)|^\$\{|^file:|^[\w.-]+\/|\.(?:whl|tar\.gz|zip)(?:\s|$)/.test(
        line,
      )
    ) {
      return readsSources(`${name}:${lineOf(text, whole)}: ${line}`);
    }
  }
  return undefined;
}

function readPipenv({ args }: Invocation, folder: string): Installation | undefined {
  const [verb, ...rest] = args.map((word) => word.value);
  if (verb !== 'install' && verb !== 'sync') return undefined;
  if (rest.some((word) => word === undefined || !word.startsWith('-'))) return undefined;
  return {
    ecosystem: 'python',
    label: `pipenv ${verb}`,
    folder,
    writes: [`${folder}/.venv`],
    reads: (view) => {
      const reads = new ReadsBuilder(view);
      if (!reads.file(`${folder}/Pipfile`)) return missing(`${folder}/Pipfile`);
      reads.file(`${folder}/Pipfile.lock`);
      const pipfile = view.parse(`${folder}/Pipfile`, 'toml');
      for (const table of isRecord(pipfile) ? Object.values(pipfile) : []) {
        const local = localDependency(table);
        if (local !== undefined) return readsSources(`Pipfile: ${local}`);
      }
      return isRecord(pipfile) ? reads.reads : readsSources('nobody can read Pipfile');
    },
    guess: { files: ['Pipfile*'], assumption: 'assumes that Pipfile names no local package' },
  };
}

/** A dependency that is a path, of the form `name = { path = … }`. */
function localDependency(table: unknown): string | undefined {
  if (!isRecord(table)) return undefined;
  for (const [name, value] of Object.entries(table)) {
    for (const entry of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      const path = property(entry, 'path') ?? property(entry, 'file');
      if (typeof path === 'string' && !path.includes('://')) return `${name} = { path = ${JSON.stringify(path)} }`;
      if (property(entry, 'workspace') === true) return `${name} = { workspace = true }`;
    }
  }
  return undefined;
}

/**
 * A command that installs what pyproject.toml asks for. `fetch` is the command that leaves the application itself out,
 * where this one does not.
 */
function projectInstallation(
  label: string,
  folder: string,
  guess: Guess,
  readsOf: (view: ImageView, withoutProject: boolean) => Reads | Obstacle,
  fetch: string | undefined,
): Installation {
  const writes = [`${folder}/.venv`];
  return {
    ecosystem: 'python',
    label,
    folder,
    writes,
    reads: (view) => readsOf(view, fetch === undefined),
    ...(fetch === undefined
      ? { guess }
      : {
          fetch: {
            command: fetch,
            writes,
            reads: (view) => readsOf(view, true),
            guess,
            note: 'the application itself is installed by the command behind the COPY',
          },
        }),
  };
}

const POETRY_FILES = ['poetry.lock', 'poetry.toml'];

function readPoetry(invocation: Invocation, folder: string): Installation | undefined {
  const { args } = invocation;
  const words = args.map((word) => word.value);
  const verb = words.find((word) => word?.startsWith('-') !== true);
  if ((verb !== 'install' && verb !== 'sync') || words.includes(undefined)) return undefined;
  if (words.some((word) => /^(?:-C|-P|--directory|--project|--only-root)(?:=|$)/.test(word ?? ''))) return undefined;
  const isRootless = words.includes('--no-root');
  const flags = args.map((word) => word.text).filter((word) => word !== verb && word !== '--no-directory');
  const guess = {
    files: ['pyproject.toml', 'poetry.lock*', 'poetry.toml*'],
    assumption: 'assumes that pyproject.toml names no local package',
  };
  const readsOf = (view: ImageView, withoutRoot: boolean): Reads | Obstacle => {
    const reads = new ReadsBuilder(view);
    const path = `${folder}/pyproject.toml`;
    if (!reads.file(path)) return missing(path);
    for (const name of POETRY_FILES) reads.file(`${folder}/${name}`);
    const project = view.parse(path, 'toml');
    if (project === undefined) return readsSources('nobody can read pyproject.toml');
    const tool = property(project, 'tool', 'poetry');
    const groups = property(tool, 'group');
    const tables = [
      property(tool, 'dependencies'),
      property(tool, 'dev-dependencies'),
      property(tool, 'requires-plugins'),
      ...(isRecord(groups) ? Object.values(groups).map((group) => property(group, 'dependencies')) : []),
    ];
    const local = tables.map(localDependency).find((entry) => entry !== undefined);
    if (local !== undefined) return readsSources(`pyproject.toml: ${local}`);
    const required = localRequirement(view, path);
    if (required !== undefined) return required;
    if (withoutRoot || property(tool, 'package-mode') === false) return reads.reads;
    return readsSources(`\`poetry ${verb}\` without --no-root installs the application itself`);
  };
  const fetch = isRootless ? undefined : ['poetry install --no-root', ...flags].join(' ');
  return projectInstallation(`poetry ${verb}`, folder, guess, readsOf, fetch);
}

/** Packages and wheels in the context that the settings of uv lead to. */
function addUvSettings(view: ImageView, folder: string): Obstacle | undefined {
  const files = [
    ['pyproject.toml', property(view.parse(`${folder}/pyproject.toml`, 'toml'), 'tool', 'uv')],
    ['uv.toml', view.parse(`${folder}/uv.toml`, 'toml')],
  ] as const;
  for (const [name, settings] of files) {
    if (name === 'uv.toml' && settings !== undefined) return readsSources('uv.toml sets up uv');
    const indexes = property(settings, 'index');
    const places = [
      ...stringsOf(property(settings, 'find-links')),
      ...(Array.isArray(indexes) ? (indexes as readonly unknown[]).map((index) => property(index, 'url')) : []),
      property(settings, 'index-url'),
      property(settings, 'pip', 'find-links'),
    ].flatMap((place) => (Array.isArray(place) ? stringsOf(place) : typeof place === 'string' ? [place] : []));
    const local = places.find((place) => !/^\w+:\/\//.test(place) || place.startsWith('file:'));
    if (local !== undefined) return readsSources(`${name}: ${JSON.stringify(local)}`);
  }
  return undefined;
}

/** A requirement in a pyproject.toml that is a path, such as `"lib @ file:///app/lib"`. */
function localRequirement(view: ImageView, path: string): Obstacle | undefined {
  const local = /["'][\w.\[\]-]+\s*@\s*(?:file:|\.{0,2}\/)[^"']*["']/.exec(view.read(path) ?? '');
  return local === null ? undefined : readsSources(`pyproject.toml: ${local[0]}`);
}

/** A folder above that makes a workspace of uv of those below. */
function workspaceAbove(view: ImageView, folder: string, reads: ReadsBuilder): Obstacle | undefined {
  for (let path = folder; path !== '';) {
    path = path.slice(0, path.lastIndexOf('/'));
    reads.file(`${path}/.python-version`);
    const project = `${path}/pyproject.toml`;
    if (reads.looksFor(project) && property(view.parse(project, 'toml'), 'tool', 'uv', 'workspace') !== undefined)
      return readsSources(`its folder belongs to the workspace of ${shownPath(project)}`);
  }
  return undefined;
}

const UV_FILES = ['uv.lock', 'uv.toml', '.python-version'];

function readUv(invocation: Invocation, folder: string): Installation | undefined {
  const { args } = invocation;
  const [verb, next] = args.map((word) => word.value);
  if (verb === 'pip') {
    const pip = packageCommandOf({ ...invocation, program: 'pip', args: args.slice(1) });
    const installation = pip === undefined || next !== 'install' ? undefined : readPip(pip, folder);
    if (installation === undefined) return undefined;
    return {
      ...installation,
      label: `uv ${installation.label}`,
      reads: (view) => addUvSettings(view, folder) ?? installation.reads?.(view) ?? missing(folder),
    };
  }
  if (verb !== 'sync' || args.some((word) => word.value === undefined)) return undefined;
  const words = args.slice(1).map((word) => word.text);
  if (words.some((word) => /^--(?:directory|project|script)(?:=|$)/.test(word))) return undefined;
  const isRootless = words.some((word) => /^--no-install-(?:project|workspace|local)$/.test(word));
  const guess = {
    files: ['pyproject.toml', 'uv.lock*'],
    assumption: 'assumes that pyproject.toml names no local package',
  };
  const readsOf = (view: ImageView, withoutProject: boolean): Reads | Obstacle => {
    const reads = new ReadsBuilder(view);
    const path = `${folder}/pyproject.toml`;
    if (!reads.file(path)) return missing(path);
    for (const name of UV_FILES) reads.file(`${folder}/${name}`);
    const project = view.parse(path, 'toml');
    if (project === undefined) return readsSources('nobody can read pyproject.toml');
    const settings = property(project, 'tool', 'uv');
    const obstacle = addUvSettings(view, folder) ?? localRequirement(view, path) ?? workspaceAbove(view, folder, reads);
    if (obstacle !== undefined) return obstacle;
    const dynamic = stringsOf(property(project, 'project', 'dynamic'));
    const isLocked = words.includes('--frozen') || (view.has(`${folder}/uv.lock`) && !dynamic.includes('dependencies'));
    // Without a lock to go by, uv builds the project to hear what it needs.
    if (dynamic.length > 0 && !isLocked)
      return readsSources(`pyproject.toml: dynamic = [${dynamic.map((name) => JSON.stringify(name)).join(', ')}]`);
    if (property(settings, 'workspace') !== undefined) return readsSources('pyproject.toml: [tool.uv.workspace]');
    const local = localDependency(property(settings, 'sources'));
    if (local !== undefined) return readsSources(`pyproject.toml: ${local}`);
    const packaged = property(settings, 'package');
    const isPackage = packaged === undefined ? property(project, 'build-system') !== undefined : packaged === true;
    return withoutProject || !isPackage
      ? reads.reads
      : readsSources('`uv sync` without --no-install-project installs the application itself');
  };
  const fetch = isRootless ? undefined : ['uv sync --no-install-project', ...words].join(' ');
  return projectInstallation('uv sync', folder, guess, readsOf, fetch);
}
