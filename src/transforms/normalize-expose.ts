import { replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Writes the ports of EXPOSE as `port/protocol`: without the host's side of a mapping, which EXPOSE cannot make, and
 * with the protocol in lower case.
 *
 * Safe because the image stores the container's port alone, and the protocol in lower case.
 */
export const normalizeExpose: Transform = {
  name: 'normalize-expose',
  summary: 'Writes EXPOSE without host ports and with the protocol in lower case',
  category: 'correctness',
  related: [
    'buildkit:ExposeInvalidFormat',
    'buildkit:ExposeProtoCasing',
    'tally:buildkit/ExposeInvalidFormat',
    'tally:buildkit/ExposeProtoCasing',
  ],
  needsInstruction: ['EXPOSE'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const outer of dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      if (instruction.keyword !== 'EXPOSE') continue;
      for (const word of instruction.words) {
        const port = withoutHost(word.text).replace(/\/(?:tcp|udp|sctp)$/i, (protocol) => protocol.toLowerCase());
        if (port === word.text) continue;
        const span = instruction.sourceSpan(word);
        const message =
          port.length < word.text.length
            ? `\`${word.text}\` names a port of the host, which an image cannot publish`
            : `the protocol of \`${word.text}\` is not in lower case`;
        if (!instruction.logical.isContiguous(word)) {
          yield declined(span, message, 'not-one-place', 'a line continuation cuts it');
          continue;
        }
        yield fixed(span, message, {
          edits: [replacement(span, port)],
          applicability: 'safe',
          checked: [`the image stores ${port}`],
          removes: [word.text],
          // The host's side is no part of what the image stores; our comparison takes the words as they are.
          configChanges: outer === instruction ? ['expose'] : ['onbuild'],
        });
      }
    }
  },
};

/** What stands behind the last colon of `host:container`; a colon in `${PORT:-80}` is none. */
function withoutHost(text: string): string {
  const container = /:((?:\d[\d-]*|\$\w+|\$\{\w+\})(?:\/[a-z]+)?)$/i.exec(text)?.[1];
  return container ?? text;
}
