import { untaggedImagesOf } from '../analysis/untagged-images.js';
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
  related: [
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
  ],
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
