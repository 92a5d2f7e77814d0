import type { Analysis } from '../analysis/analysis.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import { insertAfterWord } from '../shell/script-edits.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform, triggerChange } from './transform.js';

/** Long options that make wget quiet, send its log elsewhere, or say how to show the progress. */
const SETTLED =
  /^--(?:quiet|no-verbose|output-file|append-output|input-file|progress|background|spider|execute|help|version)(?:=|$)/;

/** Letters of short options that settle it as well. */
const SETTLED_LETTERS = 'qoaibeVh';

/** Letters of short options that take the rest of the word, or the next word, as their value. */
const VALUE_LETTERS = 'OetTwQPUlARDIXB';

/**
 * Lets wget show its progress in dots of a megabyte. Without a terminal it prints a line for every 50 kilobytes: a
 * download of a gigabyte is twenty thousand lines of build log.
 *
 * Safe because the option changes nothing but the log, and GNU wget runs: busybox has a wget of its own that does
 * not know the option, so on Alpine only where the package was installed before. (wget2, Fedora's wget from 40 on, takes
 * `dot` for the sake of GNU wget and shows its bar.)
 */
export const limitWgetProgress: Transform = {
  name: 'limit-wget-progress',
  summary: 'Keeps the progress of wget out of the build log',
  category: 'style',
  related: ['hadolint:DL3047', 'tally:hadolint/DL3047', 'dockerfile-roast:DF056'],
  needsProgram: ['wget'],
  *check(subject): Iterable<Diagnostic> {
    const runs = subject.analysis.scriptsNaming('wget');
    // A configuration file may have the last word already.
    if (/wgetrc/i.test(subject.dockerfile.text)) return;
    for (const instruction of runs) {
      const body = subject.analysis.body(instruction);
      if (body === undefined) continue;
      for (const invocation of invocationsOf(body)) {
        if (invocation.program === 'wget' && printsProgress(invocation)) {
          yield checkInvocation(subject, instruction, invocation);
        }
      }
    }
  },
};

function checkInvocation({ dockerfile, analysis }: Subject, instruction: Instruction, wget: Invocation): Diagnostic {
  const { body, programWord } = wget;
  const span = body.sourceSpan(programWord);
  const message = '`wget` prints a line of progress for every 50 kilobytes';
  const stage = dockerfile.stageOf(instruction);
  const family = stage === undefined ? undefined : analysis.baseOf(stage).family;
  const isGnu = family === 'debian' || family === 'redhat' || family === 'suse' || family === 'arch';
  if (!isGnu && (stage === undefined || !isInstalled(analysis, stage, instruction, wget))) {
    return family === 'alpine' || family === 'busybox'
      ? declined(span, message, 'other-program', 'the wget of busybox knows no --progress')
      : declined(span, message, 'unknown-base', 'it may be the wget of busybox, which knows no --progress');
  }
  return fixed(span, message, {
    edits: [insertAfterWord(body, programWord, ' --progress=dot:giga')],
    applicability: 'safe',
    checked: [isGnu ? 'the base image has GNU wget' : 'the package wget was installed before'],
    configChanges: triggerChange(instruction),
  });
}

function printsProgress({ args, command, wrappers }: Invocation): boolean {
  // `command -v wget` only asks for it.
  if (args.length === 0 || wrappers.includes('command')) return false;
  if (command.redirections.some(({ descriptor, operator }) => descriptor === 2 || operator.startsWith('&>')))
    return false;
  let skip = false;
  for (const { text } of args) {
    const isValue = skip;
    skip = false;
    if (isValue || !text.startsWith('-')) continue;
    if (text.startsWith('--')) {
      if (SETTLED.test(text)) return false;
      continue;
    }
    for (let at = 1; at < text.length; at++) {
      const letter = text.charAt(at);
      // -nv is quiet; -nc, -nd, -nH and -np are about something else.
      if (letter === 'n' ? text.charAt(++at) === 'v' : SETTLED_LETTERS.includes(letter)) return false;
      if (!VALUE_LETTERS.includes(letter)) continue;
      skip = at === text.length - 1;
      break;
    }
  }
  return true;
}

/** Whether a package manager put the package wget into the stage before, and took nothing away since. */
function isInstalled(analysis: Analysis, stage: Stage, until: Instruction, wget: Invocation): boolean {
  let installed = stage.base.kind === 'stage' && isInstalled(analysis, stage.base.stage, until, wget);
  for (const instruction of stage.instructions) {
    if (instruction.index > until.index) break;
    if (instruction.keyword !== 'RUN') continue;
    for (const { action, invocation, operands } of analysis.packageCommands(instruction)) {
      if (instruction === until && invocation.command.start > wget.command.start) break;
      if (action === 'remove') installed = false;
      if (action === 'install' && operands.some((word) => /^wget(?:$|[=~<>])/.test(word.value ?? ''))) installed = true;
    }
  }
  return installed;
}
