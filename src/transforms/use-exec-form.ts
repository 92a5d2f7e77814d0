import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import type { ShellBody } from '../shell/body.js';
import { explicitShellEdits, lastProgram } from '../shell/exec-form.js';
import type { ShellCommand } from '../shell/parse.js';
import { replacement } from '../text/edit.js';
import { type DeclineReason, declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** Words that only a shell knows: there is no program of that name to run. */
const BUILTINS: ReadonlySet<string> = new Set([
  '.',
  ':',
  'alias',
  'bg',
  'break',
  'cd',
  'command',
  'continue',
  'eval',
  'exec',
  'exit',
  'export',
  'fg',
  'hash',
  'jobs',
  'let',
  'local',
  'read',
  'return',
  'set',
  'shift',
  'shopt',
  'source',
  'times',
  'trap',
  'type',
  'ulimit',
  'umask',
  'unset',
  'wait',
]);

/**
 * Writes CMD and ENTRYPOINT in exec form where they are a single command of plain words. In shell form a shell stands
 * between Docker and the program and takes the signals, so that `docker stop` waits ten seconds and then kills.
 *
 * Safe for CMD because the shell only splits these words at blanks, which the list says outright, and the entrypoint
 * that receives them, if there is one, is known to run them as they are. Unsafe where the base image may bring an
 * entrypoint that looks at its arguments, and for an ENTRYPOINT with a CMD, which a shell form ignores and an exec
 * form takes as its arguments.
 *
 * What needs a shell names it, as Docker does by itself: `["/bin/sh", "-c", "exec app $PORT"]`. Unsafe with the
 * `exec`, which gives the place of the shell to the program; without it the image stays the same to the byte, and it is
 * only done where it is asked for.
 */
export const useExecForm: Transform = {
  name: 'use-exec-form',
  summary: 'Writes CMD and ENTRYPOINT in exec form',
  category: 'correctness',
  related: [
    'hadolint:DL3025',
    'buildkit:JSONArgsRecommended',
    'kics:not_using_json_in_cmd_and_entrypoint_arguments',
    'semgrep:prefer-json-notation',
    'dockerfile-doctor:DD019',
    'dockerfile-roast:DF018',
    'dockerfile-roast:DF025',
    'openrewrite:UseExecFormEntrypoint',
  ],
  needsInstruction: ['CMD', 'ENTRYPOINT'],
  *check(subject): Iterable<Diagnostic> {
    for (const stage of subject.dockerfile.stages) {
      for (const instruction of stage.instructions) {
        if ((instruction.keyword !== 'CMD' && instruction.keyword !== 'ENTRYPOINT') || instruction.argumentsText === '')
          continue;
        if (instruction.exec !== undefined || isShadowed(stage, instruction)) continue;
        const diagnostic = checkInstruction(subject, stage, instruction);
        if (diagnostic !== undefined) yield diagnostic;
      }
    }
  },
};

function isShadowed(stage: Stage, instruction: Instruction): boolean {
  return stage.instructions.some((other) => other.index > instruction.index && other.keyword === instruction.keyword);
}

function checkInstruction(subject: Subject, stage: Stage, instruction: Instruction): Diagnostic | undefined {
  const { analysis } = subject;
  const keyword = instruction.keyword ?? '';
  const span = instruction.sourceSpan(instruction.keywordSpan);
  const message = `\`${keyword}\` in shell form puts a shell in front of the program, which does not hand on signals`;
  const body = analysis.body(instruction);
  // A list that is not quite JSON, or another shell: not a command of plain words.
  if (body === undefined || instruction.argumentsText.startsWith('[')) return undefined;
  const { words } = analysis.stateBefore(instruction).shell;
  const command = body.shell.items[0]?.commands[0];
  if (command === undefined) return undefined;
  if (instruction.source.innerComments.length > 0) {
    return declined(span, message, 'comment-in-the-way', 'a comment stands between its lines');
  }
  const obstacle: Obstacle | undefined = isPlainShell(words)
    ? commandObstacle(body, command)
    : { reason: 'shell-control', detail: `SHELL is set to ${words.join(' ')}` };
  if (obstacle !== undefined) {
    if (!body.isContiguous({ start: 0, end: body.shell.end })) {
      return declined(span, message, obstacle.reason, obstacle.detail);
    }
    return withShell(subject, stage, instruction, body, obstacle);
  }
  const values = command.words.map((word) => word.value ?? word.text);
  const assumption =
    (keyword === 'CMD' ? cmdAssumption(subject, stage) : entrypointAssumption(subject, stage)) ??
    scriptAssumption(stage, values[0] ?? '');
  return fixed(span, message, {
    edits: [replacement(instruction.sourceSpan(instruction.argumentsSpan), execForm(values))],
    applicability: assumption === undefined ? 'safe' : 'unsafe',
    checked: [assumption ?? 'one command of plain words', 'the program is process 1 and gets the signals'],
    removes: command.words.map((word) => word.text),
    configChanges: keyword === 'CMD' ? ['cmd'] : ['entrypoint'],
  });
}

interface Obstacle {
  readonly reason: DeclineReason;
  readonly detail: string;
}

/** The exec form of what needs a shell. Docker would take the shell from SHELL, which a base image may have set. */
function withShell(
  { analysis }: Subject,
  stage: Stage,
  instruction: Instruction,
  body: ShellBody,
  { detail }: Obstacle,
): Diagnostic {
  const keyword = instruction.keyword ?? '';
  const { words } = analysis.stateBefore(instruction).shell;
  const program = lastProgram(body);
  const isKnown =
    analysis.baseOf(stage).family !== undefined || stage.instructions.some((one) => one.keyword === 'SHELL');
  const message =
    program === undefined
      ? `\`${keyword}\` in shell form does not say which shell it needs`
      : `\`${keyword}\` in shell form leaves a shell in front of the program, which does not hand on signals`;
  return fixed(instruction.sourceSpan(instruction.keywordSpan), message, {
    edits: explicitShellEdits(body, words, program),
    applicability: program === undefined && isKnown ? 'safe' : 'unsafe',
    checked: [
      detail,
      program === undefined
        ? 'Docker makes the same of it'
        : 'the program takes the place of the shell and gets the signals',
      ...(isKnown ? [] : [`assumes that ${stage.imageWord.text} sets no SHELL`]),
    ],
    removes: [body.text],
    configChanges: keyword === 'CMD' ? ['cmd'] : ['entrypoint'],
    ...(program === undefined ? { isOptional: true } : {}),
  });
}

/** A shell that does nothing before the command: no start-up files, no tracing. */
function isPlainShell(words: readonly string[]): boolean {
  const [program, ...options] = words;
  return (
    /(?:^|\/)(?:ba|da|a)?sh$/.test(program ?? '') &&
    options.every((word) => /^(?:-[euoc]+|pipefail|errexit|nounset)$/.test(word))
  );
}

function commandObstacle(body: ShellBody, command: ShellCommand): Obstacle | undefined {
  const { shell } = body;
  if (
    shell.items.length !== 1 ||
    shell.items[0]?.type !== 'Command' ||
    shell.endsInBackground ||
    body.tail.trim() !== ''
  ) {
    return { reason: 'shell-control', detail: 'it is more than one command' };
  }
  if (command.redirections.length > 0) return { reason: 'shell-control', detail: 'it redirects input or output' };
  const assignment = command.assignments[0];
  if (assignment !== undefined)
    return { reason: 'shell-control', detail: `it sets ${assignment.name} for the command` };
  const dynamic = command.words.find((word) => word.value === undefined);
  if (dynamic !== undefined) return { reason: 'variable-in-exec-form', detail: `the shell expands ${dynamic.text}` };
  const name = command.words[0]?.value ?? '';
  if (BUILTINS.has(name)) return { reason: 'shell-control', detail: `\`${name}\` is a builtin of the shell` };
  const isEcho = name === 'echo' || name === 'printf';
  if (isEcho && command.words.slice(1).some((word) => /\\|^-/.test(word.value ?? ''))) {
    return { reason: 'shell-control', detail: `\`${name}\` of the shell treats its arguments in another way` };
  }
  if (name.includes(' '))
    return { reason: 'shell-control', detail: 'its quotes make one word of the program and its arguments' };
  return undefined;
}

/** What must be assumed for a CMD to come to the same; undefined when it is known. */
function cmdAssumption({ dockerfile, analysis }: Subject, stage: Stage): string | undefined {
  const entrypoint = effectiveEntrypoint(stage);
  if (entrypoint === undefined) {
    return analysis.baseOf(stage).entrypoint === undefined
      ? `assumes that the entrypoint of ${stage.imageWord.text} does not look at its arguments`
      : undefined;
  }
  if (entrypoint.exec === undefined) return undefined;
  const program = entrypoint.exec[0]?.value.replace(/^.*\//, '') ?? '';
  if (program === '' || program === 'tini' || program === 'dumb-init' || program === 'catatonit') return undefined;
  const line = dockerfile.lineAt(entrypoint.span.start);
  return `assumes that the entrypoint on line ${line} runs its arguments as they are`;
}

/** The ENTRYPOINT that a stage ends with, from this file. */
function effectiveEntrypoint(stage: Stage): Instruction | undefined {
  const own = stage.instructions.findLast((instruction) => instruction.keyword === 'ENTRYPOINT');
  if (own !== undefined || stage.base.kind !== 'stage') return own;
  return effectiveEntrypoint(stage.base.stage);
}

/** A CMD of a stage that this one starts from counts too: BuildKit's releases differ in when an ENTRYPOINT resets it. */
function entrypointAssumption({ dockerfile }: Subject, stage: Stage): string | undefined {
  for (let at: Stage | undefined = stage; at !== undefined; at = at.base.kind === 'stage' ? at.base.stage : undefined) {
    const cmd = at.instructions.findLast((instruction) => instruction.keyword === 'CMD');
    if (cmd !== undefined && cmd.argumentsText !== '') {
      return `the CMD on line ${dockerfile.lineAt(cmd.span.start)}, ignored until now, becomes its arguments`;
    }
  }
  // Stages that start from this one may set a CMD of their own.
  const child = dockerfile.stages.find(
    (candidate) => candidate.base.kind === 'stage' && candidate.base.stage === stage,
  );
  return child === undefined ? undefined : 'a later stage starts from this one';
}

/** A shell runs a script that does not start with `#!`, and the exec form does not. */
function scriptAssumption(stage: Stage, program: string): string | undefined {
  const isCopied = (name: string): boolean =>
    stage.instructions.some(
      (instruction) =>
        (instruction.keyword === 'COPY' || instruction.keyword === 'ADD') &&
        instruction.words.some((word) => word.text === name || word.text.endsWith(`/${name}`)),
    );
  const isScript = program.includes('/')
    ? !/^\/(?:usr\/)?s?bin\//.test(program)
    : /\.\w+$/.test(program) || isCopied(program);
  return isScript ? `assumes that ${program} is a program, or a script that starts with #!` : undefined;
}

function execForm(words: readonly string[]): string {
  return `[${words.map((word) => JSON.stringify(word)).join(', ')}]`;
}
