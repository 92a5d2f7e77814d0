import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { IgnoreSettings } from '../ignores.js';

const NAMES = ['.hadolint.yaml', '.hadolint.yml'];

const NONE: IgnoreSettings = {};
const byFolder = new Map<string, Promise<IgnoreSettings>>();

/**
 * What hadolint's configuration in the folder of a Dockerfile asks to leave alone. Throws a one-line error for a file
 * that is no YAML mapping.
 */
export function ignoresFor(path: string): Promise<IgnoreSettings> {
  const folder = dirname(path);
  let settings = byFolder.get(folder);
  if (settings === undefined) {
    settings = readConfig(folder);
    byFolder.set(folder, settings);
  }
  return settings;
}

async function readConfig(folder: string): Promise<IgnoreSettings> {
  for (const name of NAMES) {
    const path = join(folder, name);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      throw error;
    }
    return parseConfig(path, text);
  }
  return NONE;
}

async function parseConfig(path: string, text: string): Promise<IgnoreSettings> {
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text);
  const [problem] = document.errors;
  if (problem !== undefined) {
    const [start] = problem.linePos ?? [{ line: 1, col: 1 }];
    throw new Error(`${path}:${start.line}:${start.col}: ${problem.message.split('\n')[0] ?? 'it is no YAML'}`);
  }
  const value: unknown = document.toJS();
  if (value === null || value === undefined) return NONE;
  if (typeof value !== 'object') throw new Error(`${path}:1:1: it is no mapping`);
  const ignored: unknown = 'ignored' in value ? value.ignored : [];
  return {
    ids: Array.isArray(ignored) ? ignored.filter((id) => typeof id === 'string').map((id) => `hadolint:${id}`) : [],
    withoutHadolintPragmas: 'disable-ignore-pragma' in value && value['disable-ignore-pragma'] === true,
  };
}
