import type { Analysis } from '../analysis/analysis.js';
import { UNKNOWN, workdirsOf } from '../analysis/copies.js';
import {
  type NodeCommand,
  nodeCommandOf,
  type ScriptCall,
  scriptCallOf,
  type ScriptObstacle,
} from '../analysis/npm-start.js';
import { startCommandOf } from '../analysis/start-command.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { type Edit, replacement } from '../text/edit.js';
import { baseName } from '../text/path.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** Programs that start the rest of the list and hand signals on. */
const INIT = /^(?:tini|dumb-init|catatonit|docker-init|docker-entrypoint\.sh)$/;

/** Commands that write another package.json than the one that was copied. */
const WRITES_MANIFEST = /\bpackage\.json\b|\bnpm\s+(?:pkg|set-script|init)\b/;

/**
 * Starts the program that a script of package.json names, in place of `npm start`. npm stands between Docker and the
 * application: it takes the signals, waits, costs memory of its own, and writes lines that are no part of the log.
 *
 * Unsafe because npm sets variables such as `npm_package_version` and puts `node_modules/.bin` in front of PATH, which
 * something may rely on, and because node as process 1 ends at SIGTERM only where the application listens for it.
 * The script has to be one command of node: what npm would look up in `node_modules/.bin` differs between managers.
 */
export const startNodeDirectly: Transform = {
  name: 'start-node-directly',
  summary: 'Starts node in place of the script of package.json that starts it',
  category: 'correctness',
  related: [],
  onlyUnsafe: true,
  usesContext: true,
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    const stage = dockerfile.finalStage;
    if (stage === undefined || dockerfile.escape === '`') return;
    const instructions = startCommandOf(analysis)?.instructions ?? [];
    for (const instruction of instructions) {
      const found = callIn(analysis, instruction);
      if (found === undefined) continue;
      const behind = instructions.find((one) => one.keyword === 'CMD' && one !== instruction);
      const call = scriptCallOf([...found.words, ...(behind?.exec?.map(({ value }) => value) ?? [])]);
      if (call === undefined) continue;
      const { span } = found;
      const message = `\`${found.words.slice(0, 3).join(' ')}\` puts ${baseName(found.words[0] ?? '')} between Docker and node, which takes the signals`;
      const answer = 'reason' in call ? call : commandOf(subject, stage, call);
      const obstacle = 'reason' in answer ? answer : instructionObstacle(instruction, instructions, found.isAlone);
      if (obstacle !== undefined) yield declined(span, message, obstacle.reason, obstacle.detail);
      if (obstacle !== undefined || 'reason' in answer) continue;
      const { script, words } = answer;
      yield fixed(span, message, {
        edits: [found.edit(words)],
        applicability: 'unsafe',
        checked: [
          `the script of package.json is \`${script}\``,
          'look whether the application ends at SIGTERM, and whether something reads variables of npm',
        ],
        removes: found.words.flatMap((word) => [word, JSON.stringify(word)]),
        configChanges: instruction.keyword === 'CMD' ? ['cmd'] : ['entrypoint'],
      });
    }
  },
};

/** The words of a package manager in CMD or ENTRYPOINT. */
interface FoundCall {
  readonly words: readonly string[];
  /** In the file. */
  readonly span: { readonly start: number; readonly end: number };
  /** Nothing else happens when the container starts. */
  readonly isAlone: boolean;
  readonly edit: (words: readonly string[]) => Edit;
}

function callIn(analysis: Analysis, instruction: Instruction): FoundCall | undefined {
  const { exec } = instruction;
  if (exec !== undefined) {
    const at = exec.findIndex(({ value }) => !INIT.test(baseName(value)) && !value.startsWith('-'));
    const [first, last] = [exec[at], exec[exec.length - 1]];
    if (first === undefined || last === undefined) return undefined;
    const second = exec[at + 1];
    const comma = second === undefined ? ', ' : instruction.logical.slice({ start: first.end, end: second.start });
    const span = instruction.sourceSpan({ start: first.start, end: last.end });
    return {
      words: exec.slice(at).map(({ value }) => value),
      span,
      isAlone: true,
      edit: (words) =>
        replacement(span, words.map((word) => JSON.stringify(word)).join(/^,[ \t]*$/.test(comma) ? comma : ', ')),
    };
  }
  const body = analysis.body(instruction);
  for (const command of body?.shell.commands ?? []) {
    const words = command.words.filter(({ value }, index) => index > 0 || value !== 'exec');
    const [first, last] = [words[0], words[words.length - 1]];
    if (body === undefined || first === undefined || last === undefined) continue;
    if (!/^(?:npm|yarn|pnpm)$/.test(first.text) || words.some(({ value }) => value === undefined)) continue;
    const span = body.sourceSpan({ start: first.start, end: last.end });
    const isAlone =
      body.shell.items.length === 1 &&
      body.shell.items[0]?.type === 'Command' &&
      !body.shell.endsInBackground &&
      command.assignments.length + command.redirections.length === 0;
    return {
      words: words.map(({ value, text }) => value ?? text),
      span,
      isAlone,
      edit: (list) => replacement(span, list.map(quoted).join(' ')),
    };
  }
  return undefined;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What all build contexts say that a script runs. */
function commandOf(
  { analysis, contexts, dockerfile }: Subject,
  stage: Stage,
  call: ScriptCall,
): NodeCommand | ScriptObstacle | { readonly reason: 'contexts-differ'; readonly detail: string } {
  const workdirs = workdirsOf(analysis, stage);
  const folder = workdirs[workdirs.length - 1] ?? '/';
  const writer = dockerfile.instructions.find(
    (one) => one.keyword === 'RUN' && WRITES_MANIFEST.test(analysis.rawText(one)),
  );
  if (writer !== undefined)
    return { reason: 'unknown-content', detail: `line ${writer.source.startLine} may write package.json` };
  const [first, ...others] = contexts.map((context) =>
    nodeCommandOf(analysis, stage, call, folder === '/' ? '' : folder, context),
  );
  if (first === undefined)
    return { reason: 'unknown-content', detail: `nobody can tell without package.json what \`${call.name}\` runs` };
  const shown = JSON.stringify('reason' in first ? first.reason : first.words);
  const differs = others.some((other) => JSON.stringify('reason' in other ? other.reason : other.words) !== shown);
  if (differs) return { reason: 'contexts-differ', detail: `package.json has another "${call.name}" in each` };
  if ('reason' in first && first.reason === 'missing-manifest' && !folder.includes(UNKNOWN))
    return { reason: 'missing-manifest', detail: `no COPY puts a package.json into ${folder}` };
  return first;
}

/** What speaks against the instruction itself. */
function instructionObstacle(
  instruction: Instruction,
  instructions: readonly Instruction[],
  isAlone: boolean,
): { readonly reason: 'comment-in-the-way' | 'not-alone' | 'shell-control'; readonly detail: string } | undefined {
  if (!isAlone) return { reason: 'shell-control', detail: 'it is more than one command' };
  if (instruction.source.innerComments.length > 0)
    return { reason: 'comment-in-the-way', detail: 'a comment stands between its lines' };
  const other = instructions.find((one) => one !== instruction);
  if (instruction.keyword === 'ENTRYPOINT' && other !== undefined)
    return { reason: 'not-alone', detail: `line ${other.source.startLine} has arguments for it` };
  return undefined;
}
