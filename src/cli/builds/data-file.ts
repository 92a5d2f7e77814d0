import { findNodeAtLocation, getNodeValue, parseTree } from 'jsonc-parser';
import { type Document, isMap, isScalar, isSeq, type ParsedNode, parseAllDocuments } from 'yaml';

export type DataPath = readonly (string | number)[];

/** A value of a file, and where its parts stand. */
export interface Data {
  readonly value: unknown;
  /** The line of a part, from 1; that of the nearest part around it for one that an alias or a merge brings in. */
  readonly lineOf: (path: DataPath) => number;
}

/** The documents of a YAML file; those that do not parse are left out, since their own tools complain about them. */
export function yamlData(text: string): readonly Data[] {
  const documents = parseAllDocuments(text, { merge: true });
  return Array.isArray(documents) ? documents.flatMap((document) => dataOf(document, text)) : [];
}

function dataOf(document: Document.Parsed, text: string): readonly Data[] {
  if (document.errors.length > 0) return [];
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    return [{ value, lineOf: (path) => lineAt(text, offsetIn(document.contents, path)) }];
  } catch (error) {
    // Too many aliases, which may be meant to take all memory.
    if (error instanceof ReferenceError || (error instanceof Error && error.name === 'ReferenceError')) return [];
    throw error;
  }
}

function offsetIn(root: ParsedNode | null, path: DataPath): number {
  let node: unknown = root;
  let offset = root?.range[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined) return offset;
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      if (isMap(node) || isScalar(node)) offset = node.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** The value of a JSON file, which may hold comments. */
export function jsonData(text: string): Data {
  const root = parseTree(text, [], { allowTrailingComma: true });
  if (root === undefined) return { value: undefined, lineOf: () => 1 };
  return {
    value: getNodeValue(root) as unknown,
    lineOf: (path) => {
      const node = findNodeAtLocation(root, [...path]);
      return lineAt(text, node?.parent?.offset ?? node?.offset ?? 0);
    },
  };
}

/** The line of an offset, from 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}
