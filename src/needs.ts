import type { Subject, Transform } from './transforms/transform.js';

/**
 * Whether a file has what a transform needs to find anything: a look at an index of the file, where asking the
 * transform would make it go through all instructions.
 */
export function mayFind(
  { needsInstruction, needsProgram }: Pick<Transform, 'needsInstruction' | 'needsProgram'>,
  { dockerfile, analysis }: Pick<Subject, 'dockerfile' | 'analysis'>,
): boolean {
  if (needsInstruction !== undefined && !hasAny(dockerfile.keywords, needsInstruction)) return false;
  return needsProgram === undefined || hasAny(analysis.programs, needsProgram);
}

function hasAny<T>(set: ReadonlySet<T>, wanted: readonly T[]): boolean {
  for (const one of wanted) if (set.has(one)) return true;
  return false;
}
