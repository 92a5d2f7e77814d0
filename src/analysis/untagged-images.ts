import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { ImageReference } from '../dockerfile/image-reference.js';
import type { Stage } from '../dockerfile/stage.js';

/** The ids that other tools give to such images. */
export const UNTAGGED_IMAGE_IDS: readonly string[] = [
  'hadolint:DL3006',
  'hadolint:DL3007',
  'trivy:DS-0001',
  'kics:image_version_not_explicit',
  'kics:image_version_using_latest',
  'checkov:CKV_DOCKER_7',
  'semgrep:missing-image-version',
  'semgrep:avoid-latest-version',
  'dockle:DKL-DI-0006',
  'tally:hadolint/DL3006',
  'tally:hadolint/DL3007',
  'dockerfile-doctor:DD001',
  'dockerfile-roast:DF001',
  'dockerfile-roast:DF024',
];

/** The stages that start from an image without a tag, or with `latest`. */
export function* untaggedImagesOf(
  dockerfile: Dockerfile,
): Iterable<{ readonly stage: Stage; readonly image: ImageReference }> {
  for (const stage of dockerfile.stages) {
    const { base } = stage;
    // A build argument may bring the tag along.
    if (base.kind !== 'image' || base.fromArguments || base.image.digest !== undefined) continue;
    const { tag } = base.image;
    if (tag === undefined || tag === 'latest') yield { stage, image: base.image };
  }
}
