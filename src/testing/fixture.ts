import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildContext } from '../context/build-context.js';
import { openContext } from '../context/open-context.js';
import type { DigestAnswer, Digests, ParamValues } from '../transforms/transform.js';

/** One case of a transform, as the files of its folder tell it. */
export interface Fixture {
  /** The circumstance, such as `heredoc-body`. */
  readonly name: string;
  /** The text that the transform is given. */
  readonly before: string;
  /** The same as `before` for a file that must stay as it is. */
  readonly after: string;
  /** The folder `<case>.context`, where there is one. */
  readonly contexts: readonly BuildContext[];
  /** `<case>.targets.json`, where there is one: a list of names. */
  readonly targets: readonly string[];
  /** `<case>.params.json`, where there is one. */
  readonly params: ParamValues;
  /** `<case>.digests.json`, where there is one. */
  readonly digests: Digests;
}

/** What a file of a folder of fixtures may be called. */
const NAME = /^(.+)\.((?:before|after|unchanged)\.Dockerfile|context|(?:targets|params|digests)\.json)$/;

/**
 * The cases of a folder, by name: `<case>.before.Dockerfile` with `<case>.after.Dockerfile`, or
 * `<case>.unchanged.Dockerfile`. Throws an `Error` for a file that belongs to no case.
 */
export function readFixtures(folder: string): readonly Fixture[] {
  const parts = new Map<string, Set<string>>();
  for (const file of readdirSync(folder).sort()) {
    const [, name = '', part = ''] = NAME.exec(file) ?? [];
    if (name === '') throw new Error(`${join(folder, file)} is no part of a fixture: it ends in none of their endings`);
    parts.set(name, (parts.get(name) ?? new Set()).add(part));
  }
  return [...parts].map(([name, own]) => readFixture(folder, name, own));
}

function readFixture(folder: string, name: string, parts: ReadonlySet<string>): Fixture {
  const path = (part: string): string => join(folder, `${name}.${part}`);
  const changes = parts.has('before.Dockerfile') && parts.has('after.Dockerfile');
  const isOne = changes !== parts.has('unchanged.Dockerfile') && parts.has('before.Dockerfile') === changes;
  if (!isOne || parts.has('after.Dockerfile') !== changes)
    throw new Error(`${path('…')}: a fixture is .before.Dockerfile with .after.Dockerfile, or .unchanged.Dockerfile`);
  const read = (part: string): string => readFileSync(path(part), 'utf8');
  return {
    name,
    before: read(changes ? 'before.Dockerfile' : 'unchanged.Dockerfile'),
    after: read(changes ? 'after.Dockerfile' : 'unchanged.Dockerfile'),
    contexts: parts.has('context') ? [openFolder(path('context'))] : [],
    targets: parts.has('targets.json') ? (JSON.parse(read('targets.json')) as readonly string[]) : [],
    params: new Map(
      parts.has('params.json') ? Object.entries(JSON.parse(read('params.json')) as Record<string, string>) : [],
    ),
    digests: new Map(
      parts.has('digests.json') ? Object.entries(JSON.parse(read('digests.json')) as Record<string, DigestAnswer>) : [],
    ),
  };
}

function openFolder(folder: string): BuildContext {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/'));
  const files = paths.flatMap((path) => {
    return statSync(join(folder, path)).isFile() ? [{ path, kind: 'file' as const }] : [];
  });
  const read = (path: string): string | undefined =>
    existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined;
  return openContext({ name: '.', files, read, ignoreFile: { path: '.dockerignore', text: read('.dockerignore') } });
}
