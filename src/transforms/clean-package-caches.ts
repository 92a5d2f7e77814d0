import { mountOver } from '../analysis/mounts.js';
import { isShipped } from '../analysis/package-lists.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { ManagerName } from '../shell/managers.js';
import { hasOption, type PackageCommand } from '../shell/packages.js';
import { appendCommand, appendObstacle } from '../shell/script-edits.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

interface Cache {
  /** The command that empties the cache; `%` stands for the program as it is called. */
  readonly command: string;
  /** What shows that the script empties it already. */
  readonly cleaned: RegExp;
  /** Where it lies: a mount over one of them keeps it out of the image. */
  readonly folders: readonly string[];
  /** Options with which the cache lies elsewhere. */
  readonly elsewhere?: readonly string[];
  /** Worth its line only in a stage that is shipped. */
  readonly onlyShipped?: boolean;
}

const CACHES: Partial<Readonly<Record<ManagerName, Cache>>> = {
  yum: {
    command: '% clean all',
    cleaned: /(?:yum|dnf)\s+(?:-\S+\s+)*clean\b|\/var\/cache\/(?:yum|dnf|\*|\{)/,
    folders: ['/var/cache/yum', '/var/cache/dnf', '/var/cache/libdnf5'],
    elsewhere: ['--installroot'],
  },
  dnf: {
    command: '% clean all',
    cleaned: /(?:yum|dnf)\s+(?:-\S+\s+)*clean\b|\/var\/cache\/(?:dnf|\*|\{)/,
    folders: ['/var/cache/dnf', '/var/cache/libdnf5'],
    elsewhere: ['--installroot'],
  },
  microdnf: {
    command: '% clean all',
    cleaned: /dnf\s+(?:-\S+\s+)*clean\b/,
    folders: ['/var/cache/yum', '/var/cache/dnf', '/var/cache/microdnf', '/var/cache/libdnf5'],
    elsewhere: ['--installroot'],
  },
  zypper: {
    command: '% clean -a',
    cleaned: /zypper\s+(?:-\S+\s+)*(?:clean|cc)\b|\/var\/cache\/zypp/,
    folders: ['/var/cache/zypp'],
    elsewhere: ['--root', '-R', '--installroot'],
  },
  yarn: {
    command: '% cache clean',
    cleaned: /yarn\s+cache\s+clean|\.cache\/yarn|\.cache\b|YARN_CACHE_FOLDER|cache-folder|\.yarnrc/,
    folders: ['/usr/local/share/.cache', '/root/.cache', '/root/.yarn'],
    elsewhere: ['--cache-folder'],
    onlyShipped: true,
  },
  npm: {
    command: '% cache clean --force',
    cleaned: /npm\s+(?:-\S+\s+)*cache\s+(?:clean|rm|clear)|\.npm\b|npm_config_cache|config\s+set\s+cache/i,
    folders: ['/root/.npm'],
    elsewhere: ['--cache'],
    onlyShipped: true,
  },
};

/**
 * Empties the caches of yum, dnf, microdnf, zypper, yarn and npm in the RUN that filled them. What stays in the
 * layer is never used again and often bigger than what was installed.
 *
 * Safe because the managers fetch again what they miss; nothing else reads the caches.
 */
export const cleanPackageCaches: Transform = {
  name: 'clean-package-caches',
  summary: 'Empties the caches of yum, dnf, zypper, yarn and npm in the RUN that filled them',
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
  ],
  *check(subject): Iterable<Diagnostic> {
    const { analysis } = subject;
    for (const instruction of analysis.runsNaming('yum', 'dnf', 'microdnf', 'tdnf', 'zypper', 'yarn', 'npm')) {
      // One manager a pass: two would append at the same place.
      const command = analysis.packageCommands(instruction).find((candidate) => needsCleaning(candidate));
      if (command !== undefined) yield checkCommand(subject, instruction, command);
    }
  },
};

function needsCleaning(command: PackageCommand): boolean {
  const cache = CACHES[command.manager];
  if (cache === undefined || cache.cleaned.test(command.invocation.body.text)) return false;
  if (hasOption(command, ...(cache.elsewhere ?? []), '--help', '--version', '-v', '-V')) return false;
  if (command.manager === 'npm' || command.manager === 'yarn')
    return command.action === 'install' || command.action === 'upgrade';
  return command.action === 'install' || command.action === 'upgrade' || command.action === 'update';
}

function checkCommand(
  { dockerfile, analysis }: Subject,
  instruction: Instruction,
  command: PackageCommand,
): Diagnostic {
  const cache = CACHES[command.manager];
  const { body, programWord, wrappers } = command.invocation;
  const span = body.sourceSpan(
    command.subcommand === undefined ? programWord : { start: programWord.start, end: command.subcommand.end },
  );
  const message = `\`${programWord.text}${command.subcommand === undefined ? '' : ` ${command.subcommand.text}`}\` leaves its cache in the layer`;
  if (cache === undefined) throw new Error(`${command.manager} has no cache in the table`);
  for (const folder of cache.folders) {
    const mount = mountOver(instruction, folder);
    if (mount !== undefined) return declined(span, message, 'cache-mount', `${mount.target ?? ''} is mounted`);
  }
  const obstacle = appendObstacle(body);
  if (obstacle !== undefined) return declined(span, message, 'shell-control', obstacle);
  const stage = dockerfile.stageOf(instruction);
  const cleaning = cache.command.replace('%', programWord.text);
  const isOptional = cache.onlyShipped === true && stage !== undefined && !isShipped(analysis, stage);
  return fixed(span, message, {
    edits: [appendCommand(dockerfile, body, wrappers.includes('sudo') ? `sudo ${cleaning}` : cleaning)],
    applicability: 'safe',
    checked: ['the cache is no mount', 'the manager fetches again what it misses'],
    ...(isOptional ? { isOptional } : {}),
  });
}
