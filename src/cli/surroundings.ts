import type { BuildContext } from '../context/build-context.js';
import { mayNameTargets } from './builds/may-name-targets.js';
import type { ProcessOptions } from './process-file.js';

/** What the neighbourhood of a file says of the builds that it is for. */
export interface Surroundings {
  /** The folders that they are given. */
  readonly contexts: readonly BuildContext[];
  /** The stages that they name. */
  readonly targets: readonly string[];
}

/** Of a file whose neighbourhood nobody looks at. */
export const NO_SURROUNDINGS: Surroundings = { contexts: [], targets: [] };

/** What a file without such an instruction copies is nothing. */
const COPIES = /^[ \t]*(?:ONBUILD[ \t]+)?(?:COPY|ADD)[ \t]/im;

/**
 * What is known of the builds of a file: the contexts only where a transform would look at them, and nothing in a run
 * that does without.
 */
export async function surroundingsOf(
  path: string,
  text: string,
  { selection, context }: ProcessOptions,
): Promise<Surroundings> {
  if (context === false) return NO_SURROUNDINGS;
  const usesContext = COPIES.test(text) && selection.transforms.some((transform) => transform.usesContext === true);
  // Who looks for a context reads what is declared anyway.
  const mayHaveTargets = (usesContext && context === undefined) || mayNameTargets(path);
  if (!usesContext && !mayHaveTargets) return NO_SURROUNDINGS;
  const { buildsOf, findContexts, givenContext, targetsOf } = await import('./find-contexts.js');
  const builds = mayHaveTargets ? buildsOf(path) : [];
  const contexts = context === undefined ? () => findContexts(path, text, builds) : () => givenContext(context, path);
  return { contexts: usesContext ? contexts() : [], targets: targetsOf(builds) };
}
