import { startCommandOf } from '../analysis/start-command.js';
import { replacement } from '../text/edit.js';
import { indentationAt, lineEndingAt } from '../text/line-endings.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Splits a CMD in exec form into an ENTRYPOINT that is the program, and a CMD that is its arguments: `docker run image
 * --help` then changes the arguments alone.
 *
 * Unsafe because `docker run image sh` no longer starts a shell. Only by name, since it is a matter of what an image is
 * for.
 */
export const splitEntrypoint: Transform = {
  name: 'split-entrypoint',
  summary: 'Makes the program of CMD the ENTRYPOINT, with its arguments as CMD',
  category: 'style',
  related: ['dockerfile-roast:DF017', 'dockerfile-roast:DF036'],
  onlyUnsafe: true,
  onlyNamed: true,
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    const stage = dockerfile.finalStage;
    const [only, more] = startCommandOf(analysis)?.instructions ?? [];
    if (stage === undefined || only?.keyword !== 'CMD' || more !== undefined || stage.base.kind === 'stage') return;
    // The entrypoint of a base image looks at its arguments.
    if (analysis.baseOf(stage).entrypoint !== 'none') return;
    const [program, ...args] = only.exec?.map(({ value }) => value) ?? [];
    if (program === undefined || args.length === 0 || /(?:^|\/)(?:ba|a|da)?sh$/.test(program)) return;
    const { span } = only;
    const list = (words: readonly string[]): string => `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
    const newline = lineEndingAt(dockerfile.text, span.start);
    const lines = [`${only.cased('ENTRYPOINT')} ${list([program])}`, `${only.cased('CMD')} ${list(args)}`];
    yield fixed(only.sourceSpan(only.argumentsSpan), `the program and its arguments are one CMD`, {
      edits: [replacement(span, lines.join(`${newline}${indentationAt(dockerfile.text, span.start)}`))],
      applicability: 'unsafe',
      checked: ['look who starts another program in the image, such as a shell'],
      removes: only.exec?.map(({ value }) => JSON.stringify(value)) ?? [],
      configChanges: ['entrypoint', 'cmd'],
      isOptional: true,
    });
  },
};
