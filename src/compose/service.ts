import { isAlias, isMap, isScalar, isSeq, type YAMLMap } from 'yaml';
import { property } from '../context/build-context.js';
import type { Edit } from '../text/edit.js';
import { bytesOf, type Limits } from './limits.js';
import { addToMap, type Entry, indentationOf, pairOf, pathOf } from './yaml-map.js';

/** A service of a Compose file. */
export interface Service {
  readonly name: string;
  /** As the file has it. */
  readonly node: unknown;
  /** With aliases and merge keys resolved. */
  readonly values: unknown;
  /** Version 2 of the file format has its limits beside the image. */
  readonly isVersion2: boolean;
}

/** Limits that a service gets. */
export interface Addition {
  readonly edit: Edit;
  /** The paths of the new entries, for the comparison. */
  readonly paths: readonly string[];
  /** The values with the keys that lead to them from the service. */
  readonly values: readonly (readonly [keys: readonly string[], value: string])[];
}

type Kind = 'cpus' | 'memory';

const KINDS: readonly Kind[] = ['cpus', 'memory'];

const CHAIN: readonly string[] = ['deploy', 'resources', 'limits'];

/** The names of the limits beside the image. */
const OWN: Readonly<Record<Kind, string>> = { cpus: 'cpus', memory: 'mem_limit' };

/** Limits for a service, why it gets none, or undefined where it has all that are asked for. */
export function limitService(
  text: string,
  service: Service,
  services: YAMLMap,
  limits: Limits,
): Addition | string | undefined {
  const { node, values } = service;
  const missing = KINDS.filter((kind) => limits[kind] !== undefined && !hasLimit(values, kind));
  if (missing.length === 0) return undefined;
  const obstacle = obstacleOf(service, services) ?? conflictOf(values, missing, limits);
  if (obstacle !== undefined) return obstacle;
  if (!isMap(node)) return 'it is no mapping';
  const isOwn = service.isVersion2 || KINDS.some((kind) => property(values, OWN[kind]) !== undefined);
  const place = placeIn(node, isOwn ? [] : CHAIN);
  if (typeof place === 'string') return place;
  const quote = text.includes("'") || !text.includes('"') ? "'" : '"';
  const entries = missing.map((kind): Entry => {
    const value = limits[kind] ?? '';
    // In the specification, processors are a string.
    return isOwn ? [OWN[kind], value] : [kind, kind === 'cpus' ? `${quote}${value}${quote}` : value];
  });
  const added = place.rest.reduceRight<readonly Entry[]>((inner, key) => [[key, inner]], entries);
  const edit = addToMap(text, place.map, added, stepOf(text, node, services));
  if (edit === undefined) return 'it does not stand on lines of its own';
  const above = ['services', service.name, ...place.found].reduce((path, key) => pathOf(path, key), '');
  return {
    edit,
    paths: added.map(([key]) => pathOf(above, key)),
    values: missing.map((kind) => [isOwn ? [OWN[kind]] : [...CHAIN, kind], limits[kind] ?? '']),
  };
}

function hasLimit(values: unknown, kind: Kind): boolean {
  return property(values, ...CHAIN, kind) !== undefined || property(values, OWN[kind]) !== undefined;
}

/** Why nobody can tell which limits a service has in the end. */
function obstacleOf({ node, values }: Service, services: YAMLMap): string | undefined {
  if (isAlias(node)) return `it is an alias of \`${node.source}\``;
  if (!isMap(node)) return 'it is no mapping';
  if (property(values, 'extends') !== undefined) return 'what it extends may have limits';
  if (property(values, 'image') === undefined && property(values, 'build') === undefined)
    return 'it has neither image nor build: it completes a service of another file';
  const merged = node.items.find(({ key }) => isScalar(key) && key.source === '<<')?.value;
  const sources = (isSeq(merged) ? merged.items : [merged]).flatMap((one) => (isAlias(one) ? [one.source] : []));
  const other = services.items.find(
    ({ value }) => isMap(value) && value.anchor !== undefined && sources.includes(value.anchor),
  );
  if (other !== undefined && isScalar(other.key))
    return `it takes over \`${String(other.key.value)}\` by its merge key`;
  for (const key of ['deploy', OWN.cpus, OWN.memory]) {
    if (property(values, key) !== undefined && pairOf(node, key) === undefined)
      return `its merge key brings \`${key}\`, in place of which an own one would stand`;
  }
  return undefined;
}

/** What a service says that a limit would contradict. */
function conflictOf(values: unknown, missing: readonly Kind[], { memory, cpus }: Limits): string | undefined {
  const reserved = (kind: Kind): unknown => property(values, 'deploy', 'resources', 'reservations', kind);
  if (missing.includes('memory')) {
    const swap = property(values, 'memswap_limit');
    if (swap !== undefined) return '`memswap_limit` counts from the limit of memory';
    const reservation = reserved('memory') ?? property(values, 'mem_reservation');
    const bytes = bytesOf(reservation);
    if (reservation !== undefined && (bytes === undefined || bytes > (bytesOf(memory) ?? 0)))
      return `it reserves \`${JSON.stringify(reservation)}\` of memory`;
  }
  const processors = missing.includes('cpus') ? reserved('cpus') : undefined;
  // What a variable hides is not known to be less.
  return processors === undefined || Number(processors) <= Number(cpus)
    ? undefined
    : `it reserves \`${JSON.stringify(processors)}\` processors`;
}

interface Place {
  readonly map: YAMLMap;
  /** The keys that are there, and those that are not. */
  readonly found: readonly string[];
  readonly rest: readonly string[];
}

/** The deepest mapping of a chain of keys. */
function placeIn(node: YAMLMap, chain: readonly string[]): Place | string {
  let map = node;
  for (const [index, key] of chain.entries()) {
    const value = pairOf(map, key)?.value;
    if (pairOf(map, key) === undefined) return { map, found: chain.slice(0, index), rest: chain.slice(index) };
    if (!isMap(value)) return isAlias(value) ? `its \`${key}\` is an alias` : `its \`${key}\` is no mapping`;
    if (value.anchor !== undefined) return `its \`${key}\` is used elsewhere as \`${value.anchor}\``;
    map = value;
  }
  return { map, found: chain, rest: [] };
}

/** One level of indentation, as the file has it. */
function stepOf(text: string, node: YAMLMap, services: YAMLMap): string {
  const [outer, inner] = [indentationOf(text, services), indentationOf(text, node)];
  return inner.length > outer.length ? inner.slice(outer.length) : '  ';
}
