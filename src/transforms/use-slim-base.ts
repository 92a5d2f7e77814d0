import { alpineBaseOf } from '../analysis/alpine-base.js';
import { slimBaseOf } from '../analysis/slim-base.js';
import { insertLinesBehind } from '../dockerfile/block.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { type Edit, replacement } from '../text/edit.js';
import { indentationAt } from '../text/line-endings.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Starts the final stage from the small variant of its image: of the same version and release, so that the C library
 * stays the same. A development kit of Java becomes the runtime, and the images of openjdk, which nobody makes any
 * more, become those of Eclipse Temurin.
 *
 * Unsafe because the final image changes on purpose. What the stage and the container use and the small image lacks is
 * installed; where a compiler may be needed, the fix holds back.
 */
export const useSlimBase: Transform = {
  name: 'use-slim-base',
  summary: 'Starts the final stage from the small variant of its image',
  category: 'size',
  related: ['dockerfile-doctor:DD018'],
  onlyUnsafe: true,
  usesContext: true,
  params: [
    {
      name: 'variant',
      summary:
        'the variant that takes the place of the small one of the distribution: alpine, which has another C library',
      values: /^alpine$/,
    },
  ],
  imageChanges: ['base', 'packages'],
  *check({ dockerfile, analysis, contexts, params }): Iterable<Diagnostic> {
    const stage = dockerfile.finalStage;
    if (stage === undefined || dockerfile.escape === '`') return;
    const isAlpine = params.get('variant') === 'alpine';
    const slim =
      (isAlpine ? alpineBaseOf(analysis, stage, contexts) : undefined) ?? slimBaseOf(analysis, stage, contexts);
    if (slim === undefined) return;
    const span = stage.from.sourceSpan(stage.imageWord);
    const message = messageOf(stage.imageWord.text);
    if ('reason' in slim) {
      yield declined(span, message, slim.reason, slim.detail);
      return;
    }
    yield fixed(span, message, {
      edits: [replacement(span, slim.image), ...install(dockerfile, slim.packages, /alpine$/.test(slim.image))],
      applicability: 'unsafe',
      checked: [
        `${slim.image} takes its place`,
        ...slim.notes,
        ...(slim.packages.length === 0 ? [] : [`it gets ${slim.packages.join(', ')}`]),
        'look whether the process uses other programs or libraries of the system',
      ],
      removes: [stage.imageWord.text],
      configChanges: ['base'],
    });
  },
};

function messageOf(image: string): string {
  if (/^(?:docker\.io\/)?(?:library\/)?(?:openjdk|java)\b/.test(image))
    return `nobody makes the images of \`${image}\` any more, and they get no fixes`;
  if (/temurin/.test(image)) return `\`${image}\` is a development kit, of which a process needs the runtime`;
  if (/^(?:docker\.io\/)?(?:library\/)?debian\b/.test(image))
    return `\`${image}\` brings manuals and translations that no process reads`;
  return `\`${image}\` brings compilers, headers and tools that no process needs`;
}

/** A RUN below FROM that installs what the larger image brought. */
function install(dockerfile: Dockerfile, packages: readonly string[], isAlpine: boolean): readonly Edit[] {
  const from = dockerfile.finalStage?.from;
  if (from === undefined || packages.length === 0) return [];
  const indentation = indentationAt(dockerfile.text, from.span.start);
  const run = from.cased('RUN');
  const { escape } = dockerfile;
  const lines = isAlpine
    ? [`${run} apk add --no-cache ${packages.join(' ')}`]
    : [
        `${run} apt-get update ${escape}`,
        `    && apt-get install -y --no-install-recommends ${packages.join(' ')} ${escape}`,
        '    && rm -rf /var/lib/apt/lists/*',
      ];
  return [
    insertLinesBehind(
      dockerfile,
      from,
      lines.map((line) => indentation + line),
      { before: false, behind: false },
    ),
  ];
}
