import { CONFIG_FIELDS } from '../analysis/image-config.js';
import { officialImageName } from '../dockerfile/image-reference.js';
import type { Instruction, Keyword } from '../dockerfile/instruction.js';
import { rootBase, type Stage } from '../dockerfile/stage.js';
import { type VariableReference, variableReferences } from '../dockerfile/variables.js';
import { editDistance } from '../text/edit-distance.js';
import { replacement } from '../text/edit.js';
import type { Span } from '../text/span.js';
import { wordAround } from '../text/word.js';
import { declined, type Diagnostic, fixed, reported, type Transform } from './transform.js';

/** The instructions in which Docker itself expands variables; FROM has a scope of its own. */
const EXPANDING: ReadonlySet<Keyword | undefined> = new Set<Keyword>([
  'ADD',
  'ARG',
  'COPY',
  'ENV',
  'EXPOSE',
  'LABEL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
]);

/** Set by Docker, and by many base images: a name of these is hardly a slip. */
const USUAL =
  /^(?:PATH|(?:ALL|FTP|HTTPS?|NO)_PROXY|LANG|LC_ALL|PGDATA|GOPATH|GOROOT|(?:CARGO|CATALINA|GEM|GRADLE|JAVA|MAVEN|RUSTUP)_HOME|(?:GOLANG|JAVA|NGINX|NODE|PG|PHP|PYTHON|RUBY|YARN)_VERSION)$/i;

/** Images that set no variable but PATH. */
const BARE: ReadonlySet<string | undefined> = new Set(['alpine', 'busybox', 'debian', 'ubuntu']);

/**
 * Corrects the name of a variable that nothing sets, where it is a slip away from one that is set. Docker puts nothing
 * in its place and says so in a warning only: `COPY . $APP_HOEM` copies to the working directory.
 *
 * Unsafe because the base image may set a variable of the other name, and because it changes what is built.
 */
export const correctVariableName: Transform = {
  name: 'correct-variable-name',
  summary: 'Corrects the names of variables that nothing sets',
  category: 'correctness',
  related: ['buildkit:UndefinedVar', 'tally:buildkit/UndefinedVar'],
  onlyUnsafe: true,
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    // On Windows the names of variables have no case, and the system sets many.
    if (dockerfile.escape === '`') return;
    if (!dockerfile.instructions.some((one) => EXPANDING.has(one.keyword) && one.logical.text.includes('$'))) return;
    const everywhere = new Set(dockerfile.instructions.flatMap(namesSetBy));
    for (const stage of dockerfile.stages) {
      if (analysis.baseOf(stage).family === 'windows') continue;
      const scope = new Set(inheritedNames(stage));
      for (const instruction of stage.instructions) {
        if (EXPANDING.has(instruction.keyword))
          yield* checkNames(dockerfile.escape, stage, instruction, scope, everywhere);
        for (const name of namesSetBy(instruction)) scope.add(name);
      }
    }
  },
};

function namesSetBy({ keyword, pairs }: Instruction): readonly string[] {
  return keyword === 'ARG' || keyword === 'ENV' ? pairs.map((pair) => pair.name) : [];
}

/** A stage that starts from another one has its arguments, too. */
function inheritedNames({ base }: Stage): readonly string[] {
  return base.kind === 'stage' ? [...inheritedNames(base.stage), ...base.stage.instructions.flatMap(namesSetBy)] : [];
}

function* checkNames(
  escape: string,
  stage: Stage,
  instruction: Instruction,
  scope: ReadonlySet<string>,
  everywhere: ReadonlySet<string>,
): Iterable<Diagnostic> {
  const { logical } = instruction;
  const own = namesSetBy(instruction);
  for (const reference of variableReferences(logical.text, escape)) {
    const { name, modifier } = reference;
    if (modifier !== '' || scope.has(name) || own.includes(name) || USUAL.test(name)) continue;
    const near = everywhere.has(name) ? [] : [...scope].filter((candidate) => isSlip(name, candidate));
    const place = placeOfName(logical.text, reference);
    const span = instruction.sourceSpan(place);
    const message = `nothing sets \`$${name}\`, so that it is empty`;
    const [candidate] = near;
    if (candidate === undefined || near.length > 1) {
      if (isBare(stage))
        yield reported(span, message, 'Declare it with ARG or ENV in the stage, above the instruction');
    } else if (!logical.isContiguous(place)) {
      yield declined(span, message, 'not-one-place', 'a line continuation cuts the name');
    } else {
      yield fixed(span, message, {
        edits: [replacement(span, candidate)],
        applicability: 'unsafe',
        checked: [`assumes that \`$${candidate}\` is meant, and that the base image sets no \`${name}\``],
        removes: [wordAround(logical.text, place.start)],
        configChanges: CONFIG_FIELDS,
      });
    }
  }
}

function placeOfName(text: string, { start, name }: VariableReference): Span {
  const from = start + (text.charAt(start + 1) === '{' ? 2 : 1);
  return { start: from, end: from + name.length };
}

/** Whether the image that a stage starts from is known to set no variable but PATH. */
function isBare(stage: Stage): boolean {
  const base = rootBase(stage);
  return base.kind === 'scratch' || (base.kind === 'image' && BARE.has(officialImageName(base.image)));
}

/**
 * Whether one name is the other with a slip: in case or underscores, or by one letter in a word of five or more, or
 * by two in one of eight or more. In short words a letter makes another word: UID and GID, HOST and PORT.
 */
function isSlip(name: string, other: string): boolean {
  const [a, b] = [name.toLowerCase(), other.toLowerCase()];
  if (a.replace(/_/g, '') === b.replace(/_/g, '')) return true;
  const [words, others] = [a.split('_'), b.split('_')];
  const different = words.flatMap((word, index) =>
    word === others[index] ? [] : [[word, others[index] ?? ''] as const],
  );
  const [pair] = different;
  if (words.length !== others.length || pair === undefined || different.length > 1) return false;
  const length = Math.min(pair[0].length, pair[1].length);
  // Numbers tell things apart.
  if (pair[0].replace(/\d/g, '') === pair[1].replace(/\d/g, '')) return false;
  return length >= 5 && editDistance(pair[0], pair[1]) <= (length >= 8 ? 2 : 1);
}
