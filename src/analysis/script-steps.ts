import type { ShellBody } from '../shell/body.js';
import { type Invocation, invocationOf } from '../shell/invocation.js';
import { hasOption, packageCommandOf } from '../shell/packages.js';
import type { ListItem, ParsedShell, ShellCommand } from '../shell/parse.js';
import { imagePath } from './copies.js';
import {
  downloadStep,
  FILE_PROGRAMS,
  fileStep,
  pipedStep,
  redirectedPaths,
  sedStep,
  testStep,
  withNamedPaths,
} from './file-steps.js';
import { alternatives, installationOf } from './installs/index.js';
import { isGlobalNodeCommand } from './installs/node.js';
import { isPlainPipInstall } from './installs/python.js';
import { COSTLY, FREE, INERT, OTHER, SETTING, type Step, together, touching } from './step.js';

/** The commands of a top-level item, which have one meaning together. */
export interface StepItem {
  readonly item: ListItem;
  readonly step: Step;
  /** The folder in which the item runs. */
  readonly folder: string;
}

/** Programs that only print. */
const INERT_PROGRAMS: ReadonlySet<string> = new Set(
  'true : false echo printf sleep pwd env printenv date uname arch nproc id whoami getent command which type break continue exit dpkg-architecture lsb_release'.split(
    ' ',
  ),
);

/**
 * Programs that work on the system, and on no file of an application but those that their words name. Sources: the
 * manuals of these programs.
 */
const SYSTEM_PROGRAMS: ReadonlySet<string> = new Set(
  (
    'useradd usermod userdel groupadd groupmod adduser addgroup deluser delgroup passwd chpasswd ' +
    'apt-mark apt-key add-apt-repository apt-cache dpkg-reconfigure debconf-set-selections locale-gen localedef update-locale update-ca-certificates update-alternatives ldconfig ' +
    'rpm yum-config-manager crb subscription-manager ' +
    'docker-php-ext-install docker-php-ext-configure docker-php-ext-enable install-php-extensions pecl pear a2enmod a2dismod a2enconf a2ensite phpenmod ' +
    'setcap'
  ).split(' '),
);

/** Scripts of virtual environments and of version managers, outside the application. */
const STARTUP =
  /^"?(?:\/(?:opt|venv|root|usr|home|env)[\w./-]*\/activate|(?:\$HOME|\$\{HOME\}|~|\/root)\/\.(?:nvm\/nvm\.sh|cargo\/env)|\$\{?NVM_DIR\}?\/nvm\.sh)"?$/;

/** Package managers of distributions. */
const DISTRIBUTION = /^(?:apt-get|apt|apk|yum|dnf|microdnf|zypper|pacman|conda)$/;

/** What was read of a script last, wherever it lies. */
const read = new WeakMap<ParsedShell, { readonly workdir: string; readonly steps: readonly StepItem[] }>();

/** The items of a script that starts in a folder, each with what it has to do with the application. */
export function stepsOf(body: ShellBody, workdir: string): readonly StepItem[] {
  const known = read.get(body.shell);
  if (known?.workdir === workdir) return known.steps;
  const steps = readSteps(body, workdir);
  read.set(body.shell, { workdir, steps });
  return steps;
}

function readSteps(body: ShellBody, workdir: string): readonly StepItem[] {
  let folder: string | undefined = workdir;
  const steps: StepItem[] = [];
  for (const item of body.shell.items) {
    const here: string = folder ?? '';
    const step: Step = folder === undefined ? OTHER : stepOf(body, item, folder);
    steps.push({ item, step, folder: here });
    if (item.type === 'Command' && folder !== undefined) folder = folderAfter(item, folder);
  }
  return steps;
}

/** The folder behind a `cd`; undefined where nobody can tell. */
function folderAfter(item: ListItem, folder: string): string | undefined {
  const [command] = item.commands;
  if (command === undefined) return folder;
  const [program, target, more] = command.words;
  if (program?.value === 'pushd' || program?.value === 'popd') return undefined;
  if (program?.value !== 'cd') return folder;
  const isPlain = target?.value !== undefined && target.value !== '-' && more === undefined;
  return isPlain ? imagePath(folder, target.value) : undefined;
}

function stepOf(body: ShellBody, item: ListItem, folder: string): Step {
  const [only, second] = item.commands;
  if (only === undefined) return FREE;
  // A list of commands that belong together is as free as the least free of them.
  const steps = item.commands.map((command) => commandStep(body, item, command, folder));
  if (second === undefined && item.type === 'Command') return steps[0] ?? OTHER;
  if (steps.every((step) => step.kind === 'free')) return together(steps) ?? OTHER;
  const isPlain = item.type === 'Command' && steps.slice(1).every((step) => step.kind === 'free');
  if (isPlain) return steps[0] ?? OTHER;
  // Where a command changes the folder, the paths of those behind it count from another one.
  if (item.type !== 'Pipeline' && item.commands.some(({ words }) => /^(?:cd|pushd|popd)$/.test(words[0]?.text ?? '')))
    return OTHER;
  return together(steps) ?? (item.type === 'Pipeline' ? OTHER : alternativeStep(steps));
}

/** `npm ci` in a condition, in a loop that tries again, or instead of another program. */
function alternativeStep(steps: readonly Step[]): Step {
  const installs = steps.flatMap((step) => (step.kind === 'install' ? [step] : []));
  const others = together(steps.filter((step) => step.kind !== 'install'));
  const asked = others?.kind === 'touches' ? others.paths : [];
  if (others === undefined || (others.kind === 'touches' && others.onlyReads !== true)) return OTHER;
  const installation = alternatives(
    installs.map((step) => step.installation),
    asked,
  );
  return installation === undefined
    ? OTHER
    : { kind: 'install', installation, words: installs.flatMap(({ words }) => words) };
}

function commandStep(body: ShellBody, item: ListItem, command: ShellCommand, folder: string): Step {
  const redirected = redirectedPaths(command, folder);
  if (redirected === undefined) return OTHER;
  const step = programStep(body, item, command, folder);
  if (redirected.length === 0) return step;
  // A log of an installation is no file of the application where it lies elsewhere.
  if (step.kind === 'install' && !redirected.some((path) => path.startsWith(folder === '/' ? '/' : `${folder}/`)))
    return step;
  return together([step, touching(redirected, { bringsFiles: true })]) ?? OTHER;
}

function programStep(body: ShellBody, item: ListItem, command: ShellCommand, folder: string): Step {
  if (command.words.length === 0) return command.assignments.length > 0 ? SETTING : FREE;
  const invocation = invocationOf(body, command);
  if (invocation === undefined) return OTHER;
  const { program } = invocation;
  // What a script for the shell sets holds for the commands behind it.
  if (program === '.' || program === 'source')
    return invocation.args.length === 1 && STARTUP.test(invocation.args[0]?.text ?? '') ? SETTING : OTHER;
  if (program === 'cd' || program === 'set' || program === 'export') return item.type === 'Command' ? SETTING : FREE;
  if (INERT_PROGRAMS.has(program)) return INERT;
  if (program === 'test' || program === '[') return testStep(invocation, folder);
  if (SYSTEM_PROGRAMS.has(program)) return systemStep(invocation, folder);
  const configuring = configureStep(invocation, folder);
  if (configuring !== undefined) return configuring;
  const installation = installationOf(invocation, folder);
  if (installation !== undefined) {
    const words = [...invocation.args, ...command.assignments].flatMap(({ value }) => value ?? []);
    return { kind: 'install', installation, words };
  }
  if (isFreeInstall(invocation)) {
    return withNamedPaths(packageCommandOf(invocation)?.action === 'install' ? COSTLY : FREE, invocation, folder);
  }
  if (FILE_PROGRAMS.has(program)) return fileStep(invocation, folder);
  if (program === 'curl' || program === 'wget' || program === 'git') return downloadStep(invocation, folder);
  if (program === 'sed' && item.type !== 'Pipeline') return sedStep(invocation, folder);
  if (['bash', 'sh', 'tee', 'gpg', 'tar', 'grep', 'cut', 'sed', 'awk', 'tr', 'head', 'php'].includes(program)) {
    return pipedStep(item, command, invocation, folder);
  }
  return OTHER;
}

/** A program of the system with the files that its words name. */
function systemStep({ program, args }: Invocation, folder: string): Step {
  const paths = args.flatMap(({ text, value = text }) =>
    !value.startsWith('-') && !value.includes('://') && /\/|\.(?:rpm|gpg|asc|key|pub|txt|tgz)$/.test(value)
      ? [imagePath(folder, value)]
      : [],
  );
  if (paths.length > 0) return touching(paths);
  return /^(?:docker-php-ext-install|install-php-extensions|pecl)$/.test(program) ? COSTLY : FREE;
}

/**
 * Commands that set up a package manager or the version of a language. Undefined for any other. What they keep in the
 * folder of the application is a path that they touch.
 */
function configureStep(invocation: Invocation, folder: string): Step | undefined {
  const words = invocation.args.map((word) => word.value ?? '');
  const operands = words.filter((word) => !word.startsWith('-'));
  const [verb = ''] = operands;
  const inFolder = (...names: readonly string[]): Step => touching(names.map((name) => imagePath(folder, name)));
  if (/^python[0-9.]*$/.test(invocation.program) && words[0] === '-m' && words[1] === 'venv') {
    const [, place, more] = operands;
    return place === undefined || place === '' || more !== undefined
      ? OTHER
      : touching([imagePath(folder, place)], { bringsFiles: true });
  }
  switch (invocation.program) {
    case 'corepack':
      if (/^(?:npm|yarn|pnpm)$/.test(verb)) return undefined;
      // Without a name they take the version that package.json asks for.
      if (verb === 'enable' || verb === 'disable') return FREE;
      if (operands.length > 1 && (verb === 'prepare' || words.includes('-g') || words.includes('--global')))
        return COSTLY;
      return verb === 'prepare' || verb === 'install' ? inFolder('package.json') : OTHER;
    case 'nvm':
      return operands.length > 1 || words.includes('--lts') ? COSTLY : inFolder('.nvmrc');
    case 'n':
      return /^(?:v?\d|lts|latest|stable|current)/.test(verb) ? COSTLY : OTHER;
    case 'rustup':
      return verb === 'default' || verb === 'set' || words.includes('--toolchain')
        ? COSTLY
        : inFolder('rust-toolchain', 'rust-toolchain.toml');
    case 'poetry':
      if (verb === 'config') return words.includes('--local') ? inFolder('poetry.toml') : FREE;
      return verb === 'self' ? COSTLY : words[0] === '--version' ? INERT : undefined;
    case 'uv':
      if (verb === 'tool' || (verb === 'python' && operands.length > 2))
        return withNamedPaths(COSTLY, invocation, folder);
      if (verb === 'python') return inFolder('.python-version', '.python-versions', 'pyproject.toml');
      // A new environment takes the version that the project asks for.
      if (verb === 'venv')
        return touching(
          ['.venv', '.python-version', 'pyproject.toml', ...operands.slice(1)].map((name) => imagePath(folder, name)),
        );
      return words[0] === '--version' ? INERT : undefined;
    case 'virtualenv':
      return operands.length === 1 ? touching([imagePath(folder, verb)], { bringsFiles: true }) : OTHER;
    case 'bundle':
      return verb === 'config' && words.includes('--local') ? inFolder('.bundle') : undefined;
    case 'mix':
      return /^local\.(?:hex|rebar)$/.test(verb) ? COSTLY : undefined;
    default:
      return undefined;
  }
}

/** Packages by their names: of the distribution, for the whole image, or of a language. */
function isFreeInstall(invocation: Invocation): boolean {
  const command = packageCommandOf(invocation);
  if (command === undefined) {
    // `cargo install ripgrep` is read as a command of cargo; `go install example.com/tool@v1` is not the module's.
    return /^(?:docker-php-\w+|rustup-init)$/.test(invocation.program);
  }
  const { manager, action, operands, subcommand } = command;
  if (DISTRIBUTION.test(manager)) return operands.every(({ text }) => !/^\.{0,2}\/|\.(?:deb|rpm|apk)$/.test(text));
  if (isGlobalNodeCommand(command) || isPlainPipInstall(command)) return true;
  switch (manager) {
    case 'npm':
    case 'pnpm': {
      if (!['config', 'c', 'set'].includes(subcommand?.value ?? '')) return subcommand === undefined;
      const place = command.options.find(({ name }) => name === '--location' || name === '-L');
      return place === undefined || place.value === 'user' || place.value === 'global';
    }
    case 'yarn':
      // Settings of version 1 are kept in the home folder; those of later ones have capitals in their names.
      return (
        subcommand === undefined ||
        (subcommand.value === 'config' &&
          (hasOption(command, '-H', '--home') || /^[a-z-]+$/.test(operands[1]?.value ?? '')))
      );
    case 'pip':
      return action === 'remove' || ['config', 'cache', '--version'].includes(subcommand?.value ?? '');
    case 'gem':
      return action === 'install' && operands.every((word) => word.value !== undefined && !word.value.endsWith('.gem'));
    case 'bundle':
      return subcommand?.value === 'config' && !hasOption(command, '--local');
    case 'composer':
      return (
        ['global', 'clear-cache', 'self-update'].includes(subcommand?.value ?? '') ||
        (subcommand?.value === 'config' && hasOption(command, '-g', '--global'))
      );
    case 'go':
      return subcommand?.value === 'env' || (action === 'install' && operands.every(({ text }) => /@\S/.test(text)));
    case 'cargo':
      return action === 'install' && !invocation.args.some(({ text }) => /^--path/.test(text));
    default:
      return false;
  }
}
