import { removeWords } from '../dockerfile/removal.js';
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
  needsInstruction: ['EXPOSE'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const instruction of dockerfile.all('EXPOSE')) {
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
      const edits = removeWords(dockerfile, instruction, instruction.words, new Set(unwanted));
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
