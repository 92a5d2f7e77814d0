import { transforms } from '../transforms/index.js';
import { CATEGORIES, type Category, type Transform } from '../transforms/transform.js';
import { UsageError } from './exit-codes.js';
import { nearest } from './suggest.js';

export interface SelectionOptions {
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly category: readonly string[];
}

export interface Selection {
  readonly transforms: readonly Transform[];
  /** Those that `--only` named. */
  readonly named: ReadonlySet<string>;
}

/** Chooses transforms by name, by another tool's id and by category. Throws a `UsageError` for an unknown word. */
export function select(options: SelectionOptions): Selection {
  const only = options.only.flatMap(transformsCalled);
  const skipped = new Set(options.skip.flatMap(transformsCalled));
  const categories = new Set(options.category.map(categoryCalled));
  const chosen = transforms.filter(
    (transform) =>
      (only.length === 0 || only.includes(transform)) &&
      !skipped.has(transform) &&
      (categories.size === 0 || categories.has(transform.category)),
  );
  if (chosen.length === 0) throw new UsageError('the options leave no transform to run');
  return { transforms: chosen, named: new Set(only.map((transform) => transform.name)) };
}

/** The transforms that a name or an id of another tool, with or without the tool, stands for. */
export function transformsCalled(word: string): readonly Transform[] {
  const lower = word.toLowerCase();
  const found = transforms.filter(
    (transform) => transform.name === lower || transform.related.some((id) => isId(id, lower)),
  );
  if (found.length > 0) return found;
  const ids = transforms.flatMap((transform) => [
    transform.name,
    ...transform.related,
    ...transform.related.map(withoutTool),
  ]);
  const guess = nearest(word, ids);
  throw new UsageError(
    `no transform is called '${word}'${guess === undefined ? '' : `; did you mean '${guess}'?`} (see: dfix list)`,
  );
}

function isId(id: string, lower: string): boolean {
  const own = id.toLowerCase();
  // trivy writes its ids with and without AVD in front.
  return own === lower || withoutTool(own) === lower || own === lower.replace(/^(trivy:)?avd-/, '$1');
}

function withoutTool(id: string): string {
  return id.slice(id.indexOf(':') + 1);
}

function categoryCalled(word: string): Category {
  const found = CATEGORIES.find((category) => category === word);
  if (found === undefined) throw new UsageError(`no category is called '${word}': there are ${CATEGORIES.join(', ')}`);
  return found;
}
