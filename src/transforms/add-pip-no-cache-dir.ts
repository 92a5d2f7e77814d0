import { mountOver } from '../analysis/mounts.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { hasOption } from '../shell/packages.js';
import { insertAfterWord } from '../shell/script-edits.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/**
 * Adds `--no-cache-dir` to `pip install`. pip keeps every download and every wheel that it built, which a later
 * build never sees.
 *
 * Safe because the cache only saves time in a second installation in the same image.
 */
export const addPipNoCacheDir: Transform = {
  name: 'add-pip-no-cache-dir',
  summary: 'Adds --no-cache-dir to pip install',
  category: 'size',
  related: [
    'hadolint:DL3042',
    'kics:pip_install_keeping_cached_packages',
    'semgrep:missing-pip-no-cache-dir',
    'parfum:pipUseNoCacheDir',
    'dockerfile-doctor:DD009',
    'dockerfile-roast:DF030',
  ],
  *check(subject): Iterable<Diagnostic> {
    const runs = subject.analysis.runsNaming('pip');
    if (runs.length === 0 || isSwitchedOff(subject.dockerfile.text)) return;
    for (const instruction of runs) yield* checkRun(subject, instruction);
  },
};

function* checkRun({ analysis }: Subject, instruction: Instruction): Iterable<Diagnostic> {
  for (const command of analysis.packageCommands(instruction)) {
    if (command.manager !== 'pip' || command.action !== 'install' || command.subcommand === undefined) continue;
    if (hasOption(command, '--no-cache-dir', '--no-cache', '--cache-dir', '--help', '-h')) continue;
    if (command.operands.length === 0 && command.options.length === 0) continue;
    const { body } = command.invocation;
    const span = body.sourceSpan(command.subcommand);
    const message = '`pip install` keeps what it downloads in a cache';
    const mount = mountOver(instruction, '/root/.cache/pip') ?? mountLike(instruction);
    if (mount !== undefined) {
      yield declined(span, message, 'cache-mount', `${mount.target ?? ''} is mounted`);
      continue;
    }
    yield fixed(span, message, {
      edits: [insertAfterWord(body, command.subcommand, ' --no-cache-dir')],
      applicability: 'safe',
      checked: ['the cache is no mount', 'PIP_NO_CACHE_DIR is not set'],
    });
  }
}

/** PIP_NO_CACHE_DIR switches the cache off, whatever its value is in the versions of pip in use. */
function isSwitchedOff(text: string): boolean {
  return text.includes('PIP_NO_CACHE_DIR') || /\bconfig\s+set\s+(?:global|install)\.no-cache-dir/.test(text);
}

/** A cache mount for another user's home. */
function mountLike(instruction: Instruction): { readonly target: string | undefined } | undefined {
  const flag = instruction.flags.find(
    (candidate) =>
      candidate.name === 'mount' &&
      /type=cache/.test(candidate.value ?? '') &&
      /pip|\.cache/.test(candidate.value ?? ''),
  );
  return flag === undefined ? undefined : { target: flag.value };
}
