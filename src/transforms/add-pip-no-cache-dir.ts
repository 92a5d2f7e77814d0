import { type Mount, mountOver, mountsOf } from '../analysis/mounts.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { hasOption } from '../shell/packages.js';
import { insertAfterWord } from '../shell/script-edits.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform, triggerChange } from './transform.js';

/**
 * Adds `--no-cache-dir` to `pip install`. pip keeps every download and every wheel that it built, which a later
 * build never sees.
 *
 * Safe because the cache only saves time in a second installation in the same image. With `PIP_NO_CACHE_DIR=0` pip
 * has no cache either: it has taken every value for yes since version 19, and the option says so outright.
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
  imageChanges: ['caches'],
  needsProgram: ['pip'],
  *check(subject): Iterable<Diagnostic> {
    const runs = subject.analysis.scriptsNaming('pip');
    if (/\bconfig\s+set\s+(?:global|install)\.no-cache-dir/.test(subject.dockerfile.text)) return;
    for (const instruction of runs) yield* checkRun(subject, instruction);
  },
};

function* checkRun({ dockerfile, analysis }: Subject, instruction: Instruction): Iterable<Diagnostic> {
  for (const command of analysis.packageCommands(instruction)) {
    if (command.manager !== 'pip' || command.action !== 'install' || command.subcommand === undefined) continue;
    if (hasOption(command, '--no-cache-dir', '--no-cache', '--cache-dir', '--help', '-h')) continue;
    const { body, wrappers } = command.invocation;
    const isEmpty = command.operands.length === 0 && command.options.length === 0;
    const variable = variableOf(dockerfile, instruction);
    if ((isEmpty && !wrappers.includes('xargs')) || (variable !== undefined && !FALSY.test(variable))) continue;
    const span = body.sourceSpan(command.subcommand);
    const message =
      variable === undefined
        ? '`pip install` keeps what it downloads in a cache'
        : `\`PIP_NO_CACHE_DIR=${variable}\` reads as if pip kept a cache, which it does not`;
    const mount = cacheMount(dockerfile, instruction);
    if (mount !== undefined) {
      yield declined(span, message, 'cache-mount', `${mount.target ?? ''} is mounted`);
      continue;
    }
    yield fixed(span, message, {
      edits: [insertAfterWord(body, command.subcommand, ' --no-cache-dir')],
      applicability: 'safe',
      checked: [
        'the cache is no mount',
        variable === undefined ? 'PIP_NO_CACHE_DIR is not set' : 'pip takes any value of PIP_NO_CACHE_DIR for yes',
      ],
      configChanges: triggerChange(instruction),
    });
  }
}

/** Values that mean no to everybody but pip. */
const FALSY = /^(?:0|f|false|n|no|off)$/i;

/** The value of PIP_NO_CACHE_DIR in the script or above it, empty where it is another than a plain word. */
function variableOf(dockerfile: Dockerfile, instruction: Instruction): string | undefined {
  const own = /PIP_NO_CACHE_DIR(?:=["']?(\w*))?/.exec(instruction.logical.text);
  if (own !== null) return own[1] ?? '';
  for (let stage = dockerfile.stageOf(instruction); stage !== undefined;) {
    const pair = stage.instructions
      .filter(({ index, keyword }) => index < instruction.index && (keyword === 'ENV' || keyword === 'ARG'))
      .flatMap(({ pairs }) => pairs)
      .findLast(({ name }) => name === 'PIP_NO_CACHE_DIR');
    if (pair !== undefined) return /^["']?(\w*)["']?$/.exec(pair.value)?.[1] ?? '';
    stage = stage.base.kind === 'stage' ? stage.base.stage : undefined;
  }
  return undefined;
}

/** A cache mount over pip's cache, of whatever user, or at the place that PIP_CACHE_DIR may name. */
function cacheMount(dockerfile: Dockerfile, instruction: Instruction): Mount | undefined {
  const isElsewhere = dockerfile.text.includes('PIP_CACHE_DIR');
  return (
    mountOver(instruction, '/root/.cache/pip') ??
    mountsOf(instruction).find(
      ({ type, target }) => type === 'cache' && (isElsewhere || /\bpip\b|(?:^|\/)\.cache\/?$/.test(target ?? 'pip')),
    )
  );
}
