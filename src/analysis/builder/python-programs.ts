import { isRecord, property } from '../../context/build-context.js';
import type { ImageView } from '../copies.js';
import { PYTHON } from './languages.js';
import type { Scene } from './recipe.js';

/**
 * The programs that packages of Python bring: those that a project declares, and those that are called like a package
 * that is installed by name or listed in a manifest.
 */
export function pythonPrograms({ runs, view }: Pick<Scene, 'runs' | 'view'>): readonly string[] {
  const named = runs
    .flatMap((run) => run.globals)
    .flatMap(({ manager, operands }) => (PYTHON.manager.test(manager) ? operands.map(({ value = '' }) => value) : []))
    .map((value) => value.replace(/(?<=.)[[=<>~!;@\s].*$/s, ''));
  return [...named, ...(view === undefined ? [] : [...view.below('/')].flatMap((path) => declaredIn(view, path)))];
}

function declaredIn(view: ImageView, path: string): readonly string[] {
  if (/\/pyproject\.toml$/.test(path)) {
    const project = view.parse(path, 'toml');
    const tables = [
      property(project, 'project', 'scripts'),
      property(project, 'project', 'gui-scripts'),
      property(project, 'tool', 'poetry', 'scripts'),
    ];
    return tables.flatMap((table) => (isRecord(table) ? Object.keys(table) : []));
  }
  const text = view.read(path) ?? '';
  if (/\/setup\.(?:py|cfg)$/.test(path) && text.includes('console_scripts'))
    return [...text.matchAll(/([\w.-]+)\s*=\s*[\w.]+:[\w.]+/g)].flatMap(([, name]) => name ?? []);
  if (!PYTHON.manifests.test(path) || !path.endsWith('.txt')) return [];
  return [...text.matchAll(/^\s*([A-Za-z][\w.-]*)/gm)].flatMap(([, name]) => name ?? []);
}
