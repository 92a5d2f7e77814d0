import { readFileSync } from 'node:fs';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { IgnoreSettings } from '../ignores.js';
import { LABEL_TYPES } from '../analysis/label-types.js';
import { transforms } from '../transforms/index.js';
import type { ParamValues } from '../transforms/transform.js';
import { shownPath } from './discover.js';
import { UsageError } from './exit-codes.js';
import { POLICIES } from './shorthands.js';

/** What counts of hadolint's configuration: its levels, thresholds and formats are about findings, not about rewrites. */
export interface HadolintConfig {
  readonly ignore: IgnoreSettings;
  /** What transforms are told, by their names: which registries it trusts, and which labels it asks for. */
  readonly params: ReadonlyMap<string, ParamValues>;
}

/** Reads a configuration of hadolint. Throws a `UsageError` with file, line and column for what hadolint refuses too. */
export function readHadolintConfig(path: string): HadolintConfig {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(path, 'utf8').replace(/^\ufeff/, ''), { lineCounter: lines });
  try {
    return configIn(document);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    const { line, col } = lines.linePos(error.offset);
    throw new UsageError(`${shownPath(path)}:${line}:${col}: ${error.message}`);
  }
}

/** Something that hadolint refuses, by its place in the text. */
class Wrong extends Error {
  readonly offset: number;

  constructor(message: string, offset = 0) {
    super(message);
    this.offset = offset;
  }
}

function configIn(document: Document.Parsed): HadolintConfig {
  const [problem] = document.errors;
  if (problem !== undefined) {
    const [message = ''] = problem.message.split('\n');
    throw new Wrong(message.replace(/ at line .*$/, ''), problem.pos[0]);
  }
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return { ignore: {}, params: new Map() };
  if (!isMap(contents)) throw new Wrong('it is no mapping', contents.range[0]);
  const ids = wordsOf(document, 'ignored').map(({ word }) => `hadolint:${word}`);
  const withoutHadolintPragmas = document.get('disable-ignore-pragma') === true;
  const params = new Map<string, ParamValues>();
  const registries = wordsOf(document, 'trustedRegistries').map(registryOf);
  const { transform, param } = POLICIES['allowed-registries'];
  if (registries.length > 0 && !registries.includes('*'))
    params.set(transform, new Map([[param, registries.join(',')]]));
  const labels = labelsIn(document);
  if (labels.size > 0) params.set(LABELS, labels);
  return { ignore: { ids, withoutHadolintPragmas }, params };
}

const LABELS = 'report-wrong-labels';

/** What `label-schema` and `strict-labels` say, as the transform takes it. */
function labelsIn(document: Document.Parsed): ParamValues {
  const values = new Map<string, string>();
  const schema = resolved(document, document.get('label-schema', true));
  if (isMap(schema) && schema.items.length > 0)
    values.set('schema', schema.items.map(({ key, value }) => labelOf(document, key, value)).join(','));
  else if (schema !== undefined && !isMap(schema) && !(isScalar(schema) && schema.value === null))
    throw new Wrong('label-schema is no mapping', offsetOf(schema));
  if (document.get('strict-labels') === true) values.set('strict', 'yes');
  return values;
}

function labelOf(document: Document.Parsed, key: unknown, value: unknown): string {
  const name = isScalar(key) ? String(key.value) : '';
  const node = resolved(document, value);
  const type = isScalar(node) ? node.value : undefined;
  if (!LABEL_TYPES.some((one) => one === type))
    throw new Wrong(`'${String(type)}' is none of ${LABEL_TYPES.join(', ')}`, offsetOf(node) ?? offsetOf(key));
  const entry = `${name}:${String(type)}`;
  if (name.includes(',') || !takes(LABELS, 'schema', entry))
    throw new Wrong(`'${name}' is no key of a label`, offsetOf(key));
  return entry;
}

/** What an alias stands for, or the node itself. */
function resolved(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}

/** Whether a parameter of a transform takes a value. */
function takes(transform: string, param: string, value: string): boolean {
  const own = transforms.find(({ name }) => name === transform)?.params?.find(({ name }) => name === param);
  return own?.values.test(value) === true;
}

interface Word {
  readonly word: string;
  readonly offset: number;
}

/** The words of a setting. A word that stands alone is a list of one. */
function wordsOf(document: Document.Parsed, key: string): readonly Word[] {
  const node = resolved(document, document.get(key, true));
  const items: readonly unknown[] = isSeq(node) ? node.items : [node];
  return items.flatMap((item) => {
    const scalar = resolved(document, item);
    if (scalar === undefined || (isScalar(scalar) && scalar.value === null)) return [];
    const offset = offsetOf(scalar);
    if (!isScalar(scalar) || typeof scalar.value !== 'string') throw new Wrong(`${key} holds more than words`, offset);
    return [{ word: scalar.value, offset: offset ?? 0 }];
  });
}

/** What the policy of allowed registries takes for a registry that hadolint trusts. */
function registryOf({ word, offset }: Word): string {
  const { transform, param } = POLICIES['allowed-registries'];
  if (word !== '*' && (word.includes(',') || !takes(transform, param, word)))
    throw new Wrong(`'${word}' is no registry`, offset);
  // hadolint's other name for where short names lead.
  return word === 'hub.docker.com' ? 'docker.io' : word;
}
