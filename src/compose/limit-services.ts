import { type Document, isMap, isScalar, parseAllDocuments, type YAMLMap } from 'yaml';
import { property } from '../context/build-context.js';
import { applyEdits } from '../text/edit.js';
import type { Limits } from './limits.js';
import { type Addition, limitService } from './service.js';
import { pairOf, shapeOf } from './yaml-map.js';

/** What became of a service, with its place in the file. */
export interface ServiceNote {
  readonly service: string;
  readonly offset: number;
  /** Why it is left alone; undefined for one that gets limits. */
  readonly obstacle: string | undefined;
}

export type LimitedServices =
  | { readonly kind: 'limited'; readonly text: string; readonly notes: readonly ServiceNote[] }
  /** The file is no Compose file that can be read. */
  | { readonly kind: 'problem'; readonly message: string; readonly offset: number }
  /** The result says something else besides the limits, which is a fault of dfix. */
  | { readonly kind: 'fault' };

/**
 * Gives the services of a Compose file limits of memory and processors, where they have none. Every byte that is there
 * stays: only lines and entries are added, and the result is read again and has to say the same besides.
 *
 * Sources: the Compose specification, "Compose Deploy Specification"; files of version 2 have `mem_limit` and `cpus`.
 */
export function limitServices(text: string, limits: Limits): LimitedServices {
  const read = readDocument(text);
  if ('message' in read) return { kind: 'problem', ...read };
  const { root, values } = read;
  const services = pairOf(root, 'services')?.value;
  if (!isMap(services)) return { kind: 'problem', message: 'it has no services', offset: 0 };
  const version = property(values, 'version');
  const isVersion2 = /^"?2(?:\.|"?$)/.test(JSON.stringify(version) ?? '');
  const notes: ServiceNote[] = [];
  const additions = new Map<string, Addition>();
  for (const { key, value: node } of services.items) {
    if (!isScalar(key)) continue;
    const name = String(key.value);
    const service = { name, node, values: property(values, 'services', name), isVersion2 };
    const answer = limitService(text, service, services, limits);
    if (answer === undefined) continue;
    const obstacle = typeof answer === 'string' ? answer : undefined;
    if (typeof answer !== 'string') additions.set(name, answer);
    notes.push({ service: name, offset: key.range?.[0] ?? 0, obstacle });
  }
  const edits = [...additions.values()].map(({ edit }) => edit);
  const after = applyEdits(text, edits);
  return isRight(root, after, additions) ? { kind: 'limited', text: after, notes } : { kind: 'fault' };
}

interface ReadDocument {
  readonly root: YAMLMap;
  /** With aliases and merge keys resolved. */
  readonly values: unknown;
}

function readDocument(text: string): ReadDocument | { readonly message: string; readonly offset: number } {
  const documents = parseAllDocuments(text, { merge: true });
  const [document, more] = Array.isArray(documents) ? documents : [];
  if (document === undefined) return { message: 'it is empty', offset: 0 };
  if (more !== undefined) return { message: 'it holds several documents', offset: more.range[0] };
  const [error] = document.errors;
  if (error !== undefined) return { message: error.message.replace(/ at line [^]*$/, ''), offset: error.pos[0] };
  const root: unknown = document.contents;
  if (!isMap(root)) return { message: 'it is no mapping', offset: 0 };
  const values = valuesOf(document);
  return values === undefined
    ? { message: 'an alias names nothing, or they are too many', offset: 0 }
    : { root, values };
}

function valuesOf(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: 1000 }) as unknown;
  } catch (error) {
    // They may be meant to take all memory.
    if (error instanceof Error && error.name === 'ReferenceError') return undefined;
    throw error;
  }
}

/** Whether a text holds what was added, and says the same as before besides. */
function isRight(root: YAMLMap, after: string, additions: ReadonlyMap<string, Addition>): boolean {
  const read = readDocument(after);
  if ('message' in read) return false;
  const added = new Set([...additions.values()].flatMap(({ paths }) => paths));
  if (JSON.stringify(shapeOf(read.root, added)) !== JSON.stringify(shapeOf(root, new Set()))) return false;
  return [...additions].every(([service, { values }]) =>
    values.every(([keys, value]) => String(property(read.values, 'services', service, ...keys)) === String(value)),
  );
}
