import { baseName } from '../../text/path.js';
import { imagePath, type ImageView } from '../copies.js';
import {
  type Installation,
  type InstallReader,
  missing,
  type Obstacle,
  type Reads,
  ReadsBuilder,
  readsSources,
} from './installation.js';

const VERBS: ReadonlySet<string> = new Set(['restore', 'build', 'publish', 'test', 'pack', 'run']);
const PROJECT = /\.\w+proj$/;
const SOLUTION = /\.slnx?$/;

/** Files that MSBuild and NuGet look for in the folder of a project and in those above it. */
const ABOVE = [
  'Directory.Build.props',
  'Directory.Build.targets',
  'Directory.Packages.props',
  'Directory.Solution.props',
  'Directory.Solution.targets',
  'Directory.Build.rsp',
  'global.json',
  'nuget.config',
  'NuGet.config',
  'NuGet.Config',
];

/** `dotnet restore`, and the commands that restore on their way. */
export const readDotnetInstall: InstallReader = ({ program, args }, folder): Installation | undefined => {
  if (program !== 'dotnet') return undefined;
  const [verb, ...rest] = args;
  if (verb?.value === undefined || !VERBS.has(verb.value)) return undefined;
  const words = rest.map((word) => word.value);
  if (words.includes('--no-restore') || words.includes('--no-build')) return undefined;
  const target = rest.find(
    (word, index) => !word.text.startsWith('-') && !/^-(?:c|o|r|f|a|v|s|-\w[\w-]*)$/.test(rest[index - 1]?.text ?? ''),
  );
  if (target !== undefined && target.value === undefined) return undefined;
  const configs = rest.flatMap(({ value }, index) =>
    words[index - 1] === '--configfile' && value !== undefined ? [value] : [],
  );
  const readsOf = (view: ImageView): Reads | Obstacle => readsOfRestore(view, folder, target?.value, configs);
  const base = { ecosystem: 'dotnet', label: `dotnet ${verb.value}`, folder, writes: [] } as const;
  if (verb.value === 'restore') return { ...base, reads: readsOf };
  // The runtime that is asked for decides which packages are restored.
  const runtime = /\s(?:-r|--runtime|-a|--arch)[\s=]\S+/.exec(` ${rest.map((word) => word.text).join(' ')}`)?.[0] ?? '';
  return {
    ...base,
    fetch: {
      command: `dotnet restore${target === undefined ? '' : ` ${target.text}`}${runtime.replace(/\s+/g, ' ')}`,
      reads: readsOf,
      note: 'the build restores again, and finds the packages there',
    },
  };
};

function readsOfRestore(
  view: ImageView,
  folder: string,
  target: string | undefined,
  configs: readonly string[],
): Reads | Obstacle {
  const reads = new ReadsBuilder(view);
  const first = target === undefined ? folder : imagePath(folder, target);
  const start = PROJECT.test(first) || SOLUTION.test(first) ? first : onlyProjectIn(view, first);
  if (start === undefined) return missing(`${first}/*.csproj`);
  const queue = [start, ...configs.map((path) => imagePath(folder, path))];
  const seen = new Set<string>();
  for (let at = 0; at < queue.length; at++) {
    const path = queue[at];
    if (path === undefined || seen.has(path)) continue;
    seen.add(path);
    if (!reads.file(path)) return missing(path);
    const text = view.read(path)?.replace(/<!--.*?-->/gs, '');
    const name = baseName(path);
    if (text === undefined) return readsSources(`nobody can read ${name}`);
    const own = path.slice(0, path.lastIndexOf('/'));
    if (/\.config$/i.test(name)) {
      addLocalSources(text, own, reads);
      continue;
    }
    if (SOLUTION.test(path)) {
      queue.push(...addAbove(own, reads));
      for (const match of text.matchAll(/["']([^"']+\.\w+proj)["']/g)) queue.push(fromWindows(own, match[1] ?? ''));
      continue;
    }
    if (PROJECT.test(path)) {
      queue.push(...addAbove(own, reads));
      for (const lock of ['packages.lock.json', 'packages.config']) reads.file(`${own}/${lock}`);
      // A build that restores no more takes what it finds there.
      reads.write(`${own}/obj`);
    }
    const named = namedFiles(text, own, reads);
    if (typeof named === 'string') return readsSources(`${name}: ${named}`);
    queue.push(...named);
  }
  return reads.reads;
}

/** The files that a project, or what it imports, names: imports and other projects. A text for what nobody can tell. */
function namedFiles(text: string, own: string, reads: ReadsBuilder): readonly string[] | string {
  const found: string[] = [];
  const file = /\[System\.IO\.(?:File|Directory)\][^<]*/.exec(text);
  if (file !== null) return file[0];
  for (const [tag] of text.matchAll(/<(?:Import|ProjectReference)\s[^>]*>/g)) {
    // Those of an SDK come with it, and those above are added anyway.
    if (/\sSdk\s*=/.test(tag) || /GetPathOfFileAbove\('?Directory\./.test(tag)) continue;
    const value = /\s(?:Project|Include)\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(tag);
    for (const part of (value?.[1] ?? value?.[2] ?? '').split(';')) {
      const path = part.trim().replace(/\$\(MSBuild(?:ThisFile|Project)Directory\)[\\/]?/g, './');
      if (path === '' || /\$\((?:MSBuild|VS|NuGet)\w*Path\d*\)/.test(path)) continue;
      if (/[$*?%@]/.test(path)) return tag;
      const named = fromWindows(own, path);
      if (reads.looksFor(named) || !/\sCondition\s*=/.test(tag)) found.push(named);
    }
  }
  return found;
}

/** Adds the folders of packages that a nuget.config names. */
function addLocalSources(text: string, own: string, reads: ReadsBuilder): void {
  for (const match of text.matchAll(/<add\s[^>]*\bvalue\s*=\s*["']([^"']+)["']/g)) {
    const value = match[1] ?? '';
    const path = fromWindows(own, value);
    if (!value.includes('://') && path !== own) reads.fileOrFolder(path);
  }
}

function onlyProjectIn(view: ImageView, folder: string): string | undefined {
  const found: string[] = [];
  for (const path of view.below(folder)) {
    const rest = path.slice(folder.length + 1);
    if (!rest.includes('/') && (PROJECT.test(rest) || SOLUTION.test(rest))) found.push(path);
  }
  return found.length === 1 ? found[0] : undefined;
}

/** Adds the files in a folder and above it. Returns those that may name others. */
function addAbove(folder: string, reads: ReadsBuilder): readonly string[] {
  const found: string[] = [];
  for (let at = folder; ; at = at.slice(0, at.lastIndexOf('/'))) {
    for (const name of ABOVE) {
      const path = `${at}/${name}`;
      if (reads.file(path) && /\.(?:props|targets|config)$/i.test(name)) found.push(path);
    }
    reads.file(`${at}/.config/dotnet-tools.json`);
    if (at === '') return found;
  }
}

function fromWindows(folder: string, path: string): string {
  return imagePath(folder, path.replaceAll('\\', '/'));
}
