import { copySourcesOf } from '../dockerfile/copy-source.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { type ImageReference, parseImageReference } from '../dockerfile/image-reference.js';
import { findCopySource } from '../dockerfile/stage.js';
import type { Span } from '../text/span.js';

/** An image that a file names in full, without a variable. */
export interface NamedImage {
  /** Its reference, as the file has it. */
  readonly text: string;
  readonly image: ImageReference;
  /** The word of the instruction that it is, or is part of. */
  readonly word: string;
  /** In the file. */
  readonly span: Span;
  /** Whether a stage starts from it, and not only copies of it. */
  readonly isBase: boolean;
}

/** The images that stages start from and that COPY and mounts take files of. */
export function* namedImagesOf(dockerfile: Dockerfile): Iterable<NamedImage> {
  for (const { from, imageWord, base } of dockerfile.stages) {
    if (base.kind !== 'image' || base.fromArguments) continue;
    const { text } = imageWord;
    yield { text, word: text, image: base.image, span: from.sourceSpan(imageWord), isBase: true };
  }
  for (const instruction of dockerfile.instructions) {
    for (const { word, flagText } of copySourcesOf(instruction)) {
      // A number, the name of a stage or of a context that only the call knows, or a variable.
      if (/[$]|^\d+$/.test(word.text) || !/[:/]/.test(word.text)) continue;
      if (findCopySource(dockerfile.stages, word.text) !== undefined) continue;
      yield {
        text: word.text,
        word: flagText,
        image: parseImageReference(word.text),
        span: instruction.sourceSpan(word),
        isBase: false,
      };
    }
  }
}
