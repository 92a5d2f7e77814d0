import { type ImageView, isWithin } from '../copies.js';
import type { Made, RunReading } from './stage-reading.js';

/** Whether a file or folder is one of those that were removed, or lies in one. `gone` may hold patterns of the shell. */
export function isGone(path: string, gone: readonly string[]): boolean {
  return gone.some((one) => (/[*?]/.test(one) ? expressionOf(one).test(path) : isWithin(path, one)));
}

/** In the shell a star stands for no slash, and at the start of a name for no dot. */
function expressionOf(pattern: string): RegExp {
  const source = pattern.replace(/(\/?)([*?])|[^\w/-]/g, (whole, slash = '', sign?: string) => {
    if (sign === undefined) return `\\${whole}`;
    return `${slash}${slash === '' ? '' : '(?!\\.)'}${sign === '*' ? '[^/]*' : '[^/]'}`;
  });
  return new RegExp(`^${source}(?:/|$)`);
}

/** Whether a RUN behind the copy that put a file of the context into the image has removed it, or moved it away. */
export function isRemovedFile(runs: readonly RunReading[], view: ImageView, path: string): boolean {
  const index = view.origin(path)?.copy.index;
  return (
    index !== undefined &&
    runs.some((run) => run.instruction.index > index && run.gone.length > 0 && isGone(path, run.gone))
  );
}

/** What is left of what was made after a removal. */
export function withoutGone({ builds, outputs, placed }: Made, gone: readonly string[]): Made {
  const left = (paths: readonly string[]): readonly string[] => paths.filter((path) => !isGone(path, gone));
  return {
    builds: builds.map((build) => ({ ...build, outputs: left(build.outputs) })),
    outputs: left(outputs),
    placed: left(placed),
  };
}

/** Whether a path is a file, or a folder with a file, that a copy has put into the image and nobody has removed. */
export function isLeftOfContext(runs: readonly RunReading[], view: ImageView, path: string): boolean {
  if (view.has(path)) return !isRemovedFile(runs, view, path);
  return [...view.below(path)].some((one) => !isRemovedFile(runs, view, one));
}
