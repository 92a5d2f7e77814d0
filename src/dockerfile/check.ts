import type { Instruction } from './instruction.js';
import type { Problem, ProblemKind } from './problem.js';

/**
 * Adds what BuildKit rejects in single instructions and in their order. The first `checked` instructions are known to
 * be right.
 */
export function checkInstructions(instructions: readonly Instruction[], problems: Problem[], checked = 0): void {
  const add = (instruction: Instruction, kind: ProblemKind, message: string): void => {
    problems.push({ kind, message, ...instruction.sourceSpan(instruction.keywordSpan) });
  };
  let inStage = instructions.slice(0, checked).some(({ keyword }) => keyword === 'FROM');
  for (const instruction of instructions.slice(checked)) {
    if (instruction.keyword === undefined) {
      add(instruction, 'unknown-instruction', `${quoted(instruction.keywordText)} is not an instruction`);
      continue;
    }
    const message = argumentProblem(instruction);
    if (message !== undefined) add(instruction, 'invalid-arguments', `${instruction.keyword} ${message}`);
    if (instruction.keyword === 'FROM') inStage = true;
    else if (!inStage && instruction.keyword !== 'ARG') {
      inStage = true; // one message, not one for every line
      add(instruction, 'outside-stage', `${instruction.keyword} comes before any FROM`);
    }
  }
  const last = instructions[instructions.length - 1];
  if (last !== undefined && !inStage) add(last, 'no-stage', 'the file has no FROM');
}

function quoted(text: string): string {
  return `'${text.length > 40 ? `${text.slice(0, 40)}…` : text}'`;
}

function argumentProblem(instruction: Instruction): string | undefined {
  const { keyword } = instruction;
  if (instruction.argumentsText === '') {
    // An empty shell or exec form is read by BuildKit and means no command.
    return keyword === 'RUN' || keyword === 'CMD' || keyword === 'ENTRYPOINT' ? undefined : 'needs an argument';
  }
  switch (keyword) {
    case 'FROM': {
      const { words } = instruction;
      if (words.length === 1) return undefined;
      return words.length === 3 && words[1]?.text.toUpperCase() === 'AS'
        ? undefined
        : 'needs one argument, or three with AS';
    }
    case 'COPY':
    case 'ADD':
      if (instruction.isInvalidExec) return 'has a JSON array with something else than strings';
      return instruction.words.length < 2 ? 'needs a source and a destination' : undefined;
    case 'ENV':
    case 'LABEL':
      return instruction.hasInvalidPairs ? 'needs name=value pairs' : undefined;
    case 'HEALTHCHECK': {
      const type = instruction.healthcheckType?.text.toUpperCase();
      return type === 'CMD' || type === 'NONE' ? undefined : 'needs CMD or NONE';
    }
    case 'ONBUILD':
      return onbuildProblem(instruction);
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
    case 'SHELL':
    case 'VOLUME':
      if (instruction.isInvalidExec) return 'has a JSON array with something else than strings';
      return keyword === 'SHELL' && instruction.exec === undefined ? 'needs a JSON array' : undefined;
    default:
      return undefined;
  }
}

function onbuildProblem(instruction: Instruction): string | undefined {
  const inner = instruction.trigger;
  if (inner === undefined) return 'needs an instruction';
  if (inner.keyword === undefined) return `has ${quoted(inner.keywordText)}, which is not an instruction`;
  if (inner.keyword === 'ONBUILD' || inner.keyword === 'FROM' || inner.keyword === 'MAINTAINER') {
    return `does not take ${inner.keyword}`;
  }
  return argumentProblem(inner);
}
