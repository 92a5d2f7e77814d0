import { callersOf } from '../analysis/program-words.js';
import type { ManagerName } from '../shell/managers.js';
import { hasOption, type PackageCommand } from '../shell/packages.js';
import { keysOf } from '../text/table.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

interface Pinning {
  /** Subcommands whose operands are packages; the others install from a file or a folder. */
  readonly subcommands: readonly string[];
  /** What a package with a version looks like. */
  readonly pinned: RegExp;
  /** Options with which the versions come from somewhere else. */
  readonly settled?: readonly string[];
  readonly example: string;
}

const PINNING: Partial<Readonly<Record<ManagerName, Pinning>>> = {
  'apt-get': { subcommands: ['install'], pinned: /[=/]/, example: 'curl=8.5.0-2' },
  apt: { subcommands: ['install'], pinned: /[=/]/, example: 'curl=8.5.0-2' },
  apk: { subcommands: ['add'], pinned: /[=<>~@]/, example: 'curl=8.9.1-r1' },
  // A repository of git without a branch, tag or commit is whatever was pushed last.
  pip: {
    subcommands: ['install'],
    pinned:
      /==|@|~=|>=.*<|^\.{0,2}\/|\.(?:whl|zip|tar\.gz)$|^\.(?:\[.*\])?$|^git\+\w+:\/\/[^#]*\/[^/#]*@|^(?!git\+)\w+\+|^(?!git\+).*:\/\//,
    settled: ['-r', '--requirement', '-c', '--constraint', '-e', '--editable'],
    example: 'flask==3.0.3',
  },
  npm: {
    subcommands: ['install', 'i', 'add'],
    pinned: /.@[^@]*\d|^(?:\.{0,2}\/|file:|https?:)|^(?:git|[^@/]+\/[^/]+$).*#|\.tgz$|^(?!git)[^@/]+\/[^/]+$/,
    example: 'pm2@5.4.2',
  },
  gem: {
    subcommands: ['install', 'i'],
    pinned: /:\d|\.gem$/,
    settled: ['-v', '--version', '-g', '--file'],
    example: 'rake:13.2.1',
  },
  go: {
    subcommands: ['install', 'get'],
    pinned: /@(?!latest$|main$|master$|upgrade$)|^\.|^all$/,
    example: 'example.org/tool@v1.2.3',
  },
  yum: { subcommands: ['install'], pinned: /-\d[\w.]*|^@|[/:]/, example: 'curl-8.6.0' },
  dnf: { subcommands: ['install', 'in'], pinned: /-\d[\w.]*|^@|[/:]/, example: 'curl-8.6.0' },
  microdnf: { subcommands: ['install'], pinned: /-\d[\w.]*|^@|[/:]/, example: 'curl-8.6.0' },
  zypper: { subcommands: ['install', 'in'], pinned: /[=<>/:]/, example: 'curl=8.6.0' },
};

const PROGRAMS = callersOf(keysOf(PINNING));

/**
 * Reports packages that are installed in whatever version there is on the day of the build. Two builds of one file
 * are two images then, and the second may not work.
 *
 * Safe because nothing is changed: which version is there is known to the repository only.
 */
export const reportUnpinnedPackages: Transform = {
  name: 'report-unpinned-packages',
  summary: 'Reports packages that are installed without a version',
  category: 'correctness',
  reportsOnly: true,
  related: [
    'hadolint:DL3008',
    'hadolint:DL3013',
    'hadolint:DL3016',
    'hadolint:DL3018',
    'hadolint:DL3028',
    'hadolint:DL3033',
    'hadolint:DL3037',
    'hadolint:DL3041',
    'hadolint:DL3062',
    'kics:apt_get_install_pin_version_not_defined',
    'kics:unpinned_package_version_in_apk_add',
    'kics:unpinned_package_version_in_pip_install',
    'kics:npm_install_without_pinned_version',
    'kics:gem_install_without_version',
    'kics:yum_install_without_version',
    'kics:missing_version_specification_in_dnf_install',
    'kics:zypper_install_without_version',
    'dockerfile-doctor:DD022',
    'dockerfile-doctor:DD027',
    'dockerfile-doctor:DD028',
    'dockerfile-doctor:DD029',
    'dockerfile-doctor:DD030',
    'dockerfile-doctor:DD032',
    'dockerfile-roast:DF005',
    'dockerfile-roast:DF051',
    'dockerfile-roast:DF052',
    'dockerfile-roast:DF053',
    'dockerfile-roast:DF054',
    'buddy:ER0012',
    'buddy:ER0013',
    'buddy:ER0014',
    'buddy:ER0015',
  ],
  needsProgram: PROGRAMS,
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming(...PROGRAMS)) {
      for (const command of analysis.packageCommands(instruction)) {
        const pinning = PINNING[command.manager];
        const names = pinning === undefined ? [] : unpinned(command, pinning);
        if (pinning === undefined || names.length === 0) continue;
        const { body, programWord } = command.invocation;
        const shown = names.slice(0, 3).join(', ');
        const rest = names.length > 3 ? ` and ${names.length - 3} more` : '';
        yield reported(
          body.sourceSpan({ start: programWord.start, end: command.subcommand?.end ?? programWord.end }),
          `${shown}${rest} ${names.length === 1 ? 'comes' : 'come'} in whatever version there is on the day of the build`,
          `Name the version, as in \`${pinning.example}\`, or install from a lock file.`,
        );
      }
    }
  },
};

function unpinned(command: PackageCommand, { subcommands, pinned, settled }: Pinning): string[] {
  const [verb] = command.operands;
  const isModule = command.subcommand?.value === 'module' && verb?.value === 'install';
  if (!isModule && !subcommands.includes(command.subcommand?.value ?? '')) return [];
  if (settled !== undefined && hasOption(command, ...settled)) return [];
  const names = (isModule ? command.operands.slice(1) : command.operands).map((word) => word.value);
  return names.filter(
    (name): name is string =>
      name !== undefined && /^@?\w/.test(name) && !pinned.test(name) && !/\.(?:deb|rpm|apk)$/.test(name),
  );
}
