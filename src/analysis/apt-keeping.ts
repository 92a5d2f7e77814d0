import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import type { Invocation } from '../shell/invocation.js';
import type { Analysis } from './analysis.js';

/** A command after which apt keeps the packages that it has fetched. */
export interface AptKeeping {
  readonly command: string;
  /** The stage and what holds in it then. */
  readonly key: string;
}

/**
 * The official images empty the cache after each command, and `apt` does so by itself. Sources: docker-clean in
 * debuerreotype's minimizing-config; APT::Keep-Downloaded-Packages in apt.conf(5). Read 2026-08-21.
 */
const COMMANDS = {
  'docker-clean': 'rm -f /etc/apt/apt.conf.d/docker-clean',
  'keep-cache': `echo 'Binary::apt::APT::Keep-Downloaded-Packages "true";' > /etc/apt/apt.conf.d/keep-cache`,
} as const;

/**
 * What a script does first so that apt keeps its packages, unless a RUN of its stage, or of those that it starts
 * from, names the file already, or `kept` has the key.
 */
export function aptKeeping(
  analysis: Analysis,
  stage: Stage,
  run: Instruction,
  commands: readonly Invocation[],
  kept: ReadonlySet<string>,
): readonly AptKeeping[] {
  const isSudo = commands.some(({ wrappers }) => wrappers.includes('sudo'));
  // With sudo the shell of the user would write the file.
  const isShort = !isSudo && commands.some(({ program }) => program === 'apt');
  const names = isShort ? (['docker-clean', 'keep-cache'] as const) : (['docker-clean'] as const);
  return names
    .filter((name) => !isKept(analysis, stage, run, name, kept))
    .map((name) => ({ command: `${isSudo ? 'sudo ' : ''}${COMMANDS[name]}`, key: keyOf(stage, name) }));
}

function isKept(
  analysis: Analysis,
  stage: Stage,
  run: Instruction,
  name: keyof typeof COMMANDS,
  kept: ReadonlySet<string>,
): boolean {
  const isNamed = stage.instructions.some(
    (instruction) =>
      instruction.index <= run.index && instruction.keyword === 'RUN' && analysis.rawText(instruction).includes(name),
  );
  if (isNamed || kept.has(keyOf(stage, name))) return true;
  return stage.base.kind === 'stage' && isKept(analysis, stage.base.stage, run, name, kept);
}

function keyOf(stage: Stage, name: string): string {
  return `${stage.index} ${name}`;
}
