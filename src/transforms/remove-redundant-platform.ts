import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Stage } from '../dockerfile/stage.js';
import { flagWithBlanks } from '../dockerfile/removal.js';
import { deletion } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Deletes `--platform=$TARGETPLATFORM` from a FROM. It says what BuildKit does anyway, and reads as if the image
 * needed it.
 *
 * Safe because an image is pulled for the target platform unless a FROM says otherwise. A stage that starts from one
 * built for another platform keeps the flag, and so does a file that gives TARGETPLATFORM a value of its own.
 */
export const removeRedundantPlatform: Transform = {
  name: 'remove-redundant-platform',
  summary: 'Deletes --platform=$TARGETPLATFORM, which is the default',
  category: 'style',
  related: [
    'hadolint:DL3065',
    'buildkit:RedundantTargetPlatform',
    'tally:buildkit/RedundantTargetPlatform',
    'openrewrite:RemoveRedundantTargetPlatform',
  ],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const stage of dockerfile.stages) {
      const { from } = stage;
      const flag = from.flags.find((candidate) => candidate.name === 'platform');
      if (flag === undefined || !/^\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})$/.test(flag.value ?? '')) continue;
      const span = from.sourceSpan(flag);
      const message = `\`${flag.text}\` is what a FROM without it means`;
      const gone = flagWithBlanks(from, flag);
      if (gone === undefined) {
        yield declined(span, message, 'not-one-place', 'line continuations stand around it');
        continue;
      }
      const obstacle = otherMeaning(dockerfile, stage);
      if (obstacle !== undefined) {
        yield declined(span, message, 'dynamic-value', obstacle);
        continue;
      }
      yield fixed(span, message, {
        edits: [deletion(from.sourceSpan(gone))],
        applicability: 'safe',
        checked: ['the target platform is the default'],
        removes: [from.logical.slice(flag)],
        configChanges: ['base'],
      });
    }
  },
};

/** Why the flag may say something else than the default. */
function otherMeaning(dockerfile: Dockerfile, stage: Stage): string | undefined {
  const argument = dockerfile.globalArguments.find((instruction) =>
    instruction.pairs.some((pair) => pair.name === 'TARGETPLATFORM' && pair.hasEquals),
  );
  if (argument !== undefined) return `line ${argument.source.startLine} gives TARGETPLATFORM a default of its own`;
  if (stage.base.kind === 'scratch' || (stage.base.kind === 'image' && !stage.base.fromArguments)) return undefined;
  // It starts from a stage, or from what a build argument names, which may be a stage.
  const other = dockerfile.stages.slice(0, stage.index).find((earlier) => earlier.from.flag('platform') !== undefined);
  if (other === undefined) return undefined;
  return `the stage on line ${other.from.source.startLine} names a platform, which one that starts from it takes over`;
}
