import type { Analysis } from '../analysis/analysis.js';
import { frontendSupport } from '../analysis/frontend.js';
import { isPlaceholder, isSecretName } from '../analysis/secrets.js';
import { isRoot } from '../analysis/state.js';
import type { Pair } from '../dockerfile/arguments.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { removeUncommented } from '../dockerfile/removal.js';
import { type Stage, startsFrom } from '../dockerfile/stage.js';
import { insertBeforeScript } from '../shell/script-edits.js';
import { type Edit, insertion } from '../text/edit.js';
import { declined, type Diagnostic, fixed, reported, type Transform } from './transform.js';

/** The version 1.x of docker/dockerfile since which a secret may become a variable. */
const SECRET_AS_VARIABLE = 10;

/** Installations that read a token of a registry from the environment. */
const READERS: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:NPM|NODE_AUTH|YARN)_\w*TOKEN$|^NPM_TOKEN$/i, /\b(?:npm|yarn|pnpm|npx)\b/],
  [/^(?:PIP|UV|POETRY)_\w+$/i, /\b(?:pip3?|uv|poetry)\b/],
  [/^COMPOSER_AUTH$/, /\bcomposer\b/],
  [/^BUNDLE_\w+$/, /\bbundle\b/],
  [/^CARGO_\w+TOKEN$/, /\bcargo\b/],
];

/**
 * Gives a secret that a build argument holds to the RUNs that read it as a mount, so that it is neither in the history
 * of the image nor in a layer.
 *
 * Where `# syntax=` asks for the frontend 1.10 or later the mount is a variable, else a file that the script reads: with
 * an older builder a variable ends the build.
 *
 * Unsafe because the command that builds has to hand the secret over in another way. A value that was committed has to
 * be changed in any case.
 */
export const useSecretMounts: Transform = {
  name: 'use-secret-mounts',
  summary: 'Gives secrets to the RUNs that read them as mounts, not as build arguments',
  category: 'security',
  related: [
    'hadolint:DL3064',
    'buildkit:SecretsUsedInArgOrEnv',
    'trivy:DS-0031',
    'semgrep:secret-in-build-arg',
    'dockle:CIS-DI-0010',
    'tally:buildkit/SecretsUsedInArgOrEnv',
    'tally:require-secret-mounts',
    'tally:secrets-in-code',
    'tally:ruby/secrets-in-arg-or-env',
    'dockerfile-doctor:DD020',
    'dockerfile-roast:DF013',
    'dockerfile-roast:DF014',
    'kics:secrets',
    'kics:env_instruction_has_secret',
  ],
  onlyUnsafe: true,
  imageChanges: ['fewer-files'],
  needsInstruction: ['ARG', 'ENV'],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    // Windows has no such mounts.
    if (dockerfile.escape === '`') return;
    for (const instruction of dockerfile.instructions) {
      if (instruction.keyword === 'FROM') break;
      if (instruction.keyword === 'ARG') yield* checkGlobalArgument(dockerfile, analysis, instruction);
    }
    for (const stage of dockerfile.stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword === 'ARG') yield* checkArgument(dockerfile, analysis, stage, instruction);
        else if (instruction.keyword === 'ENV') yield* checkVariables(instruction);
      }
    }
  },
};

/** ENV is for the container: only a person knows how it gets its secrets. */
function* checkVariables(instruction: Instruction): Iterable<Diagnostic> {
  for (const { name, value, start, end } of instruction.pairs) {
    if (!isSecretName(name) || value.includes('$') || isPlaceholder(value)) continue;
    yield reported(
      instruction.sourceSpan({ start, end }),
      `\`${name}\` holds a secret that everybody who has the image can read`,
      `Give it to the container when it starts, with --env-file or a secret of the orchestrator, and change the value that was committed.`,
    );
  }
}

/** An argument above the first FROM reaches nothing but the FROM lines and the stages that declare it again. */
function* checkGlobalArgument(dockerfile: Dockerfile, analysis: Analysis, argument: Instruction): Iterable<Diagnostic> {
  const [pair, more] = argument.pairs;
  if (pair === undefined || more !== undefined || !isSecretName(pair.name)) return;
  const uses = new RegExp(`\\b${pair.name}\\b`);
  const isUsed = dockerfile.instructions.some(
    (other) =>
      other !== argument && (other.keyword === 'FROM' || other.keyword === 'ARG') && uses.test(analysis.rawText(other)),
  );
  if (!isUsed) yield* dropUnused(dockerfile, argument, pair);
}

/** A declaration that nothing can read. */
function* dropUnused(dockerfile: Dockerfile, argument: Instruction, { name }: Pair): Iterable<Diagnostic> {
  const span = argument.sourceSpan(argument.argumentsSpan);
  const message = `\`${name}\` is a secret that nothing reads`;
  const removal = removeUncommented(dockerfile, argument);
  if (removal === undefined) {
    yield declined(span, message, 'comment-in-the-way', 'a comment stands above it');
    return;
  }
  yield fixed(span, message, {
    edits: [removal],
    applicability: 'unsafe',
    checked: [`build without \`--build-arg ${name}\``],
    removes: [argument.keywordText, argument.argumentsText],
  });
}

function* checkArgument(
  dockerfile: Dockerfile,
  analysis: Analysis,
  stage: Stage,
  argument: Instruction,
): Iterable<Diagnostic> {
  const pair = argument.pairs.find(({ name }) => isSecretName(name));
  if (pair === undefined) return;
  const { name } = pair;
  const span = argument.sourceSpan(argument.argumentsSpan);
  const message = `\`${name}\` is a secret that the history of the image keeps`;
  if (argument.pairs.length > 1) {
    yield declined(span, message, 'not-alone', 'the instruction declares other arguments, too');
    return;
  }
  const later = stage.instructions.filter(({ index }) => index > argument.index);
  const uses = new RegExp(`\\$\\{?${name}\\b`);
  // A stage that starts from this one has its arguments, too.
  const below = dockerfile.stages
    .filter((one) => one !== stage && startsFrom(one, stage))
    .flatMap((one) => one.instructions);
  const other = [...later, ...below].find(
    (one) => (one.keyword !== 'RUN' || below.includes(one)) && uses.test(analysis.rawText(one)),
  );
  if (other !== undefined) {
    const detail =
      other.keyword === 'ENV'
        ? `line ${other.source.startLine} keeps it in the image for the container: give it to that when it starts`
        : `line ${other.source.startLine} needs it as an argument`;
    yield declined(span, message, 'later-use', detail);
    return;
  }
  const runs = readersOf(analysis, later, name, uses);
  if (runs.length === 0 && ![...later, ...below].some(({ keyword }) => keyword === 'RUN' || keyword === 'ONBUILD')) {
    yield* dropUnused(dockerfile, argument, pair);
    return;
  }
  if (runs.length === 0) {
    yield declined(span, message, 'dynamic-value', 'nobody can tell which RUN reads it');
    return;
  }
  const support = frontendSupport(dockerfile, SECRET_AS_VARIABLE);
  const given = runs.map((run) => secretFor(dockerfile, analysis, run, name, support === 'proven'));
  const isVariable = given.includes(undefined);
  if (isVariable && support === 'missing') {
    yield declined(
      span,
      message,
      'frontend-version',
      'the frontend that `# syntax=` asks for makes no variables of secrets',
    );
    return;
  }
  const removal = removeUncommented(dockerfile, argument);
  if (removal === undefined) {
    yield declined(span, message, 'comment-in-the-way', 'a comment stands above it');
    return;
  }
  const edits: Edit[] = [removal];
  for (const [index, run] of runs.entries()) {
    const { end } = run.sourceSpan(run.keywordSpan);
    edits.push(...(given[index] ?? [insertion(end, ` --mount=type=secret,id=${name},env=${name}`)]));
  }
  const isCommitted = pair.hasEquals && !pair.value.includes('$') && !isPlaceholder(pair.value);
  yield fixed(span, message, {
    edits,
    applicability: 'unsafe',
    checked: [
      `build with \`--secret id=${name},env=${name}\` instead of \`--build-arg ${name}\``,
      isVariable ? 'needs BuildKit, with the frontend 1.10 or later' : 'needs BuildKit, or podman',
      ...(isCommitted ? ['change the value: it was committed'] : []),
    ],
    removes: [argument.keywordText, argument.argumentsText],
  });
}

/**
 * Gives a RUN its secret as a file that the script reads, which every builder with mounts can do. Undefined where the
 * builder is known to make a variable of it, or there is no script that could read a file.
 */
function secretFor(
  dockerfile: Dockerfile,
  analysis: Analysis,
  run: Instruction,
  name: string,
  hasVariables: boolean,
): readonly Edit[] | undefined {
  const body = analysis.body(run);
  const { shell, user } = analysis.stateBefore(run);
  if (hasVariables || body === undefined || shell.kind !== 'posix') return undefined;
  // The file is root's alone unless a mode says otherwise.
  const mode = isRoot(user) ? '' : ',mode=0444';
  // Without the secret the variable is empty, as the argument was.
  const command = `export ${name}="$(cat /run/secrets/${name} || true)"`;
  return insertBeforeScript(dockerfile, body, [`--mount=type=secret,id=${name}${mode}`], [command]);
}

/** The RUNs that name a variable, else those whose programs read it from the environment. */
function readersOf(
  analysis: Analysis,
  later: readonly Instruction[],
  name: string,
  uses: RegExp,
): readonly Instruction[] {
  const runs = later.filter(({ keyword }) => keyword === 'RUN');
  const named = runs.filter(
    (run) => uses.test(analysis.rawText(run)) || new RegExp(`\\b${name}\\b`).test(analysis.rawText(run)),
  );
  const readers = READERS.find(([names]) => names.test(name))?.[1];
  const reading = readers === undefined ? [] : runs.filter((run) => readers.test(analysis.rawText(run)));
  return runs.filter((run) => named.includes(run) || reading.includes(run));
}
