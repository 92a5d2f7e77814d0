import { isRecord, property, stringsOf } from '../../context/build-context.js';
import { officialImageName, withTag } from '../../dockerfile/image-reference.js';
import { parseShell } from '../../shell/parse.js';
import { imagePath, isWithin } from '../copies.js';
import { slimTagOf } from '../published-images.js';
import { isBuildPackage } from '../runtime-libraries.js';
import { type Carried, carriedBelow, notesOnContext } from './carried.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';
import { isRemovedFile } from './removals.js';
import { SYSTEM_USERS } from './native-packages.js';
import { NodeProject, PACKAGE_OF } from './node-project.js';
import { dependenciesOfProduction } from './node-dependencies.js';
import { pruningOf } from './node-pruning.js';
import { type StartedByNode, startedBy } from './node-start.js';
import { packageNamesOf } from './stage-reading.js';

/** Options of those servers whose value is the next word; with a configuration of its own a server needs more. */
const SERVER_VALUES = /^(?:-[lpadePCKt]|--(?:listen|port|address|ssl-cert|ssl-key|ssl-pass|proxy|ext|cors|timeout))$/;
const SERVER_SETTINGS = /^(?:-c(?!-?\d)|--config)/;

/** Options of Node whose value is the next word. Source: nodejs.org, "Command-line API". */
const NODE_VALUES =
  /^(?:-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--title|--max-old-space-size|--input-type)$/;

/** Programs that serve a folder and need nothing else of the application. */
const STATIC_SERVERS = /^(?:serve|http-server|ws|live-server|sirv)$/;

/** Tools that put all they make into one folder, and the folder. */
const OUTPUT_OF: readonly (readonly [RegExp, string])[] = [
  [/^(?:next build)$/, '.next'],
  [/^(?:nuxt|nuxi) build$/, '.output'],
  [/^react-scripts build$/, 'build'],
  [
    /^(?:tsc|nest build|tsup|swc|babel|vite build|vue-cli-service build|rollup|webpack|webpack-cli|esbuild|ncc)\b/,
    'dist',
  ],
];

/** Folders whose files Next puts into its output. Source: the documentation of Next, "Project structure". */
const BUNDLED_BY_NEXT =
  /^(?:src\/)?(?:app|pages|components|lib|styles|hooks|utils)\/.*\.(?:[cm]?jsx?|css|svg|png|jpe?g|ico|woff2?)$/;

/** An application of Node: built, then without the packages that only its development needs. */
export function nodeRecipe(scene: Scene): Recipe | Obstacle | undefined {
  const { stage, runs, view } = scene;
  const { base } = stage;
  if (base.kind !== 'image' || officialImageName(base.image) !== 'node') return undefined;
  const installation = runs.flatMap((run) => run.installations).find(({ ecosystem }) => ecosystem === 'node');
  if (installation === undefined) return undefined;
  const hasBuild = runs.some((run) => run.builds.some(({ tool }) => tool === 'node'));
  const hasToolchain = packageNamesOf(runs).some(
    (name) => /^(?:make|g\+\+|gcc|build-base|build-essential)$/.test(name) || isDevelopment(name, scene),
  );
  const slim = slimTagOf(base.image);
  if (!hasBuild && !hasToolchain && slim === undefined) return undefined;
  if (base.fromArguments && slim !== undefined)
    return { reason: 'dynamic-value', detail: `\`${stage.imageWord.text}\` may name any variant` };
  const image = slim === undefined ? stage.imageWord.text : withTag(stage.imageWord.text, slim);
  if (view === undefined)
    return {
      reason: 'unknown-content',
      detail: 'without the build context nobody can tell which packages of npm the process needs',
    };
  const folders = new Set(runs.flatMap((run) => run.installations.map((one) => one.folder)));
  if (folders.size > 1)
    return { reason: 'unknown-content', detail: `packages are installed in ${[...folders].join(', ')}` };
  const { folder } = installation;
  const manifest = view.parse(`${folder}/package.json`, 'json');
  if (!isRecord(manifest)) return { reason: 'missing-manifest', detail: `nothing copies ${folder}/package.json` };
  const application = new NodeApplication(new NodeProject(scene, folder, manifest, view));
  // Without a build and a native package, the small image alone does it.
  if (!hasBuild && !hasToolchain && !application.mayHaveNative()) return undefined;
  return application.recipe(image, hasBuild, hasToolchain);
}

function isDevelopment(name: string, { release }: Scene): boolean {
  return /-dev$/.test(name) && isBuildPackage(name, release);
}

class NodeApplication {
  readonly #project: NodeProject;

  constructor(project: NodeProject) {
    this.#project = project;
  }

  /** Whether some package may be compiled, as far as a lock file tells. */
  mayHaveNative(): boolean {
    const lock = this.#project.view.parse(`${this.#project.folder}/package-lock.json`, 'json');
    const packages = property(lock, 'packages');
    if (!isRecord(packages)) return true;
    return Object.entries(packages).some(
      ([path, entry]) =>
        property(entry, 'hasInstallScript') === true &&
        !/\/(?:esbuild|core-js(?:-pure)?|fsevents|husky|@swc\/core|protobufjs|es5-ext|unrs-resolver)$/.test(path),
    );
  }

  recipe(image: string, hasBuild: boolean, hasToolchain: boolean): Recipe | Obstacle | undefined {
    const system = this.#project.production.find((name) => SYSTEM_USERS.test(name));
    if (system !== undefined && image !== this.#project.scene.stage.imageWord.text)
      return { reason: 'unknown-content', detail: `package.json: ${system} uses libraries or programs of the system` };
    const started = startedBy(this.#project);
    if ('reason' in started) return started;
    const repeated = this.#globalsFor(
      [...started.programs, ...this.#project.scene.start.programs].map(({ program }) => program),
    );
    const served = started.programs.find(({ program }) => STATIC_SERVERS.test(program));
    const isAlone = started.programs.length === 1 && served?.args.every((word) => !SERVER_SETTINGS.test(word)) === true;
    if (served !== undefined && isAlone && repeated?.programs.includes(served.program) === true && hasBuild)
      return this.#staticRecipe(image, served.args, repeated.command);
    const pruning = pruningOf(this.#project, started.needsDevelopment);
    const files = this.#files(started.programs, hasBuild);
    const isWhole = files.carried.some(({ path }) => path === this.#project.folder);
    if (image === this.#project.scene.stage.imageWord.text && pruning === undefined && isWhole && !hasToolchain) {
      if (!started.needsDevelopment) return undefined;
      return {
        reason: 'builds-at-start',
        detail: `the container starts ${started.programs.map(({ program }) => program).join(', ')}, which only the development brings`,
      };
    }
    // ENTRYPOINT and CMD may come to the same.
    const commands = new Set(started.programs.map(({ program, args }) => [program, ...args].join(' ')));
    // In a folder that is carried as a whole the packages change with every edit, wherever they come from.
    const separate = pruning === undefined || isWhole ? undefined : dependenciesOfProduction(this.#project);
    return {
      image,
      carried: files.carried,
      copies: [],
      keepsOtherCopies: true,
      ...(started.programs.some(({ program }) => /^(?:python|pip)/.test(program)) ? {} : { isNode: true }),
      ...(pruning === undefined || separate !== undefined ? {} : { finally: pruning }),
      ...(separate === undefined ? {} : { separate }),
      ...(repeated?.command === undefined ? {} : { globals: repeated.command }),
      packages: usesPrisma(this.#project.production) && image.includes('slim') ? ['openssl'] : [],
      notes: [
        ...(pruning === undefined
          ? []
          : separate === undefined
            ? [`\`${pruning}\` takes away the packages that only the development needs`]
            : [
                `${separate.name} installs the packages without those of the development, and no edit of a source repeats it`,
                'assumed: the build writes nothing into node_modules that the process needs',
              ]),
        `package.json: the container starts ${[...commands].join(', ')}`,
        ...files.notes,
      ],
    };
  }

  /** A front end that a server of files shows: its folder is all that is needed. */
  #staticRecipe(image: string, args: readonly string[], command: string | undefined): Recipe | Obstacle {
    const name = operandsOf(args, SERVER_VALUES)[0] ?? '.';
    const workdir = this.#project.scene.workdirs[this.#project.scene.workdirs.length - 1] ?? '/';
    const path = imagePath(workdir, name);
    if (path === workdir) return { reason: 'unknown-content', detail: 'nobody can tell which folder is served' };
    return {
      image,
      carried: [{ path }],
      copies: [],
      packages: [],
      ...(command === undefined ? {} : { globals: command }),
      notes: [`only ${path} is served`],
    };
  }

  /** What is started that was installed for the whole image; the command is undefined where it stays behind the cut. */
  #globalsFor(
    programs: readonly string[],
  ): { readonly programs: readonly string[]; readonly command: string | undefined } | undefined {
    const used = [...new Set(programs)].filter((name) => this.#project.isGlobal(name));
    if (used.length === 0) return undefined;
    const names = used.map((name) => PACKAGE_OF.get(name) ?? name);
    const words = this.#project.scene.runs
      .flatMap((run) => run.globals.flatMap(({ operands }) => operands.map(({ value = '' }) => value)))
      .filter((value) => names.includes(value.replace(/(?<=.)@.*$/, '')));
    return { programs: used, command: words.length === 0 ? undefined : `npm install -g ${words.join(' ')}` };
  }

  /** What of the folder the process reads. */
  #files(
    programs: readonly StartedByNode[],
    hasBuild: boolean,
  ): { readonly carried: readonly Carried[]; readonly notes: readonly string[] } {
    const folder = this.#project.folder;
    const whole = {
      carried: [{ path: folder }],
      notes: [`the whole of ${folder} is copied: nobody can tell what of it the process reads`],
    };
    const output = hasBuild ? this.#output(programs) : undefined;
    if (output === undefined || stringsOf(property(this.#project.manifest, 'workspaces')).length > 0) return whole;
    const path = imagePath(folder, output);
    const known = [path, `${folder}/node_modules`, `${folder}/package.json`];
    const rest = carriedBelow(
      this.#project.view,
      folder,
      'node',
      (file) =>
        known.some((one) => isWithin(file, one)) ||
        isRemovedFile(this.#project.scene.runs, this.#project.view, file) ||
        (output === '.next' && BUNDLED_BY_NEXT.test(file.slice(folder.length + 1))),
    );
    const outside = this.#project.scene.workdirs.some((one) => one !== '/' && one !== folder && !isWithin(one, folder));
    if (rest === undefined || outside || this.#isWhole(programs)) return whole;
    const config = [...this.#project.view.below(folder)].filter((file) => /\/next\.config\.ts$/.test(file));
    return {
      carried: [`${folder}/package.json`, `${folder}/node_modules`, path, ...rest.places, ...config].map((one) => ({
        path: one,
      })),
      notes: notesOnContext(rest.places, rest.left),
    };
  }

  /** Whether something besides the build and the installation is part of what the process needs. */
  #isWhole(programs: readonly StartedByNode[]): boolean {
    const { runs } = this.#project.scene;
    const hooks = programs.some(({ args }) => args.some((word) => /tsconfig-paths|ts-node|module-alias/.test(word)));
    const writes = runs.some((run) => run.scripts.length > 0 || run.editsApplication || run.placed.length > 0);
    const hasModules =
      !this.#project.isBerry() ||
      /nodeLinker:\s*node-modules/.test(this.#project.view.read(`${this.#project.folder}/.yarnrc.yml`) ?? '');
    return hooks || writes || !hasModules;
  }

  /** The one folder that the build fills, where its script is a tool that fills one, and the process starts there. */
  #output(programs: readonly StartedByNode[]): string | undefined {
    const builds = this.#project.scene.runs.flatMap((run) => run.builds.filter(({ tool }) => tool === 'node'));
    const [only, more] = builds;
    const name = /(?:run )?([\w:-]+)$/.exec(only?.label ?? '')?.[1] ?? 'build';
    if (only === undefined || more !== undefined) return undefined;
    const script = property(this.#project.manifest, 'scripts', name === 'run' ? 'build' : name);
    if (typeof script !== 'string') return undefined;
    const steps = parseShell(script)
      .commands.map(({ words }) => words.map(({ value, text }) => value ?? text).join(' '))
      .filter(
        (step) =>
          !/^(?:rimraf|rm|tsc-alias|prisma generate|next lint|eslint|tsc --noEmit)\b/.test(
            step.replace(/^(?:cross-env|env)(?: \w+=\S+)+ /, ''),
          ),
      );
    const [step, other] = steps.map((one) => one.replace(/^(?:cross-env|env)(?: \w+=\S+)+ |^npx /, ''));
    if (step === undefined || other !== undefined) return undefined;
    const usual = OUTPUT_OF.find(([pattern]) => pattern.test(step))?.[1];
    if (usual === undefined) return undefined;
    if (usual === '.next')
      return programs.some(({ program, args }) => program === 'next' && args[0] === 'start') ? usual : undefined;
    const main = operandsOf(programs.find(({ program }) => program === 'node')?.args ?? [], NODE_VALUES)[0];
    const started = /^(?:\.\/)?([\w.-]+)\//.exec(main ?? '')?.[1];
    const isBuilt = started !== undefined && !this.#project.view.hasBelow(`${this.#project.folder}/${started}`);
    return isBuilt ? started : undefined;
  }
}

/** Prisma's engine looks for the library of OpenSSL, which the small image lacks. Source: prisma/orm, issue 19729. */
function usesPrisma(names: readonly string[]): boolean {
  return names.some((name) => name === 'prisma' || name === '@prisma/client');
}

/** The words that are no options, and no values of options. */
function operandsOf(args: readonly string[], valued: RegExp): readonly string[] {
  return args.filter((word, index) => !word.startsWith('-') && !valued.test(args[index - 1] ?? ''));
}
