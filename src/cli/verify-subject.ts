import { dirname, resolve } from 'node:path';
import type { Change, RewriteResult } from '../rewrite.js';
import type { Version } from '../verify/workspace.js';
import { describeFault, discover, shownPath } from './discover.js';
import type { IgnoreSettings } from '../ignores.js';
import { UsageError } from './exit-codes.js';
import { type ReadFile, readTextFile, writeTextFile } from './files.js';
import { withHadolintConfig } from './hadolint-config.js';
import { optionsFor, type ProcessOptions, rewriteText, writeContextFile } from './process-file.js';
import { select, type SelectionOptions } from './selection.js';
import { type Surroundings, surroundingsOf } from './surroundings.js';
import { usePlugins } from './use-plugins.js';

export interface SubjectOptions extends SelectionOptions {
  readonly unsafe: boolean;
  readonly context: string | undefined;
  readonly plugin: readonly string[];
  /** `false` for `--no-config`. */
  readonly config: string | false | undefined;
}

/** The Dockerfile of a call, with all that it is rewritten with. */
export interface Subject {
  readonly path: string;
  readonly read: ReadFile;
  readonly options: ProcessOptions;
  readonly around: Surroundings;
  readonly ignore: IgnoreSettings;
  /** The folder that the builds are given. */
  readonly folder: string;
}

/** The Dockerfile that the paths mean; undefined when there is none. */
export async function theDockerfile(paths: readonly string[]): Promise<string | undefined> {
  const asked = paths.length === 0 ? ['.'] : paths;
  const found = await discover(asked);
  const [first, second] = found;
  if (first === undefined) return undefined;
  if (first.error !== undefined) throw new UsageError(`${shownPath(first.path)}: ${first.error}`);
  if (second !== undefined) {
    const names = found.slice(0, 5).map(({ path }) => shownPath(path));
    throw new UsageError(`verify takes one Dockerfile at a time, and there are ${found.length}: ${names.join(', ')}`);
  }
  return first.path;
}

/** Reads a Dockerfile and finds its context. Throws a `UsageError` for what cannot be read, or is not clear. */
export async function openSubject(path: string, command: SubjectOptions): Promise<Subject> {
  await usePlugins(command);
  const own = await optionsFor(path, {
    selection: select(command),
    unsafe: command.unsafe,
    write: false,
    context: command.context,
    config: command.config,
    writtenFiles: new Map(),
  });
  try {
    const read = readTextFile(path);
    const { options, ignore } = await withHadolintConfig(path, own);
    const around = await surroundingsOf(path, read.text, options);
    const { contexts } = around;
    if (command.context === undefined && contexts.length > 1) {
      const names = contexts.map(({ name }) => name).join(', ');
      throw new UsageError(`${shownPath(path)} is built with several contexts: name one with --context: ${names}`);
    }
    const folder = command.context ?? contexts[0]?.name ?? dirname(path);
    return { path, read, options, around, ignore, folder: resolve(folder) };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${shownPath(path)}: ${describeFault(error)}`);
  }
}

export function rewriteSubject(
  { read, options, around, ignore }: Subject,
  accepts?: (change: Change) => boolean,
): RewriteResult {
  return rewriteText(read.text, options, ignore, around, accepts);
}

export function originalOf(subject: Subject): Version {
  return versionOf(subject, { text: subject.read.text, files: [] });
}

/** What a build is given of a result. */
export function versionOf({ read }: Subject, { text, files }: Pick<RewriteResult, 'text' | 'files'>): Version {
  return { text, encoding: read.encoding, files: new Map(files.map(({ path, after }) => [path, after])) };
}

/** Writes a result back, the files of the context first: the Dockerfile may rely on them. */
export async function writeResult({ path, read }: Subject, result: RewriteResult): Promise<void> {
  for (const file of result.files) await writeContextFile(file);
  if (result.status === 'changed') await writeTextFile(path, result.text, read);
}
