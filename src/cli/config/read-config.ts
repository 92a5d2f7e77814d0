import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { transforms } from '../../transforms/index.js';
import { POLICIES } from '../shorthands.js';
import { transformsCalled } from '../selection.js';
import { shownPath } from '../discover.js';
import { UsageError } from '../exit-codes.js';
import { nearest } from '../../text/nearest.js';
import { type Config, configSchema } from '../../config-schema.js';

/** A configuration file, read and checked. */
export interface ReadConfig {
  /** Patterns of overrides count from its folder. */
  readonly folder: string;
  readonly config: Config;
  /** Those that it extends, the ones to win last. */
  readonly bases: readonly ReadConfig[];
}

/** Whether the user named a configuration, or it lay above a Dockerfile: then its plugins are data of a stranger. */
type Origin = 'named' | 'found';

/**
 * Reads a configuration file and those that it extends, and loads their plugins. Undefined for a package.json without
 * one. Throws a `UsageError` with file, line and column for the first thing that is wrong.
 */
export async function readConfig(
  path: string,
  origin: Origin,
  above: readonly string[] = [],
): Promise<ReadConfig | undefined> {
  const file = resolve(path);
  if (above.includes(file)) throw new UsageError(`${shownPath(file)}: it extends itself`);
  const source = new Source(file);
  const value = source.value();
  if (value === undefined) return undefined;
  const parsed = configSchema.safeParse(value);
  if (!parsed.success) {
    const { issues } = parsed.error;
    // A wrong key tells more than that the right one is missing.
    source.fail(issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]);
  }
  const config = parsed.data ?? {};
  const named = typeof config.extends === 'string' ? [config.extends] : (config.extends ?? []);
  const bases: ReadConfig[] = [];
  for (const [index, name] of named.entries()) {
    const base = resolve(dirname(file), name);
    const at = typeof config.extends === 'string' ? ['extends'] : ['extends', index];
    if (!existsSync(base)) throw new UsageError(`${source.place(at)}: there is no ${shownPath(base)}`);
    const read = await readConfig(base, origin, [...above, file]);
    if (read !== undefined) bases.push(read);
  }
  await source.loadPlugins(config, origin);
  source.checkNames(config);
  return { folder: dirname(file), config, bases };
}

type Path = readonly (string | number)[];

/** The text of a configuration, as YAML: JSON is a part of it. */
class Source {
  readonly #file: string;
  readonly #prefix: Path;
  readonly #lines = new LineCounter();
  readonly #document: ReturnType<typeof parseDocument>;

  constructor(file: string) {
    this.#file = file;
    this.#prefix = basename(file) === 'package.json' ? ['dfix'] : [];
    this.#document = parseDocument(readFileSync(file, 'utf8').replace(/^\ufeff/, ''), { lineCounter: this.#lines });
    const [problem] = this.#document.errors;
    if (problem === undefined) return;
    const { line, col } = problem.linePos?.[0] ?? { line: 1, col: 1 };
    const [message = ''] = problem.message.split('\n');
    throw new UsageError(`${shownPath(file)}:${line}:${col}: ${message.replace(/ at line .*$/, '')}`);
  }

  value(): unknown {
    const value: unknown = this.#document.toJS();
    if (this.#prefix.length === 0) return value ?? {};
    return typeof value === 'object' && value !== null && 'dfix' in value ? value.dfix : undefined;
  }

  /** File, line and column of a value, or of the key of a mapping. */
  place(path: Path, key?: string): string {
    const full = [...this.#prefix, ...path];
    let node: unknown = this.#document.getIn(full, true);
    // What is missing has no place: that of what it is missing in.
    while (node === undefined && full.pop() !== undefined) node = this.#document.getIn(full, true);
    const range = key === undefined ? rangeOf(node) : rangeOf(keyIn(node, key));
    const { line, col } = this.#lines.linePos(range ?? 0);
    return `${shownPath(this.#file)}:${line}:${col}`;
  }

  fail(issue: z.core.$ZodIssue | undefined): never {
    const path = (issue?.path ?? []).map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (issue?.code === 'unrecognized_keys') {
      const [key = ''] = issue.keys;
      const meant = nearest(key, keysAt(path));
      throw new UsageError(
        `${this.place(path, key)}: there is no setting '${key}'${meant === undefined ? '' : `; did you mean '${meant}'?`}`,
      );
    }
    const message = (issue?.message ?? 'it is wrong')
      .replace(/^Invalid input: .*received undefined$/, 'it is missing')
      .replace(/^Invalid input: expected (.*), received .*$/, 'it is no $1');
    throw new UsageError(`${this.place(path)}: ${path.join('.')}: ${message}`);
  }

  /** Loads the plugins of a configuration that was named. One that was found names only what is loaded already. */
  async loadPlugins({ plugins = [] }: Config, origin: Origin): Promise<void> {
    if (plugins.length === 0) return;
    const { isLoaded, loadPlugin } = await import('../plugins.js');
    const folder = dirname(this.#file);
    for (const [index, name] of plugins.entries()) {
      const place = `${this.place(['plugins', index])}: `;
      if (origin === 'named') await loadPlugin(name, folder, place);
      else if (!isLoaded(name, folder, place)) throw new UsageError(`${place}${this.#refusal(name)}`);
    }
  }

  #refusal(name: string): string {
    const path = shownPath(resolve(dirname(this.#file), name));
    const word = !name.startsWith('.') ? name : /^\.*\//.test(path) ? path : `./${path}`;
    return `the plugin ${name} is code, and none is run for a configuration that was found: allow it with --plugin ${word}, or name the configuration with --config ${shownPath(this.#file)}`;
  }

  /** Checks what the schema cannot: names of transforms, their parameters and the values of these. */
  checkNames(config: Config): void {
    this.#checkTransforms(config.transforms, ['transforms']);
    for (const [index, override] of (config.overrides ?? []).entries())
      this.#checkTransforms(override.transforms, ['overrides', index, 'transforms']);
    for (const [index, name] of (config.policy?.['no-ignore'] ?? []).entries())
      this.#called(name, () => this.place(['policy', 'no-ignore', index]));
    this.#checkRegistries(config.policy?.['allowed-registries']);
  }

  #checkRegistries(registries: readonly string[] | undefined): void {
    const { transform, param } = POLICIES['allowed-registries'];
    const own = transforms.find(({ name }) => name === transform)?.params?.find(({ name }) => name === param);
    const wrong = (registries ?? []).findIndex((name) => name.includes(',') || own?.values.test(name) !== true);
    if (registries?.length === 0)
      throw new UsageError(`${this.place(['policy', 'allowed-registries'])}: it names no registry`);
    if (wrong !== -1)
      throw new UsageError(
        `${this.place(['policy', 'allowed-registries', wrong])}: '${registries?.[wrong] ?? ''}' is no registry`,
      );
  }

  #checkTransforms(settings: Config['transforms'], path: Path): void {
    for (const [name, setting] of Object.entries(settings ?? {})) {
      const found = this.#called(name, () => this.place(path, name));
      if (typeof setting === 'string') continue;
      for (const [param, value] of Object.entries(setting)) {
        const known = found.flatMap((transform) => transform.params ?? []);
        const own = known.find((one) => one.name === param);
        if (own === undefined) {
          const names = known.map((one) => one.name).join(', ');
          const there = names === '' ? '' : `: there is ${names}`;
          throw new UsageError(`${this.place([...path, name], param)}: ${name} has no parameter '${param}'${there}`);
        }
        if (!own.values.test(value))
          throw new UsageError(
            `${this.place([...path, name, param])}: ${name}.${param} does not take '${value}': ${own.summary}`,
          );
      }
    }
  }

  #called(name: string, place: () => string): ReturnType<typeof transformsCalled> {
    try {
      return transformsCalled(name);
    } catch (error) {
      if (error instanceof UsageError) throw new UsageError(`${place()}: ${error.message}`);
      throw error;
    }
  }
}

const TOP_KEYS = Object.keys(configSchema.shape);

/** The keys that there are at a path of the configuration. */
function keysAt(path: Path): readonly string[] {
  if (path[0] === 'overrides') return ['files', 'unsafe', 'transforms'];
  return path[0] === 'policy' ? ['no-ignore', 'allowed-registries'] : TOP_KEYS;
}

function rangeOf(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined;
  const range: readonly unknown[] = node.range;
  const [start] = range;
  return typeof start === 'number' ? start : undefined;
}

/** The node of a key of a mapping. */
function keyIn(node: unknown, key: string): unknown {
  if (typeof node !== 'object' || node === null || !('items' in node) || !Array.isArray(node.items)) return undefined;
  const pairs: readonly unknown[] = node.items;
  for (const pair of pairs) {
    if (typeof pair !== 'object' || pair === null || !('key' in pair)) continue;
    const own = pair.key;
    if (typeof own === 'object' && own !== null && 'value' in own && own.value === key) return own;
  }
  return undefined;
}
