import type { Analysis } from '../analysis/analysis.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import type { ShellBody } from '../shell/body.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import { byOtherDownloader } from '../shell/rewrite-download.js';
import { type Edit, replacement } from '../text/edit.js';
import { type Diagnostic, fixed, reported, type Transform } from './transform.js';

/** A call of curl or wget. */
interface Call {
  readonly invocation: Invocation;
  readonly body: ShellBody;
}

/**
 * Downloads with one of wget and curl where a stage uses both: with the one that it uses first, which is sure to be
 * there further down. The other one and what it brings along can be left out of the image.
 *
 * Unsafe because the two do not treat every server alike: wget tries again where curl gives up, and does not write over
 * a file that is there. Only plain downloads are written in the other way.
 */
export const useEitherWgetOrCurl: Transform = {
  name: 'use-either-wget-or-curl',
  summary: 'Downloads with one of wget and curl in a stage',
  category: 'size',
  onlyUnsafe: true,
  related: [
    'hadolint:DL4001',
    'trivy:DS-0014',
    'kics:run_using_wget_and_curl',
    'semgrep:use-either-wget-or-curl',
    'tally:hadolint/DL4001',
    'dockerfile-roast:DF058',
    'buddy:ER0007',
  ],
  needsProgram: ['curl'],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    if (analysis.runsNaming('curl').length === 0 || analysis.runsNaming('wget').length === 0) return;
    for (const stage of dockerfile.stages) {
      const calls = callsIn(analysis, stage);
      const [first] = calls;
      const others = calls.filter(({ invocation }) => invocation.program !== first?.invocation.program);
      const [other] = others;
      if (first === undefined || other === undefined) continue;
      const span = other.body.sourceSpan(other.invocation.programWord);
      const { program } = first.invocation;
      const line = first.body.instruction.source.startLine;
      const message = `\`${other.invocation.program}\` downloads here, and \`${program}\` on line ${line}: the stage needs one of them`;
      const edits = isThere(analysis, stage, first) ? others.map(editOf) : [undefined];
      if (edits.every((edit) => edit !== undefined)) {
        yield fixed(span, message, {
          edits,
          applicability: 'unsafe',
          checked: [
            `\`${program}\` does the same downloads`,
            `leave ${other.invocation.program} out of the packages if nothing else needs it`,
          ],
          removes: others.flatMap(({ invocation }) =>
            [invocation.programWord, ...invocation.args].map(({ text }) => text),
          ),
        });
        continue;
      }
      yield reported(
        span,
        message,
        `Download with \`${program}\` everywhere and leave ${other.invocation.program} out of the image.`,
      );
    }
  },
};

function callsIn(analysis: Analysis, stage: Stage): readonly Call[] {
  return analysis.runsNaming('curl', 'wget').flatMap((instruction) => {
    const body = analysis.dockerfile.stageOf(instruction) === stage ? analysis.body(instruction) : undefined;
    if (body === undefined) return [];
    return invocationsOf(body)
      .filter(({ program, args }) => (program === 'curl' || program === 'wget') && args.length > 0)
      .filter(({ wrappers }) => !wrappers.includes('command'))
      .map((invocation) => ({ invocation, body }));
  });
}

/** Whether a call runs in every build, and nothing takes its program away further down. */
function isThere(analysis: Analysis, stage: Stage, { invocation, body }: Call): boolean {
  if (!isPlainPlace(body, invocation)) return false;
  const below = stage.instructions.filter(({ index, keyword }) => keyword === 'RUN' && index >= body.instruction.index);
  return !below.some((run: Instruction) =>
    analysis
      .packageCommands(run)
      .some(
        ({ action, isDynamic, operands }) =>
          action === 'remove' &&
          (isDynamic || operands.some(({ value = '.' }) => value === invocation.program || value.startsWith('.'))),
      ),
  );
}

/** In the list of the script or a pipe or substitution of it, not as one of two that stand in for each other. */
function isPlainPlace({ shell }: ShellBody, { command }: Invocation): boolean {
  const joiners = [shell.items[command.item]?.joiner, shell.items[command.item + 1]?.joiner];
  return (
    !joiners.includes('||') && command.enclosures.every((kind) => kind === 'Pipeline' || kind === 'CommandExpansion')
  );
}

function editOf({ invocation, body }: Call): Edit | undefined {
  const { programWord, args, command } = invocation;
  const text = byOtherDownloader(invocation);
  const last = args[args.length - 1];
  const isCalledPlainly = invocation.wrappers.every((wrapper) => wrapper === 'sudo');
  if (text === undefined || last === undefined || !isCalledPlainly || !isPlainPlace(body, invocation)) return undefined;
  const place = { start: programWord.start, end: last.end };
  if (!body.isContiguous(place) || command.redirections.some(({ start }) => start > place.start && start < place.end))
    return undefined;
  return replacement(body.sourceSpan(place), text);
}
