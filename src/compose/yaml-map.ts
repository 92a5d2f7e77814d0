import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { type Edit, insertion } from '../text/edit.js';
import { indentationAt, lineEndAt, lineEndingAt, lineStartAt, nextLineAt } from '../text/line-endings.js';

/** An entry to add: a value, as it is written, or a mapping of further entries. */
export type Entry = readonly [key: string, value: string | readonly Entry[]];

/** The pair of a key that a mapping has itself, not by a merge key. */
export function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/**
 * The insertion that adds entries at the end of a mapping, in its style and with its indentation. Undefined where the
 * mapping has no line of its own to count from.
 */
export function addToMap(text: string, map: YAMLMap, entries: readonly Entry[], step: string): Edit | undefined {
  return map.flow === true ? addToFlow(text, map, entries) : addToBlock(text, map, entries, step);
}

function addToBlock(text: string, map: YAMLMap, entries: readonly Entry[], step: string): Edit | undefined {
  const start = startOf(map.items[0]?.key);
  const end = endOfLast(text, map);
  if (start === undefined || end === undefined) return undefined;
  const indentation = indentationAt(text, start);
  // Behind `- `, or behind an anchor on the same line.
  if (text.slice(lineStartAt(text, start), start) !== indentation) return undefined;
  let last = lineEndAt(text, end);
  // Comments below that are as deep belong to what stands above them.
  for (let at = nextLineAt(text, last); at > last && at < text.length; at = nextLineAt(text, at)) {
    const deep = indentationAt(text, at);
    if (text.charAt(at + deep.length) !== '#' || deep.length < indentation.length) break;
    last = lineEndAt(text, at);
  }
  const newline = lineEndingAt(text, start);
  return insertion(
    last,
    linesOf(entries, indentation, step)
      .map((line) => newline + line)
      .join(''),
  );
}

/** The blanks in front of the first key of a mapping. */
export function indentationOf(text: string, map: YAMLMap): string {
  return indentationAt(text, startOf(map.items[0]?.key) ?? 0);
}

function linesOf(entries: readonly Entry[], indentation: string, step: string): readonly string[] {
  return entries.flatMap(([key, value]) =>
    typeof value === 'string'
      ? [`${indentation}${key}: ${value}`]
      : [`${indentation}${key}:`, ...linesOf(value, indentation + step, step)],
  );
}

function addToFlow(text: string, map: YAMLMap, entries: readonly Entry[]): Edit | undefined {
  const start = startOf(map);
  if (start === undefined || text.charAt(start) !== '{') return undefined;
  const blank = text.charAt(start + 1) === '}' || /\s/.test(text.charAt(start + 1)) ? ' ' : '';
  const added = flowText(entries, blank);
  const end = endOfLast(text, map);
  return end === undefined ? insertion(start + 1, `${blank}${added}${blank}`) : insertion(end, `, ${added}`);
}

function flowText(entries: readonly Entry[], blank: string): string {
  return entries
    .map(([key, value]) =>
      typeof value === 'string' ? `${key}: ${value}` : `${key}: {${blank}${flowText(value, blank)}${blank}}`,
    )
    .join(', ');
}

function startOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? node.range?.[0] : undefined;
}

/** Where the last value of a mapping ends, without the blanks, line endings and comments behind it. */
function endOfLast(text: string, map: YAMLMap): number | undefined {
  const last = map.items[map.items.length - 1];
  const node = last === undefined ? undefined : (lastNode(last.value) ?? lastNode(last.key));
  const end = node?.range?.[1];
  if (end === undefined || !isScalar(node)) return end;
  // Behind `|+` empty lines are part of the value, but the last line ending is the one that the next line needs.
  const [head = ''] = text.slice(node.range?.[0], end).split('\n');
  const isKept = /^[|>]\d?\+/.test(head);
  return text.slice(0, end).replace(isKept ? /\r?\n$/ : /\s+$/, '').length;
}

/** The last node of what a node holds: a collection in block style ends where its last entry does. */
function lastNode(node: unknown): Alias | Scalar | YAMLMap | YAMLSeq | undefined {
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last: unknown = node.items[node.items.length - 1];
    return isPair(last) ? (lastNode(last.value) ?? lastNode(last.key)) : lastNode(last);
  }
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined;
  // Nothing behind a colon is a value without a place.
  return isScalar(node) && node.range?.[0] === node.range?.[1] ? undefined : node;
}

/** What a document says, without resolving aliases and without the entries at some paths, so that two can be compared. */
export function shapeOf(node: unknown, without: ReadonlySet<string>, path = ''): unknown {
  if (isAlias(node)) return { alias: node.source };
  // The value of a merge key is a symbol.
  if (isScalar(node))
    return { value: typeof node.value === 'symbol' ? node.source : node.value, tag: node.tag, anchor: node.anchor };
  if (isSeq(node)) {
    const items = node.items.map((item, index) => shapeOf(item, without, `${path}/${index}`));
    return { items, tag: node.tag, anchor: node.anchor };
  }
  if (!isMap(node)) return node ?? null;
  const pairs = node.items.flatMap((pair) => {
    const own = pathOf(path, pair.key);
    return without.has(own) ? [] : [[shapeOf(pair.key, without, own), shapeOf(pair.value, without, own)]];
  });
  return { pairs, tag: node.tag, anchor: node.anchor };
}

/** The path of a key below another path; keys that hold a slash are quoted. */
export function pathOf(path: string, key: unknown): string {
  return `${path}/${JSON.stringify(isScalar(key) ? (key.source ?? key.value) : key) ?? ''}`;
}
