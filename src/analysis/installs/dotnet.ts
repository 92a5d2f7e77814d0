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
const PROJECT = /\.(?:cs|fs|vb)proj$/;
const SOLUTION = /\.slnx?$/;

/** Files that MSBuild and NuGet look for in the folder of a project and in those above it. */
const ABOVE = [
  'Directory.Build.props',
  'Directory.Build.targets',
  'Directory.Packages.props',
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
  const readsOf = (view: ImageView): Reads | Obstacle => readsOfRestore(view, folder, target?.value);
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

function readsOfRestore(view: ImageView, folder: string, target: string | undefined): Reads | Obstacle {
  const reads = new ReadsBuilder(view);
  const first = target === undefined ? folder : imagePath(folder, target);
  const start = PROJECT.test(first) || SOLUTION.test(first) ? first : onlyProjectIn(view, first);
  if (start === undefined) return missing(`${first}/*.csproj`);
  const queue = [start];
  const seen = new Set<string>();
  for (let at = 0; at < queue.length; at++) {
    const path = queue[at];
    if (path === undefined || seen.has(path)) continue;
    seen.add(path);
    if (!reads.file(path)) return missing(path);
    const text = view.read(path)?.replace(/<!--.*?-->/gs, '');
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (text === undefined) return readsSources(`nobody can read ${name}`);
    const own = path.slice(0, path.lastIndexOf('/'));
    addAbove(own, reads);
    if (SOLUTION.test(path)) {
      for (const match of text.matchAll(/"([^"]+\.(?:cs|fs|vb)proj)"/g)) queue.push(fromWindows(own, match[1] ?? ''));
      continue;
    }
    const other = /<Import\s[^>]*Project="([^"$]+)"/.exec(text)?.[1];
    if (other !== undefined) {
      const imported = fromWindows(own, other);
      if (!reads.file(imported)) return missing(imported);
    }
    reads.file(`${own}/packages.lock.json`);
    for (const match of text.matchAll(/<ProjectReference\s[^>]*Include="([^"]+)"/g)) {
      if (match[1]?.includes('$(') === true) return readsSources(`${name}: ${match[0]}`);
      queue.push(fromWindows(own, match[1] ?? ''));
    }
  }
  return reads.reads;
}

function onlyProjectIn(view: ImageView, folder: string): string | undefined {
  const found: string[] = [];
  for (const path of view.below(folder)) {
    const rest = path.slice(folder.length + 1);
    if (!rest.includes('/') && (PROJECT.test(rest) || SOLUTION.test(rest))) found.push(path);
  }
  return found.length === 1 ? found[0] : undefined;
}

function addAbove(folder: string, reads: ReadsBuilder): void {
  for (let at = folder; ; at = at.slice(0, at.lastIndexOf('/'))) {
    for (const name of ABOVE) reads.file(`${at}/${name}`);
    reads.file(`${at}/.config/dotnet-tools.json`);
    if (at === '') return;
  }
}

function fromWindows(folder: string, path: string): string {
  return imagePath(folder, path.replaceAll('\\', '/'));
}
