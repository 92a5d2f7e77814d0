import { hasOption, type PackageCommand } from '../shell/packages.js';
import { insertAfterWord } from '../shell/script-edits.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/** Versions of RubyGems before 2.0 know `--no-rdoc --no-ri` instead; Ruby 1.9 and these distributions have them. */
const OLD_RUBYGEMS =
  /\bruby[:-]?1\.|wheezy|squeeze|\bdebian:[67]\b|ubuntu:1[0-4]\b|precise|trusty|centos:(?:centos)?[56]\b/i;

/**
 * Adds `--no-document` to `gem install` and `gem update`. The documentation of a gem takes time to build and often
 * more space than the gem, and nobody calls `ri` in a container.
 *
 * Safe because only `ri` and RDoc's pages are left out, which no program reads.
 */
export const skipGemDocs: Transform = {
  name: 'skip-gem-docs',
  summary: 'Adds --no-document to gem install and gem update',
  category: 'size',
  related: ['parfum:gemUpdateNoDocument', 'dockerfile-doctor:DD061'],
  imageChanges: ['fewer-files'],
  needsProgram: ['gem'],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    const runs = analysis.runsNaming('gem');
    // A configuration file or a variable may say so for all commands.
    if (/gemrc|GEMRC/.test(dockerfile.text)) return;
    for (const instruction of runs) {
      for (const command of analysis.packageCommands(instruction)) {
        if (command.subcommand === undefined || !buildsDocuments(command)) continue;
        const { body } = command.invocation;
        const name = command.subcommand.text;
        const span = body.sourceSpan(command.subcommand);
        const message = `\`gem ${name}\` installs documentation that nobody reads in a container`;
        if (OLD_RUBYGEMS.test(dockerfile.text)) {
          yield declined(
            span,
            message,
            'other-program',
            'this may be a gem from before 2.0, which knows other options',
          );
          continue;
        }
        yield fixed(span, message, {
          edits: [insertAfterWord(body, command.subcommand, ' --no-document')],
          applicability: 'safe',
          checked: ['no option says which documents to install', 'no .gemrc is written'],
        });
      }
    }
  },
};

function buildsDocuments(command: PackageCommand): boolean {
  if (command.manager !== 'gem' || (command.action !== 'install' && command.action !== 'upgrade')) return false;
  return !hasOption(
    command,
    '-N',
    '--no-document',
    '--document',
    '--no-rdoc',
    '--no-ri',
    '--rdoc',
    '--ri',
    '-d',
    '--help',
    '-h',
    '--explain',
  );
}
