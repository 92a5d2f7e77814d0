import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { type Edit, replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Gives a build stage another name where a later one has the same, `build-1` for `build`. FROM means the nearest one
 * above, COPY and `--target` mean the last one of the file, and nobody who reads the file can tell.
 *
 * Unsafe because Docker's older builder reads `COPY --from` otherwise than BuildKit, and a script may build the stage
 * by its name.
 */
export const renameDuplicateStages: Transform = {
  name: 'rename-duplicate-stages',
  summary: 'Renames a build stage that has the name of a later one',
  category: 'correctness',
  related: [
    'hadolint:DL3024',
    'buildkit:DuplicateStageName',
    'trivy:DS-0012',
    'kics:same_alias_in_different_froms',
    'checkov:CKV_DOCKER_11',
    'tally:buildkit/DuplicateStageName',
    'dockerfile-roast:DF042',
  ],
  onlyUnsafe: true,
  *check({ dockerfile }): Iterable<Diagnostic> {
    const { stages } = dockerfile;
    if (stages.length < 2) return;
    const taken = namesInUse(dockerfile);
    for (const stage of stages) {
      const { from, name, nameWord } = stage;
      const last = stages.findLast((other) => other.name === name);
      if (name === undefined || nameWord === undefined || last === undefined || last === stage) continue;
      const span = from.sourceSpan(nameWord);
      const message = `the stage on line ${last.from.source.startLine} is called \`${nameWord.text}\`, too`;
      const users = stages.filter((other) => other.base.kind === 'stage' && other.base.stage === stage);
      const words = [{ from, word: nameWord }, ...users.map((user) => ({ from: user.from, word: user.imageWord }))];
      if (words.some(({ from: { logical }, word }) => !logical.isContiguous(word))) {
        yield declined(span, message, 'not-one-place', 'a line continuation cuts the name');
        continue;
      }
      if (users.some((user) => user.imageWord.text.includes('$'))) {
        yield declined(span, message, 'dynamic-value', 'a FROM takes the name from a build argument');
        continue;
      }
      let number = 1;
      while (taken.has(`${name}-${number}`)) number++;
      const newName = `${nameWord.text}-${number}`;
      taken.add(newName.toLowerCase());
      const edits: Edit[] = words.map(({ from: { logical }, word }) =>
        replacement(logical.toSourceSpan(word), newName),
      );
      yield fixed(span, message, {
        edits,
        applicability: 'unsafe',
        checked: [
          `every FROM keeps its stage, every COPY the one on line ${last.from.source.startLine}`,
          'look whether a COPY above that line means this one',
        ],
        removes: words.map(({ word }) => word.text),
      });
    }
  },
};

/** Every word that may be the name of a stage or an image. */
function namesInUse(dockerfile: Dockerfile): Set<string> {
  const names = new Set<string>();
  for (const outer of dockerfile.instructions) {
    const instruction = outer.trigger ?? outer;
    if (instruction.keyword === 'FROM') for (const word of instruction.words) names.add(word.text.toLowerCase());
    for (const flag of instruction.flags) {
      for (const word of (flag.value ?? '').split(/[,=]/)) names.add(word.toLowerCase());
    }
  }
  return names;
}
