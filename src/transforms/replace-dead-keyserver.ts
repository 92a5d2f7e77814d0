import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { replacement } from '../text/edit.js';
import { type Span, spansOverlap } from '../text/span.js';
import { wordAround } from '../text/word.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

const SERVER = 'keyserver.ubuntu.com';

/** A host of the pools, not the certificate of that name. */
const POOL = /(?<![\w.-])(?:[\w-]+\.)*sks-keyservers\.net(?![\w-]|\.\w)/g;

/**
 * Asks keyserver.ubuntu.com for keys instead of the pools of sks-keyservers.net, which were switched off in June 2021:
 * the name has no address any more, so that each build fails or waits for it in vain.
 *
 * Unsafe because another server is asked, which may not have the key; gpg checks what it gets by its fingerprint. It
 * is not keys.openpgp.org, since that one hands out most keys without a user id, and gpg imports none of those.
 */
export const replaceDeadKeyserver: Transform = {
  name: 'replace-dead-keyserver',
  summary: 'Replaces the key servers of sks-keyservers.net, which are gone',
  category: 'correctness',
  related: ['parfum:gpgUseHaPools'],
  onlyUnsafe: true,
  *check({ dockerfile }): Iterable<Diagnostic> {
    if (!dockerfile.text.includes('sks-keyservers.net')) return;
    for (const outer of dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      if (instruction.keyword === 'RUN') yield* checkRun(dockerfile, instruction, instruction !== outer);
    }
  },
};

function* checkRun(dockerfile: Dockerfile, run: Instruction, isTrigger: boolean): Iterable<Diagnostic> {
  const text = dockerfile.text.slice(run.span.start, run.span.end);
  for (const match of text.matchAll(POOL)) {
    const [host] = match;
    const start = run.span.start + match.index;
    const span: Span = { start, end: start + host.length };
    if (run.source.innerComments.some((comment) => spansOverlap(comment, span))) continue;
    const message = `\`${host}\` was switched off in 2021`;
    if (text.includes(SERVER)) {
      yield declined(span, message, 'not-alone', `the RUN asks ${SERVER} anyway: the other one can go`);
    } else if (/ca-cert-file|netCA/.test(text)) {
      yield declined(span, message, 'not-alone', 'the RUN names the certificate of the pool, too');
    } else {
      yield fixed(span, message, {
        edits: [replacement(span, SERVER)],
        applicability: 'unsafe',
        checked: [`assumes that ${SERVER} has the key`],
        removes: [wordAround(text, match.index)],
        configChanges: isTrigger ? ['onbuild'] : [],
      });
    }
  }
}
