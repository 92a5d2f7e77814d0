import { canonicalId } from './foreign-ids.js';
import { nearest } from './text/nearest.js';
import { CATEGORIES, type Category, type Param, type ParamValues, type Transform } from './transforms/transform.js';
import { UsageError } from './usage-error.js';

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

/**
 * Chooses among the transforms that are known by name, by another tool's id and by category. Throws a `UsageError` for
 * an unknown word.
 */
export function selectFrom(known: readonly Transform[], options: SelectionOptions): Selection {
  const called = (word: string): readonly Transform[] => calledIn(known, word);
  const only = options.only.flatMap(called);
  const skipped = new Set(options.skip.flatMap(called));
  const categories = new Set(options.category.map(categoryCalled));
  const chosen = known.filter(
    (transform) =>
      (only.length === 0 || only.includes(transform)) &&
      !skipped.has(transform) &&
      (categories.size === 0 || categories.has(transform.category)),
  );
  if (chosen.length === 0) throw new UsageError('the options leave no transform to run');
  return {
    transforms: chosen,
    named: new Set(only.map((transform) => transform.name)),
    params: paramsIn(known, options.param),
  };
}

/** Reads what `--param` was given; the last value of a parameter counts. */
function paramsIn(known: readonly Transform[], words: readonly string[]): ReadonlyMap<string, ParamValues> {
  const params = new Map<string, Map<string, string>>();
  for (const word of words) {
    const [, transformName = '', name = '', value = ''] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(word) ?? [];
    if (name === '') throw new UsageError(`--param ${word} is not TRANSFORM.PARAM=VALUE`);
    const transform = known.find((one) => one.name === transformName);
    if (transform === undefined) {
      throw noTransform(
        transformName,
        known.flatMap((one) => (one.params === undefined ? [] : [one.name])),
      );
    }
    const param = transform.params?.find((one) => one.name === name);
    if (param === undefined) throw unknownParam(transform.name, name, transform.params);
    if (!param.values.test(value))
      throw new UsageError(`${transform.name}.${name} does not take '${value}': ${param.summary}`);
    const values = params.get(transform.name) ?? new Map<string, string>();
    params.set(transform.name, values.set(name, value));
  }
  return params;
}

/** For a parameter that the transforms of a word do not have. */
export function unknownParam(word: string, name: string, params: readonly Param[] = []): UsageError {
  const names = params.map((one) => one.name).join(', ');
  const there = names === '' ? '' : `: there is ${names}`;
  return new UsageError(`${word} has no parameter '${name}'${there} (see: dfix explain ${word})`);
}

/** The transforms that a name or an id of another tool, with or without the tool, stands for. */
export function calledIn(known: readonly Transform[], word: string): readonly Transform[] {
  const found = answering(known, word);
  if (found.length > 0) return found;
  const ids = known.flatMap((transform) => [
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

/** Those of a name or an id; none for a word that says nothing to them. */
export function answering(known: readonly Transform[], word: string): readonly Transform[] {
  const id = canonicalId(word);
  return known.filter(
    ({ name, related }) => name === id || related.map(canonicalId).some((own) => own === id || withoutTool(own) === id),
  );
}

function withoutTool(id: string): string {
  return id.slice(id.indexOf(':') + 1);
}

function categoryCalled(word: string): Category {
  const found = CATEGORIES.find((category) => category === word);
  if (found === undefined) throw new UsageError(`no category is called '${word}': there are ${CATEGORIES.join(', ')}`);
  return found;
}
