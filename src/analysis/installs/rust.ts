import { isRecord, property, stringsOf } from '../../context/build-context.js';
import { globExpression } from '../../dockerfile/glob.js';
import { imagePath, type ImageView } from '../copies.js';
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

const BUILDS: ReadonlySet<string> = new Set(['build', 'b', 'run', 'r', 'test', 't', 'check', 'c', 'clippy', 'rustc']);

/** `cargo fetch` and `cargo chef cook`, and the commands that download crates on their way. */
export const readRustInstall: InstallReader = ({ program, args }, folder): Installation | undefined => {
  if (program !== 'cargo') return undefined;
  const words = args.map((word) => word.value).filter((word) => word?.startsWith('+') !== true);
  const [verb, next] = words;
  const base = { ecosystem: 'rust', label: `cargo ${verb ?? ''}`, folder, writes: [`${folder}/target`] } as const;
  if (verb === 'chef' && next === 'cook') return { ...base, label: 'cargo chef cook' };
  if (verb === 'fetch') return base;
  const isLocalInstall = verb === 'install' && words.some((word) => word === '--path');
  if (verb === undefined || !(BUILDS.has(verb) || isLocalInstall)) return undefined;
  if (words.some((word) => word?.startsWith('--manifest-path') === true || word === '--offline')) return base;
  return {
    ...base,
    fetch: {
      command: 'cargo fetch',
      reads: (view) => readsOf(view, folder),
      note: 'cargo wants a source file of every target, so empty ones stand in until the COPY',
    },
  };
};

const SECTIONS = [
  ['bin', 'src/bin'],
  ['test', 'tests'],
  ['bench', 'benches'],
  ['example', 'examples'],
] as const;

/**
 * The sources that cargo wants to see before it takes a manifest, though `cargo fetch` never reads them: one by which
 * it finds a target, and those of targets that the manifest names. Source: The Cargo Book, "Cargo Targets".
 */
function targetsOf(view: ImageView, folder: string, manifest: unknown): readonly string[] {
  const found = ['src/main.rs', 'src/lib.rs'].filter((name) => view.has(`${folder}/${name}`));
  for (const [section, place] of SECTIONS) {
    const entries = property(manifest, section);
    for (const entry of Array.isArray(entries) ? (entries as readonly unknown[]) : []) {
      const name = property(entry, 'name');
      if (typeof name !== 'string') continue;
      const candidates = [`${place}/${name}.rs`, `${place}/${name}/main.rs`];
      found.push(...candidates.filter((candidate) => view.has(`${folder}/${candidate}`)));
    }
  }
  if (found.length === 0) {
    for (const path of view.below(`${folder}/src/bin`)) {
      if (/\/src\/bin\/[^/]+(?:\.rs|\/main\.rs)$/.test(path)) found.push(path.slice(folder.length + 1));
    }
  }
  return found.map((name) => `${folder}/${name}`);
}

function readsOf(view: ImageView, folder: string): Reads | Obstacle | undefined {
  const reads = new ReadsBuilder(view);
  for (const name of ['.cargo/config.toml', '.cargo/config']) {
    const path = `${folder}/${name}`;
    // Vendored crates are there already.
    if (reads.file(path) && /^\s*(?:directory|local-registry|paths)\s*=/m.test(view.read(path) ?? '')) return undefined;
  }
  for (let path = folder; path !== '';) {
    path = path.slice(0, path.lastIndexOf('/'));
    const root = `${path}/Cargo.toml`;
    if (reads.looksFor(root) && property(view.parse(root, 'toml'), 'workspace') !== undefined)
      return readsSources(`its folder belongs to the workspace of ${shownPath(root)}`);
  }
  const seen = new Set<string>();
  const queue = [folder];
  for (let at = 0; at < queue.length; at++) {
    const path = queue[at];
    if (path === undefined || seen.has(path)) continue;
    seen.add(path);
    const manifest = `${path}/Cargo.toml`;
    if (!reads.file(manifest)) return missing(manifest);
    const value = view.parse(manifest, 'toml');
    if (value === undefined) return readsSources('nobody can read Cargo.toml');
    for (const target of targetsOf(view, path, value)) reads.stub(target);
    for (const pattern of stringsOf(property(value, 'workspace', 'members')))
      queue.push(...matching(view, path, pattern));
    for (const dependency of dependenciesOf(value)) {
      const local = property(dependency, 'path');
      if (typeof local === 'string') queue.push(imagePath(path, local));
    }
  }
  for (const name of ['Cargo.lock', 'rust-toolchain', 'rust-toolchain.toml']) reads.file(`${folder}/${name}`);
  return reads.reads;
}

function dependenciesOf(manifest: unknown): readonly unknown[] {
  const tables = [manifest, property(manifest, 'workspace')];
  const targets = property(manifest, 'target');
  if (isRecord(targets)) tables.push(...Object.values(targets));
  const patches = property(manifest, 'patch');
  const lists = [property(manifest, 'replace'), ...(isRecord(patches) ? Object.values(patches) : [])];
  for (const table of tables) {
    for (const kind of ['dependencies', 'dev-dependencies', 'build-dependencies']) lists.push(property(table, kind));
  }
  return lists.flatMap((list) => (isRecord(list) ? Object.values(list) : []));
}

function matching(view: ImageView, folder: string, pattern: string): readonly string[] {
  const expression = globExpression(pattern.replace(/^\.\//, '').replace(/\/$/, ''));
  const found: string[] = [];
  for (const path of view.below(folder)) {
    if (!path.endsWith('/Cargo.toml')) continue;
    const member = path.slice(0, -'/Cargo.toml'.length);
    if (expression?.test(member.slice(folder.length + 1)) === true) found.push(member);
  }
  return found;
}
