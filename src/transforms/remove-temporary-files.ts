import { laterMention } from '../analysis/later-mention.js';
import { mountOver } from '../analysis/mounts.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { ShellBody } from '../shell/body.js';
import { plainName, savesAs } from '../shell/downloads.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import type { ShellCommand } from '../shell/parse.js';
import { appendCommand, appendObstacle, insertCommandAfter } from '../shell/script-edits.js';
import { baseName } from '../text/path.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

const TEMPORARY_FOLDER = /^(\w+)="?(?:\$\(|`)mktemp (?:-d|--directory)(?: -t [\w.-]+)?(?:\)|`)"?$/;

/** One of these is in every RUN that leaves something of the kind. */
const SIGNS = ['mktemp', '--verify', '/usr/src/'] as const;

const SIGNATURE = /\.(?:asc|sig|sign)$/;

/**
 * Removes what a RUN needs only while it works, in that RUN: the folder that `mktemp -d` made, the signature that
 * gpg verified, and the sources below /usr/src of what was compiled and installed. A later RUN cannot take them out
 * of the layer any more.
 *
 * Unsafe because something outside the file may look for them; nothing in the file does.
 */
export const removeTemporaryFiles: Transform = {
  name: 'remove-temporary-files',
  summary: 'Removes temporary folders, verified signatures and compiled sources',
  category: 'size',
  related: ['parfum:rmRecursiveAfterMktempD', 'parfum:gpgVerifyAscRmAsc', 'parfum:mkdirUsrSrcThenRemove'],
  onlyUnsafe: true,
  imageChanges: ['caches', 'fewer-files'],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    if (!SIGNS.some((sign) => dockerfile.text.includes(sign))) return;
    for (const instruction of dockerfile.all('RUN')) {
      const text = analysis.rawText(instruction);
      if (!SIGNS.some((sign) => text.includes(sign))) continue;
      const body = analysis.body(instruction);
      if (body === undefined) continue;
      for (const command of body.shell.commands) yield* checkFolder(subject, instruction, body, command);
      const invocations = invocationsOf(body);
      for (const invocation of invocations) {
        yield* checkSignature(subject, instruction, invocation, invocations);
        yield* checkSources(subject, instruction, invocation, invocations);
      }
    }
  },
};

/** `folder="$(mktemp -d)"` without a later `rm`. */
function* checkFolder(
  { dockerfile }: Subject,
  run: Instruction,
  body: ShellBody,
  command: ShellCommand,
): Iterable<Diagnostic> {
  const { words, assignments, enclosures } = command;
  const made = words[0]?.value === 'export' ? words[1] : words.length === 0 ? assignments[0] : undefined;
  const name = TEMPORARY_FOLDER.exec(made?.text ?? '')?.[1];
  if (made === undefined || name === undefined) return;
  const removal = new RegExp(`\\b(?:rm|rmdir|mv|trap)\\b[^;&|\\n]*\\$\\{?(?:${name}|PWD|OLDPWD)\\b`);
  if (removal.test(body.text) || mountOver(run, '/tmp') !== undefined) return;
  const span = body.sourceSpan(made);
  const message = `the folder of \`${made.text}\` stays in the layer`;
  if (enclosures.length > 0) {
    yield declined(span, message, 'nested-command', 'it is made in a loop, condition or subshell');
    return;
  }
  const obstacle = appendObstacle(body);
  if (obstacle !== undefined) yield declined(span, message, 'shell-control', obstacle);
  else {
    yield fixed(span, message, {
      edits: [appendCommand(dockerfile, body, `rm -rf "$${name}"`)],
      applicability: 'unsafe',
      checked: ['the RUN does not remove it', 'assumes that nobody needs what is in it'],
    });
  }
}

/** `gpg --verify file.asc file` with a signature that the RUN downloaded. */
function* checkSignature(
  { dockerfile }: Subject,
  run: Instruction,
  { body, program, args, command, wrappers }: Invocation,
  invocations: readonly Invocation[],
): Iterable<Diagnostic> {
  const word = args[args.findIndex(({ text }) => text === '--verify') + 1];
  const name = plainName(word?.text ?? '');
  if (!/^gpgv?2?$/.test(program) || word === undefined || !SIGNATURE.test(name) || !/^[\w./:@%+,${}-]+$/.test(name))
    return;
  if (!invocations.some((other) => savesAs(other, name))) return;
  const base = baseName(name);
  const rest = body.text.slice(command.end);
  // The script does so itself, in whatever way, or looks at the file again.
  if (/\brm\b|\bmv\b|\bunlink\b/.test(rest) || rest.includes(base) || mountOver(run, name) !== undefined) return;
  const span = body.sourceSpan(word);
  const message = `\`${word.text}\` stays in the layer after it was verified`;
  const later = laterMention(dockerfile, run, base);
  const item = body.shell.items[command.item];
  const next = body.shell.items[command.item + 1];
  if (later !== undefined) {
    yield declined(span, message, 'later-use', `line ${later.source.startLine} names it`);
  } else if (
    item?.type !== 'Command' ||
    command.enclosures.length > 0 ||
    next?.joiner === '||' ||
    next?.joiner === '&'
  ) {
    yield declined(span, message, 'nested-command', 'it is verified in a loop, condition or group');
  } else {
    const remove = `${wrappers.includes('sudo') ? 'sudo ' : ''}rm ${word.text}`;
    yield fixed(span, message, {
      edits: [insertCommandAfter(dockerfile, body, item, remove)],
      applicability: 'unsafe',
      checked: ['nothing else in the file names it', 'assumes that nobody needs the signature in the image'],
    });
  }
}

/** `mkdir -p /usr/src/name` in a RUN that unpacks, compiles and installs what is in there. */
function* checkSources(
  { dockerfile, analysis }: Subject,
  run: Instruction,
  { body, program, args, command, wrappers }: Invocation,
  invocations: readonly Invocation[],
): Iterable<Diagnostic> {
  const word = args.find(({ text }) => /^["']?\/usr\/src\/[\w.+-]+\/?["']?$/.test(text));
  if (program !== 'mkdir' || word === undefined) return;
  const folder = plainName(word.text).replace(/\/$/, '');
  const rest = body.text.slice(command.end);
  const installs = invocations.some(
    (other) => other.program === 'make' && other.args.some(({ text }) => text === 'install'),
  );
  if (!installs || !rest.includes(folder) || /\b(?:rm|mv)\b[^;&|\n]*\/usr\/src/.test(rest)) return;
  if (mountOver(run, folder) !== undefined) return;
  const span = body.sourceSpan(word);
  const message = `\`${word.text}\` stays in the layer after \`make install\``;
  const later = laterMention(dockerfile, run, folder);
  const isHere = `${analysis.stateBefore(run).workdir ?? ''}/`.startsWith(`${folder}/`);
  const obstacle = appendObstacle(body);
  if (later !== undefined || isHere) {
    yield declined(
      span,
      message,
      'later-use',
      isHere ? 'it is the working directory' : `line ${later?.source.startLine ?? 0} names it`,
    );
  } else if (obstacle !== undefined || command.enclosures.length > 0) {
    yield declined(span, message, 'shell-control', obstacle ?? 'it is made in a loop, condition or subshell');
  } else {
    yield fixed(span, message, {
      edits: [appendCommand(dockerfile, body, `${wrappers.includes('sudo') ? 'sudo ' : ''}rm -rf ${word.text}`)],
      applicability: 'unsafe',
      checked: ['nothing behind names it', 'assumes that nothing was installed as a link into it'],
    });
  }
}
