import type { Analysis } from '../analysis/analysis.js';
import { normalizePath } from '../analysis/state.js';
import { withoutQuotes } from '../dockerfile/arguments.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, reported, type Subject, type Transform } from './transform.js';

/**
 * Writes out where COPY puts files in a stage that sets no WORKDIR. A relative destination counts from a folder that
 * only the base image knows, and that another version of it may move.
 *
 * Safe because the folder of the base image is known for each of its published tags: the files come to the same place.
 */
export const makeCopyDestinationAbsolute: Transform = {
  name: 'make-copy-destination-absolute',
  summary: 'Writes out the destination of COPY where no WORKDIR is set',
  category: 'correctness',
  related: ['hadolint:DL3045', 'tally:hadolint/DL3045', 'dockerfile-doctor:DD041', 'dockerfile-roast:DF063'],
  needsInstruction: ['COPY', 'ADD'],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    if (dockerfile.escape === '`') return;
    for (const stage of dockerfile.stages) {
      if (setsWorkdir(stage.base) || analysis.baseOf(stage).family === 'windows') continue;
      for (const instruction of stage.instructions) {
        if (instruction.keyword === 'WORKDIR') break;
        if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue;
        const diagnostic = checkCopy(subject, instruction);
        if (diagnostic !== undefined) yield diagnostic;
      }
    }
  },
};

/** Whether a stage below sets the working directory. */
function setsWorkdir(base: Stage['base']): boolean {
  if (base.kind !== 'stage') return false;
  return base.stage.instructions.some(({ keyword }) => keyword === 'WORKDIR') || setsWorkdir(base.stage.base);
}

function checkCopy({ analysis }: Subject, copy: Instruction): Diagnostic | undefined {
  const word = copy.words[copy.words.length - 1];
  // A variable, or a path of Windows, may be absolute.
  if (word === undefined || copy.words.length < 2 || /^["']?(?:[/$\\]|[A-Za-z]:)/.test(word.text)) return undefined;
  const span = copy.sourceSpan(word);
  const message = `\`${word.text}\` counts from the working directory of the base image`;
  const destination = copy.exec === undefined ? withoutQuotes(word.text) : word.text;
  if (destination === undefined || destination === '') return undefined;
  const path = absolutePath(analysis, copy, destination);
  if (path === undefined) {
    return reported(span, message, 'Set WORKDIR above it, or write an absolute path');
  }
  if (!copy.logical.isContiguous(word)) return declined(span, message, 'not-one-place', 'a line continuation cuts it');
  const quote = copy.exec === undefined && destination !== word.text ? word.text.charAt(0) : '';
  return fixed(span, message, {
    edits: [replacement(span, copy.exec === undefined ? `${quote}${path}${quote}` : JSON.stringify(path))],
    applicability: 'safe',
    checked: [`the base image starts in ${analysis.stateBefore(copy).workdir ?? ''}`],
    removes: [word.text, JSON.stringify(word.text)],
  });
}

/** A destination from the root, with a slash at its end where it is a folder; undefined where nobody knows. */
function absolutePath(analysis: Analysis, copy: Instruction, destination: string): string | undefined {
  const { workdir } = analysis.stateBefore(copy);
  if (workdir === undefined) return undefined;
  const path = normalizePath(`${workdir}/${destination}`);
  return path !== '/' && /(?:^|\/)\.{0,2}$/.test(destination) ? `${path}/` : path;
}
