import { demandOf, missingPatterns, otherDemands } from '../analysis/ignore-patterns.js';
import type { BuildContext } from '../context/build-context.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { type Diagnostic, type Transform, written } from './transform.js';

/** How many files the message names that are no longer copied. */
const MAX_NAMES = 6;

/**
 * Creates or completes `.dockerignore`, where a COPY takes the whole build context. Without it the history of git,
 * installed packages of the machine, secrets and editor files go into the image, and each of them that changes repeats
 * the steps behind the COPY.
 *
 * Safe where nothing that is copied today is left out. Unsafe elsewhere, and the files are named. What a COPY, ADD or
 * bind mount of any Dockerfile in the context names is never left out, nor is a folder of packages that some build
 * does not install itself.
 */
export const writeDockerignore: Transform = {
  name: 'write-dockerignore',
  summary: 'Creates or completes .dockerignore',
  category: 'cache',
  related: [
    'hadolint:DL4007',
    'dockle:DKL-LI-0003',
    'dockerfile-doctor:DD070',
    'dockerfile-doctor:DD052',
    'dockerfile-doctor:DD053',
    'dockerfile-roast:DF007',
    'dockerfile-roast:DF033',
  ],
  usesContext: true,
  imageChanges: ['fewer-files'],
  needsInstruction: ['COPY', 'ADD'],
  *check({ dockerfile, analysis, contexts }): Iterable<Diagnostic> {
    if (contexts.length === 0) return;
    const copy = dockerfile.instructions.find(isCopyOfAll);
    if (copy === undefined) return;
    const own = demandOf(analysis);
    if (!own.copiesAll) return;
    for (const context of contexts) {
      const { ignoreFile } = context;
      if (ignoreFile === undefined) continue;
      const demands = [own, ...otherDemands(context, dockerfile)];
      const lines = missingPatterns(context, demands, (pattern, path) => context.matches(pattern, path));
      if (lines.length === 0) continue;
      const left = filesLeftOut(context, lines);
      const span = copy.sourceSpan(copy.argumentsSpan);
      const text = `${copy.keywordText} ${copy.argumentsText}`;
      const message =
        ignoreFile.text === undefined
          ? `\`${text}\` copies all of the build context, and no .dockerignore leaves anything out`
          : `\`${text}\` copies all of the build context but for what .dockerignore names`;
      yield written(span, message, {
        path: ignoreFile.path,
        before: ignoreFile.text,
        adds: lines,
        applicability: left.length === 0 ? 'safe' : 'unsafe',
        checked: [
          left.length === 0 ? 'nothing that is copied today is left out' : `no longer copied: ${namesOf(left)}`,
        ],
      });
    }
  },
};

function isCopyOfAll({ keyword, words, flags }: Instruction): boolean {
  if ((keyword !== 'COPY' && keyword !== 'ADD') || flags.some(({ name }) => name === 'from')) return false;
  return words.slice(0, -1).some(({ text }) => /^(?:\.?\/?|\.?\/?\*)$/.test(text));
}

function filesLeftOut(context: BuildContext, lines: readonly string[]): readonly string[] {
  const patterns = lines.join('\n');
  return context.files.filter(({ path }) => context.matches(patterns, path)).map(({ path }) => path);
}

/** A few paths; what lies in a folder stands together. */
function namesOf(paths: readonly string[]): string {
  const names = [...new Set(paths.map((path) => path.replace(/^(\.git|(?:.*\/)?node_modules)\/.*$/, '$1')))];
  const more = names.length - MAX_NAMES;
  return more > 0 ? `${names.slice(0, MAX_NAMES).join(', ')} and ${more} more` : names.join(', ');
}
