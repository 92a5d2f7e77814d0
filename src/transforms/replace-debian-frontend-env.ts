import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { expandValue } from '../dockerfile/variables.js';
import { type Edit, replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

const NAME = 'DEBIAN_FRONTEND';

/**
 * Turns `ENV DEBIAN_FRONTEND=noninteractive` into ARG. An ENV stays in the image, so that apt asks nobody anything in
 * a container either, where somebody may sit in front of it.
 *
 * Safe because an ARG is in the environment of every RUN that follows in the stage, and the variable leaves the
 * image's configuration, which is the purpose. Unsafe where another stage starts from this one: BuildKit hands the
 * argument on, Docker's older builder does not; and where ONBUILD runs commands in other images.
 */
export const replaceDebianFrontendEnv: Transform = {
  name: 'replace-debian-frontend-env',
  summary: 'Turns ENV DEBIAN_FRONTEND=noninteractive into ARG',
  category: 'correctness',
  related: ['dockerfile-doctor:DD035'],
  needsInstruction: ['ENV'],
  *check(subject): Iterable<Diagnostic> {
    for (const stage of subject.dockerfile.stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'ENV') continue;
        const diagnostic = checkInstruction(subject, stage, instruction);
        if (diagnostic !== undefined) yield diagnostic;
      }
    }
  },
};

function checkInstruction(
  { dockerfile, analysis }: Subject,
  stage: Stage,
  instruction: Instruction,
): Diagnostic | undefined {
  const { escape } = dockerfile;
  const { pairs } = instruction;
  const pair = pairs.find((candidate) => candidate.name === NAME);
  if (pair === undefined || expandValue(pair.value, escape, () => undefined) !== 'noninteractive') return undefined;
  const span = instruction.sourceSpan(instruction.keywordSpan);
  const message = `\`ENV ${NAME}\` stays in the image, where apt then asks nobody anything`;
  if (pairs.length > 1) return declined(span, message, 'not-alone', 'the instruction sets other variables, too');
  for (let at = analysis.stateBefore(instruction).environment; at !== undefined; at = at.before) {
    // An ENV above would win over the ARG.
    if (at.name === NAME) return declined(span, message, 'later-use', 'an ENV above sets it, and wins over an ARG');
  }
  const edits: Edit[] = [replacement(span, instruction.cased('ARG'))];
  if (!pair.hasEquals) {
    const gap = { start: pair.nameSpan.end, end: pair.valueSpan.start };
    if (!instruction.logical.isContiguous({ start: gap.start - 1, end: gap.end + 1 })) {
      return declined(span, message, 'not-one-place', 'a line continuation stands between name and value');
    }
    edits.push(replacement(instruction.sourceSpan(gap), '='));
  }
  const assumption = assumptionOf(dockerfile, stage);
  return fixed(span, message, {
    edits,
    applicability: assumption === undefined ? 'safe' : 'unsafe',
    checked: [assumption ?? 'no other stage starts from this one'],
    removes: [instruction.logical.text],
    configChanges: ['env'],
  });
}

/** Who may rely on the variable besides the RUNs of the stage. */
function assumptionOf(dockerfile: Dockerfile, stage: Stage): string | undefined {
  const child = dockerfile.stages.find(({ base }) => base.kind === 'stage' && base.stage === stage);
  if (child !== undefined) {
    return `the stage on line ${child.from.source.startLine} starts from this one: the older builder hands no ARG on`;
  }
  const onbuild = stage.instructions.find(({ keyword }) => keyword === 'ONBUILD');
  return onbuild && `the ONBUILD on line ${onbuild.source.startLine} runs where the ARG is not known`;
}
