import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { hasOption, type PackageCommand } from '../shell/packages.js';
import { insertAfterWord } from '../shell/script-edits.js';
import { lookUp } from '../text/table.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

interface Omission {
  readonly subcommands: readonly string[];
  /** What is added. */
  readonly option: string;
  /** Options that say which dependencies are wanted. */
  readonly settled: readonly string[];
}

const OMISSIONS: Readonly<Record<string, Omission>> = {
  npm: {
    subcommands: ['ci', 'install', 'i', 'clean-install'],
    option: '--omit=dev',
    settled: ['--omit', '--only', '--production', '--prod', '--include', '--dev', '-g', '--global', '--also'],
  },
  composer: { subcommands: ['install'], option: '--no-dev', settled: ['--no-dev', '--dev'] },
  pnpm: {
    subcommands: ['install', 'i', 'ci'],
    option: '--prod',
    settled: ['--prod', '-P', '--production', '--dev', '-D', '-g', '--global'],
  },
};

/** Words with which something is built, tested or started for development: it needs what would be left out. */
const NEEDS_DEV =
  /\b(?:npx|tsc|webpack|vite|rollup|esbuild|gulp|grunt|jest|mocha|phpunit|nodemon|ts-node|tsx|next|ng)\b|\b(?:npm|yarn|pnpm|bun|composer)\s+(?:\S+\s+)*?(?:run|exec|test|build|dev|watch|dlx|run-script)\b/;

/**
 * Leaves out the dependencies that only development needs, in the final image. They are often the larger part of
 * node_modules, and every one of them may have a hole that nobody looks for.
 *
 * Unsafe because the program may need one of them after all. Only in the final stage with no build step in it, and
 * only when the transform is asked for by name: it says so with an option of npm 7, Composer or pnpm.
 */
export const omitDevDependencies: Transform = {
  name: 'omit-dev-dependencies',
  summary: 'Leaves the development dependencies out of the final image',
  category: 'size',
  related: [
    'tally:php/composer-no-dev-in-production',
    'tally:ruby/missing-bundle-without-development',
    'dockerfile-roast:DF031',
  ],
  onlyUnsafe: true,
  imageChanges: ['dependencies'],
  needsProgram: ['npm', 'composer', 'pnpm'],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    const stage = dockerfile.finalStage;
    const runs = analysis.runsNaming('npm', 'composer', 'pnpm');
    if (stage === undefined || /NODE_ENV[= ]["']?production|COMPOSER_NO_DEV/.test(dockerfile.text)) return;
    for (const instruction of runs) {
      if (dockerfile.stageOf(instruction) !== stage) continue;
      for (const command of analysis.packageCommands(instruction)) {
        const omission = lookUp(OMISSIONS, command.manager);
        if (omission !== undefined && installsAll(command, omission))
          yield checkCommand(subject, stage, instruction, command, omission);
      }
    }
  },
};

function installsAll(command: PackageCommand, { subcommands, settled }: Omission): boolean {
  return (
    subcommands.includes(command.subcommand?.value ?? '') &&
    command.operands.length === 0 &&
    !command.isDynamic &&
    !hasOption(command, ...settled)
  );
}

function checkCommand(
  { dockerfile }: Subject,
  stage: Stage,
  instruction: Instruction,
  { invocation, subcommand, manager }: PackageCommand,
  { option }: Omission,
): Diagnostic {
  const { body, programWord } = invocation;
  const word = subcommand ?? programWord;
  const span = body.sourceSpan({ start: programWord.start, end: word.end });
  const message = `\`${manager} ${word.text}\` brings the development dependencies into the final image`;
  const use = stage.instructions.find((other) => {
    if (other.index < instruction.index) return false;
    const text = dockerfile.text.slice(other.span.start, other.span.end);
    // The exec form too: ["npm", "run", "dev"].
    return NEEDS_DEV.test(text.replace(/["',[\]]+/g, ' '));
  });
  if (use !== undefined) {
    return declined(span, message, 'later-use', `line ${use.source.startLine} builds, tests or runs with them`);
  }
  return fixed(span, message, {
    edits: [insertAfterWord(body, word, ` ${option}`)],
    applicability: 'unsafe',
    checked: ['nothing behind it in the final stage builds', 'assumes that the program needs none of them'],
    isOptional: true,
  });
}
