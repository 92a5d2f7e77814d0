import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { ImageReference } from '../dockerfile/image-reference.js';
import type { Stage } from '../dockerfile/stage.js';

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
