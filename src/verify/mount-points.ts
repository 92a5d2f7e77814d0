import { mountsOf } from '../analysis/mounts.js';
import { Dockerfile } from '../dockerfile/dockerfile.js';
import type { FileDifference } from './compare.js';
import type { ImageFile } from './image.js';

/** The folder of secrets that are given no place. Source: Dockerfile reference, `RUN --mount=type=secret`. */
const SECRETS = '/run/secrets';

/**
 * Where the RUNs of a file mount something, as far as the path is absolute. BuildKit takes the folders away that it made
 * for it; buildah, and podman with it, leave them in the image, empty.
 */
export function mountPointsIn(text: string): readonly string[] {
  return Dockerfile.parse(text)
    .all('RUN')
    .flatMap(mountsOf)
    .flatMap(({ type, target }) => target ?? (type === 'secret' ? SECRETS : []))
    .filter((path) => path.startsWith('/'));
}

/** Whether a difference is a folder that an engine has made to mount something. What it holds is a difference by itself. */
export function isMadeForMount(
  { path, kind }: FileDifference,
  mountPoints: readonly string[],
  after: ReadonlyMap<string, ImageFile>,
): boolean {
  return (
    kind === 'new' &&
    after.get(path)?.type === 'folder' &&
    mountPoints.some((mountPoint) => `${mountPoint}/`.startsWith(`${path}/`))
  );
}
