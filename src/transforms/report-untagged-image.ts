import { UNTAGGED_IMAGE_IDS, untaggedImagesOf } from '../analysis/untagged-images.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/**
 * Reports a FROM of an image without a tag, or with `latest`: whatever was published last is taken, and the same file
 * makes another image tomorrow.
 *
 * Safe because it changes nothing: which version is meant only a person or the registry knows.
 */
export const reportUntaggedImage: Transform = {
  name: 'report-untagged-image',
  summary: 'Reports base images without a tag, or with latest',
  category: 'correctness',
  related: UNTAGGED_IMAGE_IDS,
  reportsOnly: true,
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const { stage } of untaggedImagesOf(dockerfile)) {
      const { from, imageWord } = stage;
      yield reported(
        from.sourceSpan(imageWord),
        `\`${imageWord.text}\` is whatever was published last`,
        'Name the version that the image is made for',
      );
    }
  },
};
