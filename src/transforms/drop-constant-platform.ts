import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { flagWithBlanks } from '../dockerfile/removal.js';
import { deletion } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/** Words by which names of stages, images and files tell an architecture. */
const ARCHITECTURE =
  /(?<![a-z0-9])(?:amd64|x86|x86[-_]64|x64|i[36]86|arm|arm32|arm64|armel|armhf|armv\d\w*|(?:arm32|arm64)v\d|aarch64|ppc64le|s390x|riscv64|linux-?(?:32|64))(?![a-z0-9])/i;

/** Build arguments that stand for a platform. */
const PLATFORM_ARGUMENT = /\$\{?(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)\b/;

/**
 * Deletes a platform that is written out in a FROM, such as `--platform=linux/amd64`: the image is built for it on
 * every machine and for every target, slowly by emulation where they differ.
 *
 * Unsafe because the image changes wherever the target is another platform, and the base image or what is installed
 * may exist for the named one only. Stages that name an architecture anywhere else, and files that choose a stage by
 * one, are left alone.
 */
export const dropConstantPlatform: Transform = {
  name: 'drop-constant-platform',
  summary: 'Deletes a platform that is written out in FROM',
  category: 'correctness',
  related: [
    'hadolint:DL3029',
    'buildkit:FromPlatformFlagConstDisallowed',
    'kics:using_platform_with_from',
    `semgrep:avoid-platform-with-from`,
    'parfum:DL3029',
    'tally:buildkit/FromPlatformFlagConstDisallowed',
    'dockerfile-roast:DF061',
  ],
  onlyUnsafe: true,
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const stage of dockerfile.stages) {
      const { from } = stage;
      const flag = from.flags.find((candidate) => candidate.name === 'platform');
      if (flag?.value === undefined || flag.value === '' || flag.value.includes('$')) continue;
      const span = from.sourceSpan(flag);
      const message = `\`${flag.text}\` builds for that platform on every machine`;
      const reason = reasonToKeep(dockerfile, flag.value);
      const gone = flagWithBlanks(from, flag);
      if (reason !== undefined) {
        yield declined(span, message, 'later-use', reason);
      } else if (gone === undefined) {
        yield declined(span, message, 'not-one-place', 'line continuations stand around it');
      } else {
        yield fixed(span, message, {
          edits: [deletion(from.sourceSpan(gone))],
          applicability: 'unsafe',
          checked: [
            `look whether ${stage.imageWord.text} and what is installed exist for the platforms that you build for`,
          ],
          removes: [from.logical.slice(flag)],
          configChanges: ['base'],
        });
      }
    }
  },
};

/** Why the platform seems to be meant. */
function reasonToKeep(dockerfile: Dockerfile, platform: string): string | undefined {
  const other = dockerfile.stages.find(({ from }) => ![undefined, platform].includes(from.flag('platform')));
  if (other !== undefined) return `line ${other.from.source.startLine} names another platform`;
  const choice = dockerfile.stages.find(({ imageWord }) => PLATFORM_ARGUMENT.test(imageWord.text));
  if (choice !== undefined) return `line ${choice.from.source.startLine} chooses a stage by the platform`;
  // All such stages or none, since they work together. The image counts too, behind its flag.
  const stages = dockerfile.stages.filter(({ from }) => from.flag('platform') !== undefined);
  const instructions = stages.flatMap((stage) => [stage.from, ...stage.instructions]);
  const texts = instructions.map((instruction) => ({
    line: instruction.source.startLine,
    text: dockerfile.text.slice(instruction.sourceSpan(instruction.argumentsSpan).start, instruction.span.end),
  }));
  const use = texts.find(({ text }) => ARCHITECTURE.test(text));
  return use && `line ${use.line} holds \`${ARCHITECTURE.exec(use.text)?.[0] ?? ''}\``;
}
