import { callersOf } from '../analysis/program-words.js';
import type { ManagerName } from '../shell/managers.js';
import { hasOption, type PackageCommand } from '../shell/packages.js';
import { insertAfterWord } from '../shell/script-edits.js';
import { keysOf } from '../text/table.js';
import { type Diagnostic, fixed, type Transform, triggerChange } from './transform.js';

/** The options that answer a manager's question, the first being the one that is added. */
const ANSWERS: Partial<Readonly<Record<ManagerName, readonly string[]>>> = {
  'apt-get': [
    '-y',
    '--yes',
    '--assume-yes',
    '--force-yes',
    '--trivial-only',
    '-s',
    '--simulate',
    '--dry-run',
    '--print-uris',
    '-d',
  ],
  yum: ['-y', '--assumeyes', '--assumeno'],
  dnf: ['-y', '--assumeyes', '--assumeno'],
  microdnf: ['-y', '--assumeyes', '--assumeno'],
  zypper: ['-y', '--no-confirm', '-n', '--non-interactive', '--dry-run'],
  pacman: ['--noconfirm'],
};

const PROGRAMS = callersOf(keysOf(ANSWERS));

/**
 * Adds the option that answers the question of apt-get, yum, dnf, microdnf, zypper and pacman with yes. A build has no
 * terminal: as soon as the manager wants to install more than what was named, it asks and the build fails.
 *
 * Safe because a build that works today was asked nothing, or was answered by a pipe: the same packages go in.
 */
export const addAssumeYes: Transform = {
  name: 'add-assume-yes',
  summary: 'Adds -y to installations that would ask',
  category: 'correctness',
  related: [
    'hadolint:DL3014',
    'hadolint:DL3030',
    'hadolint:DL3034',
    'hadolint:DL3038',
    'trivy:DS-0021',
    'kics:apt_get_missing_flags_to_avoid_manual_input',
    'kics:yum_install_allows_manual_input',
    'kics:missing_flag_from_dnf_install',
    'kics:missing_zypper_non_interactive_switch',
    'semgrep:missing-assume-yes-switch',
    'semgrep:missing-yum-assume-yes-switch',
    'semgrep:missing-dnf-assume-yes-switch',
    'parfum:aptGetInstallUseY',
    'parfum:yumInstallForceYes',
    'dockerfile-doctor:DD023',
    'dockerfile-roast:DF015',
    'dockerfile-roast:DF027',
    'dockerfile-roast:DF043',
    'buddy:ER0009',
  ],
  needsProgram: PROGRAMS,
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    const runs = analysis.scriptsNaming(...PROGRAMS);
    // Assume-Yes may be switched on in a configuration file that the build writes.
    if (/Assume-Yes|assumeyes\s*=/i.test(dockerfile.text)) return;
    for (const instruction of runs) {
      for (const command of analysis.packageCommands(instruction)) {
        const answers = ANSWERS[command.manager];
        if (answers === undefined || command.subcommand === undefined || !asks(command)) continue;
        if (hasOption(command, ...answers) || isQuietEnough(command)) continue;
        // `yes` also answers what pacman denies by itself, such as whether a package in conflict may go.
        if (command.manager === 'pacman' && command.invocation.command.enclosures.includes('Pipeline')) continue;
        const { body, program } = command.invocation;
        const name = command.subcommand.text;
        yield fixed(
          body.sourceSpan(command.subcommand),
          `\`${program} ${name}\` waits for an answer that a build cannot give`,
          {
            edits: [insertAfterWord(body, command.subcommand, ` ${answers[0] ?? '-y'}`)],
            applicability: 'safe',
            checked: ['no option answers for the user yet'],
            configChanges: triggerChange(instruction),
          },
        );
      }
    }
  },
};

function asks(command: PackageCommand): boolean {
  return command.action === 'install' || command.action === 'upgrade' || command.action === 'remove';
}

/** `-qq` of apt-get implies -y, as `-q=2` does. */
function isQuietEnough(command: PackageCommand): boolean {
  if (command.manager !== 'apt-get') return false;
  const quiet = command.options.filter((option) => option.name === '-q' || option.name === '--quiet');
  return quiet.length > 1 || quiet.some((option) => Number(option.value ?? '1') > 1);
}
