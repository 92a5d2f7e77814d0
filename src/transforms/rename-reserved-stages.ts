import type { ArgumentWord } from '../dockerfile/arguments.js';
import { copySourcesOf } from '../dockerfile/copy-source.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { findCopySource, type Stage } from '../dockerfile/stage.js';
import { replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/**
 * Renames a build stage that is called `scratch`, the empty image, or `context`, the build context. BuildKit warns
 * about both, and `FROM scratch` below such a stage is not empty.
 *
 * Unsafe because `--target` and other files may build the stage by its name, and a `FROM scratch` that starts from it
 * may have been meant to be empty.
 */
export const renameReservedStages: Transform = {
  name: 'rename-reserved-stages',
  summary: 'Renames build stages called scratch or context',
  category: 'correctness',
  related: ['hadolint:DL3063', 'buildkit:ReservedStageName', 'tally:buildkit/ReservedStageName'],
  onlyUnsafe: true,
  *check(subject): Iterable<Diagnostic> {
    for (const stage of subject.dockerfile.stages) {
      if (stage.name !== 'scratch' && stage.name !== 'context') continue;
      yield* checkStage(subject, stage, `${stage.name}-stage`);
    }
  },
};

function* checkStage({ dockerfile }: Subject, stage: Stage, newName: string): Iterable<Diagnostic> {
  const { from, nameWord } = stage;
  if (nameWord === undefined) return;
  const span = from.sourceSpan(nameWord);
  const message = `\`${nameWord.text}\` is a reserved name`;
  const uses: Use[] = [{ instruction: from, word: nameWord }];
  for (const other of dockerfile.stages) {
    if (other.base.kind === 'stage' && other.base.stage === stage) {
      uses.push({ instruction: other.from, word: other.imageWord });
    }
    for (const instruction of other.instructions) {
      for (const { word } of copySourcesOf(instruction)) {
        if (findCopySource(dockerfile.stages, word.text) === stage) uses.push({ instruction, word });
      }
    }
  }
  // What stands inside ONBUILD means a stage of another file.
  const named = uses.filter(({ word }) => !/^\d+$/.test(word.text));
  if (dockerfile.stages.some((other) => other.name === newName)) {
    yield declined(span, message, 'later-use', `a stage is called ${newName} already`);
  } else if (named.some(({ word }) => word.text.includes('$'))) {
    yield declined(span, message, 'dynamic-value', 'a FROM takes the name from a build argument');
  } else if (named.some(({ instruction, word }) => !instruction.logical.isContiguous(word))) {
    yield declined(span, message, 'not-one-place', 'a line continuation cuts the name');
  } else {
    yield fixed(span, message, {
      edits: named.map(({ instruction, word }) => replacement(instruction.sourceSpan(word), newName)),
      applicability: 'unsafe',
      checked: ['every use in this file gets the new name: look for `--target` elsewhere'],
      removes: named.map(({ instruction }) => instruction.logical.text),
    });
  }
}

interface Use {
  readonly instruction: Instruction;
  readonly word: ArgumentWord;
}
