import { LABEL_TYPES, labelProblem, type LabelTypeName } from '../analysis/label-types.js';
import { lookupIn } from '../analysis/state.js';
import { bareName, type Pair } from '../dockerfile/arguments.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { findCopySource, type Stage } from '../dockerfile/stage.js';
import { expandValue } from '../dockerfile/variables.js';
import { declined, type Diagnostic, reported, type Subject, type Transform } from './transform.js';

/** The types of values by the keys of labels. */
type Schema = ReadonlyMap<string, LabelTypeName>;

const ENTRY = new RegExp(`[^\\s,:"'$\\\\]+(?::(?:${LABEL_TYPES.join('|')}))?`);

/**
 * Reports labels that are not as a schema asks: one that is missing in an image that is shipped, one whose value is
 * empty or of another kind, and, where the schema is strict, one that it does not name. Silent without a schema, which
 * the `label-schema` of hadolint's configuration sets as well.
 *
 * Safe because nothing is changed: what a label has to say is for a person to know.
 */
export const reportWrongLabels: Transform = {
  name: 'report-wrong-labels',
  summary: 'Reports labels that are not as the schema of labels asks',
  category: 'correctness',
  reportsOnly: true,
  related: [
    'hadolint:DL3049',
    'hadolint:DL3050',
    'hadolint:DL3051',
    'hadolint:DL3052',
    'hadolint:DL3053',
    'hadolint:DL3054',
    'hadolint:DL3055',
    'hadolint:DL3056',
    'hadolint:DL3058',
    'openrewrite:AddOciLabels',
  ],
  params: [
    {
      name: 'schema',
      summary: `the labels of every image, such as maintainer:email,version:semver; the types are ${LABEL_TYPES.join(', ')}`,
      values: new RegExp(`^${ENTRY.source}(?:,${ENTRY.source})*$`),
    },
    { name: 'strict', summary: 'yes: the schema names all labels that there may be', values: /^(?:yes|no)$/ },
  ],
  *check(subject): Iterable<Diagnostic> {
    const schema = readSchema(subject.params.get('schema'));
    const isStrict = subject.params.get('strict') === 'yes';
    if (schema.size === 0 && !isStrict) return;
    yield* missingLabels(subject, schema);
    for (const outer of subject.dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      if (instruction.keyword !== 'LABEL') continue;
      for (const pair of instruction.pairs) {
        const key = bareName(pair);
        const type = schema.get(key);
        if (type !== undefined) yield* checkValue(subject, outer, instruction, pair, type);
        else if (isStrict && !key.includes('$')) {
          const span = instruction.sourceSpan(pair.nameSpan);
          yield reported(span, `\`${key}\` is no label of the schema`, 'Drop it, or add it to the schema');
        }
      }
    }
  },
};

function readSchema(text: string | undefined): Schema {
  const entries = text?.split(',').map((entry): [string, LabelTypeName] => {
    const [key = '', type] = entry.split(':');
    return [key, LABEL_TYPES.find((one) => one === type) ?? 'text'];
  });
  return new Map(entries);
}

/** What the images that are built of a file lack: that of its last stage, and those that builds name. */
function* missingLabels({ dockerfile, targets }: Subject, schema: Schema): Iterable<Diagnostic> {
  const named = targets.map((target) => findCopySource(dockerfile.stages, target));
  for (const stage of new Set([...named, dockerfile.finalStage])) {
    if (stage === undefined) continue;
    const keys = new Set(labelsOf(stage).map(bareName));
    const missing = [...schema.keys()].filter((key) => !keys.has(key));
    if (missing.length === 0) continue;
    const span = stage.from.sourceSpan(stage.imageWord);
    const list = missing.map((key) => `\`${key}\``).join(', ');
    const message = `the image has no ${list}, which the schema of labels asks for`;
    if ([...keys].some((key) => key.includes('$')))
      yield declined(span, message, 'dynamic-value', 'a variable decides about the key of a label');
    else yield reported(span, message, `Write \`LABEL ${missing.map((key) => `${key}=…`).join(' ')}\` in this stage`);
  }
}

/** The labels of a stage, and of those that it starts from. */
function labelsOf({ instructions, base }: Stage): readonly Pair[] {
  const own = instructions.flatMap(({ keyword, pairs }) => (keyword === 'LABEL' ? pairs : []));
  return base.kind === 'stage' ? [...labelsOf(base.stage), ...own] : own;
}

function* checkValue(
  { dockerfile, analysis }: Subject,
  outer: Instruction,
  instruction: Instruction,
  pair: Pair,
  type: LabelTypeName,
): Iterable<Diagnostic> {
  const span = instruction.sourceSpan(pair);
  // The variables of a trigger are those of another file.
  const lookup = outer === instruction ? lookupIn(analysis.stateBefore(outer)) : () => undefined;
  const value = expandValue(pair.value, dockerfile.escape, lookup);
  const key = bareName(pair);
  if (value === undefined) {
    // Any text is as good as another.
    if (type === 'text' || type === 'rawtext') return;
    yield declined(
      span,
      `the schema asks for \`${key}\` as ${type}`,
      'dynamic-value',
      'a build argument decides about it',
    );
    return;
  }
  const wrong = labelProblem(type, value);
  if (wrong !== undefined)
    yield reported(span, `the value of \`${key}\` ${wrong.problem}`, `Write it like \`${wrong.example}\``);
}
