import type { Instruction } from '../../dockerfile/instruction.js';
import type { Stage } from '../../dockerfile/stage.js';
import type { ShellBody } from '../../shell/body.js';
import { type Invocation, invocationOf } from '../../shell/invocation.js';
import { type PackageCommand, packageCommandOf } from '../../shell/packages.js';
import { baseName } from '../../text/path.js';
import type { Analysis } from '../analysis.js';
import { imagePath, isWithin, UNKNOWN, workdirsOf } from '../copies.js';
import { isFileName } from '../file-names.js';
import type { Installation } from '../installs/installation.js';
import { SYSTEM_FOLDERS } from '../order/stage-facts.js';
import { type StepItem, stepsOf } from '../script-steps.js';
import type { Step } from '../step.js';
import { type Build, buildOf, isOwnScript } from './build-commands.js';
import { knownValues, variablesOf } from './known-variables.js';
import { withoutGone } from './removals.js';

/** What the commands of a RUN make. */
export interface Made {
  readonly builds: readonly Build[];
  /** Files that it leaves outside of the application, such as a program that it downloads. */
  readonly outputs: readonly string[];
  /** Files that it copies, moves or downloads into the application. */
  readonly placed: readonly string[];
}

/** What a RUN means for a stage that is cut in two: the image that builds, and the image that runs. */
export interface RunReading extends Made {
  readonly instruction: Instruction;
  /** Packages of the distribution that it installs. */
  readonly packages: readonly PackageCommand[];
  /** Packages of a language for the whole image, such as `npm install -g serve`. */
  readonly globals: readonly PackageCommand[];
  readonly installations: readonly Installation[];
  /** Scripts of the project and generators: they write below the application, and nobody knows what. */
  readonly scripts: readonly string[];
  /** Commands that the image that runs may need as well, in their order. */
  readonly commands: readonly RepeatedCommand[];
  /** Files and folders that it removes or moves away, or patterns of them. */
  readonly gone: readonly string[];
  /** Compiles extensions of PHP. */
  readonly buildsExtensions: boolean;
  /** Works on files of the application in other ways than to change their modes and owners. */
  readonly changesApplication: boolean;
  /** Changes what is in files of the application. */
  readonly editsApplication: boolean;
  /** The names of all programs that it runs. */
  readonly programs: readonly string[];
  /** Owners that it gives to folders of the application. */
  readonly owners: readonly Owner[];
  /** The first command of which nobody knows what it leaves behind. */
  readonly unknown: string | undefined;
}

export interface Owner {
  readonly owner: string;
  readonly path: string;
}

/** A command that sets up the system, or works on files of the application. */
export interface RepeatedCommand {
  readonly text: string;
  readonly program: string;
  readonly isOfApplication: boolean;
  /** Absolute. */
  readonly paths: readonly string[];
  /** It comes to the same where it is repeated as it stands. */
  readonly isPlain: boolean;
  /** It takes files away, of the application or of what the base image brought. */
  readonly isRemoval?: true;
}

/** Places whose files no image needs at run time. */
const PASSING =
  /^\/(?:tmp|var\/tmp|var\/cache|var\/log|var\/lib\/apt|var\/lib\/dpkg|usr\/share\/(?:doc|man|info|locale)|root\/\.(?:cache|npm|yarn|m2|gradle|cargo|cpanm|local\/share\/pnpm)|home\/\w+\/\.(?:cache|npm|m2|gradle)|go\/pkg|usr\/local\/cargo\/registry|usr\/local\/share\/\.cache|dev)(?:\/|$)/;

/** Those that not even their folders are needed of. */
const TEMPORARY = /^\/(?:tmp|var\/tmp|var\/lib\/apt|var\/cache\/apt|root\/\.cache|dev)(?:\/|$)/;

/** Programs that set up the system and have to do so in the image that runs. */
const SETTING_UP =
  /^(?:useradd|usermod|userdel|groupadd|groupmod|adduser|addgroup|deluser|delgroup|locale-gen|localedef|update-locale|dpkg-reconfigure|update-ca-certificates|a2enmod|a2dismod|a2enconf|a2ensite|phpenmod)$/;

/** Programs that only look, or whose work only a build needs. */
const BUILD_ONLY =
  /^(?:apt-mark|apt-cache|debconf-set-selections|ldconfig|ldd|file|du|df|find|sha256sum|sha1sum|md5sum|gpg|corepack|rustup|nvm|n|source|\.)$/;

/** Tools of PHP that write below the application alone: the class map, caches and links of a framework. */
const WORKS_BELOW =
  /^(?:composer (?:dump-?autoload|validate|check-platform-reqs|run(?:-script)?)|php (?:\.\/)?artisan)$/;

const DISTRIBUTION = /^(?:apt-get|apt|apk)$/;

/** Programs that leave files where they are told to. */
const FILE_MAKERS = /^(?:cp|mv|install|curl|wget|tar|unzip|python[\d.]*|virtualenv)$/;

/** The RUN instructions of a stage; undefined where one has another shell or a script that does not parse. */
export function readRuns(
  analysis: Analysis,
  stage: Stage,
  workdirs = workdirsOf(analysis, stage),
  folders = applicationFolders(stage, workdirs),
): readonly RunReading[] | undefined {
  const variables = variablesOf(stage);
  const readings: RunReading[] = [];
  for (const [index, instruction] of stage.instructions.entries()) {
    if (instruction.keyword !== 'RUN') continue;
    const body = analysis.body(instruction)?.withValues(knownValues(analysis, stage, instruction));
    if (body === undefined) return undefined;
    const reader = new RunReader(instruction, folders, variables);
    for (const item of stepsOf(body, workdirs[index] ?? '/')) reader.read(item, body);
    const { reading } = reader;
    if (reading.gone.length > 0)
      for (const [at, before] of readings.entries()) readings[at] = { ...before, ...withoutGone(before, reading.gone) };
    readings.push(reading);
  }
  return readings;
}

/** The folders of a stage that hold its application: working directories, and the folders that it copies into. */
export function applicationFolders(stage: Stage, workdirs: readonly string[]): readonly string[] {
  const folders = new Set<string>();
  for (const [index, { keyword, words }] of stage.instructions.entries()) {
    const workdir = workdirs[index + 1] ?? '/';
    if (keyword === 'WORKDIR') folders.add(workdir);
    if (keyword !== 'COPY' && keyword !== 'ADD') continue;
    const target = words[words.length - 1]?.text ?? '';
    const name = baseName(target);
    const isFile = isFileName(name) || (name.includes('.') && name === baseName(words[0]?.text ?? ''));
    if (/^[\w./@+-]+$/.test(target) && (!isFile || target.endsWith('/'))) folders.add(imagePath(workdir, target));
  }
  return [...folders].filter((folder) => folder !== '/' && !SYSTEM_FOLDERS.test(folder) && !folder.includes(UNKNOWN));
}

/** The names of the packages of the distribution that RUNs install, as they are written. */
export function packageNamesOf(runs: readonly RunReading[]): readonly string[] {
  return runs.flatMap((run) => run.packages.flatMap(({ operands }) => operands.map(({ value = '' }) => value)));
}

class RunReader {
  readonly #instruction: Instruction;
  readonly #folders: readonly string[];
  readonly #variables: ReadonlySet<string>;
  readonly #packages: PackageCommand[] = [];
  readonly #globals: PackageCommand[] = [];
  readonly #installations: Installation[] = [];
  readonly #scripts: string[] = [];
  readonly #commands: RepeatedCommand[] = [];
  #made: Made = { builds: [], outputs: [], placed: [] };
  readonly #gone: string[] = [];
  readonly #owners: Owner[] = [];
  readonly #programs: string[] = [];
  #changesApplication = false;
  #editsApplication = false;
  #buildsExtensions = false;
  #unknown: string | undefined;
  #changesFolder = false;

  constructor(instruction: Instruction, folders: readonly string[], variables: ReadonlySet<string>) {
    this.#variables = variables;
    this.#instruction = instruction;
    this.#folders = folders;
  }

  get reading(): RunReading {
    return {
      instruction: this.#instruction,
      packages: this.#packages,
      globals: this.#globals,
      installations: this.#installations,
      scripts: this.#scripts,
      commands: this.#commands,
      ...this.#made,
      gone: this.#gone,
      changesApplication: this.#changesApplication,
      editsApplication: this.#editsApplication,
      buildsExtensions: this.#buildsExtensions,
      programs: this.#programs,
      owners: this.#owners,
      unknown: this.#unknown,
    };
  }

  read({ item, step, folder }: StepItem, body: ShellBody): void {
    const [command] = item.commands;
    if (command === undefined) return;
    const shown = body.text.slice(item.start, item.end);
    const invocation = invocationOf(body, command);
    const isPlain = item.type === 'Command' && item.commands.length === 1;
    for (const one of item.commands) this.#programs.push(invocationOf(body, one)?.program ?? '');
    // These install Rust in the home of the user who builds, composer as a program, and a source of packages of Node.
    if (/https:\/\/(?:sh\.rustup\.rs|getcomposer\.org\/installer|deb\.nodesource\.com\/setup_)/.test(shown)) return;
    if (step.kind === 'install') {
      this.#installations.push(step.installation);
      // Commands such as `mvn package` and `go build` install on their way to a build.
      const build = invocation === undefined ? undefined : buildOf(invocation, folder);
      if (build !== undefined) this.#make({ builds: [build] });
      return;
    }
    if (invocation === undefined) {
      if (step.kind !== 'setting' && command.words.length > 0) this.#notKnown(shown);
      return;
    }
    if (this.#readPackages(invocation, shown, isPlain)) return;
    const { program } = invocation;
    if (program === 'cd') {
      this.#changesFolder = true;
      return;
    }
    const build = buildOf(invocation, folder);
    if (build !== undefined) {
      if (build.tool === 'generator' && build.isOpen === true) this.#scripts.push(build.label);
      this.#make({ builds: [build] });
      return;
    }
    if (/^(?:rpm|apt-key|add-apt-repository)$/.test(program)) {
      this.#notKnown(shown);
      return;
    }
    if (program === 'find' && REMOVES_FOUND.test(shown) && this.#findsInApplication(invocation, folder)) {
      this.#notKnown(shown);
      return;
    }
    if (BUILD_ONLY.test(program) && item.type === 'Command') return;
    if (program === 'dpkg' && !invocation.args.some(({ text }) => /^-i$|^--install$|^--unpack$/.test(text))) return;
    if (SETTING_UP.test(program)) {
      this.#repeat(invocation, [], shown, isPlain, false);
      return;
    }
    if (isPlain && (isOwnScript(invocation) || WORKS_BELOW.test(`${program} ${invocation.args[0]?.value ?? ''}`))) {
      this.#scripts.push(shown);
      return;
    }
    this.#readStep(invocation, step, folder, shown, isPlain);
  }

  /** Whether a command is one of a package manager. */
  #readPackages(invocation: Invocation, shown: string, isPlain: boolean): boolean {
    const packages = packageCommandOf(invocation);
    if (packages === undefined) return false;
    if (DISTRIBUTION.test(packages.manager)) {
      if (packages.action === 'install') this.#packages.push(packages);
      if (!isPlain && packages.action === 'install') this.#notKnown(shown);
      return true;
    }
    if (packages.action !== 'install' || buildOf(invocation, '/') !== undefined) return false;
    this.#globals.push(packages);
    return true;
  }

  #readStep(invocation: Invocation, step: Step, folder: string, shown: string, isPlain: boolean): void {
    const { program } = invocation;
    if (step.kind === 'free' || step.kind === 'setting') {
      if (program === 'mkdir') {
        const unknown = invocation.args.find(({ value }) => value === undefined);
        if (unknown !== undefined) this.#notKnown(shown);
        const paths = invocation.args.flatMap(({ value }) =>
          value === undefined || value.startsWith('-') ? [] : [value],
        );
        this.#readPaths(
          invocation,
          paths.map((path) => imagePath(folder, path)),
          shown,
          isPlain,
        );
      } else if (/^(?:docker-php-ext-\w+|pecl)$/.test(program)) this.#buildsExtensions = true;
      else if (/^(?:install-php-extensions|curl|wget|dpkg)$/.test(program)) this.#notKnown(shown);
      return;
    }
    if (step.kind !== 'touches') {
      this.#notKnown(shown);
      return;
    }
    if (step.onlyReads === true) return;
    const inApplication = step.paths.some((path) => this.#isOfApplication(path));
    if (inApplication && !/^(?:chown|chgrp|chmod|mkdir|touch)$/.test(program)) this.#changesApplication = true;
    if (step.removesFiles === true) {
      this.#remove(operandsOf(invocation, folder));
      this.#commands.push({
        text: shown,
        program,
        isOfApplication: inApplication,
        paths: step.paths,
        isPlain: isPlain && !this.#changesFolder && !/[\n`]/.test(shown) && this.#knowsVariables(shown),
        isRemoval: true,
      });
      return;
    }
    if (program === 'chown') {
      const [owner] = invocation.args.flatMap(({ value }) =>
        value === undefined || value.startsWith('-') ? [] : [value],
      );
      for (const path of step.paths) if (owner !== undefined) this.#owners.push({ owner, path });
    }
    const written = this.#written(invocation, step.paths, folder);
    if (written === undefined) this.#notKnown(shown);
    else this.#readPaths(invocation, written, shown, isPlain);
  }

  /** What was made before is gone as well. */
  #remove(paths: readonly string[]): void {
    this.#gone.push(...paths);
    this.#made = withoutGone(this.#made, paths);
  }

  #make({ builds = [], outputs = [], placed = [] }: Partial<Made>): void {
    const before = this.#made;
    this.#made = {
      builds: [...before.builds, ...builds],
      outputs: [...before.outputs, ...outputs],
      placed: [...before.placed, ...placed],
    };
  }

  #findsInApplication({ args }: Invocation, folder: string): boolean {
    const options = args.findIndex(({ text }) => /^[-(!\\]/.test(text));
    const starts = args.slice(0, options === -1 ? args.length : options);
    const paths = starts.length === 0 ? [folder] : starts.map(({ value }) => imagePath(folder, value ?? '.'));
    return paths.some((path) => this.#isOfApplication(path) || this.#folders.some((one) => isWithin(one, path)));
  }

  /** The paths that a command writes, of those that it works on; undefined where nobody can tell. */
  #written(invocation: Invocation, paths: readonly string[], folder: string): readonly string[] | undefined {
    const { program, args } = invocation;
    if (!/^(?:cp|mv|install)$/.test(program) || args.some(({ text }) => text === '-d' || text === '--directory'))
      return paths;
    if (args.some(({ text }) => /^-\w*t$|^--target-directory/.test(text))) return undefined;
    const target = paths[paths.length - 1];
    if (target === undefined) return paths;
    const sources = operandsOf(invocation, folder).slice(0, -1);
    if (program === 'mv') this.#remove(sources);
    const words = args.filter(({ text }) => !text.startsWith('-'));
    const word = words[words.length - 1]?.value ?? '';
    const isFolder =
      word.endsWith('/') ||
      /(?:^|\/)\.$/.test(word) ||
      sources.length > 1 ||
      isSharedFolder(target) ||
      this.#folders.includes(target);
    if (!isFolder) return [target];
    // Of a folder that is named by a dot, and of a pattern, nobody sees here which names come out.
    const isOpen = words.slice(0, -1).some(({ text }) => /(?:^|\/)\.{1,2}\/?$|[*?]/.test(text));
    return isOpen ? [target] : sources.map((source) => imagePath(target, baseName(source)));
  }

  #readPaths(invocation: Invocation, paths: readonly string[], shown: string, isPlain: boolean): void {
    const { program, args } = invocation;
    const makesFolder = program === 'install' && args.some(({ text }) => text === '-d' || text === '--directory');
    const makesFiles = FILE_MAKERS.test(program) && !makesFolder;
    const ignored = makesFiles ? PASSING : TEMPORARY;
    const { outputs, placed, builds } = this.#made;
    const left = [...outputs, ...placed, ...builds.flatMap((build) => build.outputs)];
    const needed = paths.filter((path) => !ignored.test(path) && !left.some((one) => isWithin(path, one)));
    const inside = needed.filter((path) => this.#isOfApplication(path));
    const outside = needed.filter((path) => !inside.includes(path));
    if (makesFiles) {
      this.#make({ placed: inside });
      if (outside.some((path) => path.includes(UNKNOWN) || isSharedFolder(path) || CONFIGURES_PACKAGES.test(path)))
        this.#notKnown(shown);
      else this.#make({ outputs: outside });
      return;
    }
    if (/^(?:echo|printf|cat)$/.test(program)) {
      this.#make({ placed: inside });
      if (outside.length > 0) this.#repeat(invocation, outside, shown, isPlain, false);
      return;
    }
    if (inside.length > 0 && !/^(?:chown|chgrp|chmod|mkdir|touch|ln|install)$/.test(program))
      this.#editsApplication = true;
    if (needed.length > 0) this.#repeat(invocation, needed, shown, isPlain, outside.length === 0);
  }

  #isOfApplication(path: string): boolean {
    return this.#folders.some((folder) => isWithin(path, folder));
  }

  #repeat(
    { program }: Invocation,
    paths: readonly string[],
    text: string,
    isPlain: boolean,
    isOfApplication: boolean,
  ): void {
    // Behind a `cd` its paths count from another folder, and nobody knows what a pattern finds in another image.
    const hasPattern = paths.some((path) => /[*?]/.test(path)) || /[*?](?!['"])/.test(text.replace(/(['"]).*?\1/g, ''));
    const isSame = isPlain && !this.#changesFolder && !/[\n`]/.test(text) && !hasPattern;
    if (!isOfApplication && (!isSame || !this.#knowsVariables(text))) this.#notKnown(text);
    else this.#commands.push({ text, program, isOfApplication, paths, isPlain: isSame });
  }

  /** Whether a command takes no other variables than those that ENV and ARG of the stage set. */
  #knowsVariables(text: string): boolean {
    const bare = text.replace(/\$\{?([A-Za-z_]\w*)\}?/g, (whole, name: string) =>
      this.#variables.has(name) ? '' : whole,
    );
    return !bare.includes('$');
  }

  #notKnown(shown: string): void {
    this.#unknown ??= shown.replace(/\s+/g, ' ').slice(0, 60);
  }
}

/** Files that say where packages and certificates come from: they have to be there before anything is installed. */
const CONFIGURES_PACKAGES = /^\/(?:etc\/apt|usr\/share\/keyrings|etc\/apk|usr\/local\/share\/ca-certificates)(?:\/|$)/;

const REMOVES_FOUND = /\s-delete\b|\s-(?:exec|execdir|ok)\s+(?:rm|mv|unlink|sh|bash)\b/;

/** The operands of a command that works on files, absolute; those with patterns of the shell as they are. */
function operandsOf({ args }: Invocation, folder: string): readonly string[] {
  return args.filter(({ text }) => !text.startsWith('-')).map(({ text, value }) => imagePath(folder, value ?? text));
}

/** A folder that holds more than what one command puts there. */
function isSharedFolder(path: string): boolean {
  return /^\/(?:|bin|etc|home|lib|opt|root|run|sbin|srv|usr|var|usr\/(?:bin|lib|local|sbin|share)|usr\/local\/(?:bin|etc|lib|sbin|share)|var\/lib)$/.test(
    path,
  );
}
