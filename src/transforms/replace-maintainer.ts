import { bareName } from '../dockerfile/arguments.js';
import { replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

const LABEL = 'org.opencontainers.image.authors';

/**
 * Turns MAINTAINER, deprecated since Docker 1.13, into the label that the OCI image specification has for it.
 *
 * Safe because nothing of the image's file system or of how it runs depends on either; the author moves from a
 * field of the configuration to a label, which is the purpose.
 */
export const replaceMaintainer: Transform = {
  name: 'replace-maintainer',
  summary: 'Turns MAINTAINER into a label',
  category: 'correctness',
  related: [
    'hadolint:DL4000',
    'buildkit:MaintainerDeprecated',
    'trivy:DS-0022',
    'kics:maintainer_instruction_being_used',
    'checkov:CKV_DOCKER_6',
    'semgrep:maintainer-is-deprecated',
    'dockerfile-doctor:DD017',
    'dockerfile-roast:DF019',
    'openrewrite:ReplaceMaintainerWithLabel',
  ],
  needsInstruction: ['MAINTAINER'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const instruction of dockerfile.all('MAINTAINER')) {
      const span = instruction.sourceSpan(instruction.keywordSpan);
      const message = '`MAINTAINER` is deprecated';
      const stage = dockerfile.stageOf(instruction);
      const labelled = stage?.instructions.find(
        (other) => other.keyword === 'LABEL' && other.pairs.some((pair) => bareName(pair) === LABEL),
      );
      if (labelled !== undefined) {
        yield declined(span, message, 'later-use', `line ${labelled.source.startLine} sets ${LABEL} already`);
        continue;
      }
      if (
        !instruction.logical.isContiguous({ start: instruction.keywordSpan.start, end: instruction.argumentsSpan.end })
      ) {
        yield declined(span, message, 'not-one-place', 'a line continuation cuts it');
        continue;
      }
      const label = `${instruction.cased('LABEL')} ${LABEL}=${quote(instruction.argumentsText, dockerfile.escape)}`;
      yield fixed(span, message, {
        edits: [
          replacement(
            instruction.sourceSpan({ start: instruction.keywordSpan.start, end: instruction.argumentsSpan.end }),
            label,
          ),
        ],
        applicability: 'safe',
        checked: [`no other instruction sets ${LABEL}`],
        removes: [instruction.logical.text],
        configChanges: ['author', 'labels'],
      });
    }
  },
};

/** A label value that means the text as it is; MAINTAINER resolves neither quotes nor variables. */
function quote(text: string, escape: string): string {
  const inner = /^"[^"]*"$|^'[^']*'$/.test(text) ? text.slice(1, -1) : text;
  let result = '';
  for (const character of inner) {
    if (character === '"' || character === '$' || character === escape) result += escape;
    result += character;
  }
  return `"${result}"`;
}
