import type { BuildContext } from '../context/build-context.js';
import { copySourcesOf } from '../dockerfile/copy-source.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { findCopySource, type Stage } from '../dockerfile/stage.js';
import type { Analysis } from './analysis.js';
import { placementsOf, readContextCopy, workdirsOf } from './copies.js';
import { mountsOf } from './mounts.js';

/**
 * The instructions that a build runs again when files of the context have changed, with all else the same: a copy of a
 * changed file, whatever comes behind it in its stage, and what is made of that stage. A copy of which nobody knows
 * the files counts as changed.
 */
export function repeatedInstructions(
  analysis: Analysis,
  context: BuildContext,
  changed: ReadonlySet<string>,
): ReadonlySet<Instruction> {
  const { dockerfile } = analysis;
  const repeated = new Set<Instruction>();
  const repeatedStages = new Set<Stage>();
  for (const stage of dockerfile.stages) {
    let isRepeated = stage.base.kind === 'stage' && repeatedStages.has(stage.base.stage);
    const workdirs = workdirsOf(analysis, stage);
    for (const [index, instruction] of stage.instructions.entries()) {
      isRepeated ||= startsWithChange(instruction, workdirs[index] ?? '/');
      if (isRepeated) repeated.add(instruction);
    }
    if (isRepeated) repeatedStages.add(stage);
  }
  return repeated;

  function startsWithChange(instruction: Instruction, workdir: string): boolean {
    const named = copySourcesOf(instruction).map(({ word }) => findCopySource(dockerfile.stages, word.text));
    if (named.some((stage) => stage !== undefined && repeatedStages.has(stage))) return true;
    if (instruction.keyword === 'RUN') {
      return mountsOf(instruction).some(({ type, options }) => {
        const source = (options.get('source') ?? options.get('src') ?? '').replace(/^\.?\//, '');
        if (type !== 'bind' || options.has('from')) return false;
        return [...changed].some((path) => source === '' || path === source || path.startsWith(`${source}/`));
      });
    }
    const copy = readContextCopy(analysis, instruction, workdir);
    if (copy === undefined) return false;
    const placements = copy === 'unknown' ? undefined : placementsOf(copy, context, () => false);
    return placements?.some((placement) => changed.has(placement.context)) ?? true;
  }
}
