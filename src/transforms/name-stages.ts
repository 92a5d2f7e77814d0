import { type CopySource, copySourcesOf } from '../dockerfile/copy-source.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { findCopySource, type Stage } from '../dockerfile/stage.js';
import { type Edit, insertion, replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Names a build stage that COPY or RUN refers to by its number, and uses the name. A number means another stage as
 * soon as somebody adds one above.
 *
 * Safe because the number and the name mean the same stage, and no stage, base image or source of a COPY has that
 * name.
 */
export const nameStages: Transform = {
  name: 'name-stages',
  summary: 'Names the build stages that are referred to by number',
  category: 'correctness',
  related: ['kics:using_unnamed_build_stages', 'dockerfile-roast:DF023'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    if (dockerfile.stages.length < 2) return;
    const uses = usesByNumber(dockerfile);
    const unnamed = [...uses.keys()].filter((stage) => stage.name === undefined);
    for (const [stage, references] of uses) {
      const { from, imageWord } = stage;
      const name = stage.nameWord?.text ?? freeName(dockerfile, stage, unnamed.length);
      const span = from.sourceSpan(imageWord);
      const message = `the stage of \`${imageWord.text}\` is referred to by its number, ${stage.index}`;
      if (stage.name !== undefined && findCopySource(dockerfile.stages, stage.name) !== stage) {
        yield declined(span, message, 'later-use', `a later stage is called ${name}, too`);
        continue;
      }
      const edits: Edit[] = references.map(({ instruction, word }) => replacement(instruction.sourceSpan(word), name));
      if (stage.name === undefined) {
        const as = from.cased('AS');
        edits.push(insertion(span.end, ` ${as} ${name}`));
      }
      yield fixed(span, message, {
        edits,
        applicability: 'safe',
        checked: [stage.name === undefined ? `nothing else is called ${name}` : `${name} is the name of that stage`],
        removes: references.map(({ flagText }) => flagText),
      });
    }
  },
};

/** The numbers in use, by the stage that they mean. A number inside ONBUILD counts the stages of another file. */
function usesByNumber(dockerfile: Dockerfile): ReadonlyMap<Stage, readonly CopySource[]> {
  const uses = new Map<Stage, CopySource[]>();
  for (const current of dockerfile.stages) {
    for (const instruction of current.instructions) {
      for (const reference of copySourcesOf(instruction)) {
        const { text } = reference.word;
        // A stage may be called 0 as well; a number that is no earlier stage is a mistake.
        const stage = /^\d+$/.test(text) ? findCopySource(dockerfile.stages, text) : undefined;
        if (stage === undefined || stage.name === text || stage.index >= current.index) continue;
        if (!instruction.logical.isContiguous(reference.word)) continue;
        const list = uses.get(stage);
        if (list === undefined) uses.set(stage, [reference]);
        else list.push(reference);
      }
    }
  }
  return uses;
}

/** `build` for the only stage that needs a name, else `stage-` and its number; never a name that the file knows. */
function freeName(dockerfile: Dockerfile, stage: Stage, needed: number): string {
  // The base images with the defaults of build arguments put in.
  const taken = new Set(dockerfile.stages.map(({ base }) => (base.kind === 'image' ? base.text : base.kind)));
  for (const outer of dockerfile.instructions) {
    const instruction = outer.trigger ?? outer;
    for (const { word } of copySourcesOf(instruction)) taken.add(word.text.toLowerCase());
    if (instruction.keyword === 'FROM') for (const word of instruction.words) taken.add(word.text.toLowerCase());
  }
  let name = needed === 1 ? 'build' : `stage-${stage.index}`;
  if (taken.has(name)) name = `stage-${stage.index}`;
  while (taken.has(name)) name = `${name}-build`;
  return name;
}
