import type { ShellBody } from '../shell/body.js';
import { type Invocation, invocationOf } from '../shell/invocation.js';
import { packageCommandOf } from '../shell/packages.js';
import type { ListItem, ShellCommand } from '../shell/parse.js';
import { imagePath } from './copies.js';
import type { Installation } from './installs/installation.js';
import { installationOf } from './installs/index.js';
import { isGlobalNodeCommand } from './installs/node.js';
import { isPlainPipInstall } from './installs/python.js';

/** What a command of a script has to do with the files of the application. */
export type Step =
  /** Nothing: it reads and writes other things. It is costly where it installs or downloads something. */
  | { readonly kind: 'free'; readonly isCostly?: boolean }
  /** Changes the folder, or the shell, for the commands behind it. */
  | { readonly kind: 'setting' }
  /** Reads or writes these paths of the image, and nothing else. */
  | { readonly kind: 'touches'; readonly paths: readonly string[] }
  /** Installs dependencies. */
  | { readonly kind: 'install'; readonly installation: Installation }
  /** May read anything. */
  | { readonly kind: 'other' };

/** The commands of a top-level item, which have one meaning together. */
export interface StepItem {
  readonly item: ListItem;
  readonly step: Step;
  /** The folder in which the item runs. */
  readonly folder: string;
}

const FREE: Step = { kind: 'free' };
const COSTLY: Step = { kind: 'free', isCostly: true };
const SETTING: Step = { kind: 'setting' };
const OTHER: Step = { kind: 'other' };

/**
 * Programs that work on the system and not on the files of an application, whatever their words are. Package managers
 * are asked for paths before. Sources: the manuals of these programs.
 */
const SYSTEM_PROGRAMS: ReadonlySet<string> = new Set(
  (
    'true : false echo printf sleep ls pwd env printenv date uname arch nproc id whoami getent command which type test [ dpkg-architecture lsb_release ' +
    'useradd usermod userdel groupadd groupmod adduser addgroup deluser delgroup passwd chpasswd ' +
    'apt-mark apt-key add-apt-repository apt-cache dpkg-reconfigure debconf-set-selections locale-gen localedef update-locale update-ca-certificates update-alternatives ldconfig ' +
    'rpm yum-config-manager crb subscription-manager ' +
    'docker-php-ext-install docker-php-ext-configure docker-php-ext-enable install-php-extensions pecl pear a2enmod a2dismod a2enconf a2ensite phpenmod ' +
    'corepack rustup nvm n setcap'
  ).split(' '),
);

/** Programs whose operands are files that they read or write. */
const FILE_PROGRAMS: ReadonlySet<string> = new Set([
  'mkdir',
  'rm',
  'rmdir',
  'chmod',
  'chown',
  'chgrp',
  'touch',
  'ln',
  'install',
]);

/** Package managers of distributions. */
const DISTRIBUTION = /^(?:apt-get|apt|apk|yum|dnf|microdnf|zypper|pacman|conda)$/;

/** The items of a script that starts in a folder, each with what it has to do with the application. */
export function stepsOf(body: ShellBody, workdir: string): readonly StepItem[] {
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
  if (steps.every((step) => step.kind === 'free'))
    return steps.find((step) => step.kind === 'free' && step.isCostly === true) ?? FREE;
  const isPlain = item.type === 'Command' && steps.slice(1).every((step) => step.kind === 'free');
  return isPlain ? (steps[0] ?? OTHER) : OTHER;
}

function commandStep(body: ShellBody, item: ListItem, command: ShellCommand, folder: string): Step {
  if (!writesElsewhere(command, folder)) return OTHER;
  if (command.words.length === 0) return command.assignments.length > 0 ? SETTING : FREE;
  const invocation = invocationOf(body, command);
  if (invocation === undefined) return OTHER;
  const { program } = invocation;
  if (program === 'cd' || program === 'set' || program === 'export') return item.type === 'Command' ? SETTING : FREE;
  if (SYSTEM_PROGRAMS.has(program))
    return /^(?:docker-php-ext-install|install-php-extensions|pecl|rustup)$/.test(program) ? COSTLY : FREE;
  // Neither looks at the project.
  if (program === 'poetry' && /^(?:config|self|--version)$/.test(invocation.args[0]?.value ?? '')) return FREE;
  if (program === 'uv' && /^(?:venv|tool|python|--version)$/.test(invocation.args[0]?.value ?? '')) return FREE;
  if (program === 'mix' && /^local\.(?:hex|rebar)$/.test(invocation.args[0]?.value ?? '')) return FREE;
  const installation = installationOf(invocation, folder);
  if (installation !== undefined) return { kind: 'install', installation };
  if (isFreeInstall(invocation)) return packageCommandOf(invocation)?.action === 'install' ? COSTLY : FREE;
  if (FILE_PROGRAMS.has(program)) return fileStep(invocation, folder);
  if (program === 'curl' || program === 'wget' || program === 'git') return downloadStep(invocation, folder);
  if (['bash', 'sh', 'tee', 'gpg', 'tar', 'grep', 'cut', 'sed', 'awk', 'tr', 'head', 'php'].includes(program)) {
    return pipedStep(item, command, invocation);
  }
  return OTHER;
}

/** Whether redirections lead away from relative files, which may be the application's. */
function writesElsewhere(command: ShellCommand, folder: string): boolean {
  return command.redirections.every(({ operator, target }) => {
    if (operator.startsWith('<<') || operator.endsWith('&')) return true;
    const path = target?.value;
    return path !== undefined && (/^\d$|^-$/.test(path) || isOutside(path, folder));
  });
}

/** An absolute path that is not below the folder in which the script works. */
function isOutside(path: string, folder: string): boolean {
  return path.startsWith('/') && !imagePath('/', path).startsWith(folder === '/' ? '/' : `${folder}/`);
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
    case 'yarn':
    case 'pnpm':
      return ['config', 'set', '--version', '-v'].includes(subcommand?.value ?? '');
    case 'pip':
      return action === 'remove' || ['config', 'cache', '--version'].includes(subcommand?.value ?? '');
    case 'gem':
      return action === 'install' && operands.every((word) => word.value !== undefined && !word.value.endsWith('.gem'));
    case 'bundle':
      return subcommand?.value === 'config';
    case 'composer':
      return (
        subcommand?.value === 'global' || subcommand?.value === 'clear-cache' || subcommand?.value === 'self-update'
      );
    case 'go':
      return subcommand?.value === 'env' || (action === 'install' && operands.every(({ text }) => /@\S/.test(text)));
    case 'cargo':
      return action === 'install' && !invocation.args.some(({ text }) => /^--path/.test(text));
    default:
      return false;
  }
}

function fileStep({ program, args }: Invocation, folder: string): Step {
  const paths: string[] = [];
  let isFirst = true;
  for (const word of args) {
    if (word.text.startsWith('-')) continue;
    // The mode or owner comes first.
    if (isFirst && (program === 'chmod' || program === 'chown' || program === 'chgrp')) {
      isFirst = false;
      continue;
    }
    // A pattern stands for anything in the folder in front of it.
    const path =
      word.value ?? (/^[\w./*?-]+$/.test(word.text) ? word.text.replace(/[^/]*[*?].*$/, '') || '.' : undefined);
    if (path === undefined) return OTHER;
    paths.push(imagePath(folder, path));
  }
  // Making a folder that a COPY makes too comes to the same in any order.
  if (program === 'mkdir' && args.some(({ text }) => /^-\w*p|^--parents$/.test(text))) return FREE;
  return { kind: 'touches', paths };
}

/** A download into a file or folder that is named, or to the standard output. */
function downloadStep({ program, args }: Invocation, folder: string): Step {
  const words = args.map((word) => word.value);
  if (program === 'git') {
    const [verb] = words;
    if (verb === 'config') return words.includes('--global') || words.includes('--system') ? FREE : OTHER;
    const last = words[words.length - 1];
    return verb === 'clone' && last !== undefined && last.startsWith('/')
      ? { kind: 'touches', paths: [imagePath(folder, last)] }
      : OTHER;
  }
  if (
    words.some(
      (word, index) =>
        /^(?:-d|--data.*|-T|--upload-file|-F|--form|-K|--config|-i|--input-file|--post-file)$/.test(
          words[index - 1] ?? '',
        ) && word !== undefined,
    )
  )
    return OTHER;
  const output = program === 'curl' ? /^(?:-\w*o|--output)$/ : /^(?:-\w*[OP]|--output-document|--directory-prefix)$/;
  const at = words.findIndex((word) => word !== undefined && output.test(word));
  const target = at === -1 ? undefined : words[at + 1];
  if (
    target === '-' ||
    (target === undefined &&
      at === -1 &&
      program === 'curl' &&
      !words.some((word) => /^-\w*O|^--remote-name/.test(word ?? '-O')))
  )
    return COSTLY;
  if (target === undefined) return { kind: 'touches', paths: [folder] };
  return { kind: 'touches', paths: [imagePath(folder, target)] };
}

/** A filter in a pipeline reads what comes down the pipe; a shell at its end runs a script that was downloaded. */
function pipedStep(item: ListItem, command: ShellCommand, { program, args }: Invocation): Step {
  const isPiped = item.type === 'Pipeline' && item.commands[0] !== command && command.enclosures.length === 1;
  if (!isPiped) return OTHER;
  const files = args.filter(({ text }) => !text.startsWith('-'));
  switch (program) {
    case 'bash':
    case 'sh':
      return files.length === 0 || args.some(({ text }) => text === '-s') ? FREE : OTHER;
    case 'php':
      // `curl … | php -- --install-dir=…`
      return args[0]?.text === '--' && files.length === 0 ? FREE : OTHER;
    case 'tee':
    case 'tar':
    case 'gpg':
      return files.every(({ value }) => value?.startsWith('/') === true) ? FREE : OTHER;
    default:
      return files.length <= 1 ? FREE : OTHER;
  }
}
