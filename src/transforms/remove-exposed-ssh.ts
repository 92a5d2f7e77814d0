import type { ArgumentWord } from '../dockerfile/arguments.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { deletion, type Edit } from '../text/edit.js';
import { lineEndAt, lineStartAt, nextLineAt } from '../text/line-endings.js';
import type { Span } from '../text/span.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/** The servers, and the package of Alpine that holds one. */
const SERVER = /(?<![\w-])(?:sshd|openssh|openssh-server|dropbear)(?![\w-])/;

/**
 * Deletes port 22 from EXPOSE. A container is entered by `docker exec`; an SSH server in it is one more thing to keep
 * up to date and to guard.
 *
 * Unsafe because an image may be made for SSH, and `docker run -P` publishes the port no more. A file that sets up a server is left
 * alone.
 */
export const removeExposedSsh: Transform = {
  name: 'remove-exposed-ssh',
  summary: 'Deletes the port of SSH from EXPOSE',
  category: 'security',
  related: ['trivy:DS-0004', 'kics:exposing_port_22', 'checkov:CKV_DOCKER_1', 'dockerfile-doctor:DD014'],
  onlyUnsafe: true,
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const instruction of dockerfile.instructions) {
      if (instruction.keyword !== 'EXPOSE') continue;
      const unwanted = instruction.words.filter((word) => /^22(?:\/tcp)?$/i.test(word.text));
      const [first] = unwanted;
      if (first === undefined) continue;
      const span = instruction.sourceSpan(first);
      const message = `\`EXPOSE ${first.text}\` is the port of SSH, which a container needs no server for`;
      const server = dockerfile.instructions.find(({ span }) =>
        SERVER.test(dockerfile.text.slice(span.start, span.end)),
      );
      if (server !== undefined) {
        yield declined(span, message, 'later-use', `line ${server.source.startLine} sets up an SSH server`);
        continue;
      }
      const edits = deletions(dockerfile, instruction, unwanted);
      if (edits === undefined) {
        yield declined(span, message, 'comment-in-the-way', 'a comment or an empty line stands beside it');
        continue;
      }
      yield fixed(span, message, {
        edits,
        applicability: 'unsafe',
        checked: ['look whether the image is made for SSH'],
        removes: [instruction.logical.text],
        configChanges: ['expose'],
      });
    }
  },
};

/** Takes words away with the gap behind them, at the end with the gap in front, or the whole instruction. */
function deletions(
  dockerfile: Dockerfile,
  instruction: Instruction,
  unwanted: readonly ArgumentWord[],
): readonly Edit[] | undefined {
  const { text } = dockerfile;
  const places = instruction.words.map((word) => ({
    ...instruction.sourceSpan(word),
    isWanted: !unwanted.includes(word),
  }));
  const lastWanted = places.findLastIndex((place) => place.isWanted);
  const spans: Span[] = [];
  for (const [index, { start, end, isWanted }] of places.entries()) {
    if (isWanted) continue;
    const previous = places[index - 1];
    const next = places[index + 1];
    if (index < lastWanted && next !== undefined) spans.push({ start, end: next.start });
    else if (lastWanted !== -1 && previous !== undefined) spans.push({ start: previous.end, end });
  }
  if (lastWanted === -1) {
    const { span } = instruction;
    const start = lineStartAt(text, span.start);
    const end = nextLineAt(text, span.end);
    // The last line of a file that ends without a line ending takes the one in front with it.
    spans.push({ start: end > span.end ? start : lineEndAt(text, Math.max(0, start - 2)), end });
  }
  const { innerComments, emptyLines } = instruction.source;
  const meets = (span: Span): boolean =>
    [...innerComments, ...emptyLines].some((other) => span.start < other.end && other.start < span.end);
  return spans.some(meets) ? undefined : spans.map((span) => deletion(span));
}
