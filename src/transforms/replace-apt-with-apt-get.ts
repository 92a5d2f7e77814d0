import type { PackageCommand } from '../shell/packages.js';
import { type Edit, insertion, replacement } from '../text/edit.js';
import { lookUp } from '../text/table.js';
import { declined, type Diagnostic, fixed, type Transform, triggerChange } from './transform.js';

/** What apt-get and apt-cache call the subcommands of apt. */
const COUNTERPARTS: Readonly<
  Record<string, { readonly program: string; readonly subcommand?: string; readonly option?: string }>
> = {
  install: { program: 'apt-get' },
  reinstall: { program: 'apt-get', subcommand: 'install', option: '--reinstall' },
  update: { program: 'apt-get' },
  // Unlike apt-get's, apt's upgrade installs new packages that the upgrade needs.
  upgrade: { program: 'apt-get', option: '--with-new-pkgs' },
  'full-upgrade': { program: 'apt-get', subcommand: 'dist-upgrade' },
  'dist-upgrade': { program: 'apt-get' },
  remove: { program: 'apt-get' },
  purge: { program: 'apt-get' },
  autoremove: { program: 'apt-get' },
  autopurge: { program: 'apt-get' },
  clean: { program: 'apt-get' },
  autoclean: { program: 'apt-get' },
  source: { program: 'apt-get' },
  'build-dep': { program: 'apt-get' },
  download: { program: 'apt-get' },
  search: { program: 'apt-cache' },
  show: { program: 'apt-cache' },
  policy: { program: 'apt-cache' },
  depends: { program: 'apt-cache' },
  rdepends: { program: 'apt-cache' },
};

/**
 * Replaces apt, which is made for a terminal and promises no stable interface, by apt-get and apt-cache.
 *
 * Safe because both are front ends of the same library and do the same for these subcommands; `apt upgrade` also
 * installs new packages, which apt-get does with an option.
 */
export const replaceAptWithAptGet: Transform = {
  name: 'replace-apt-with-apt-get',
  summary: 'Replaces apt by apt-get and apt-cache',
  category: 'correctness',
  related: [
    'hadolint:DL3027',
    'kics:run_using_apt',
    'checkov:CKV_DOCKER_9',
    'semgrep:prefer-apt-get',
    'parfum:DL3027',
    'dockerfile-doctor:DD024',
    'dockerfile-roast:DF059',
    'buddy:ER0006',
  ],
  needsProgram: ['apt'],
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.scriptsNaming('apt')) {
      for (const command of analysis.packageCommands(instruction)) {
        if (command.manager === 'apt') yield* checkCommand(command);
      }
    }
  },
};

function* checkCommand(command: PackageCommand): Iterable<Diagnostic> {
  const { body, programWord } = command.invocation;
  const name = command.subcommand?.value;
  if (command.subcommand === undefined || name === undefined) return;
  const counterpart = lookUp(COUNTERPARTS, name);
  // In quotes the word ends with a quote: nobody writes it so.
  if (counterpart === undefined || !programWord.text.endsWith('apt')) return;
  const message = `\`apt ${name}\` has no stable command line`;
  const programSpan = body.wordSpan(programWord);
  const subcommandSpan = body.wordSpan(command.subcommand);
  const span = body.sourceSpan(programWord);
  if (programSpan === undefined || subcommandSpan === undefined) {
    yield declined(span, message, 'not-one-place', 'a line continuation cuts the word');
    return;
  }
  // A path such as /usr/bin/apt keeps its folder.
  const edits: Edit[] = [
    replacement({ start: programSpan.end - 'apt'.length, end: programSpan.end }, counterpart.program),
  ];
  const removes = [programWord.text];
  if (counterpart.subcommand !== undefined) {
    edits.push(
      replacement(
        subcommandSpan,
        counterpart.subcommand + (counterpart.option === undefined ? '' : ` ${counterpart.option}`),
      ),
    );
    removes.push(command.subcommand.text);
  } else if (counterpart.option !== undefined) {
    edits.push(insertion(subcommandSpan.end, ` ${counterpart.option}`));
  }
  yield fixed(span, message, {
    edits,
    applicability: 'safe',
    checked: [`${counterpart.program} does the same for \`${name}\``],
    removes,
    configChanges: triggerChange(body.instruction),
  });
}
