import { parseImageReference } from '../dockerfile/image-reference.js';
import { findCopySource, type StageBase } from '../dockerfile/stage.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/**
 * Reports `COPY --from=x / /`, which copies a whole file system over another: the files of both are mixed, and what
 * the image holds nobody can say.
 *
 * Safe because it changes nothing: which files are needed only a person knows.
 */
export const reportCopyRoot: Transform = {
  name: 'report-copy-root',
  summary: 'Reports COPY of a whole file system onto another',
  category: 'size',
  related: ['hadolint:DL3067'],
  reportsOnly: true,
  needsInstruction: ['COPY'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const stage of dockerfile.stages) {
      // Into the empty image it is the way to make one layer of many.
      if (stage.base.kind === 'scratch') continue;
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'COPY') continue;
        const from = instruction.flag('from');
        const { words } = instruction;
        if (from === undefined || words.length !== 2 || words.some(({ text }) => !/^\/+\.?$/.test(text))) continue;
        if (isMadeForIt(findCopySource(dockerfile.stages, from)?.base, from)) continue;
        yield reported(
          instruction.sourceSpan(instruction.argumentsSpan),
          `\`COPY --from=${from} / /\` lays a whole file system over ${stage.imageWord.text}`,
          'Name the files that are needed, or start from the other image',
        );
      }
    }
  },
};

/** The helper for cross-compiling says to copy it whole: its scripts lie where they have to. */
function isMadeForIt(base: StageBase | undefined, from: string): boolean {
  const image = base?.kind === 'image' ? base.image : parseImageReference(from);
  return image.repository === 'tonistiigi/xx';
}
