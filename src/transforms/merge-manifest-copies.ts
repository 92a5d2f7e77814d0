import { isGlob } from '../dockerfile/glob.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { nextLineAt } from '../text/line-endings.js';
import { deletion, type Edit, insertion, replacement } from '../text/edit.js';
import { baseName } from '../text/path.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/** Files that say what is installed, by their usual names. */
const MANIFEST =
  /^(?:package(?:-lock|\*)?\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-(?:lock|workspace)\.yaml|bun\.lockb?|\.npmrc|\.yarnrc(?:\.yml)?|requirements[\w.-]*\.txt|constraints\.txt|setup\.(?:py|cfg)|pyproject\.toml|(?:poetry|uv|pdm)\.lock|Pipfile(?:\.lock)?|go\.(?:mod|sum|work)|Cargo\.(?:toml|lock)|rust-toolchain(?:\.toml)?|pom\.xml|(?:build|settings)\.gradle(?:\.kts)?|gradle\.properties|gradlew|mvnw|composer\.(?:json|lock)|Gemfile(?:\.lock)?|mix\.(?:exs|lock)|global\.json|[Nn]u[Gg]et\.[Cc]onfig|Directory\.[\w.]+\.props)\*?$/;

/** Two lines that follow each other. */
const TWO_COPIES = /^[ \t]*COPY[ \t][^\n]*\n[ \t]*COPY[ \t]/im;

const MAX_COLUMNS = 100;

/** A COPY of manifests into a folder, which keep their names. */
interface ManifestCopy {
  readonly instruction: Instruction;
  readonly sources: readonly string[];
  /** As it is written, with a slash at its end. */
  readonly folder: string;
}

/**
 * Copies manifests that go to the same folder in one COPY. Each COPY is a layer and a step of its own, and they change
 * together.
 *
 * Safe because the same files come to the same places, with the same owner and mode, and nothing runs in between.
 */
export const mergeManifestCopies: Transform = {
  name: 'merge-manifest-copies',
  summary: 'Copies manifests that go to the same folder in one COPY',
  category: 'cache',
  related: [],
  needsInstruction: ['COPY'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    if (dockerfile.all('COPY').length < 2 || !TWO_COPIES.test(dockerfile.text)) return;
    let run: ManifestCopy[] = [];
    for (const instruction of dockerfile.instructions) {
      const copy = manifestCopyOf(instruction);
      const last = run[run.length - 1];
      if (copy !== undefined && last !== undefined && follows(dockerfile, last, copy)) {
        run.push(copy);
        continue;
      }
      yield* checkRun(dockerfile, run);
      run = copy === undefined ? [] : [copy];
    }
    yield* checkRun(dockerfile, run);
  },
};

function manifestCopyOf(instruction: Instruction): ManifestCopy | undefined {
  const { keyword, words, heredocs, source } = instruction;
  if (keyword !== 'COPY' || heredocs.length > 0 || instruction.exec !== undefined) return undefined;
  if (source.startLine !== source.endLine || instruction.flag('from') !== undefined) return undefined;
  const sources = words.slice(0, -1).map(({ text }) => text);
  const destination = words[words.length - 1]?.text;
  if (destination === undefined || !sources.every((text) => MANIFEST.test(baseName(text)))) return undefined;
  const folder = folderOf(sources, destination);
  return folder === undefined ? undefined : { instruction, sources, folder };
}

/** The folder that files go to under their own names; undefined where one gets another. */
function folderOf(sources: readonly string[], destination: string): string | undefined {
  if (/(?:^|\/)\.$/.test(destination)) return `${destination}/`;
  if (destination.endsWith('/')) return destination;
  const [only, more] = sources;
  if (only === undefined || more !== undefined || isGlob(only) || baseName(destination) !== baseName(only))
    return undefined;
  const folder = destination.slice(0, destination.lastIndexOf('/') + 1);
  return folder === '' ? './' : folder;
}

/** Whether a copy stands on the next line, and puts files of other names to the same place in the same way. */
function follows({ text }: Dockerfile, last: ManifestCopy, copy: ManifestCopy): boolean {
  const flagsOf = ({ instruction }: ManifestCopy): string => instruction.flags.map((flag) => flag.text).join(' ');
  const names = new Set(last.sources.map(baseName));
  return (
    nextLineAt(text, last.instruction.span.end) === copy.instruction.span.start &&
    last.folder.replace(/^\.\//, '') === copy.folder.replace(/^\.\//, '') &&
    flagsOf(last) === flagsOf(copy) &&
    !copy.sources.some((source) => names.has(baseName(source)))
  );
}

function* checkRun({ text }: Dockerfile, run: readonly ManifestCopy[]): Iterable<Diagnostic> {
  const [first, ...others] = run;
  const last = first?.instruction.words[first.instruction.words.length - 1];
  if (first === undefined || last === undefined || others.length === 0) return;
  const added = others.flatMap(({ sources }) => sources);
  const names = [...first.sources, ...added];
  if (new Set(names.map(baseName)).size < names.length) return;
  const place = first.instruction.sourceSpan(last);
  const { span } = first.instruction;
  if (span.end - span.start + added.join(' ').length + first.folder.length > MAX_COLUMNS) return;
  const { text: destination } = last;
  const joined: Edit =
    destination === first.folder
      ? insertion(place.start, `${added.join(' ')} `)
      : replacement(place, `${added.join(' ')} ${first.folder}`);
  const gone = others.map(({ instruction }) =>
    deletion({ start: instruction.span.start, end: nextLineAt(text, instruction.span.end) }),
  );
  yield fixed(place, `${run.length} COPY bring ${names.join(', ')} to the same folder`, {
    edits: [joined, ...gone],
    applicability: 'safe',
    checked: ['the files keep their places, names and owners'],
    removes: [
      destination,
      ...others.flatMap(({ instruction }) => [
        instruction.keywordText,
        ...instruction.flags.map((flag) => instruction.logical.slice(flag)),
        instruction.words[instruction.words.length - 1]?.text ?? '',
      ]),
    ],
  });
}
