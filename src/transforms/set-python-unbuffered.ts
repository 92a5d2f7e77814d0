import { type StartedProgram, startCommandOf } from '../analysis/start-command.js';
import { isSet } from '../analysis/state.js';
import { officialImageName } from '../dockerfile/image-reference.js';
import { insertAbove } from '../dockerfile/block.js';
import { rootBase } from '../dockerfile/stage.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

const VARIABLE = 'PYTHONUNBUFFERED';

const PYTHON =
  /^(?:python[0-9.]*|gunicorn|uvicorn|hypercorn|daphne|waitress-serve|flask|fastapi|celery|streamlit|django-admin|dramatiq|rq|.+\.py)$/;

/**
 * Sets PYTHONUNBUFFERED in an image that starts Python. Python writes to anything but a terminal in blocks of 8 KiB:
 * the log of a container comes late, and what is still in the block when it is killed never comes.
 *
 * Unsafe because a program that prints a lot becomes slower, and prints line by line what used to come in one piece.
 */
export const setPythonUnbuffered: Transform = {
  name: 'set-python-unbuffered',
  summary: 'Sets PYTHONUNBUFFERED where the image starts Python',
  category: 'correctness',
  related: ['dockerfile-doctor:DD015', 'dockerfile-roast:DF032'],
  onlyUnsafe: true,
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    const stage = dockerfile.finalStage;
    const base = stage === undefined ? undefined : rootBase(stage);
    if (stage === undefined || base?.kind !== 'image' || officialImageName(base.image) !== 'python') return;
    const start = startCommandOf(analysis);
    const program = start?.commands.find((candidate) => PYTHON.test(candidate.program));
    const [first] = start?.instructions ?? [];
    if (start === undefined || first === undefined || program === undefined || isUnbuffered(program)) return;
    const isNamed = start.instructions.some(({ argumentsText }) => argumentsText.includes(VARIABLE));
    if (isNamed || isSet(analysis.stateAtEnd(stage), VARIABLE)) return;
    const message = `\`${program.program}\` keeps its output in a buffer, so that the log comes late or never`;
    yield fixed(first.sourceSpan(first.keywordSpan), message, {
      edits: [insertAbove(dockerfile, first, `ENV ${VARIABLE}=1`)],
      applicability: 'unsafe',
      checked: ['no ENV sets it', 'a program that prints a lot becomes slower: look whether yours does'],
      configChanges: ['env'],
    });
  },
};

/** `python -u`, `-u` before the script or module. */
function isUnbuffered({ program, args }: StartedProgram): boolean {
  const own = args.slice(
    0,
    args.findIndex((word) => !word.startsWith('-')),
  );
  return program.startsWith('python') && own.some((word) => /^-[A-Za-z]*u/.test(word));
}
