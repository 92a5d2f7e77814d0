import { type Diagnostic, reported, type Transform } from './transform.js';

/** Docker's guidelines: lower-case letters, digits, periods and hyphens, which neither start, end nor repeat. */
const KEY = /^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/;

/** What Docker keeps for its own use. */
const RESERVED = /^(?:com\.docker|io\.docker|org\.dockerproject)\./;

/**
 * Reports keys of labels that do not follow Docker's guidelines: they go in lower case, with periods and hyphens
 * between their words, and three namespaces are Docker's own.
 *
 * Safe because it changes nothing: whatever reads the label knows it by its key.
 */
export const reportLabelKeys: Transform = {
  name: 'report-label-keys',
  summary: "Reports label keys that are against Docker's guidelines",
  category: 'style',
  related: ['hadolint:DL3048'],
  reportsOnly: true,
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const outer of dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      if (instruction.keyword !== 'LABEL') continue;
      for (const pair of instruction.pairs) {
        const key = pair.name.replace(/["']/g, '');
        if (key.includes('$')) continue;
        const span = instruction.sourceSpan(pair.nameSpan);
        if (RESERVED.test(key)) {
          yield reported(span, `\`${key}\` is in a namespace that Docker keeps for itself`, 'Use a domain of your own');
        } else if (!KEY.test(key)) {
          const message = `\`${key}\` is not made of lower-case words with periods or hyphens between them`;
          yield reported(span, message, 'Rename it together with whatever reads it');
        }
      }
    }
  },
};
