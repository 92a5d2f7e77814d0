import { laterMention } from '../analysis/later-mention.js';
import { mountOver } from '../analysis/mounts.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { plainName, savesAs } from '../shell/downloads.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import type { ShellWord } from '../shell/parse.js';
import { insertCommandAfter } from '../shell/script-edits.js';
import { baseName } from '../text/path.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/**
 * Removes an archive in the RUN that downloaded and unpacked it. It takes its space in the layer for good, beside the
 * files that came out of it, and a later RUN cannot take it out any more.
 *
 * Unsafe because something outside the file may look for the archive; nothing in the file does.
 */
export const removeDownloadedArchive: Transform = {
  name: 'remove-downloaded-archive',
  summary: 'Removes a downloaded archive after it was unpacked',
  category: 'size',
  related: ['parfum:tarSomethingRmTheSomething', 'dockerfile-doctor:DD016'],
  onlyUnsafe: true,
  imageChanges: ['fewer-files'],
  needsProgram: ['curl', 'wget'],
  *check(subject): Iterable<Diagnostic> {
    for (const instruction of subject.analysis.runsNaming('curl', 'wget')) {
      if (!/\b(?:tar|unzip)\b/.test(subject.analysis.rawText(instruction))) continue;
      const body = subject.analysis.body(instruction);
      if (body === undefined) continue;
      const invocations = invocationsOf(body);
      for (const unpack of invocations) {
        const archive = archiveOf(unpack);
        if (archive === undefined) continue;
        const download = invocations.find(
          (other) => other.command.start < unpack.command.start && savesAs(other, plainName(archive.text)),
        );
        if (download !== undefined) yield* checkArchive(subject, instruction, unpack, archive);
      }
    }
  },
};

/** The file that tar or unzip reads. */
function archiveOf({ program, args }: Invocation): ShellWord | undefined {
  if (program === 'unzip')
    return args.find((word, index) => !word.text.startsWith('-') && args[index - 1]?.text !== '-d');
  if (program !== 'tar') return undefined;
  // The first word may have its letters without a dash.
  const isExtract =
    /^[A-Za-z]*x[A-Za-z]*$/.test(args[0]?.text ?? '') ||
    args.some((word) => /^(?:-[A-Za-z]*x[A-Za-z]*|--extract)$/.test(word.text));
  if (!isExtract) return undefined;
  const at = args.findIndex(
    (word, index) => word.text === '--file' || (index === 0 ? /^-?[A-Za-z]*f$/ : /^-[A-Za-z]*f$/).test(word.text),
  );
  const file = at === -1 ? undefined : args[at + 1];
  return file === undefined || file.text === '-' ? undefined : file;
}

function* checkArchive(
  { dockerfile }: Subject,
  instruction: Instruction,
  unpack: Invocation,
  archive: ShellWord,
): Iterable<Diagnostic> {
  const { body, command, wrappers } = unpack;
  const name = plainName(archive.text);
  const base = baseName(name);
  // Patterns and names of one word only.
  if (!/^[\w./:@%+,${}-]+$/.test(name) || name === '' || base === '') return;
  const rest = body.text.slice(command.end);
  // The script does so itself, in whatever way, or looks at the file again.
  if (/\brm\b|\bmv\b|\bunlink\b/.test(rest) || rest.includes(base)) return;
  const item = body.shell.items[command.item];
  const next = body.shell.items[command.item + 1];
  const span = body.sourceSpan(archive);
  const message = `\`${archive.text.trimEnd()}\` stays in the layer after it was unpacked`;
  const later = laterMention(dockerfile, instruction, base);
  if (later !== undefined) {
    yield declined(span, message, 'later-use', `line ${later.source.startLine} names it`);
    return;
  }
  const mount = name.startsWith('/') ? mountOver(instruction, name) : undefined;
  if (mount !== undefined) return;
  if (item?.type !== 'Command' || command.enclosures.length > 0 || next?.joiner === '||' || next?.joiner === '&') {
    yield declined(span, message, 'nested-command', 'it is unpacked in a loop, condition or group');
    return;
  }
  if (dockerfile.text.slice(instruction.span.start, instruction.span.end).includes('<<') && !body.isHeredoc) return;
  const remove = `${wrappers.includes('sudo') ? 'sudo ' : ''}rm ${archive.text.trimEnd()}`;
  yield fixed(span, message, {
    edits: [insertCommandAfter(dockerfile, body, item, remove)],
    applicability: 'unsafe',
    checked: ['nothing else in the file names it', 'assumes that nobody needs the archive in the image'],
  });
}
