import { UNTAGGED_IMAGE_IDS, untaggedImagesOf } from '../analysis/untagged-images.js';
import { LATEST_TAGS, LATEST_TAGS_DATE } from '../analysis/latest-tags.js';
import { officialImageName } from '../dockerfile/image-reference.js';
import { replacement } from '../text/edit.js';
import { lookUp } from '../text/table.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Names the version of a base image that has no tag, or `latest`: the one that `latest` meant when dfix was made. The
 * same file then makes the same image tomorrow, and a new version comes with a change that somebody reviews.
 *
 * Unsafe because `latest` may have moved on since, and because the application may be made for another version.
 */
export const pinBaseImage: Transform = {
  name: 'pin-base-image',
  summary: 'Names the version of base images without a tag, or with latest',
  category: 'correctness',
  related: UNTAGGED_IMAGE_IDS,
  onlyUnsafe: true,
  imageChanges: ['base', 'packages'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const { stage, image } of untaggedImagesOf(dockerfile)) {
      const { from, imageWord } = stage;
      const name = officialImageName(image);
      const version = lookUp(LATEST_TAGS, name);
      if (version === undefined) continue;
      const span = from.sourceSpan(imageWord);
      const reference = `${imageWord.text.replace(/:latest$/, '')}:${version}`;
      yield fixed(span, `\`${imageWord.text}\` is whatever was published last`, {
        edits: [replacement(span, reference)],
        applicability: 'unsafe',
        checked: [
          `${version} was the newest version on ${LATEST_TAGS_DATE}`,
          'look which version the application is made for',
        ],
        removes: [imageWord.text],
        configChanges: ['base'],
      });
    }
  },
};
