import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { IgnoreSettings } from '../ignores.js';
import { hasName } from './folder-names.js';
import { Recent } from './recent.js';

const NAMES = ['.hadolint.yaml', '.hadolint.yml'];

/** What a folder without a configuration asks for. */
export const NO_IGNORES: IgnoreSettings = {};
const NONE = Promise.resolve(NO_IGNORES);
const byFolder = new Recent<Promise<IgnoreSettings>>(512);

/**
 * What hadolint's configuration in the folder of a Dockerfile asks to leave alone. Throws a one-line error for a file
 * that is no YAML mapping.
 */
export function ignoresFor(path: string): Promise<IgnoreSettings> {
  const folder = dirname(path);
  return byFolder.get(folder, () => readConfig(folder));
}

function readConfig(folder: string): Promise<IgnoreSettings> {
  const name = NAMES.find((one) => hasName(resolve(folder), one));
  return name === undefined ? NONE : parseConfig(join(folder, name));
}

async function parseConfig(path: string): Promise<IgnoreSettings> {
  const text = await readFile(path, 'utf8');
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) {
    const [start] = problem.linePos ?? [{ line: 1, col: 1 }];
    throw new Error(`${path}:${start.line}:${start.col}: ${problem.message.split('\n')[0] ?? 'it is no YAML'}`);
  }
  const value: unknown = document.toJS();
  if (value === null || value === undefined) return NO_IGNORES;
  if (typeof value !== 'object') throw new Error(`${path}:1:1: it is no mapping`);
  const ignored: unknown = 'ignored' in value ? value.ignored : [];
  return {
    ids: Array.isArray(ignored) ? ignored.filter((id) => typeof id === 'string').map((id) => `hadolint:${id}`) : [],
    withoutHadolintPragmas: 'disable-ignore-pragma' in value && value['disable-ignore-pragma'] === true,
  };
}
