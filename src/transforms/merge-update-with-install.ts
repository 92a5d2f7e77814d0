import { callersOf } from '../analysis/program-words.js';
import { mergeEdit, mergeObstacle, wordsLostByMerge } from '../shell/merge.js';
import type { PackageCommand } from '../shell/packages.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/** The programs whose lists of packages grow old. */
const PROGRAMS = callersOf(['apt-get', 'apt', 'apk', 'yum', 'dnf', 'microdnf', 'zypper']);

const UPDATES = /update|refresh|makecache/;

/**
 * Joins a RUN that only fetches package lists with the RUN behind it that installs. Docker caches the first one:
 * when the list of packages changes later, they are installed from lists that are weeks old, and versions are gone
 * from the mirror.
 *
 * Safe because both run one after the other today, as the same user, in the same folder and shell; only the cached
 * state in between is gone, which is the purpose.
 */
export const mergeUpdateWithInstall: Transform = {
  name: 'merge-update-with-install',
  summary: 'Joins a lone apt-get update with the installation behind it',
  category: 'correctness',
  related: [
    'trivy:DS-0017',
    'kics:update_instruction_alone',
    'checkov:CKV_DOCKER_5',
    'dockle:CIS-DI-0007',
    'parfum:aptGetUpdatePrecedesInstall',
    'dockerfile-doctor:DD002',
    'dockerfile-roast:DF028',
    'cis:4.7',
  ],
  needsProgram: PROGRAMS,
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    for (const stage of dockerfile.stages) {
      let skip = false;
      for (const [index, left] of stage.instructions.entries()) {
        const right = stage.instructions[index + 1];
        if (skip || left.keyword !== 'RUN' || right?.keyword !== 'RUN') {
          skip = false;
          continue;
        }
        if (!UPDATES.test(analysis.rawText(left))) continue;
        const updates = analysis.packageCommands(left);
        const body = analysis.body(left);
        const update = updates[0];
        if (body === undefined || update === undefined || !onlyUpdates(updates, body.shell.commands.length)) continue;
        const installs = analysis
          .packageCommands(right)
          .some((command) => sameLists(command, update) && command.action !== 'update');
        const rightBody = analysis.body(right);
        if (!installs || rightBody === undefined) continue;
        const { programWord } = update.invocation;
        const span = body.sourceSpan({ start: programWord.start, end: update.subcommand?.end ?? programWord.end });
        const message = `\`${programWord.text} ${update.subcommand?.text ?? ''}\` is cached apart from the installation on line ${right.source.startLine}`;
        const obstacle = mergeObstacle(dockerfile, body, rightBody);
        if (obstacle !== undefined) {
          yield declined(span, message, obstacle.reason, obstacle.detail);
          continue;
        }
        skip = true;
        yield fixed(span, message, {
          edits: [mergeEdit(dockerfile, body, rightBody)],
          applicability: 'safe',
          checked: ['both have the same user, folder, shell and mounts'],
          removes: wordsLostByMerge(rightBody),
        });
      }
    }
  },
};

function onlyUpdates(commands: readonly PackageCommand[], count: number): boolean {
  return commands.length === count && commands.every((command) => command.action === 'update');
}

/** Whether two commands work on the same package lists. */
function sameLists(a: PackageCommand, b: PackageCommand): boolean {
  const family = (command: PackageCommand): string => (command.manager === 'apt' ? 'apt-get' : command.manager);
  return family(a) === family(b);
}
