import type { Instruction } from '../dockerfile/instruction.js';
import { removeInstruction } from '../dockerfile/removal.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Deletes a CMD, ENTRYPOINT or HEALTHCHECK that a later one in the same stage replaces. Only the last of each
 * counts, and the others mislead a reader.
 *
 * Safe because each of them sets one field of the image's configuration, and the last one wins.
 */
export const removeShadowedInstructions: Transform = {
  name: 'remove-shadowed-instructions',
  summary: 'Deletes a CMD, ENTRYPOINT or HEALTHCHECK that a later one replaces',
  category: 'correctness',
  related: [
    'hadolint:DL4003',
    'hadolint:DL4004',
    'hadolint:DL3012',
    'buildkit:MultipleInstructionsDisallowed',
    'trivy:DS-0016',
    'trivy:DS-0007',
    'trivy:DS-0023',
    'kics:multiple_cmd_instructions_listed',
    'kics:multiple_entrypoint_instructions_listed',
    'semgrep:multiple-entrypoint-instructions',
    'dockerfile-doctor:DD036',
    'dockerfile-doctor:DD037',
    'dockerfile-doctor:DD049',
    'dockerfile-roast:DF038',
    'dockerfile-roast:DF039',
    'dockerfile-roast:DF041',
    'kics:do_not_use_multiple_healthcheck',
  ],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const stage of dockerfile.stages) {
      const last = new Map<string, Instruction>();
      for (const instruction of stage.instructions.toReversed()) {
        const { keyword } = instruction;
        if (keyword !== 'CMD' && keyword !== 'ENTRYPOINT' && keyword !== 'HEALTHCHECK') continue;
        const winner = last.get(keyword);
        if (winner === undefined) {
          last.set(keyword, instruction);
          continue;
        }
        const { span } = instruction;
        const message = `\`${keyword}\` is replaced by the one on line ${winner.source.startLine}`;
        if (instruction.source.innerComments.length > 0 || instruction.source.comments.length > 0) {
          yield declined(span, message, 'comment-in-the-way', 'a comment belongs to it');
          continue;
        }
        yield fixed(span, message, {
          edits: [removeInstruction(dockerfile, instruction)],
          applicability: 'safe',
          checked: ['the later one is in the same stage'],
          removes: [instruction.logical.text],
        });
      }
    }
  },
};
