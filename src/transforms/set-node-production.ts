import { type StartedProgram, startCommandOf } from '../analysis/start-command.js';
import { isSet } from '../analysis/state.js';
import { officialImageName } from '../dockerfile/image-reference.js';
import { insertAbove } from '../dockerfile/block.js';
import { rootBase } from '../dockerfile/stage.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

const VARIABLE = 'NODE_ENV';

/** What is started while one develops or tests. */
const DEVELOPMENT =
  /\b(?:dev|develop|development|watch|nodemon|react-scripts|vite|ts-node|ts-node-dev|tsx|babel-node|webpack-dev-server|storybook|inspect|inspect-brk|test|tests|jest|mocha|vitest|cypress|playwright|lint)\b|\bng\b.*\bserve\b/;

/** A server for development that `npm start` may as well mean. */
const DEVELOPMENT_TOOL = /\b(?:nodemon|react-scripts|ts-node|webpack-dev-server|@angular\/cli)\b/;

/**
 * Sets NODE_ENV=production in an image that starts Node. Express and many more cache templates and hide stack traces
 * only then, and run several times as fast.
 *
 * Unsafe because programs do other things in production, and optional since nobody can tell from the file whether the
 * image is meant for it. It is set behind every installation and build, which may need the development dependencies.
 */
export const setNodeProduction: Transform = {
  name: 'set-node-production',
  summary: 'Sets NODE_ENV=production where the image starts Node',
  category: 'correctness',
  related: ['dockerfile-doctor:DD067'],
  onlyUnsafe: true,
  onlyNamed: true,
  imageChanges: ['dependencies'],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    const stage = dockerfile.finalStage;
    const base = stage === undefined ? undefined : rootBase(stage);
    if (stage === undefined || base?.kind !== 'image' || officialImageName(base.image) !== 'node') return;
    // Its ONBUILD sets the variable.
    if (base.image.tag?.includes('onbuild') === true) return;
    const start = startCommandOf(analysis);
    const program = start?.commands.find(startsNode);
    const text = start?.instructions.map((instruction) => instruction.argumentsText).join(' ') ?? '';
    if (start === undefined || program === undefined || DEVELOPMENT.test(text) || text.includes(VARIABLE)) return;
    const isOther = stage.instructions.some(
      ({ parts }) => parts.keyword === 'RUN' && DEVELOPMENT_TOOL.test(parts.text),
    );
    if (isOther || DEVELOPMENT.test(stage.name ?? '') || isSet(analysis.stateAtEnd(stage), VARIABLE)) return;
    const last = stage.instructions.findLast(({ keyword }) => keyword === 'RUN');
    const place = start.instructions.find(({ index }) => index > (last?.index ?? -1));
    const shown = start.instructions[0] ?? stage.from;
    const span = shown.sourceSpan(shown.keywordSpan);
    const message = `\`${[program.program, ...program.args].join(' ')}\` runs without \`NODE_ENV=production\``;
    if (place === undefined) {
      yield declined(span, message, 'later-use', `line ${last?.source.startLine ?? 0} may need the development tools`);
      return;
    }
    const trigger = stage.instructions.find(({ keyword }) => keyword === 'ONBUILD');
    if (trigger !== undefined) {
      const detail = `line ${trigger.source.startLine} would run in production, too`;
      yield declined(span, message, 'onbuild', detail);
      return;
    }
    yield fixed(span, message, {
      edits: [insertAbove(dockerfile, place, `ENV ${VARIABLE}=production`)],
      applicability: 'unsafe',
      checked: ['no ENV sets it, and no RUN comes behind', 'look whether the image is meant for production'],
      configChanges: ['env'],
    });
  },
};

function startsNode({ program, args }: StartedProgram): boolean {
  if (program === 'node' || program === 'nodejs') return args.length > 0;
  if (program === 'npm' || program === 'yarn' || program === 'pnpm') {
    const [first, second] = args.filter((word) => !word.startsWith('-'));
    return /^start\b/.test((first === 'run' || first === 'run-script' ? second : first) ?? '');
  }
  return program === 'pm2-runtime';
}
