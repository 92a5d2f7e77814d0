import type { Declared } from '../builds/declared-build.js';
import { shownPath } from '../discover.js';
import { plain } from '../reports/plain.js';
import { type Scan, SKIP_REASONS, type SkippedFile } from './scan.js';

/** For people: a Dockerfile a paragraph with its builds, and then what would not be read. */
export function scanText({ files, skipped }: Scan): string {
  const read = files.map(({ path, builds }) => [shown(path), ...builds.map((build) => `    ${sentence(build)}`)]);
  const passed = skipped.map((file) => `    ${skippedLine(file)}`);
  const lines = [...read.flat(), ...(passed.length === 0 ? [] : ['', 'not read:', ...passed])];
  return lines.map((line) => `${line}\n`).join('');
}

function skippedLine({ path, reason, detail, builds }: SkippedFile): string {
  const [first] = builds;
  const isOfDeclaration = first !== undefined && first.declaration.path === path;
  const place = isOfDeclaration ? `${shown(path)}:${first.declaration.line}` : shown(path);
  const said = detail === '' ? SKIP_REASONS[reason] : `${SKIP_REASONS[reason]}, ${plain(detail)}`;
  const by = isOfDeclaration ? [plain(first.declaration.name)] : builds.map(sentence);
  return `${place}: ${said}${by.length === 0 ? '' : ` (${by.join('; ')})`}`;
}

function sentence(build: Declared): string {
  const { path, line, kind, name } = build.declaration;
  const where = `${shown(path)}:${line}: ${kind} ${plain(name)}`;
  if (!('dockerfile' in build)) return where;
  const args = [...build.args].map(([arg, value]) => plain(value === undefined ? arg : `${arg}=${value}`));
  return [
    where,
    `context ${shown(build.context)}`,
    ...(build.target === undefined ? [] : [`target ${plain(build.target)}`]),
    ...(args.length === 0 ? [] : [`args ${args.join(' ')}`]),
  ].join(', ');
}

function shown(path: string): string {
  return plain(pathOf(path));
}

/** For programs. */
export function scanJson({ files, skipped }: Scan): string {
  const report = {
    version: 1,
    files: files.map(({ path, builds }) => ({ path: pathOf(path), builds: builds.map(buildJson) })),
    skipped: skipped.map(({ path, reason, detail, builds }) => ({
      path: pathOf(path),
      reason,
      ...(detail === '' ? {} : { detail }),
      builds: builds.map(buildJson),
    })),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function buildJson(build: Declared): Readonly<Record<string, unknown>> {
  const { kind, path, line, name } = build.declaration;
  const declared = { kind, path: pathOf(path), line, name };
  if (!('dockerfile' in build)) return declared;
  return {
    ...declared,
    context: pathOf(build.context),
    ...(build.target === undefined ? {} : { target: build.target }),
    // Null for what whoever builds has in the environment.
    args: Object.fromEntries([...build.args].map(([arg, value]) => [arg, value ?? null])),
  };
}

/** A path as reports show it; the working directory itself is `.`. */
export function pathOf(path: string): string {
  return path === process.cwd() ? '.' : shownPath(path);
}
