import type { Comment, Instruction } from '../dockerfile/instruction.js';
import { insertion } from '../text/edit.js';
import { lineEndingAt, lineStartAt } from '../text/line-endings.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/** Comments that other tools look for directly above an instruction. */
const PRAGMA =
  /^#+\s*(?:dfix|hadolint|checkov|syntax|escape|check|nosemgrep|kics-scan|shellcheck|renovate|tally)\b|\b(?:trivy|tfsec):ignore\b|nosemgrep/i;

/**
 * Puts an empty line between an ARG, or a FROM with a stage name, and a comment above it that does not start with
 * that name. `docker build --call=outline` takes such a comment for a description, and drops one without the name.
 * It is a matter of taste, so it is applied only when it is asked for by name.
 *
 * Safe because only an empty line is added. Comments that speak to other tools stay where those look for them.
 */
export const separateDescriptionComment: Transform = {
  name: 'separate-description-comment',
  summary: 'Separates a comment that is no description from the ARG or FROM below it',
  category: 'style',
  related: ['buildkit:InvalidDefinitionDescription', 'tally:buildkit/InvalidDefinitionDescription'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    const { text, directives } = dockerfile;
    for (const instruction of dockerfile.instructions) {
      const { comments } = instruction.source;
      if (comments.length === 0) continue;
      const names = describedNames(instruction);
      const comment = comments[comments.length - 1];
      if (names.length === 0 || comment === undefined || names.includes(firstWord(comment))) continue;
      if (comments.some(({ text: line }) => PRAGMA.test(line))) continue;
      if (directives.some((directive) => directive.start === comment.start)) continue;
      const start = lineStartAt(text, instruction.span.start);
      yield fixed(comment, `\`${comment.text}\` is taken for a description of ${names.join(', ')}`, {
        edits: [insertion(start, lineEndingAt(text, comment.start))],
        applicability: 'safe',
        checked: ['it does not start with the name'],
        isOptional: true,
      });
    }
  },
};

/** What a comment directly above an instruction may describe. */
function describedNames(instruction: Instruction): readonly string[] {
  if (instruction.keyword === 'ARG') return instruction.pairs.map((pair) => pair.name);
  const name = instruction.keyword === 'FROM' ? instruction.words[2] : undefined;
  return name === undefined ? [] : [name.text.toLowerCase()];
}

/** The first word behind one `#`, as BuildKit reads it. */
function firstWord(comment: Comment): string {
  return comment.text.slice(1).trim().split(' ')[0] ?? '';
}
