import { isRecord, property, stringsOf } from '../../context/build-context.js';
import { officialImageName } from '../../dockerfile/image-reference.js';
import { hasOption, packageCommandOf } from '../../shell/packages.js';
import { invocationsOf } from '../../shell/invocation.js';
import { parseShell } from '../../shell/parse.js';
import { imagePath, type ImageView, isWithin } from '../copies.js';
import { slimTagOf } from '../published-images.js';
import { isBuildPackage } from '../runtime-libraries.js';
import { type Carried, carriedBelow } from './carried.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';
import { SYSTEM_USERS } from './native-packages.js';
import { isOfContext } from './results.js';
import { buildsAtStart } from './start.js';

/** Programs of packages that are called otherwise. */
const PACKAGE_OF: ReadonlyMap<string, string> = new Map([
  ['pm2-runtime', 'pm2'],
  ['nest', '@nestjs/cli'],
  ['remix-serve', '@remix-run/serve'],
  ['react-router-serve', '@react-router/serve'],
  ['dotenv', 'dotenv-cli'],
  ['sequelize', 'sequelize-cli'],
  ['strapi', '@strapi/strapi'],
  ['medusa', '@medusajs/medusa'],
  ['ws', 'local-web-server'],
]);

/** Options of those servers whose value is the next word; with a configuration of its own a server needs more. */
const SERVER_VALUES = /^(?:-[lpadePCKt]|--(?:listen|port|address|ssl-cert|ssl-key|ssl-pass|proxy|ext|cors|timeout))$/;
const SERVER_SETTINGS = /^(?:-c(?!-?\d)|--config)/;

/** Options of Node whose value is the next word. Source: nodejs.org, "Command-line API". */
const NODE_VALUES =
  /^(?:-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--title|--max-old-space-size|--input-type)$/;

/** Programs that serve a folder and need nothing else of the application. */
const STATIC_SERVERS = /^(?:serve|http-server|ws|live-server|sirv)$/;

/** Programs that are part of every image of Node, and of every shell. */
const BROUGHT =
  /^(?:node|nodejs|npm|npx|yarn|sh|bash|exec|env|cd|export|echo|test|\[|true|false|sleep|set|:|dumb-init|tini|\w+=.*)$/;

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
  const hasToolchain = runs.some((run) =>
    run.packages.some(({ operands }) =>
      operands.some(
        ({ value = '' }) =>
          /^(?:make|g\+\+|gcc|build-base|build-essential)$/.test(value) || isDevelopment(value, scene),
      ),
    ),
  );
  const slim = slimTagOf(base.image);
  if (!hasBuild && !hasToolchain && slim === undefined) return undefined;
  if (base.fromArguments && slim !== undefined)
    return { reason: 'dynamic-value', detail: `\`${stage.imageWord.text}\` may name any variant` };
  const image = slim === undefined ? stage.imageWord.text : stage.imageWord.text.replace(/(?::[^/:]*)?$/, `:${slim}`);
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
  const application = new NodeApplication(scene, folder, manifest, view);
  // Without a build and a native package, the small image alone does it.
  if (!hasBuild && !hasToolchain && !application.mayHaveNative()) return undefined;
  return application.recipe(image, hasBuild, hasToolchain);
}

function isDevelopment(name: string, { release }: Scene): boolean {
  return /-dev$/.test(name) && isBuildPackage(name, release);
}

class NodeApplication {
  readonly #scene: Scene;
  readonly #folder: string;
  readonly #manifest: Readonly<Record<string, unknown>>;
  readonly #view: ImageView;

  constructor(scene: Scene, folder: string, manifest: Readonly<Record<string, unknown>>, view: ImageView) {
    this.#scene = scene;
    this.#folder = folder;
    this.#manifest = manifest;
    this.#view = view;
  }

  #names(field: string): readonly string[] {
    const value = property(this.#manifest, field);
    return isRecord(value) ? Object.keys(value) : [];
  }

  get #production(): readonly string[] {
    return [...this.#names('dependencies'), ...this.#names('optionalDependencies')];
  }

  /** Whether some package may be compiled, as far as a lock file tells. */
  mayHaveNative(): boolean {
    const lock = this.#view.parse(`${this.#folder}/package-lock.json`, 'json');
    const packages = property(lock, 'packages');
    if (!isRecord(packages)) return true;
    return Object.entries(packages).some(
      ([path, entry]) =>
        property(entry, 'hasInstallScript') === true &&
        !/\/(?:esbuild|core-js(?:-pure)?|fsevents|husky|@swc\/core|protobufjs|es5-ext|unrs-resolver)$/.test(path),
    );
  }

  recipe(image: string, hasBuild: boolean, hasToolchain: boolean): Recipe | Obstacle | undefined {
    const system = this.#production.find((name) => SYSTEM_USERS.test(name));
    if (system !== undefined && image !== this.#scene.stage.imageWord.text)
      return { reason: 'unknown-content', detail: `package.json: ${system} uses libraries or programs of the system` };
    const started = this.#started();
    if ('reason' in started) return started;
    const repeated = this.#globalsFor(
      [...started.programs, ...this.#scene.start.programs].map(({ program }) => program),
    );
    const served = started.programs.find(({ program }) => STATIC_SERVERS.test(program));
    const isAlone = started.programs.length === 1 && served?.args.every((word) => !SERVER_SETTINGS.test(word)) === true;
    if (served !== undefined && isAlone && repeated?.programs.includes(served.program) === true && hasBuild)
      return this.#staticRecipe(image, served.args, repeated.command);
    const pruning = this.#pruning(started.needsDevelopment);
    if (typeof pruning === 'object') return pruning;
    const files = this.#files(started.programs, hasBuild);
    const isWhole = files.carried.some(({ path }) => path === this.#folder);
    if (image === this.#scene.stage.imageWord.text && pruning === undefined && isWhole && !hasToolchain) {
      if (!started.needsDevelopment) return undefined;
      return {
        reason: 'builds-at-start',
        detail: `the container starts ${started.programs.map(({ program }) => program).join(', ')}, which only the development brings`,
      };
    }
    return {
      image,
      carried: files.carried,
      copies: [],
      keepsOtherCopies: true,
      ...(started.programs.some(({ program }) => /^(?:python|pip)/.test(program)) ? {} : { isNode: true }),
      ...(pruning === undefined ? {} : { finally: pruning }),
      ...(repeated?.command === undefined ? {} : { globals: repeated.command }),
      packages: usesPrisma(this.#production) && image.includes('slim') ? ['openssl'] : [],
      notes: [
        ...(pruning === undefined ? [] : [`\`${pruning}\` takes away the packages that only the development needs`]),
        `package.json: the container starts ${started.programs.map(({ program, args }) => [program, ...args].join(' ')).join(', ')}`,
        ...files.notes,
      ],
    };
  }

  /** A front end that a server of files shows: its folder is all that is needed. */
  #staticRecipe(image: string, args: readonly string[], command: string | undefined): Recipe | Obstacle {
    const name = operandsOf(args, SERVER_VALUES)[0] ?? '.';
    const workdir = this.#scene.workdirs[this.#scene.workdirs.length - 1] ?? '/';
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

  /** What the container runs, through the scripts of package.json. */
  #started():
    | {
        readonly programs: readonly { readonly program: string; readonly args: readonly string[] }[];
        readonly needsDevelopment: boolean;
      }
    | Obstacle {
    const programs: { program: string; args: readonly string[] }[] = [];
    for (const one of this.#scene.start.programs) {
      const found = this.#resolve(one.program, one.args, 3);
      if ('reason' in found) return found;
      programs.push(...found.programs);
    }
    const building = buildsAtStart({
      ...this.#scene.start,
      programs: programs.map((one) => ({ ...one, isMain: true })),
    });
    if (building !== undefined) return { reason: 'builds-at-start', detail: `package.json: ${building}` };
    let needsDevelopment = false;
    const development = this.#names('devDependencies');
    for (const { program, args } of programs) {
      const name = program === 'npx' ? (args.find((word) => !word.startsWith('-')) ?? program) : program;
      const owner = PACKAGE_OF.get(name) ?? name;
      if ((BROUGHT.test(name) && program !== 'npx') || this.#production.includes(owner) || this.#isGlobal(name))
        continue;
      if (name.includes('/') || /\.(?:sh|js)$/.test(name)) {
        const place =
          this.#scene.start.paths.find((path) => path.endsWith(`/${name}`)) ?? imagePath(this.#folder, name);
        const text = this.#scene.finalView?.read(place);
        if (/\.js$/.test(name)) continue;
        if (text === undefined) return { reason: 'unknown-content', detail: `nobody can tell what \`${name}\` runs` };
        const other = parseShell(text)
          .commands.map(({ words }) => words[0]?.value ?? '')
          .find(
            (word) =>
              !BROUGHT.test(word) &&
              !/^(?:\.|until|nc|wait|read|printf|mkdir|chmod|chown|ls|cat|rm|cp)$/.test(word) &&
              !this.#production.includes(PACKAGE_OF.get(word) ?? word),
          );
        if (other !== undefined) return { reason: 'unknown-command', detail: `\`${name}\` runs \`${other}\`` };
        continue;
      }
      if (!development.includes(owner))
        return {
          reason: 'unknown-command',
          detail: `nobody knows which package brings \`${name}\`, which the container starts`,
        };
      needsDevelopment = true;
    }
    return { programs, needsDevelopment };
  }

  #resolve(
    program: string,
    args: readonly string[],
    depth: number,
  ): { readonly programs: readonly { program: string; args: readonly string[] }[] } | Obstacle {
    if (!/^(?:npm|yarn|pnpm|bun)$/.test(program)) return { programs: [{ program, args }] };
    const words = args.filter((word) => !word.startsWith('-'));
    const [verb = 'start', second = ''] = words;
    const name = verb === 'run' || verb === 'run-script' ? second : verb;
    if (program === 'pnpm' && !this.#isGlobal('pnpm'))
      return { reason: 'unknown-content', detail: '`pnpm` comes from corepack, which downloads it for each user' };
    const scripts = property(this.#manifest, 'scripts');
    if (
      property(scripts, `pre${name}`) !== undefined &&
      /build|compile|tsc|generate/.test(String(property(scripts, `pre${name}`)))
    )
      return { reason: 'builds-at-start', detail: `package.json: "pre${name}" builds when the container starts` };
    const script = property(scripts, name);
    if (typeof script !== 'string') {
      if (name === 'start' && this.#scene.finalView?.has(`${this.#folder}/server.js`) === true)
        return { programs: [{ program: 'node', args: ['server.js'] }] };
      return { reason: 'unknown-content', detail: `package.json has no script "${name}"` };
    }
    const shell = parseShell(script);
    if (!shell.isValid || depth === 0)
      return { reason: 'unknown-content', detail: `package.json: "${name}" is no script that can be read` };
    const programs: { program: string; args: readonly string[] }[] = [];
    for (const { words: parts } of shell.commands) {
      const values = parts.map(({ value, text }) => value ?? text);
      const at =
        values[0] === 'cross-env' || values[0] === 'env'
          ? values.findIndex((word, index) => index > 0 && !word.includes('='))
          : 0;
      const [first = '', ...rest] = values.slice(Math.max(at, 0));
      if (first === '') continue;
      if (values[0] === 'cross-env') programs.push({ program: 'cross-env', args: [] });
      const found = this.#resolve(first, rest, depth - 1);
      if ('reason' in found) return found;
      programs.push(...found.programs);
    }
    return { programs };
  }

  #isGlobal(program: string): boolean {
    const name = PACKAGE_OF.get(program) ?? program;
    return [...this.#scene.runs, ...this.#scene.later].some((run) =>
      run.globals.some(({ operands }) => operands.some(({ value = '' }) => value.replace(/(?<=.)@.*$/, '') === name)),
    );
  }

  /** What is started that was installed for the whole image; the command is undefined where it stays behind the cut. */
  #globalsFor(
    programs: readonly string[],
  ): { readonly programs: readonly string[]; readonly command: string | undefined } | undefined {
    const used = [...new Set(programs)].filter((name) => this.#isGlobal(name));
    if (used.length === 0) return undefined;
    const names = used.map((name) => PACKAGE_OF.get(name) ?? name);
    const words = this.#scene.runs
      .flatMap((run) => run.globals.flatMap(({ operands }) => operands.map(({ value = '' }) => value)))
      .filter((value) => names.includes(value.replace(/(?<=.)@.*$/, '')));
    return { programs: used, command: words.length === 0 ? undefined : `npm install -g ${words.join(' ')}` };
  }

  /** How the packages of the development are taken away; undefined where there are none left. */
  #pruning(needsDevelopment: boolean): string | Obstacle | undefined {
    if (this.#names('devDependencies').length === 0 || needsDevelopment) return undefined;
    const { analysis, runs, last } = this.#scene;
    const installs = runs.flatMap(({ instruction }) => {
      const body = analysis.body(instruction);
      return body === undefined ? [] : invocationsOf(body).flatMap((invocation) => packageCommandOf(invocation) ?? []);
    });
    const nodes = installs.filter(
      ({ manager, action }) => action === 'install' && /^(?:npm|yarn|pnpm|bun)$/.test(manager),
    );
    const omits = (command: (typeof nodes)[number]): boolean =>
      hasOption(command, '--production', '--prod', '-P') ||
      command.options.some(
        ({ name, value }) => (name === '--omit' || name === '--only') && /dev|prod/.test(value ?? ''),
      );
    const prunes = installs.some(
      ({ manager, subcommand }) => /^(?:npm|pnpm)$/.test(manager) && subcommand?.value === 'prune',
    );
    if (prunes || (nodes.length > 0 && nodes.every(omits))) return undefined;
    const env = analysis.stateBefore(last.instruction).environment;
    for (let entry = env; entry !== undefined; entry = entry.before)
      if (
        entry.name === 'NODE_ENV' &&
        entry.value === 'production' &&
        !nodes.some((command) =>
          command.options.some(({ name }) => name === '--include' || name === '--production=false'),
        )
      )
        return undefined;
    const here = this.#scene.workdirs[last.instruction.index - this.#scene.stage.from.index] ?? '/';
    const enter = here === this.#folder ? '' : `cd ${this.#folder} && `;
    const [first] = nodes.filter(({ options }) => !options.some(({ name }) => name === '-g' || name === '--global'));
    const legacy = first !== undefined && hasOption(first, '--legacy-peer-deps') ? ' --legacy-peer-deps' : '';
    switch (first?.manager) {
      case 'npm': {
        const { base } = this.#scene.stage;
        const major = base.kind === 'image' ? Number(/^(\d+)/.exec(base.image.tag ?? '')?.[1] ?? 99) : 99;
        return `${enter}npm prune ${major < 15 ? '--production' : '--omit=dev'}${legacy}`;
      }
      case 'pnpm':
        if (this.#view.has(`${this.#folder}/pnpm-workspace.yaml`)) return undefined;
        return `${enter}CI=true pnpm prune --prod`;
      case 'yarn': {
        // It installs anew: without the scripts no patch is applied again, and what was mounted is not there.
        const hasMounts = runs.some(({ instruction }) => instruction.flag('mount') !== undefined);
        if (this.#isBerry() || hasMounts || this.#patches()) return undefined;
        if (!this.#view.has(`${this.#folder}/yarn.lock`)) return undefined;
        return `${enter}yarn install --production --ignore-scripts --prefer-offline`;
      }
      default:
        return undefined;
    }
  }

  #patches(): boolean {
    return (
      this.#production.concat(this.#names('devDependencies')).includes('patch-package') ||
      isOfContext(this.#view, `${this.#folder}/patches`)
    );
  }

  /** What of the folder the process reads. */
  #files(
    programs: readonly { readonly program: string; readonly args: readonly string[] }[],
    hasBuild: boolean,
  ): { readonly carried: readonly Carried[]; readonly notes: readonly string[] } {
    const folder = this.#folder;
    const whole = {
      carried: [{ path: folder }],
      notes: [`the whole of ${folder} is copied: nobody can tell what of it the process reads`],
    };
    const output = hasBuild ? this.#output(programs) : undefined;
    if (output === undefined || stringsOf(property(this.#manifest, 'workspaces')).length > 0) return whole;
    const path = imagePath(folder, output);
    const known = [path, `${folder}/node_modules`, `${folder}/package.json`];
    const rest = carriedBelow(
      this.#view,
      folder,
      'node',
      (file) =>
        known.some((one) => isWithin(file, one)) ||
        (output === '.next' && BUNDLED_BY_NEXT.test(file.slice(folder.length + 1))),
    );
    const outside = this.#scene.workdirs.some((one) => one !== '/' && one !== folder && !isWithin(one, folder));
    if (rest === undefined || outside || this.#isWhole(programs)) return whole;
    const config = [...this.#view.below(folder)].filter((file) => /\/next\.config\.ts$/.test(file));
    return {
      carried: [`${folder}/package.json`, `${folder}/node_modules`, path, ...rest.places, ...config].map((one) => ({
        path: one,
      })),
      notes: [
        rest.places.length === 0
          ? 'the build context holds nothing else than sources'
          : `of the build context it gets ${rest.places.join(', ')}`,
        `left in the builder: ${rest.left.slice(0, 8).join(', ')}${rest.left.length > 8 ? ' and more' : ''}`,
      ],
    };
  }

  /** Whether something besides the build and the installation is part of what the process needs. */
  #isWhole(programs: readonly { readonly program: string; readonly args: readonly string[] }[]): boolean {
    const { runs } = this.#scene;
    const hooks = programs.some(({ args }) => args.some((word) => /tsconfig-paths|ts-node|module-alias/.test(word)));
    const writes = runs.some((run) => run.scripts.length > 0 || run.editsApplication || run.placed.length > 0);
    const hasModules =
      !this.#isBerry() || /nodeLinker:\s*node-modules/.test(this.#view.read(`${this.#folder}/.yarnrc.yml`) ?? '');
    return hooks || writes || !hasModules;
  }

  #isBerry(): boolean {
    return this.#view.read(`${this.#folder}/yarn.lock`)?.includes('__metadata:') === true;
  }

  /** The one folder that the build fills, where its script is a tool that fills one, and the process starts there. */
  #output(programs: readonly { readonly program: string; readonly args: readonly string[] }[]): string | undefined {
    const builds = this.#scene.runs.flatMap((run) => run.builds.filter(({ tool }) => tool === 'node'));
    const [only, more] = builds;
    const name = /(?:run )?([\w:-]+)$/.exec(only?.label ?? '')?.[1] ?? 'build';
    if (only === undefined || more !== undefined) return undefined;
    const script = property(this.#manifest, 'scripts', name === 'run' ? 'build' : name);
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
    const isBuilt =
      started !== undefined && this.#view.below(`${this.#folder}/${started}`)[Symbol.iterator]().next().done === true;
    return isBuilt ? started : undefined;
  }
}

/** Prisma's engine looks for the library of OpenSSL, which the small image lacks. Source: prisma/orm, issue 19729. */
export function usesPrisma(names: readonly string[]): boolean {
  return names.some((name) => name === 'prisma' || name === '@prisma/client');
}

/** The words that are no options, and no values of options. */
function operandsOf(args: readonly string[], valued: RegExp): readonly string[] {
  return args.filter((word, index) => !word.startsWith('-') && !valued.test(args[index - 1] ?? ''));
}
