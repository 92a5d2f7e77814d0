import { namedImagesOf } from '../analysis/named-images.js';
import { replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Pins images by the digest that their tag has in the registry, next to the tag: the same file then makes the same image
 * until somebody changes the digest, which Renovate and Dependabot do by themselves. It works only where the digests
 * were asked for, with `--online`.
 *
 * Safe for a reference without a digest, because the digest is that of the image which a build takes by the tag today.
 * Unsafe for one that is pinned already and whose tag has moved on, because the image becomes another one.
 */
export const pinImageDigest: Transform = {
  name: 'pin-image-digest',
  summary: 'Pins images by the digest of their tag (with --online)',
  category: 'security',
  related: [
    'semgrep:dockerfile-source-not-pinned',
    'tally:labels/no-stale-base-digest',
    'openrewrite:FindUnpinnedBaseImages',
    'dfc:digest',
  ],
  imageChanges: ['base', 'packages'],
  *check({ dockerfile, digests }): Iterable<Diagnostic> {
    if (digests.size === 0) return;
    for (const { text, word, image, span, isBase } of namedImagesOf(dockerfile)) {
      const { digest, tag } = image;
      const answer = digests.get(text);
      // Without a tag nobody can tell which image a digest was meant to follow.
      if (answer === undefined || (digest !== undefined && tag === undefined)) continue;
      const isStale = digest !== undefined;
      const message = isStale
        ? `\`${tag ?? ''}\` has moved on from this digest`
        : `\`${text}\` may be another image tomorrow`;
      if ('problem' in answer) {
        yield declined(span, isStale ? `the digest of \`${tag ?? ''}\`` : message, 'no-answer', answer.problem);
        continue;
      }
      if (answer.digest === digest) continue;
      const reference = text.replace(/@.*$/, '');
      yield fixed(span, message, {
        edits: [replacement(span, `${reference}@${answer.digest}`)],
        applicability: isStale ? 'unsafe' : 'safe',
        checked: ['the registry gives this digest for the tag', ...(isStale ? ['look what is new in the image'] : [])],
        removes: [word],
        ...(isBase ? { configChanges: ['base' as const] } : {}),
      });
    }
  },
};
