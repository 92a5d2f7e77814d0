import { Analysis } from '../analysis/analysis.js';
import { repeatedInstructions } from '../analysis/cache.js';
import type { BuildContext } from '../context/build-context.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { baseName } from '../text/path.js';

/** The endings of files that people edit, those of programs first. */
const ENDINGS =
  'go rs c cc cpp cxx java kt scala cs fs ts tsx js jsx mjs cjs vue svelte py rb php ex exs pl sh html css md txt'.split(
    ' ',
  );

/** Files that change with the dependencies, not with the sources. */
const MANIFESTS = /^(?:setup\.py|conftest\.py|requirements.*\.txt|constraints.*\.txt|mix\.exs|.*\.config\.[cm]?[jt]s)$/;

/**
 * A file of the sources whose edit makes a build run something again: what people change every day. Undefined where the
 * context has none.
 */
export function chooseSourceFile(dockerfile: Dockerfile, context: BuildContext): string | undefined {
  const analysis = new Analysis(dockerfile);
  const sources = context.files.filter(
    ({ path, kind }) =>
      kind === 'file' &&
      rankOf(path) >= 0 &&
      !MANIFESTS.test(baseName(path)) &&
      !/(?:^|\/)(?:test|node_modules|\.)/.test(path),
  );
  const ordered = sources.sort(
    (a, b) => rankOf(a.path) - rankOf(b.path) || a.path.length - b.path.length || (a.path < b.path ? -1 : 1),
  );
  return ordered.find(({ path }) => repeatedInstructions(analysis, context, new Set([path])).size > 0)?.path;
}

function rankOf(path: string): number {
  return ENDINGS.indexOf(path.slice(path.lastIndexOf('.') + 1));
}
