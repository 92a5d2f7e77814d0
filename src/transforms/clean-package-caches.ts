import { type Mount, mountOver, mountsOf } from '../analysis/mounts.js';
import { isShipped } from '../analysis/package-lists.js';
import { callersOf } from '../analysis/program-words.js';
import { YARN_BERRY } from '../analysis/yarn.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { alwaysRuns } from '../shell/control.js';
import type { ManagerName } from '../shell/managers.js';
import { hasOption, type PackageCommand } from '../shell/packages.js';
import { appendObstacle, insertCommandAfter } from '../shell/script-edits.js';
import { keysOf } from '../text/table.js';
import {
  type DeclineReason,
  declined,
  type Diagnostic,
  fixed,
  type Subject,
  type Transform,
  triggerChange,
} from './transform.js';

interface Cache {
  /** The command that empties the cache; `%` stands for the program as it is called. */
  readonly command: string;
  /** What shows that the script empties it already. */
  readonly cleaned: RegExp;
  /** Where it lies: a mount over one of them keeps it out of the image. */
  readonly folders: readonly string[];
  /** A mount for it at another place, such as another user's home. */
  readonly mount: RegExp;
  /** Options with which the cache lies elsewhere. */
  readonly elsewhere: readonly string[];
  /** Variables and files that put it elsewhere, or make it part of what runs. */
  readonly settings?: RegExp;
  /** Worth its line only in a stage that is shipped. */
  readonly onlyShipped?: boolean;
}

const RPM: Omit<Cache, 'command' | 'folders'> = {
  cleaned: /(?:yum|dnf[45]?)\s+(?:-\S+\s+)*clean\b|\/var\/cache\/(?:yum|dnf|libdnf5|\*|\{)/,
  mount: /yum|dnf/,
  elsewhere: ['--installroot', '-C', '--cacheonly'],
};

const CACHES: Partial<Readonly<Record<ManagerName, Cache>>> = {
  yum: { ...RPM, command: '% clean all', folders: ['/var/cache/yum', '/var/cache/dnf', '/var/cache/libdnf5'] },
  dnf: { ...RPM, command: '% clean all', folders: ['/var/cache/dnf', '/var/cache/libdnf5'] },
  microdnf: { ...RPM, command: '% clean all', folders: ['/var/cache/yum', '/var/cache/dnf', '/var/cache/libdnf5'] },
  zypper: {
    command: '% clean -a',
    cleaned: /zypper\s+(?:-\S+\s+)*(?:clean|cc)\b|\/var\/cache\/zypp/,
    folders: ['/var/cache/zypp'],
    mount: /zypp/,
    elsewhere: ['--root', '-R', '--installroot'],
  },
  pacman: {
    // `pacman -Scc --noconfirm` answers its own question with no.
    command: 'rm -rf /var/cache/pacman/pkg/*',
    cleaned: /pacman\s+(?:-\S+\s+)*(?:-\w*S\w*c|-\w*c\w*S|--clean)|\/var\/cache\/(?:pacman|\*|\{)|paccache/,
    folders: ['/var/cache/pacman'],
    mount: /pacman/,
    elsewhere: ['-r', '--root', '--sysroot', '--cachedir', '-w', '--downloadonly'],
    settings: /CacheDir/,
  },
  yarn: {
    command: '% cache clean',
    cleaned: /yarn\s+cache\s+clean|\.cache\/yarn|cache-folder|rm\s.*\.cache\b/,
    folders: ['/usr/local/share/.cache/yarn', '/root/.cache/yarn', '/root/.yarn'],
    mount: /yarn/,
    elsewhere: ['--cache-folder'],
    settings: /YARN_CACHE_FOLDER|YARN_GLOBAL_FOLDER|--offline|--prefer-offline/,
    onlyShipped: true,
  },
  npm: {
    command: '% cache clean --force',
    cleaned: /npm\s+(?:-\S+\s+)*cache\s+(?:clean|rm|clear)|rm\s.*\.npm\b/i,
    folders: ['/root/.npm'],
    mount: /npm/,
    elsewhere: ['--cache'],
    settings: /npm_config_cache|config\s+set\s+cache|--offline|--prefer-offline/i,
    onlyShipped: true,
  },
};

const PROGRAMS = callersOf(keysOf(CACHES));

/** What only Yarn 1 understands. */
const YARN_CLASSIC_OPTIONS = [
  '--production',
  '--prod',
  '--pure-lockfile',
  '--non-interactive',
  '--ignore-engines',
  '--ignore-optional',
  '--ignore-platform',
  '--network-timeout',
  '--no-progress',
  '--no-cache',
  '--silent',
];

/**
 * Empties the caches of yum, dnf, microdnf, zypper, pacman, yarn and npm in the RUN that filled them. What stays in the
 * layer is never used again and often bigger than what was installed.
 *
 * Safe because the managers fetch again what they miss, and nothing else reads the caches. It is done right behind
 * the installation, where the manager is sure to be there, and only where that runs in every build. Unsafe for a
 * yarn that may be Yarn 2 or later: its cache may be what the program runs from.
 */
export const cleanPackageCaches: Transform = {
  name: 'clean-package-caches',
  summary: 'Empties the caches of yum, dnf, zypper, pacman, yarn and npm in the RUN that filled them',
  category: 'size',
  related: [
    'hadolint:DL3032',
    'hadolint:DL3036',
    'hadolint:DL3040',
    'hadolint:DL3060',
    'trivy:DS-0015',
    'trivy:DS-0019',
    'trivy:DS-0020',
    'trivy:DS-0027',
    'kics:yum_clean_all_missing',
    'kics:missing_dnf_clean_all',
    'kics:missing_zypper_clean',
    'kics:run_yarn_clean_after_yarn_install',
    'semgrep:missing-dnf-clean-all',
    'semgrep:missing-zypper-clean',
    'parfum:yumInstallRmVarCacheYum',
    'parfum:yarnCacheCleanAfterInstall',
    'parfum:npmCacheCleanAfterInstall',
    'dockerfile-doctor:DD031',
    'dockerfile-doctor:DD033',
    'dockerfile-doctor:DD034',
    'dockerfile-roast:DF045',
    'dockerfile-roast:DF046',
    'dockerfile-roast:DF047',
    'dockerfile-roast:DF055',
    'parfum:npmCacheCleanUseForce',
  ],
  imageChanges: ['caches'],
  needsProgram: PROGRAMS,
  *check(subject): Iterable<Diagnostic> {
    const { analysis } = subject;
    for (const instruction of analysis.scriptsNaming(...PROGRAMS)) {
      // One manager a pass: two might insert at the same place.
      const command = analysis.packageCommands(instruction).findLast((candidate) => fillsCache(candidate));
      const cache = command === undefined ? undefined : CACHES[command.manager];
      if (command === undefined || cache === undefined) continue;
      yield checkCommand(subject, instruction, command, cache);
    }
  },
};

function fillsCache(command: PackageCommand): boolean {
  const cache = CACHES[command.manager];
  if (cache === undefined) return false;
  // A cleanup in front of the installation empties nothing of what it leaves.
  const { body, programWord } = command.invocation;
  if (cache.cleaned.test(body.text.slice(programWord.start))) return false;
  if (hasOption(command, '--help', '--version', '-v', '-V')) return false;
  return command.action === 'install' || command.action === 'upgrade';
}

function checkCommand(subject: Subject, instruction: Instruction, command: PackageCommand, cache: Cache): Diagnostic {
  const { dockerfile, analysis } = subject;
  const { body, programWord, wrappers } = command.invocation;
  const { subcommand } = command;
  const span = body.sourceSpan(
    subcommand === undefined ? programWord : { start: programWord.start, end: subcommand.end },
  );
  const message = `\`${programWord.text}${subcommand === undefined ? '' : ` ${subcommand.text}`}\` leaves its cache in the layer`;
  const obstacle = obstacleTo(subject, instruction, command, cache);
  const item = body.shell.items[command.invocation.command.item];
  if (obstacle !== undefined) return declined(span, message, obstacle.reason, obstacle.detail);
  if (item === undefined) throw new RangeError('the command belongs to no item');
  const stage = dockerfile.stageOf(instruction);
  const cleaning = cache.command.replace('%', programWord.text);
  const isOptional = cache.onlyShipped === true && stage !== undefined && !isShipped(analysis, stage);
  const isUnsure = command.manager === 'yarn' && !isClassicYarn(command);
  return fixed(span, message, {
    edits: [insertCommandAfter(dockerfile, body, item, wrappers.includes('sudo') ? `sudo ${cleaning}` : cleaning)],
    applicability: isUnsure ? 'unsafe' : 'safe',
    checked: [
      isUnsure ? 'assumes Yarn 1: a later one may run the program from its cache' : 'the cache is no mount',
      'the manager fetches again what it misses',
    ],
    configChanges: triggerChange(instruction),
    ...(isOptional ? { isOptional } : {}),
  });
}

function isClassicYarn(command: PackageCommand): boolean {
  return hasOption(command, ...YARN_CLASSIC_OPTIONS) || command.subcommand?.value === 'global';
}

function obstacleTo(
  { dockerfile }: Subject,
  instruction: Instruction,
  command: PackageCommand,
  cache: Cache,
): { readonly reason: DeclineReason; readonly detail: string } | undefined {
  const { invocation } = command;
  const mount = mountOf(instruction, cache, dockerfile.text);
  if (mount !== undefined) return { reason: 'cache-mount', detail: `${mount.target ?? ''} is mounted` };
  if (hasOption(command, ...cache.elsewhere))
    return { reason: 'later-use', detail: 'its options put the cache elsewhere' };
  if (!alwaysRuns(invocation.body, invocation.command)) {
    return { reason: 'nested-command', detail: 'the command does not run in every build, or stands in a construct' };
  }
  const next = invocation.body.shell.items[invocation.command.item + 1];
  if (next?.joiner === '||' && !/^(?:true|:)$/.test(invocation.body.text.slice(next.start, next.end))) {
    return { reason: 'nested-command', detail: 'another command stands in when it fails' };
  }
  const assignment = invocation.command.assignments.find(({ name }) => name === 'PATH' || /cache/i.test(name));
  if (assignment !== undefined)
    return { reason: 'shell-control', detail: `the command has its own ${assignment.name}` };
  const isPlain = invocation.wrappers.length === 0 || (invocation.wrappers.join() === 'sudo' && isPlainSudo(command));
  if (!isPlain) return { reason: 'shell-control', detail: `it runs behind \`${invocation.wrappers.join(' ')}\`` };
  if (command.manager === 'yarn' && YARN_BERRY.test(dockerfile.text)) {
    return { reason: 'later-use', detail: 'Yarn 2 and later may run the program from its cache' };
  }
  const use = laterUse(dockerfile.text, cache);
  if (use !== undefined) return { reason: 'later-use', detail: `${use} is used in this file` };
  const append = appendObstacle(invocation.body);
  return append === undefined ? undefined : { reason: 'shell-control', detail: append };
}

/** sudo without an option, so that the cleanup can be called in the same way. */
function isPlainSudo(command: PackageCommand): boolean {
  const { words } = command.invocation.command;
  return words[1] === command.invocation.programWord;
}

function mountOf(instruction: Instruction, cache: Cache, text: string): Mount | undefined {
  for (const folder of cache.folders) {
    const mount = mountOver(instruction, folder);
    if (mount !== undefined) return mount;
  }
  const isElsewhere = cache.settings?.test(text) === true;
  return mountsOf(instruction).find(
    ({ type, target }) => (type === 'cache' || type === 'tmpfs') && (isElsewhere || cache.mount.test(target ?? '')),
  );
}

/** What in the file works from the cache: an installation without a network, or a COPY of the cache itself. */
function laterUse(text: string, cache: Cache): string | undefined {
  const offline = /--(?:offline|prefer-offline|cacheonly)\b/.exec(text)?.[0];
  if (offline !== undefined) return offline;
  const copied = /^[ \t]*COPY[ \t].*--from=.*?(\S*(?:\.npm|\.cache|\.yarn|\/var\/cache)\S*)/im.exec(text)?.[1];
  return copied !== undefined && cache.folders.length > 0 ? copied : undefined;
}
