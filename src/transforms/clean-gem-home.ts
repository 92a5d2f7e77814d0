import { mountOver } from '../analysis/mounts.js';
import { isRoot } from '../analysis/state.js';
import { hasOption } from '../shell/packages.js';
import { appendCommand, appendObstacle } from '../shell/script-edits.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

const GEM_HOME = '/root/.gem';

/**
 * Removes /root/.gem in the RUN of `gem update --system`, which leaves the index of all gems there: some megabytes
 * that are out of date the day after.
 *
 * Safe because root runs it and the file speaks of no other use of that folder: no gem is installed for the user, and
 * no credentials are put there. What is left is a cache.
 */
export const cleanGemHome: Transform = {
  name: 'clean-gem-home',
  summary: 'Removes /root/.gem after gem update --system',
  category: 'size',
  related: ['parfum:gemUpdateSystemRmRootGem'],
  imageChanges: ['caches'],
  needsProgram: ['gem'],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    const runs = analysis.runsNaming('gem');
    // Whoever speaks of the folder, or of another home, has plans for it.
    if (/\.gem\b|--user-install|GEM_HOME|gem (?:signin|push)/.test(dockerfile.text)) return;
    for (const instruction of runs) {
      const update = analysis
        .packageCommands(instruction)
        .findLast(
          (command) => command.manager === 'gem' && command.action === 'upgrade' && hasOption(command, '--system'),
        );
      if (update?.subcommand === undefined) continue;
      const { body, wrappers } = update.invocation;
      const span = body.sourceSpan(update.subcommand);
      const message = `\`gem update --system\` leaves its index in ${GEM_HOME}`;
      const { user } = analysis.stateBefore(instruction);
      if (!isRoot(user) && !wrappers.includes('sudo')) {
        if (user === undefined) yield declined(span, message, 'unknown-user', 'another user has another home');
        continue;
      }
      const mount = mountOver(instruction, GEM_HOME);
      const obstacle = appendObstacle(body);
      if (mount !== undefined) yield declined(span, message, 'cache-mount', `${mount.target ?? ''} is mounted`);
      else if (obstacle !== undefined) yield declined(span, message, 'shell-control', obstacle);
      else {
        const remove = `rm -rf ${GEM_HOME}`;
        yield fixed(span, message, {
          edits: [appendCommand(dockerfile, body, wrappers.includes('sudo') ? `sudo ${remove}` : remove)],
          applicability: 'safe',
          checked: ['root runs it', 'nothing else in the file uses the folder'],
        });
      }
    }
  },
};
