import type { Instruction } from '../../dockerfile/instruction.js';
import type { Stage } from '../../dockerfile/stage.js';
import type { ShellBody } from '../../shell/body.js';
import { invocationOf } from '../../shell/invocation.js';
import { type PackageCommand, packageCommandOf } from '../../shell/packages.js';
import type { Analysis } from '../analysis.js';
import { imagePath, isWithin, UNKNOWN, workdirsOf } from '../copies.js';
import type { Installation } from '../installs/installation.js';
import { SYSTEM_FOLDERS } from '../order/stage-facts.js';
import { type StepItem, stepsOf } from '../script-steps.js';
import { type Build, buildOf, isOwnScript } from './build-commands.js';

/** What a RUN means for a stage that is cut in two: the image that builds, and the image that runs. */
export interface RunReading {
  readonly instruction: Instruction;
  /** Packages of the distribution that it installs. */
  readonly packages: readonly PackageCommand[];
  /** Packages of a language for the whole image, such as `npm install -g serve`. */
  readonly globals: readonly PackageCommand[];
  readonly installations: readonly Installation[];
  readonly builds: readonly Build[];
  /** Scripts of the project and generators: they write below the application, and nobody knows what. */
  readonly scripts: readonly string[];
  /** Commands that the image that runs needs as well: users, folders, links, settings of the system. */
  readonly repeated: readonly string[];
  /** Those, and the ones that work on files of the application, in their order. */
  readonly repeatedAnywhere: readonly string[];
  /** Files that it leaves outside of the application, such as a program that it downloads. */
  readonly outputs: readonly string[];
  /** Compiles extensions of PHP. */
  readonly buildsExtensions: boolean;
  /** Works on files of the application in other ways than to change their modes and owners. */
  readonly changesApplication: boolean;
  /** The names of all programs that it runs. */
  readonly programs: readonly string[];
  /** Owners that it gives to folders of the application. */
  readonly owners: readonly Owner[];
  /** The first command on files of the application that cannot be repeated as it stands. */
  readonly unrepeatable: string | undefined;
  /** The first command of which nobody knows what it leaves behind. */
  readonly unknown: string | undefined;
}

export interface Owner {
  readonly owner: string;
  readonly path: string;
}

/** Places that no image needs at run time. */
const PASSING =
  /^\/(?:tmp|var\/tmp|var\/cache|var\/log|var\/lib\/apt|var\/lib\/dpkg|usr\/share\/(?:doc|man|info|locale)|root\/\.(?:cache|npm|yarn|m2|gradle|cargo|cpanm|local\/share\/pnpm)|home\/\w+\/\.(?:cache|npm|m2|gradle)|go\/pkg|usr\/local\/cargo\/registry|usr\/local\/share\/\.cache|dev)(?:\/|$)/;

/** Programs that set up the system and have to do so in the image that runs. */
const SETTING_UP =
  /^(?:useradd|usermod|userdel|groupadd|groupmod|adduser|addgroup|deluser|delgroup|locale-gen|localedef|update-locale|dpkg-reconfigure|update-ca-certificates|a2enmod|a2dismod|a2enconf|a2ensite|phpenmod)$/;

/** Programs that only look, or work on what a build leaves behind anyway. */
const BUILD_ONLY =
  /^(?:apt-mark|apt-cache|apt-key|add-apt-repository|debconf-set-selections|ldconfig|rpm|yum-config-manager|crb|ldd|file|du|df|find|sha256sum|sha1sum|md5sum|gpg|dpkg|corepack|rustup|nvm|n|source|\.)$/;

const DISTRIBUTION = /^(?:apt-get|apt|apk)$/;

/** The RUN instructions of a stage; undefined where one has another shell or a script that does not parse. */
export function readRuns(analysis: Analysis, stage: Stage): readonly RunReading[] | undefined {
  const workdirs = workdirsOf(analysis, stage);
  const folders = applicationFolders(analysis, stage, workdirs);
  const readings: RunReading[] = [];
  for (const [index, instruction] of stage.instructions.entries()) {
    if (instruction.keyword !== 'RUN') continue;
    const body = analysis.body(instruction);
    if (body === undefined) return undefined;
    const reader = new RunReader(instruction, folders);
    for (const item of stepsOf(body, workdirs[index] ?? '/')) reader.read(item, body);
    readings.push(reader.reading);
  }
  return readings;
}

/** The folders of a stage that hold its application: working directories, and where it copies. */
export function applicationFolders(
  analysis: Analysis,
  stage: Stage,
  workdirs = workdirsOf(analysis, stage),
): readonly string[] {
  const folders = new Set<string>();
  for (const [index, { keyword, words }] of stage.instructions.entries()) {
    const workdir = workdirs[index + 1] ?? '/';
    if (keyword === 'WORKDIR') folders.add(workdir);
    if (keyword !== 'COPY' && keyword !== 'ADD') continue;
    const target = words[words.length - 1]?.text ?? '';
    if (/^[\w./@+-]+$/.test(target)) folders.add(imagePath(workdir, target));
    folders.add(workdir);
  }
  return [...folders].filter((folder) => folder !== '/' && !SYSTEM_FOLDERS.test(folder) && !folder.includes(UNKNOWN));
}

class RunReader {
  readonly #instruction: Instruction;
  readonly #folders: readonly string[];
  readonly #packages: PackageCommand[] = [];
  readonly #globals: PackageCommand[] = [];
  readonly #installations: Installation[] = [];
  readonly #builds: Build[] = [];
  readonly #scripts: string[] = [];
  readonly #repeated: string[] = [];
  readonly #repeatedAnywhere: string[] = [];
  readonly #outputs: string[] = [];
  readonly #owners: Owner[] = [];
  readonly #programs: string[] = [];
  #changesApplication = false;
  #buildsExtensions = false;
  #unknown: string | undefined;
  #unrepeatable: string | undefined;
  #changesFolder = false;

  constructor(instruction: Instruction, folders: readonly string[]) {
    this.#instruction = instruction;
    this.#folders = folders;
  }

  get reading(): RunReading {
    return {
      instruction: this.#instruction,
      packages: this.#packages,
      globals: this.#globals,
      installations: this.#installations,
      builds: this.#builds,
      scripts: this.#scripts,
      repeated: this.#repeated,
      repeatedAnywhere: this.#repeatedAnywhere,
      outputs: this.#outputs,
      changesApplication: this.#changesApplication,
      buildsExtensions: this.#buildsExtensions,
      programs: this.#programs,
      owners: this.#owners,
      unknown: this.#unknown,
      unrepeatable: this.#unrepeatable,
    };
  }

  read({ item, step, folder }: StepItem, body: ShellBody): void {
    const [command] = item.commands;
    if (command === undefined) return;
    const shown = body.text.slice(item.start, item.end);
    const invocation = invocationOf(body, command);
    const isPlain = item.type === 'Command' && item.commands.length === 1;
    for (const one of item.commands) this.#programs.push(invocationOf(body, one)?.program ?? '');
    // These install Rust in the home of the user who builds, and composer as a program.
    if (/https:\/\/(?:sh\.rustup\.rs|getcomposer\.org\/installer)/.test(shown)) return;
    if (step.kind === 'install') {
      this.#installations.push(step.installation);
      // Commands such as `mvn package` and `go build` install on their way to a build.
      const build = invocation === undefined ? undefined : buildOf(invocation, folder);
      if (build !== undefined) this.#builds.push(build);
      return;
    }
    if (invocation === undefined) {
      if (step.kind !== 'setting' && command.words.length > 0) this.#notKnown(shown);
      return;
    }
    const packages = packageCommandOf(invocation);
    if (packages !== undefined && DISTRIBUTION.test(packages.manager)) {
      if (packages.action === 'install') this.#packages.push(packages);
      if (!isPlain && packages.action === 'install') this.#notKnown(shown);
      return;
    }
    const { program } = invocation;
    if (program === 'cd') {
      this.#changesFolder = true;
      return;
    }
    const build = buildOf(invocation, folder);
    if (build !== undefined) {
      if (build.tool === 'generator') this.#scripts.push(build.label);
      this.#builds.push(build);
      return;
    }
    if (packages !== undefined && packages.action === 'install') {
      this.#globals.push(packages);
      return;
    }
    if (BUILD_ONLY.test(program) && item.type === 'Command') return;
    if (SETTING_UP.test(program)) {
      this.#repeat(shown, isPlain);
      return;
    }
    if (isPlain && isOwnScript(invocation)) {
      this.#scripts.push(shown);
      return;
    }
    if (step.kind === 'free' || step.kind === 'setting') {
      if (program === 'mkdir')
        this.#readPaths(
          invocation.args.flatMap(({ value }) => value ?? []),
          folder,
          shown,
          isPlain,
          'repeat',
        );
      else if (/^(?:docker-php-ext-\w+|pecl)$/.test(program)) this.#buildsExtensions = true;
      else if (/^(?:install-php-extensions|curl|wget)$/.test(program)) this.#notKnown(shown);
      return;
    }
    if (step.kind !== 'touches') {
      this.#notKnown(shown);
      return;
    }
    const inApplication = step.paths.some((path) => this.#folders.some((one) => isWithin(path, one)));
    if (inApplication && step.onlyReads !== true && !/^(?:chown|chgrp|chmod|mkdir)$/.test(program))
      this.#changesApplication = true;
    if (step.onlyReads === true || step.removesFiles === true) return;
    if (program === 'chown' || program === 'chgrp') {
      const [owner] = invocation.args.flatMap(({ value }) =>
        value === undefined || value.startsWith('-') ? [] : [value],
      );
      for (const path of step.paths) if (owner !== undefined && program === 'chown') this.#owners.push({ owner, path });
    }
    const makesFolder =
      program === 'install' && invocation.args.some(({ text }) => text === '-d' || text === '--directory');
    const makesFiles = /^(?:cp|mv|install|curl|wget|tar|unzip|python[\d.]*|virtualenv)$/.test(program);
    const how = makesFiles && !makesFolder ? 'output' : 'repeat';
    const last = step.paths[step.paths.length - 1];
    // Of `cp a b` only the place that is written counts.
    const paths = /^(?:cp|mv|install)$/.test(program) && !makesFolder && last !== undefined ? [last] : step.paths;
    this.#readPaths(paths, '/', shown, isPlain, how);
  }

  #readPaths(
    paths: readonly string[],
    folder: string,
    shown: string,
    isPlain: boolean,
    how: 'repeat' | 'output',
  ): void {
    const outside = paths
      .filter((path) => !path.startsWith('-'))
      .map((path) => imagePath(folder, path))
      .filter((path) => !PASSING.test(path) && !this.#folders.some((one) => isWithin(path, one)))
      .filter((path) => !this.#outputs.some((one) => isWithin(path, one)));
    if (outside.length === 0) {
      const inside = paths.map((path) => imagePath(folder, path));
      if (inside.some((path) => this.#folders.some((one) => isWithin(path, one)))) this.#repeatAnywhere(shown, isPlain);
      return;
    }
    if (how === 'repeat') this.#repeat(shown, isPlain);
    else if (outside.some((path) => path.includes(UNKNOWN) || isSharedFolder(path))) this.#notKnown(shown);
    else this.#outputs.push(...outside);
  }

  #repeat(shown: string, isPlain: boolean): void {
    // Behind a `cd` its paths count from another folder.
    if (!isPlain || this.#changesFolder || /[\n$`]/.test(shown)) this.#notKnown(shown);
    else this.#repeated.push(shown);
    this.#repeatAnywhere(shown, isPlain);
  }

  #repeatAnywhere(shown: string, isPlain: boolean): void {
    if (isPlain && !this.#changesFolder && !/[\n`]/.test(shown)) this.#repeatedAnywhere.push(shown);
    else this.#unrepeatable ??= shown.replace(/\s+/g, ' ').slice(0, 60);
  }

  #notKnown(shown: string): void {
    this.#unknown ??= shown.replace(/\s+/g, ' ').slice(0, 60);
  }
}

/** A folder that holds more than what one command puts there. */
function isSharedFolder(path: string): boolean {
  return /^\/(?:|bin|etc|home|lib|opt|root|run|sbin|srv|usr|var|usr\/(?:bin|lib|local|sbin|share)|usr\/local\/(?:bin|etc|lib|sbin|share)|var\/lib)$/.test(
    path,
  );
}
