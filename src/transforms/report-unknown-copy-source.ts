import { copySourcesOf } from '../dockerfile/copy-source.js';
import { findCopySource, type Stage } from '../dockerfile/stage.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/**
 * Reports a `COPY --from` or `RUN --mount=from` that names its own stage, a later one, a number that no stage has, or
 * a word that is no stage: BuildKit takes that for an image, which is seldom meant where the word has no tag.
 *
 * Safe because it changes nothing: which stage is meant is for a person to say.
 */
export const reportUnknownCopySource: Transform = {
  name: 'report-unknown-copy-source',
  summary: 'Reports COPY --from that names no stage above it',
  category: 'correctness',
  related: [
    'hadolint:DL3022',
    'hadolint:DL3023',
    'trivy:DS-0006',
    'kics:copy_from_references_current_from_alias',
    'tally:hadolint/DL3022',
    'tally:hadolint/DL3023',
    'dockerfile-doctor:DD039',
    'dockerfile-roast:DF049',
    'dockerfile-roast:DF050',
  ],
  reportsOnly: true,
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const current of dockerfile.stages) {
      for (const instruction of current.instructions) {
        for (const { word } of copySourcesOf(instruction)) {
          if (word.text.includes('$')) continue;
          const finding = findingOf(dockerfile.stages, current, word.text);
          if (finding === undefined) continue;
          yield reported(instruction.sourceSpan(word), finding.message, finding.advice);
        }
      }
    }
  },
};

interface Finding {
  readonly message: string;
  readonly advice: string;
}

function findingOf(stages: readonly Stage[], current: Stage, name: string): Finding | undefined {
  const stage = findCopySource(stages, name);
  if (stage === current) {
    return {
      message: `\`${name}\` is the stage that the copy is made in`,
      advice: 'Name the stage that has the files',
    };
  }
  if (stage !== undefined) {
    if (stage.index < current.index) return undefined;
    return {
      message: `\`${name}\` is a stage further down, which is not built yet`,
      advice: `Move the stage on line ${stage.from.source.startLine} up, or name another one`,
    };
  }
  if (/^\d+$/.test(name)) {
    return { message: `no stage has the number ${name}`, advice: `Name one of the ${stages.length} stages` };
  }
  // Official images are in use without a tag, too, but nothing with a tag, digest or path is meant to be a stage.
  if (/[:/@]/.test(name)) return undefined;
  return {
    message: `\`${name}\` is no stage of this file, so it is taken for an image or a build context of that name`,
    advice: 'Name a stage, or write the image with its tag',
  };
}
