import { dirname } from 'node:path';
import { isRecord, property, stringsOf } from '../../context/build-context.js';
import { jsonData, lineAt } from './data-file.js';
import { declare, type Declared } from './declared-build.js';
import { hclBlocks } from './hcl.js';

type Attributes = ReadonlyMap<string, unknown>;

type Known = Map<string, Attributes>;

interface Target {
  readonly name: string;
  readonly line: number;
  readonly attributes: Attributes;
}

/** Source: the Docker documentation, "Bake file reference". */
export function readBakeJson(path: string, text: string): readonly Declared[] {
  const { value, lineOf } = jsonData(text);
  const targets = property(value, 'target');
  return buildsOf(
    path,
    (isRecord(targets) ? Object.entries(targets) : []).map(([name, target]) => ({
      name,
      line: lineOf(['target', name]),
      attributes: new Map(isRecord(target) ? Object.entries(target) : []),
    })),
  );
}

export function readBakeHcl(path: string, text: string): readonly Declared[] {
  return buildsOf(
    path,
    hclBlocks(text)
      .filter(({ type }) => type === 'target')
      .map(({ label, offset, attributes }) => ({ name: label, line: lineAt(text, offset), attributes })),
  );
}

function buildsOf(path: string, targets: readonly Target[]): readonly Declared[] {
  const byName = new Map(targets.map((target) => [target.name, target]));
  const known: Known = new Map();
  const inherited = new Set(targets.flatMap(({ attributes }) => stringsOf(attributes.get('inherits'))));
  return targets.flatMap(({ name, line }): readonly Declared[] => {
    const all = withInherited(name, byName, known);
    const declaration = { kind: 'bake', path, line, name } as const;
    if (all.has('dockerfile-inline')) return [{ declaration, reason: 'inline', word: 'dockerfile-inline' }];
    // One that says neither and that others inherit is a group of settings.
    if (inherited.has(name) && !all.has('context') && !all.has('dockerfile')) return [];
    const words = {
      context: all.get('context'),
      dockerfile: all.get('dockerfile'),
      target: all.get('target'),
      args: all.get('args'),
    };
    return [declare(declaration, dirname(path), words)];
  });
}

/** The attributes of a target and of those that it inherits, of which later ones win. */
function withInherited(name: string, byName: ReadonlyMap<string, Target>, known: Known): Attributes {
  const before = known.get(name);
  if (before !== undefined) return before;
  const all = new Map<string, unknown>();
  // A target that inherits itself finds what there is so far.
  known.set(name, all);
  const target = byName.get(name);
  for (const base of stringsOf(target?.attributes.get('inherits'))) {
    for (const [key, value] of withInherited(base, byName, known)) all.set(key, merged(key, all.get(key), value));
  }
  for (const [key, value] of target?.attributes ?? []) all.set(key, merged(key, all.get(key), value));
  return all;
}

/** Build arguments add up. */
function merged(key: string, before: unknown, value: unknown): unknown {
  return key === 'args' && isRecord(before) && isRecord(value) ? { ...before, ...value } : value;
}
