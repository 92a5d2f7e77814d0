import { property } from '../../context/build-context.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import { type Invocation, invocationsOf } from '../../shell/invocation.js';
import { type PackageCommand, packageCommandOf } from '../../shell/packages.js';
import { parseShell } from '../../shell/parse.js';
import { insertAfterWord } from '../../shell/script-edits.js';
import { baseName } from '../../text/path.js';
import { imageViewAt } from '../copies.js';
import { LIFECYCLE } from '../installs/node-scripts.js';
import { LOCK_FILES, lockStateOf } from '../lock-files.js';
import type { NodeProject } from './node-project.js';
import type { SeparateStage } from './recipe.js';

/** Files that an installation reads, and that an edit of a source does not touch. */
const MANIFESTS =
  /^(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|\.npmrc|\.yarnrc|\.nvmrc|\.node-version)$/;

/** Packages whose tools write into node_modules when the application is built. */
export const WRITES_INTO_MODULES =
  /^(?:prisma|@prisma\/client|zenstack|@zenstackhq\/.*|patch-package|postinstall-postinstall|blitz|@redwoodjs\/.*|ngcc|electron.*)$/;

/** Tools of a build that write below the application, beside node_modules. */
const BUILDS_BESIDE =
  /^(?:tsc|tsc-alias|tsup|swc|babel|webpack|webpack-cli|rollup|esbuild|parcel|vite|next|nest|ng|vue-cli-service|react-scripts|gatsby|astro|remix|ncc|rimraf|rm|mkdir|cp|cpx|cpy|copyfiles|shx|sass|postcss|tailwindcss|eslint|jest|vitest|cross-env|env|echo|true|cd|test|chmod|chown)$/;

/** Options of an installation that say nothing about which packages it brings. */
const INDIFFERENT =
  /^(?:--frozen-lockfile|--legacy-peer-deps|--no-audit|--audit|--no-fund|--fund|--prefer-offline|--loglevel|--quiet|--silent|-s|-q|-d|--no-progress|--progress|--force|-f|--ignore-scripts|--unsafe-perm|--cache|--registry|--network-timeout|--non-interactive|--no-update-notifier|--maxsockets|--ignore-engines|--verbose)$/;

/**
 * A stage that installs the packages of production alone, in front of the sources, so that an edit of these repeats
 * nothing of it; undefined where it may come to other packages than those that are left when the others are taken
 * away behind the build.
 */
export function dependenciesOfProduction(project: NodeProject): SeparateStage | undefined {
  const { analysis, runs, stage, last } = project.scene;
  const installs = runs.flatMap(({ instruction }) => {
    const body = analysis.body(instruction);
    const invocations = body === undefined ? [] : invocationsOf(body);
    return invocations
      .flatMap((invocation) => packageCommandOf(invocation) ?? [])
      .filter(isOfProject)
      .map((command) => ({ instruction, command, isAlone: invocations.every((one) => isPartOf(one, command)) }));
  });
  const [install, more] = installs;
  if (install === undefined || more !== undefined || !install.isAlone) return undefined;
  const { instruction, command } = install;
  if (instruction === last.instruction || !isSettled(project, command)) return undefined;
  const before = stage.instructions.filter(({ index }) => index < instruction.index);
  // The value of an argument does not reach the stages behind with every builder.
  if (before.some(({ keyword }) => keyword === 'ARG') || instruction.source.innerComments.length > 0) return undefined;
  if (hasSources(project, instruction) || isHooked(project, command)) return undefined;
  const behind = stage.instructions.filter(({ index, keyword }) => index > instruction.index && keyword === 'RUN');
  if (behind.some((run) => /node_modules/.test(analysis.rawText(run)) || !buildsBeside(project, run))) return undefined;
  return {
    before: instruction,
    name: 'production-dependencies',
    run: withOption(project, instruction, command),
    path: `${project.folder}/node_modules`,
  };
}

function isOfProject({ manager, action, options }: PackageCommand): boolean {
  return (
    /^(?:npm|yarn|pnpm)$/.test(manager) &&
    action === 'install' &&
    !options.some(({ name }) => name === '-g' || name === '--global')
  );
}

/** Whether a command is the installation, or empties its cache. */
function isPartOf(invocation: Invocation, { invocation: install }: PackageCommand): boolean {
  return invocation.programWord.start === install.programWord.start || packageCommandOf(invocation)?.action === 'clean';
}

/** Whether the lock file alone says which packages come, the same ones each time. */
function isSettled({ view, folder, manifest }: NodeProject, command: PackageCommand): boolean {
  const { manager, operands, options, isDynamic } = command;
  if (manager !== 'npm' && manager !== 'yarn' && manager !== 'pnpm') return false;
  if (isDynamic || operands.length > 0 || options.some(({ name }) => !INDIFFERENT.test(name))) return false;
  if (property(manifest, 'workspaces') !== undefined || view.has(`${folder}/pnpm-workspace.yaml`)) return false;
  const state = lockStateOf(view, folder, manager);
  // The first version of npm's lock file does not tell for which ranges it was made, but `npm ci` compares them.
  const isStrict = command.subcommand?.value === 'ci' && LOCK_FILES.npm.some((name) => view.has(`${folder}/${name}`));
  return (state?.kind === 'in-step' && !state.isBerry) || (manager === 'npm' && state !== undefined && isStrict);
}

/** Whether something besides manifests is copied in front of the installation. */
function hasSources({ scene, view, folder }: NodeProject, install: Instruction): boolean {
  const then = imageViewAt(scene.analysis, install, view.context);
  return [...then.below(folder)].some((path) => !MANIFESTS.test(path.slice(folder.length + 1)));
}

/** Whether a script of the project takes part, or a package that writes into node_modules later. */
function isHooked(project: NodeProject, { options }: PackageCommand): boolean {
  const { view, folder, manifest } = project;
  const all = [...project.production, ...project.names('devDependencies')];
  if (all.some((name) => WRITES_INTO_MODULES.test(name)) || view.has(`${folder}/binding.gyp`)) return true;
  if (['dependencies', 'devDependencies', 'optionalDependencies'].some((field) => isLocal(manifest, field)))
    return true;
  const isSilent = options.some(({ name }) => name === '--ignore-scripts');
  return !isSilent && LIFECYCLE.some((name) => property(manifest, 'scripts', name) !== undefined);
}

function isLocal(manifest: unknown, field: string): boolean {
  const packages = property(manifest, field);
  return Object.values(typeof packages === 'object' ? { ...packages } : {}).some((range) =>
    /^(?:file|link|portal|workspace):|^\.{0,2}\//.test(String(range)),
  );
}

/** Whether all commands of a RUN are tools that leave node_modules as it is, through the scripts of package.json. */
function buildsBeside(project: NodeProject, run: Instruction): boolean {
  const body = project.scene.analysis.body(run);
  if (body === undefined) return false;
  return invocationsOf(body).every(({ program, args }) =>
    isBeside(project, [program, ...args.map(({ value, text }) => value ?? text)], 4),
  );
}

function isBeside(project: NodeProject, words: readonly string[], depth: number): boolean {
  const [first = '', ...args] = words;
  const program = baseName(first);
  const [verb = '', second = ''] = args.filter((word) => !word.startsWith('-'));
  if (program === 'npx') return isBeside(project, args.slice(args.indexOf(verb)), depth);
  if (program === 'cross-env' || program === 'env') {
    const at = args.findIndex((word) => !word.includes('='));
    return at !== -1 && isBeside(project, args.slice(at), depth);
  }
  if (!/^(?:npm|yarn|pnpm)$/.test(program)) return BUILDS_BESIDE.test(program);
  if (verb === 'cache') return true;
  const name = verb === 'run' || verb === 'run-script' ? second : verb;
  const scripts = property(project.manifest, 'scripts');
  const parts = [`pre${name}`, name, `post${name}`].map((part) => property(scripts, part));
  if (depth === 0 || typeof parts[1] !== 'string') return false;
  return parts.every((part) => {
    if (typeof part !== 'string') return part === undefined;
    const shell = parseShell(part);
    return (
      shell.isValid &&
      !/node_modules/.test(part) &&
      shell.commands.every((command) =>
        isBeside(
          project,
          command.words.map(({ value, text }) => value ?? text),
          depth - 1,
        ),
      )
    );
  });
}

/** The RUN as it stands, with the option that leaves out the packages of the development. */
function withOption({ scene }: NodeProject, instruction: Instruction, command: PackageCommand): string {
  const { invocation, subcommand, manager } = command;
  const { text } = scene.analysis.dockerfile;
  const { base } = scene.stage;
  const major = base.kind === 'image' ? Number(/^(\d+)/.exec(base.image.tag ?? '')?.[1] ?? 99) : 99;
  const option = manager === 'pnpm' ? '--prod' : manager === 'yarn' || major < 15 ? '--production' : '--omit=dev';
  const { start } = insertAfterWord(invocation.body, subcommand ?? invocation.programWord, ` ${option}`);
  return `${text.slice(instruction.span.start, start)} ${option}${text.slice(start, instruction.span.end)}`;
}
