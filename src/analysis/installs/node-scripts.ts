import { property } from '../../context/build-context.js';
import { parseShell } from '../../shell/parse.js';
import { imagePath, type ImageView } from '../copies.js';
import { type Obstacle, type ReadsBuilder, readsSources } from './installation.js';

/** The scripts of the package itself that an installation runs. Source: the npm documentation, "Life cycle scripts". */
export const LIFECYCLE: readonly string[] = [
  'pnpm:devPreinstall',
  'preinstall',
  'install',
  'postinstall',
  'prepublish',
  'preprepare',
  'prepare',
  'postprepare',
  'dependencies',
];

/** Programs that install git hooks, where there is a repository. */
const GIT_HOOKS: ReadonlySet<string> = new Set(['husky', 'lefthook', 'simple-git-hooks']);

/** Programs that read nothing of the sources, such as the check which package manager runs. */
const HARMLESS: ReadonlySet<string> = new Set([
  'only-allow',
  'is-ci',
  'opencollective',
  'opencollective-postinstall',
  'echo',
  'exit',
  'true',
  ':',
]);

const MAX_DEPTH = 4;

/** Looks at what the scripts of a package read while it is installed. */
export class NodeScripts {
  readonly #view: ImageView;
  readonly #folder: string;
  readonly #manifest: unknown;
  readonly #shown: string;
  readonly #reads: ReadsBuilder;

  constructor(view: ImageView, folder: string, manifest: unknown, shown: string, reads: ReadsBuilder) {
    this.#view = view;
    this.#folder = folder;
    this.#manifest = manifest;
    this.#shown = shown;
    this.#reads = reads;
  }

  /** What stops the installation from running before the sources are there. */
  check(): Obstacle | undefined {
    for (const name of LIFECYCLE) {
      const script = this.#script(name);
      if (script !== undefined && !this.#covers(script, MAX_DEPTH)) {
        return readsSources(`${this.#shown}: ${JSON.stringify(name)}: ${JSON.stringify(script)}`);
      }
    }
    return undefined;
  }

  #script(name: string): string | undefined {
    const script = property(this.#manifest, 'scripts', name);
    return typeof script === 'string' && script.trim() !== '' ? script : undefined;
  }

  /** Whether all that a script reads is known, and added to what the installation reads. */
  #covers(script: string, depth: number): boolean {
    const shell = parseShell(script);
    if (!shell.isValid || depth === 0) return false;
    return shell.commands.every((command) => {
      const words = command.words.map((word) => word.value);
      if (words.some((word) => word === undefined)) return false;
      const isFile = command.redirections.some(
        ({ operator, target }) => !operator.endsWith('&') && !/^(?:\d|\/dev\/null)$/.test(target?.value ?? ''),
      );
      if (isFile) return false;
      const [program = '', ...args] = withoutRunner(words.map((word) => word ?? ''));
      return this.#coversCommand(program, args, depth);
    });
  }

  #coversCommand(program: string, args: readonly string[], depth: number): boolean {
    if (GIT_HOOKS.has(program)) {
      if (this.#reads.looksFor(`${this.#folder}/.git/HEAD`))
        this.#reads.assume(`${program} no longer finds the .git folder of the context when it installs its hooks`);
      for (const ending of ['json', 'js', 'cjs', 'mjs']) {
        for (const name of [`.${program}`, program]) this.#reads.file(`${this.#folder}/${name}.${ending}`);
      }
      return true;
    }
    if (HARMLESS.has(program)) return true;
    if (program === 'patch-package') {
      if (args.length > 0) return false;
      this.#reads.folder(`${this.#folder}/patches`);
      return true;
    }
    if (program === 'prisma' && args[0] === 'generate') return this.#coversPrisma(args.slice(1));
    if (['npm', 'yarn', 'pnpm', 'bun'].includes(program)) {
      const [first = '', second = ''] = args;
      const name = first === 'run' || first === 'run-script' ? second : program === 'npm' ? '' : first;
      const script = this.#script(name);
      return script !== undefined && this.#covers(script, depth - 1);
    }
    return false;
  }

  #coversPrisma(args: readonly string[]): boolean {
    if (prismaConfig(this.#view, this.#folder) !== undefined) return false;
    const named = args[0] === '--schema' ? args[1] : args[0]?.replace(/^--schema=/, '');
    return addPrismaSchema(
      this.#view,
      this.#folder,
      named ?? property(this.#manifest, 'prisma', 'schema'),
      this.#reads,
    );
  }
}

/** Adds prisma's schema, at the place that is named or where prisma looks by itself. Whether there is one. */
export function addPrismaSchema(view: ImageView, folder: string, named: unknown, reads: ReadsBuilder): boolean {
  const candidates = typeof named === 'string' ? [named] : ['prisma/schema.prisma', 'schema.prisma', 'prisma/schema'];
  return candidates.some((candidate) => {
    const path = imagePath(folder, candidate);
    return view.has(path) ? reads.file(path) : reads.folder(path);
  });
}

/** The file of code in which prisma finds its settings, if there is one: nobody can tell what that reads. */
export function prismaConfig(view: ImageView, folder: string): string | undefined {
  return ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs']
    .flatMap((ending) => [`prisma.config.${ending}`, `.config/prisma.${ending}`])
    .find((name) => view.has(`${folder}/${name}`));
}

/** Without `npx` and the like in front. */
function withoutRunner(words: readonly string[]): readonly string[] {
  const [first, second] = words;
  if (first === 'npx' || first === 'bunx') return words.slice(second === '-y' || second === '--yes' ? 2 : 1);
  if ((first === 'yarn' || first === 'pnpm') && (second === 'exec' || second === 'dlx')) return words.slice(2);
  // `yarn husky` runs the program of a package.
  if (
    (first === 'yarn' || first === 'pnpm') &&
    second !== undefined &&
    (HARMLESS.has(second) || GIT_HOOKS.has(second) || second === 'prisma' || second === 'patch-package')
  )
    return words.slice(1);
  return words;
}
