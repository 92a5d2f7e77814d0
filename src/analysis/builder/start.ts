import type { Instruction } from '../../dockerfile/instruction.js';
import { baseName } from '../../text/path.js';
import type { Analysis } from '../analysis.js';
import { imagePath, workdirAt } from '../copies.js';
import { startCommandOf, type StartedProgram } from '../start-command.js';

/** What the container of a stage starts, as far as it matters for what the image has to hold. */
export interface Start {
  /** The ENTRYPOINT and CMD. */
  readonly instructions: readonly Instruction[];
  /** The programs, without their folders; those behind inits and in scripts of a shell form as well. */
  readonly programs: readonly StartedProgram[];
  /** All words of ENTRYPOINT, CMD and HEALTHCHECK, those of a script one by one. */
  readonly words: readonly string[];
  /** What is run, absolute: programs and scripts with a path, jars, class paths and assemblies. */
  readonly paths: readonly string[];
  /** Other words that look like paths, absolute: files that it is told to read or write. */
  readonly argumentPaths: readonly string[];
  /** The names of programs that are looked up in PATH. */
  readonly names: readonly string[];
  /** Programs that HEALTHCHECK runs, as they are written. */
  readonly healthPrograms: readonly string[];
}

/** Undefined where the stage starts nothing of its own. */
export function startOf(analysis: Analysis): Start | undefined {
  const stage = analysis.dockerfile.finalStage;
  const start = startCommandOf(analysis);
  const [last] = start?.instructions.slice(-1) ?? [];
  if (stage === undefined || start === undefined || last === undefined) return undefined;
  const end = stage.instructions[stage.instructions.length - 1] ?? last;
  const workdir =
    end.keyword === 'WORKDIR' ? imagePath(workdirAt(analysis, end), end.argumentsText) : workdirAt(analysis, end);
  const health = stage.instructions.findLast(({ keyword }) => keyword === 'HEALTHCHECK');
  const own = start.instructions.flatMap(wordsOf);
  const healthWords =
    health === undefined || health.healthcheckType?.text.toUpperCase() === 'NONE' ? [] : wordsOf(health);
  const programs = start.commands;
  const healthPrograms = programsOfHealth(healthWords);
  const run = [...own.filter((word) => isRun(word, programs)), ...mainFiles(programs), ...healthPrograms];
  const paths = unique(run.flatMap((word) => pathOf(word, workdir) ?? []));
  return {
    instructions: start.instructions,
    programs,
    words: [...own, ...healthWords],
    paths,
    argumentPaths: unique(own.flatMap((word) => pathOf(word, workdir) ?? [])).filter((path) => !paths.includes(path)),
    names: programs
      .filter(({ program }) => !own.some((word) => word.includes('/') && baseName(word) === program))
      .map(({ program }) => program),
    healthPrograms,
  };
}

function unique(list: readonly string[]): readonly string[] {
  return [...new Set(list)];
}

function wordsOf(instruction: Instruction): readonly string[] {
  const exec = instruction.exec?.map(({ value }) => value);
  const words = exec ?? [instruction.logical.slice(instruction.commandSpan)];
  return words.flatMap((word) => (/\s/.test(word) ? shellWords(word) : [word]));
}

function shellWords(script: string): readonly string[] {
  return script
    .split(/[\s;&|]+/)
    .map((word) => word.replace(/^["']|["']$/g, ''))
    .filter((word) => word !== '');
}

function isRun(word: string, programs: readonly StartedProgram[]): boolean {
  return word.includes('/') && programs.some(({ program }) => program === baseName(word));
}

/** The files that an interpreter or a machine is given to run. */
function mainFiles(programs: readonly StartedProgram[]): readonly string[] {
  return programs.flatMap(({ program, args }) => {
    switch (program) {
      case 'java': {
        const jar = args[args.indexOf('-jar') + 1];
        const at = args.findIndex((word) => /^-(?:cp|classpath|-class-path)$/.test(word));
        const parts = at === -1 ? [] : (args[at + 1] ?? '').split(':').map((part) => part.replace(/\/\*$/, '/'));
        const files = parts
          .filter((part) => part !== '' && part !== './' && part !== '.')
          .map((part) => (part.includes('/') ? part : `./${part}`));
        return [...(args.includes('-jar') && jar !== undefined ? [jar] : []), ...files];
      }
      case 'dotnet':
        return args.filter((word) => /\.dll$/.test(word)).slice(0, 1);
      case 'sh':
      case 'bash':
      case 'ash':
      case 'dash':
        return args
          .filter((word) => !word.startsWith('-'))
          .slice(0, 1)
          .map((word) => (word.includes('/') ? word : `./${word}`));
      default:
        return [];
    }
  });
}

/** The path that a word names, `--flag=path` and `-javaagent:path` included; undefined for a word that is none. */
export function pathOf(word: string, workdir: string): string | undefined {
  const value = /^-{1,2}[\w.-]+[=:](?!\/\/)([^=]+)/.exec(word)?.[1] ?? word;
  if (!/^[\w./@+*-]+$/.test(value) || value.startsWith('-')) return undefined;
  const isPath =
    value.includes('/') ||
    /\.(?:jar|war|dll|js|mjs|cjs|py|rb|sh|class|json|ya?ml|toml|conf|ini|xml|sql|pem|crt|key)$/.test(value);
  return isPath ? imagePath(workdir, value) : undefined;
}

const HEALTH_TOOLS =
  /^(?:curl|wget|nc|ncat|pg_isready|redis-cli|mysqladmin|grpc_health_probe|ps|pgrep|ss|netstat|dig|nslookup)$/;

function programsOfHealth(words: readonly string[]): readonly string[] {
  const found = words.filter((word) => HEALTH_TOOLS.test(baseName(word)));
  const first = words.find((word) => !/^(?:\[?\/?(?:bin\/)?(?:ba|a|da)?sh|-c|exec|test|\[|!)$/.test(word));
  return first === undefined || found.includes(first) ? found : [...found, first];
}

/** Why a process cannot run from what a build leaves behind; undefined where nothing speaks against it. */
export function buildsAtStart({ programs }: Start): string | undefined {
  for (const { program, args } of programs) {
    const [verb = '', name = ''] = args.filter((word) => !word.startsWith('-'));
    const shown = `\`${[program, verb].join(' ').trim()}\``;
    const goals = args.join(' ');
    switch (program) {
      case 'go':
      case 'cargo':
        return `${shown} builds when the container starts`;
      case 'air':
      case 'nodemon':
      case 'watchexec':
      case 'reflex':
      case 'CompileDaemon':
      case 'cargo-watch':
        return `${shown} watches sources and builds them`;
      case 'mvn':
      case 'mvnw':
      case 'gradle':
      case 'gradlew':
        return `\`${program} ${goals}\` builds when the container starts`;
      case 'dotnet':
        if (/^(?:run|watch|build|test)$/.test(verb)) return `${shown} builds when the container starts`;
        break;
      case 'java':
        if (args.some((word) => /^[\w./-]+\.java$/.test(word)))
          return `\`java ${goals}\` compiles when the container starts`;
        break;
      case 'make':
      case 'mix':
      case 'iex':
      case 'ng':
      case 'vite':
      case 'webpack':
      case 'webpack-dev-server':
      case 'tsx':
      case 'ts-node':
      case 'ts-node-dev':
      case 'react-scripts':
      case 'vue-cli-service':
        return `${shown} needs the tools of the build when the container starts`;
      case 'npm':
      case 'yarn':
      case 'pnpm':
      case 'npx':
      case 'bun':
        if (/^(?:dev|serve|watch|test)/.test(verb === 'run' ? name : verb))
          return `\`${program} ${goals}\` needs the tools of the build when the container starts`;
        break;
      case 'pip':
      case 'pip3':
      case 'apt-get':
      case 'apk':
        return `${shown} installs when the container starts`;
      case 'dlv':
      case 'gdb':
      case 'debugpy':
        return `${shown} is a debugger, which needs the sources`;
      default:
    }
    if (/(?:^|\s)-m\s+debugpy/.test(goals)) return '`debugpy` is a debugger, which needs the sources';
  }
  return undefined;
}

/** Programs that only hand out a prompt or wait: an image to work in. */
export function isWorkplace({ programs }: Start): boolean {
  return (
    programs.length === 0 ||
    programs.every(
      ({ program, args }) =>
        /^(?:ba|da|a|z)?sh$|^(?:tail|sleep|zsh|fish|true|pwsh)$/.test(program) &&
        !args.some((word) => /\//.test(word) && !word.startsWith('/dev')),
    )
  );
}
