import { CERTIFICATES, hasCertificates } from '../analysis/downloaders.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { alwaysRuns } from '../shell/control.js';
import { hasOption, type PackageCommand } from '../shell/packages.js';
import type { ShellWord } from '../shell/parse.js';
import { insertAfterWord, insertInList } from '../shell/script-edits.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform, triggerChange } from './transform.js';

/**
 * Adds `--no-install-recommends`, which keeps the packages away that apt would install only because another package
 * recommends them. The certificates that curl, wget and git only recommend are named instead.
 *
 * Unsafe because a program may need what its package only recommends: fonts, headers, tools that a script calls.
 */
export const addNoInstallRecommends: Transform = {
  name: 'add-no-install-recommends',
  summary: 'Adds --no-install-recommends to apt-get install',
  category: 'size',
  related: [
    'hadolint:DL3015',
    'trivy:DS-0029',
    'kics:apt_get_not_avoiding_additional_packages',
    'semgrep:missing-no-install-recommends',
    'parfum:aptGetInstallUseNoRec',
    'dockerfile-doctor:DD003',
    'dockerfile-roast:DF016',
    'buddy:ER0010',
  ],
  onlyUnsafe: true,
  imageChanges: ['packages'],
  needsProgram: ['apt-get'],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    const runs = analysis.scriptsNaming('apt-get');
    if (/Install-Recommends/i.test(dockerfile.text)) return;
    /** Stages with certificates: those that are written out here, or come as a recommendation where this fix is not taken. */
    const certified = new Set<Stage | undefined>();
    for (const instruction of runs) {
      const stage = dockerfile.stageOf(instruction);
      for (const command of analysis.packageCommands(instruction)) {
        if (command.manager !== 'apt-get' || command.subcommand?.value !== 'install') continue;
        if (hasOption(command, '--no-install-recommends', '--install-recommends') || command.operands.length === 0)
          continue;
        const { body } = command.invocation;
        const span = body.sourceSpan(command.subcommand);
        const message = '`apt-get install` also installs what packages only recommend';
        const packages = command.operands.map(({ value = '' }) => value.replace(/[=:].*$/, ''));
        if (packages.some((name) => /^gcc(?:-\d+)?$/.test(name)) && !packages.some((name) => HEADERS.test(name))) {
          yield declined(
            span,
            message,
            'later-use',
            'gcc only recommends libc6-dev, without which it compiles nothing',
          );
          continue;
        }
        const client = certified.has(stage) ? undefined : needsCertificates(subject, instruction, command);
        if (client !== undefined && command.operands.some(({ text }) => text.includes('='))) {
          const detail = `${client.text} only recommends ${CERTIFICATES}, without which it checks no https`;
          yield declined(span, message, 'later-use', detail);
          continue;
        }
        if (client !== undefined && !instruction.isOnbuildTrigger && alwaysRuns(body, command.invocation.command))
          certified.add(stage);
        yield fixed(span, message, {
          edits: [
            insertAfterWord(body, lastLeadingOption(command), ' --no-install-recommends'),
            ...(client === undefined ? [] : [insertInList(dockerfile, body, client, CERTIFICATES)]),
          ],
          applicability: 'unsafe',
          checked: [
            ...(client === undefined ? [] : [`keeps ${CERTIFICATES}, which ${client.text} only recommends`]),
            `packages that others only recommend are missing afterwards: look at what ${names(command)} needs`,
          ],
          configChanges: triggerChange(instruction),
        });
      }
    }
  },
};

/** Packages that bring the headers of the C library. */
const HEADERS =
  /^(?:build-essential|libc6?-dev|g\+\+(?:-\d+)?|clang(?:-\d+)?|libstdc\+\+-\d+-dev|zlib1g-dev|libexpat1-dev|python3[\d.]*-dev)$/;

/** Programs that need certificates for https, and only recommend them. */
const CLIENTS = /^(?:wget|curl|git|mercurial|aria2|nodejs)$/;

const BRINGS_CERTIFICATES =
  /^(?:ca-certificates|software-properties-common|openjdk-\d+-\S+|default-(?:jdk|jre))(?:-\w+)*(?:=.*)?$/;

/** The package that would be without certificates; undefined where they are there for another reason. */
function needsCertificates(
  { dockerfile, analysis }: Subject,
  instruction: Instruction,
  command: PackageCommand,
): ShellWord | undefined {
  const client = command.operands.find(({ value = '' }) => CLIENTS.test(value.replace(/[=:].*$/, '')));
  if (client === undefined) return undefined;
  const isListed = analysis
    .packageCommands(instruction)
    .some(({ operands }) => operands.some(({ value = '' }) => BRINGS_CERTIFICATES.test(value)));
  const stage = dockerfile.stageOf(instruction);
  return isListed || (stage !== undefined && hasCertificates(analysis, stage, instruction)) ? undefined : client;
}

/** The subcommand, or the last `-y` and the like that follow it: the options stay together. */
function lastLeadingOption(command: PackageCommand): ShellWord {
  const { args, programWord } = command.invocation;
  let last = command.subcommand ?? programWord;
  for (const word of args.slice(args.indexOf(last) + 1)) {
    if (word.value === undefined || !/^-(?:[yq]+|-yes|-assume-yes)$/.test(word.value)) break;
    last = word;
  }
  return last;
}

function names(command: PackageCommand): string {
  const words = command.operands.map((word) => word.text);
  return words.length > 3 ? `${words.slice(0, 3).join(', ')} …` : words.join(', ');
}
