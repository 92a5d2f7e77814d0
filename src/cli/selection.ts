import { transforms } from '../transforms/index.js';
import { CATEGORIES, type Category, type ParamValues, type Transform } from '../transforms/transform.js';
import { UsageError } from './exit-codes.js';
import { nearest } from './suggest.js';

export interface SelectionOptions {
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly category: readonly string[];
  /** Each as `TRANSFORM.PARAM=VALUE`. */
  readonly param: readonly string[];
}

export interface Selection {
  readonly transforms: readonly Transform[];
  /** Those that `--only` named. */
  readonly named: ReadonlySet<string>;
  /** By the name of the transform. */
  readonly params: ReadonlyMap<string, ParamValues>;
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
  return {
    transforms: chosen,
    named: new Set(only.map((transform) => transform.name)),
    params: paramsIn(options.param),
  };
}

/** Reads what `--param` was given; the last value of a parameter counts. */
function paramsIn(words: readonly string[]): ReadonlyMap<string, ParamValues> {
  const params = new Map<string, Map<string, string>>();
  for (const word of words) {
    const [, transformName = '', name = '', value = ''] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(word) ?? [];
    if (name === '') throw new UsageError(`--param ${word} is not TRANSFORM.PARAM=VALUE`);
    const transform = transforms.find((one) => one.name === transformName);
    if (transform === undefined) {
      throw noTransform(
        transformName,
        transforms.flatMap((one) => (one.params === undefined ? [] : [one.name])),
      );
    }
    const param = transform.params?.find((one) => one.name === name);
    if (param === undefined) {
      const known = (transform.params ?? []).map((one) => one.name).join(', ');
      throw new UsageError(
        `${transform.name} has no parameter '${name}'${known === '' ? '' : `: there is ${known}`} (see: dfix explain ${transform.name})`,
      );
    }
    if (!param.values.test(value))
      throw new UsageError(`${transform.name}.${name} does not take '${value}': ${param.summary}`);
    const values = params.get(transform.name) ?? new Map<string, string>();
    params.set(transform.name, values.set(name, value));
  }
  return params;
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
  throw noTransform(word, ids);
}

function noTransform(word: string, known: readonly string[]): UsageError {
  const guess = nearest(word, known);
  const meant = guess === undefined ? '' : `; did you mean '${guess}'?`;
  return new UsageError(`no transform is called '${word}'${meant} (see: dfix list)`);
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
