import { copySourcesOf } from '../dockerfile/copy-source.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { findCopySource, type Stage } from '../dockerfile/stage.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/**
 * Reports build stages that the last stage needs neither as its base nor to copy from. BuildKit builds them only when
 * they are asked for by `--target`; a stage that a declared build asks for is not reported, nor what it needs.
 *
 * Safe because it changes nothing: only a person knows whether a stage is for tests or for another image.
 */
export const reportUnreachableStages: Transform = {
  name: 'report-unreachable-stages',
  summary: 'Reports build stages that the last one does not need',
  category: 'correctness',
  related: ['tally:no-unreachable-stages', 'openrewrite:RemoveUnusedStages'],
  reportsOnly: true,
  *check({ dockerfile, targets }): Iterable<Diagnostic> {
    const { stages, finalStage } = dockerfile;
    // A name that a build argument makes up may be that of any stage.
    if (finalStage === undefined || stages.length < 2 || usesUnknownStages(dockerfile)) return;
    const asked = targets.flatMap((target) => findCopySource(stages, target) ?? []);
    const needed = new Set<Stage>([finalStage, ...asked]);
    for (const stage of needed) {
      if (stage.base.kind === 'stage') needed.add(stage.base.stage);
      for (const instruction of stage.instructions) {
        for (const { word } of copySourcesOf(instruction.trigger ?? instruction)) {
          const name = word.text;
          const source = findCopySource(stages, name);
          if (source !== undefined) needed.add(source);
        }
      }
    }
    for (const stage of stages) {
      if (needed.has(stage)) continue;
      const word = stage.nameWord ?? stage.imageWord;
      yield reported(
        stage.from.sourceSpan(word),
        `the last stage does not need the stage \`${word.text}\``,
        'Delete it unless something builds it by `--target`',
      );
    }
  },
};

function usesUnknownStages(dockerfile: Dockerfile): boolean {
  return dockerfile.stages.some(
    ({ imageWord, instructions }) =>
      imageWord.text.includes('$') ||
      instructions.some((instruction) =>
        copySourcesOf(instruction.trigger ?? instruction).some(({ word }) => word.text.includes('$')),
      ),
  );
}
