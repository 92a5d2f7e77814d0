import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const NAMES = ['.hadolint.yaml', '.hadolint.yml'];

/** What hadolint's configuration beside a Dockerfile asks for. */
export interface HadolintConfig {
  /** Ids that are ignored, such as `DL3008`. */
  readonly ignored: readonly string[];
  /** Inline `# hadolint ignore=` comments do not count. */
  readonly disablesPragmas: boolean;
}

const NONE: HadolintConfig = { ignored: [], disablesPragmas: false };
const byFolder = new Map<string, Promise<HadolintConfig>>();

/** The configuration in the folder of a Dockerfile. Throws a one-line error for a file that is no YAML mapping. */
export function hadolintConfigFor(path: string): Promise<HadolintConfig> {
  const folder = dirname(path);
  let config = byFolder.get(folder);
  if (config === undefined) {
    config = readConfig(folder);
    byFolder.set(folder, config);
  }
  return config;
}

async function readConfig(folder: string): Promise<HadolintConfig> {
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

async function parseConfig(path: string, text: string): Promise<HadolintConfig> {
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
    ignored: Array.isArray(ignored) ? ignored.filter((id) => typeof id === 'string') : [],
    disablesPragmas: 'disable-ignore-pragma' in value && value['disable-ignore-pragma'] === true,
  };
}
