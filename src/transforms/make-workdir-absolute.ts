import { withoutQuotes } from '../dockerfile/arguments.js';
import { insertion, replacement } from '../text/edit.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Writes a relative WORKDIR as the absolute path that it comes to. A relative one depends on the WORKDIR above, and
 * on the base image's, and changes silently with them.
 *
 * Safe where the working directory at that point is known from the file or the base image; unsafe where the base
 * image is unknown: then `/` is assumed.
 */
export const makeWorkdirAbsolute: Transform = {
  name: 'make-workdir-absolute',
  summary: 'Writes a relative WORKDIR as an absolute path',
  category: 'correctness',
  related: [
    'hadolint:DL3000',
    'buildkit:WorkdirRelativePath',
    'trivy:DS-0009',
    'kics:workdir_path_not_absolute',
    'checkov:CKV_DOCKER_10',
    'dockerfile-doctor:DD011',
    'dockerfile-roast:DF009',
  ],
  needsInstruction: ['WORKDIR'],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    if (dockerfile.escape === '`') return; // written for Windows
    for (const stage of dockerfile.stages) {
      if (analysis.baseOf(stage).family === 'windows') continue;
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'WORKDIR') continue;
        const path = withoutQuotes(instruction.argumentsText);
        // Variables at the start and Windows paths may make it absolute already.
        if (path === undefined || !/^[\w.-]/.test(path) || /^[A-Za-z]:|[\\`]/.test(path)) continue;
        const state = analysis.stateBefore(instruction);
        const parent = state.workdir ?? '/';
        if (state.workdir === undefined && hasWorkdirAbove(stage, instruction)) {
          yield declined(
            instruction.sourceSpan(instruction.argumentsSpan),
            `\`WORKDIR ${path}\` is relative to the WORKDIR above`,
            'dynamic-value',
            'a variable in the WORKDIR above hides the folder',
          );
          continue;
        }
        const dots = /^(?:\.\/+)*/.exec(path)?.[0] ?? '';
        const rest = path.slice(dots.length);
        const segments = rest.split('/');
        if (segments.includes('..') || segments.includes('.')) continue;
        const prefix = parent === '/' ? '/' : `${parent}/`;
        const span = instruction.sourceSpan(instruction.argumentsSpan);
        const start = path === instruction.argumentsText ? span.start : span.start + 1;
        const isKnown = state.workdir !== undefined;
        yield fixed(
          span,
          `\`WORKDIR ${path}\` is relative to ${isKnown ? parent : "the base image's working directory"}`,
          {
            edits: [dots === '' ? insertion(start, prefix) : replacement({ start, end: start + dots.length }, prefix)],
            applicability: isKnown ? 'safe' : 'unsafe',
            checked: [
              isKnown
                ? `the working directory here is ${parent}`
                : 'assumes that the base image works in /: look at its WORKDIR',
            ],
            removes: [instruction.argumentsText],
            configChanges: isKnown ? [] : ['workdir'],
          },
        );
      }
    }
  },
};

/** Whether the stage, or one that it starts from, sets a WORKDIR before the instruction. */
function hasWorkdirAbove(stage: Stage, instruction: Instruction): boolean {
  if (stage.instructions.some((other) => other.keyword === 'WORKDIR' && other.index < instruction.index)) return true;
  return stage.base.kind === 'stage' && hasWorkdirAbove(stage.base.stage, instruction);
}
