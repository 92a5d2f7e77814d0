import { readFileSync } from 'node:fs';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { IgnoreSettings } from '../ignores.js';
import { transforms } from '../transforms/index.js';
import { shownPath } from './discover.js';
import { UsageError } from './exit-codes.js';
import { POLICIES } from './shorthands.js';

/** What counts of hadolint's configuration: its levels, thresholds and formats are about findings, not about rewrites. */
export interface HadolintConfig {
  readonly ignore: IgnoreSettings;
  /** The registries that it trusts, as the policy of allowed registries takes them; undefined where it trusts all. */
  readonly registries?: string;
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
  if (contents === null || (isScalar(contents) && contents.value === null)) return { ignore: {} };
  if (!isMap(contents)) throw new Wrong('it is no mapping', contents.range[0]);
  const ids = wordsOf(document, 'ignored').map(({ word }) => `hadolint:${word}`);
  const withoutHadolintPragmas = document.get('disable-ignore-pragma') === true;
  const registries = wordsOf(document, 'trustedRegistries').map(registryOf);
  const trustsAll = registries.length === 0 || registries.includes('*');
  return { ignore: { ids, withoutHadolintPragmas }, ...(trustsAll ? {} : { registries: registries.join(',') }) };
}

interface Word {
  readonly word: string;
  readonly offset: number;
}

/** The words of a setting. A word that stands alone is a list of one. */
function wordsOf(document: Document.Parsed, key: string): readonly Word[] {
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const node = resolved(document.get(key, true));
  const items: readonly unknown[] = isSeq(node) ? node.items : [node];
  return items.flatMap((item) => {
    const scalar = resolved(item);
    if (scalar === undefined || (isScalar(scalar) && scalar.value === null)) return [];
    const offset = isScalar(scalar) || isMap(scalar) || isSeq(scalar) ? scalar.range?.[0] : undefined;
    if (!isScalar(scalar) || typeof scalar.value !== 'string') throw new Wrong(`${key} holds more than words`, offset);
    return [{ word: scalar.value, offset: offset ?? 0 }];
  });
}

/** What the policy of allowed registries takes for a registry that hadolint trusts. */
function registryOf({ word, offset }: Word): string {
  const { transform, param } = POLICIES['allowed-registries'];
  const own = transforms.find(({ name }) => name === transform)?.params?.find(({ name }) => name === param);
  if (word !== '*' && (word.includes(',') || own?.values.test(word) !== true))
    throw new Wrong(`'${word}' is no registry`, offset);
  // hadolint's other name for where short names lead.
  return word === 'hub.docker.com' ? 'docker.io' : word;
}
