import { bareName } from '../dockerfile/arguments.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { replacement } from '../text/edit.js';
import { type Diagnostic, fixed, reported, type Transform } from './transform.js';

/** Docker's guidelines: lower-case letters, digits, periods and hyphens, which neither start, end nor repeat. */
const KEY = /^[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/;

/** What Docker keeps for its own use. */
const RESERVED = /^(?:com\.docker|io\.docker|org\.dockerproject)\./;

/** Keys that `podman container runlabel` and `atomic` look for. */
const READ_BY_TOOLS = /^(?:RUN|INSTALL|UNINSTALL|STOP|UPGRADE|UPDATE|DEBUG)$/;

/**
 * Writes the keys of labels as Docker's guidelines ask for: in lower case, with single periods and hyphens between
 * their words. A key with a period belongs to whoever has that domain, and is only freed of periods and hyphens too many.
 *
 * Unsafe because whatever reads the label knows it by its key.
 */
export const normalizeLabelKeys: Transform = {
  name: 'normalize-label-keys',
  summary: "Writes label keys as Docker's guidelines ask for",
  category: 'style',
  related: ['hadolint:DL3048'],
  onlyUnsafe: true,
  needsInstruction: ['LABEL'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    let keys: ReadonlySet<string> | undefined;
    /** The keys that were renamed, by their new names: two must not become one. */
    const renamed = new Map<string, string>();
    for (const outer of dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      if (instruction.keyword !== 'LABEL') continue;
      for (const pair of instruction.pairs) {
        const key = bareName(pair);
        const span = instruction.sourceSpan(pair.nameSpan);
        if (RESERVED.test(key)) {
          yield reported(span, `\`${key}\` is in a namespace that Docker keeps for itself`, 'Use a domain of your own');
          continue;
        }
        if (KEY.test(key)) continue;
        const isDynamic = key.includes('$');
        const message = isDynamic
          ? `\`${key}\` is a key that a variable decides about`
          : `\`${key}\` is not made of lower-case words with periods or hyphens between them`;
        keys ??= keysOf(dockerfile);
        const better = isDynamic ? undefined : normalized(key);
        const isPlain = pair.name === key && instruction.logical.isContiguous(pair.nameSpan);
        if (better === undefined || keys.has(better) || (renamed.get(better) ?? key) !== key || !isPlain) {
          yield reported(span, message, 'Rename it together with whatever reads it');
          continue;
        }
        renamed.set(better, key);
        yield fixed(span, message, {
          edits: [replacement(span, better)],
          applicability: 'unsafe',
          checked: [`whatever reads \`${key}\` has to look for \`${better}\``],
          removes: [instruction.logical.slice(pair)],
          configChanges: outer === instruction ? ['labels'] : ['onbuild'],
        });
      }
    }
  },
};

/** The key that was meant; undefined where only a person can tell. */
function normalized(key: string): string | undefined {
  if (READ_BY_TOOLS.test(key)) return undefined;
  const words = key.includes('.')
    ? key
    : key
        .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
        .replace(/[\s_]+/g, '-')
        .toLowerCase();
  const trimmed = words.replace(/([.-])[.-]+/g, '$1').replace(/^[.-]+|[.-]+$/g, '');
  return KEY.test(trimmed) ? trimmed : undefined;
}

/** All keys of a file as they are. */
function keysOf({ instructions }: Dockerfile): ReadonlySet<string> {
  const labels = instructions
    .map((outer): Instruction => outer.trigger ?? outer)
    .filter(({ keyword }) => keyword === 'LABEL');
  return new Set(labels.flatMap(({ pairs }) => pairs.map(bareName)));
}
