import { mountOver } from '../analysis/mounts.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import type { ShellWord } from '../shell/parse.js';
import { continuation, joinerStyle } from '../shell/script-edits.js';
import { insertion } from '../text/edit.js';
import { indentationAt, lineEndingAt } from '../text/line-endings.js';
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
  related: [
    'parfum:tarSomethingRmTheSomething',
    'parfum:rmRecursiveAfterMktempD',
    'parfum:gpgVerifyAscRmAsc',
    'parfum:mkdirUsrSrcThenRemove',
    'dockerfile-doctor:DD016',
  ],
  onlyUnsafe: true,
  *check(subject): Iterable<Diagnostic> {
    for (const instruction of subject.analysis.runsNaming('curl', 'wget')) {
      const body = subject.analysis.body(instruction);
      if (body === undefined || !/\b(?:tar|unzip)\b/.test(body.text)) continue;
      const invocations = invocationsOf(body);
      for (const unpack of invocations) {
        const archive = archiveOf(unpack);
        if (archive === undefined) continue;
        const download = invocations.find(
          (other) => other.command.start < unpack.command.start && downloads(other, plain(archive.text)),
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

/** Whether curl or wget saves a file under a name. */
function downloads({ program, args }: Invocation, name: string): boolean {
  if (program !== 'curl' && program !== 'wget') return false;
  const output = program === 'curl' ? /^(?:-[A-Za-z]*o|--output)$/ : /^(?:-[A-Za-z]*O|--output-document)$/;
  const at = args.findIndex((word) => output.test(word.text));
  if (at !== -1) return plain(args[at + 1]?.text ?? '') === name;
  if (args.some((word) => /^--output|^-P|^--directory-prefix/.test(word.text))) return false;
  if (program === 'curl' && !args.some((word) => /^-[A-Za-z]*O|^--remote-name/.test(word.text))) return false;
  return args.some((word) => {
    const url = plain(word.text);
    return (
      !url.startsWith('-') && /\/\/|\$/.test(url) && !/[?#]/.test(url) && url.slice(url.lastIndexOf('/') + 1) === name
    );
  });
}

/** A word without the quotes around it and `./` in front, nor the carriage return of a heredoc with CRLF. */
function plain(text: string): string {
  return text
    .trimEnd()
    .replace(/^(["'])(.*)\1$/, '$2')
    .replace(/^\.\//, '');
}

function* checkArchive(
  { dockerfile }: Subject,
  instruction: Instruction,
  unpack: Invocation,
  archive: ShellWord,
): Iterable<Diagnostic> {
  const { body, command, wrappers } = unpack;
  const name = plain(archive.text);
  const base = name.slice(name.lastIndexOf('/') + 1);
  // Patterns and names of one word only.
  if (!/^[\w./:@%+,${}-]+$/.test(name) || name === '' || base === '') return;
  const rest = body.text.slice(command.end);
  // The script does so itself, in whatever way, or looks at the file again.
  if (/\brm\b|\bmv\b|\bunlink\b/.test(rest) || rest.includes(base)) return;
  const item = body.shell.items[command.item];
  const next = body.shell.items[command.item + 1];
  const span = body.sourceSpan(archive);
  const message = `\`${archive.text.trimEnd()}\` stays in the layer after it was unpacked`;
  const later = dockerfile.instructions.find(
    (other) =>
      other.index > instruction.index && dockerfile.text.slice(other.span.start, other.span.end).includes(base),
  );
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
  const at = body.endToSource(item.start + body.text.slice(item.start, item.end).trimEnd().length);
  // What follows on the same line stays there.
  const isInline =
    body.isHeredoc || (next !== undefined && body.isContiguous({ start: item.end - 1, end: next.start + 1 }));
  const style = isInline ? undefined : joinerStyle(dockerfile, body, '&&');
  const broken = continuation(dockerfile, lineEndingAt(dockerfile.text, at));
  let text: string;
  if (next?.joiner === ';' || next?.joiner === '\n') {
    // Behind `&&` a failure of the left side would not stop a script with `set -e` any more.
    const { text: file } = dockerfile;
    text = next.joiner === ';' ? `; ${remove}` : `${lineEndingAt(file, at)}${indentationAt(file, at)}${remove}`;
  } else if (style === undefined) {
    text = ` && ${remove}`;
  } else {
    text = style.leads ? `${broken}${style.indentation}&& ${remove}` : ` &&${broken}${style.indentation}${remove}`;
  }
  yield fixed(span, message, {
    edits: [insertion(at, text)],
    applicability: 'unsafe',
    checked: ['nothing else in the file names it', 'assumes that nobody needs the archive in the image'],
  });
}
