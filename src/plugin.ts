import { PROGRAMS } from './analysis/program-words.js';
import { KEYWORDS } from './dockerfile/instruction.js';
import { CATEGORIES, IMAGE_CHANGES, type Transform } from './transforms/transform.js';
import { UsageError } from './usage-error.js';

/** A module with transforms that are not ours. They run behind ours, in their order. */
export interface Plugin {
  readonly transforms: readonly Transform[];
}

/**
 * The transforms of a plugin, which must fit to those that are known already. Nobody compiled a plugin against our
 * types, so everything that dfix relies on is looked at. Throws a `UsageError` for the first thing that is wrong; `name`
 * is what its message calls the plugin.
 */
export function transformsOf(plugin: unknown, name: string, known: readonly Transform[]): readonly Transform[] {
  if (typeof plugin === 'string') throw new UsageError(`the plugin ${plugin} is a name: import its module first`);
  const list = listIn(plugin) ?? listIn(propertyOf(plugin, 'default'));
  if (list === undefined) throw new UsageError(`the plugin ${name} exports no list called transforms`);
  const names = new Set(known.map((transform) => transform.name));
  return list.map((value, index) => {
    const problem = problemOf(value);
    const own = propertyOf(value, 'name');
    const called = typeof own === 'string' ? own : `number ${index + 1}`;
    if (problem !== undefined) throw new UsageError(`the plugin ${name}: its transform ${called} ${problem}`);
    if (names.has(called)) throw new UsageError(`the plugin ${name}: there is a transform ${called} already`);
    names.add(called);
    return value as Transform;
  });
}

function listIn(value: unknown): readonly unknown[] | undefined {
  const list = propertyOf(value, 'transforms');
  return Array.isArray(list) ? list : undefined;
}

function propertyOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** What a transform must have, and what it is told where it has not. */
const FIELDS: readonly (readonly [string, (value: unknown) => boolean, string])[] = [
  ['name', (value) => matches(value, /^[a-z]+(?:-[a-z0-9]+)+$/), 'has no name of the kind verb-object'],
  ['summary', isLine, 'has no summary of one line without | < >'],
  ['category', (value) => isOneOf(value, CATEGORIES), `has no category of ${CATEGORIES.join(', ')}`],
  [
    'related',
    (value) => isListOf(value, (id) => matches(id, /^[a-z0-9-]+:[^\s|<>]+$/)),
    'has no list of related ids, each as TOOL:ID',
  ],
  ['check', (value) => typeof value === 'function', 'has no function check'],
  ...(['reportsOnly', 'onlyUnsafe', 'onlyNamed', 'usesContext'] as const).map(
    (name) =>
      [name, (value: unknown) => value === undefined || value === true, `may only say true for ${name}`] as const,
  ),
  [
    'imageChanges',
    (value) => value === undefined || isListOf(value, (kind) => isOneOf(kind, IMAGE_CHANGES)),
    `may only name as imageChanges ${IMAGE_CHANGES.join(', ')}`,
  ],
  [
    'needsInstruction',
    (value) => value === undefined || isListOf(value, (keyword) => isOneOf(keyword, KEYWORDS)),
    `may only name as needsInstruction ${KEYWORDS.join(', ')}`,
  ],
  [
    'needsProgram',
    (value) => value === undefined || isListOf(value, (program) => isOneOf(program, PROGRAMS)),
    'may only name as needsProgram the words that Analysis.runsNaming knows',
  ],
  [
    'params',
    (value) => value === undefined || isListOf(value, isParam),
    'has a parameter without name, summary, or an expression for its values from ^ to $, without flags',
  ],
  ['explanation', (value) => value === undefined || typeof value === 'string', 'has an explanation that is no text'],
];

function problemOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'is no object';
  return FIELDS.find(([name, isGood]) => !isGood(propertyOf(value, name)))?.[2];
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

/** One line that lists and tables take as it is. */
function isLine(value: unknown): boolean {
  return matches(value, /^[^\s\p{C}|<>][^\p{C}|<>]*$/u);
}

function isOneOf(value: unknown, words: readonly string[]): boolean {
  return typeof value === 'string' && words.includes(value);
}

function isListOf(value: unknown, isGood: (entry: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isGood);
}

/** Values go into files: the expression has to speak of the whole value, and always say the same about it. */
function isParam(value: unknown): boolean {
  const values = propertyOf(value, 'values');
  return (
    matches(propertyOf(value, 'name'), /^[a-z]+(?:-[a-z0-9]+)*$/) &&
    isLine(propertyOf(value, 'summary')) &&
    values instanceof RegExp &&
    /^\^.*\$$/s.test(values.source) &&
    !/[gmy]/.test(values.flags)
  );
}
