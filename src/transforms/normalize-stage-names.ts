import { CONFIG_FIELDS, type ConfigField } from '../analysis/image-config.js';
import type { ArgumentWord } from '../dockerfile/arguments.js';
import { copySourcesOf } from '../dockerfile/copy-source.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Writes the names of build stages in lower case, where they are given and wherever they are used: in FROM, in
 * `COPY --from` and in `RUN --mount=from`. A stage name looks like an image name, which has no capitals.
 *
 * Safe because BuildKit stores the names in lower case, and compares those of COPY, RUN and `--target` without regard
 * to case. A FROM is looked up as it is written: one with capitals finds no stage and fails, so that lower case only
 * mends it.
 */
export const normalizeStageNames: Transform = {
  name: 'normalize-stage-names',
  summary: 'Writes the names of build stages in lower case',
  category: 'style',
  related: [
    'buildkit:StageNameCasing',
    'tally:buildkit/StageNameCasing',
    'dockerfile-doctor:DD050b',
    'openrewrite:LowerCaseStageNames',
  ],
  *check({ dockerfile }): Iterable<Diagnostic> {
    // The stages above, and all of them: COPY and RUN bind to the last one of a name in the file.
    const above = new Set<string>();
    const all = new Set(dockerfile.stages.map((stage) => stage.name));
    for (const instruction of dockerfile.instructions) {
      const [image, , name] = instruction.keyword === 'FROM' ? instruction.words : [];
      if (name !== undefined) yield* lowerCase(instruction, name, []);
      if (image !== undefined && above.has(image.text.toLowerCase())) {
        yield* lowerCase(instruction, image, CONFIG_FIELDS);
      }
      if (name !== undefined) above.add(name.text.toLowerCase());
      for (const { word } of copySourcesOf(instruction.trigger ?? instruction)) {
        if (!all.has(word.text.toLowerCase())) continue;
        yield* lowerCase(instruction, word, instruction.trigger === undefined ? [] : ['onbuild']);
      }
    }
  },
};

function* lowerCase(
  instruction: Instruction,
  word: ArgumentWord,
  configChanges: readonly ConfigField[],
): Iterable<Diagnostic> {
  const lower = word.text.toLowerCase();
  if (lower === word.text) return;
  const span = instruction.sourceSpan(word);
  const message = `the stage name \`${word.text}\` is not in lower case`;
  if (!instruction.logical.isContiguous(word)) {
    yield declined(span, message, 'not-one-place', 'a line continuation cuts it');
    return;
  }
  yield fixed(span, message, {
    edits: [replacement(span, lower)],
    applicability: 'safe',
    checked: ['stage names are stored in lower case'],
    removes: [instruction.logical.text],
    configChanges,
  });
}
