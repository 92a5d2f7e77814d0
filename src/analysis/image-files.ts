import type { BuildContext } from '../context/build-context.js';
import { copySourcesOf } from '../dockerfile/copy-source.js';
import { globExpression, isGlob } from '../dockerfile/glob.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { findCopySource, type Stage } from '../dockerfile/stage.js';
import { expandValue } from '../dockerfile/variables.js';
import { baseName } from '../text/path.js';
import type { Analysis } from './analysis.js';
import { imagePath, imageViewAtEnd, isWithin, workdirAt } from './copies.js';
import { lookupIn } from './state.js';

/**
 * The file of the context that a path of the image is a copy of when a stage ends, through the stages that it was copied
 * from. Undefined where no copy brings it, or nobody can tell. What a RUN writes is not seen.
 */
export function copiedFileAtEnd(
  analysis: Analysis,
  stage: Stage,
  path: string,
  context: BuildContext,
): string | undefined {
  const origin = imageViewAtEnd(analysis, stage, context).origin(path);
  for (const instruction of instructionsOf(stage).reverse()) {
    // Later copies lie over earlier ones.
    if (origin !== undefined && instruction.index < origin.copy.index) break;
    const source = sourceStageOf(analysis, instruction);
    if (source === undefined || source.index >= stage.index) continue;
    for (const candidate of originsIn(analysis, instruction, path)) {
      const file = copiedFileAtEnd(analysis, source, candidate, context);
      if (file !== undefined) return file;
    }
  }
  return origin?.context;
}

/** The instructions of a stage behind those of the stages that it starts from. */
function instructionsOf({ base, instructions }: Stage): Instruction[] {
  return base.kind === 'stage' ? [...instructionsOf(base.stage), ...instructions] : [...instructions];
}

function sourceStageOf({ dockerfile }: Analysis, instruction: Instruction): Stage | undefined {
  const [source] = instruction.keyword === 'COPY' ? copySourcesOf(instruction) : [];
  return source === undefined ? undefined : findCopySource(dockerfile.stages, source.word.text);
}

/** The paths of another stage that a copy may take a path of the image from. */
function originsIn(analysis: Analysis, copy: Instruction, path: string): readonly string[] {
  const state = analysis.stateBefore(copy);
  const words = copy.words.map(({ text }) => expandValue(text, analysis.dockerfile.escape, lookupIn(state)));
  const last = words.pop();
  if (last === undefined) return [];
  const destination = imagePath(workdirAt(analysis, copy), last);
  if (!isWithin(path, destination)) return [];
  const rest = path.slice(destination === '/' ? 1 : destination.length + 1);
  return words.flatMap((word) => {
    if (word === undefined) return [];
    const source = imagePath('/', word);
    if (rest === '') return [source];
    if (!isGlob(source)) return rest === baseName(source) ? [source, `${source}/${rest}`] : [`${source}/${rest}`];
    const found = `${source.slice(0, source.lastIndexOf('/'))}/${rest}`;
    return globExpression(source)?.test(found) === true ? [found] : [];
  });
}
