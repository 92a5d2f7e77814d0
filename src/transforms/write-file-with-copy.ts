import { FRONTEND, frontendSupport } from '../analysis/frontend.js';
import { isRoot } from '../analysis/state.js';
import type { ShellBody } from '../shell/body.js';
import { invocationOf } from '../shell/invocation.js';
import type { ShellCommand, ShellRedirection } from '../shell/parse.js';
import { replacement } from '../text/edit.js';
import { lineEndingAt } from '../text/line-endings.js';
import { declined, type DeclineReason, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** Files that a builder puts there for each RUN, and those of the kernel: nothing of them is part of the image. */
const NOT_IN_IMAGE = /^\/(?:dev|proc|sys)\/|^\/etc\/(?:hosts|hostname|resolv\.conf)$/;

/**
 * Writes a file with `COPY <<EOF` instead of `echo`: it reads as it will be, needs no shell, and starts no container.
 *
 * Unsafe because COPY makes a missing folder, replaces a link instead of writing to where it points, and gives a file
 * that is there already mode 644; and builders before BuildKit 0.10 and Dockerfile 1.4 read no heredoc. A matter of
 * taste, so only when it is asked for by name.
 */
export const writeFileWithCopy: Transform = {
  name: 'write-file-with-copy',
  summary: 'Writes a file with COPY <<EOF instead of echo',
  category: 'style',
  related: ['tally:prefer-copy-heredoc'],
  onlyUnsafe: true,
  onlyNamed: true,
  needsProgram: ['echo'],
  *check(subject): Iterable<Diagnostic> {
    for (const instruction of subject.analysis.runsNaming('echo')) {
      if (!instruction.logical.text.includes('>') || instruction.heredocs.length > 0) continue;
      const body = subject.analysis.body(instruction);
      const [item, next] = body?.shell.items ?? [];
      const [command] = item?.commands ?? [];
      if (body === undefined || item?.type !== 'Command' || next !== undefined || command === undefined) continue;
      const [redirection, more] = command.redirections;
      if (redirection === undefined || more !== undefined || body.shell.endsInBackground) continue;
      if (redirection.descriptor !== undefined || !/^>[>|]?$/.test(redirection.operator)) continue;
      const diagnostic = checkEcho(subject, body, command, redirection);
      if (diagnostic !== undefined) yield diagnostic;
    }
  },
};

function checkEcho(
  { dockerfile, analysis }: Subject,
  body: ShellBody,
  command: ShellCommand,
  { operator, target }: ShellRedirection,
): Diagnostic | undefined {
  const { instruction } = body;
  const path = target?.text ?? '';
  const invocation = invocationOf(body, command);
  if (invocation?.program !== 'echo' || !path.startsWith('/') || path.endsWith('/') || NOT_IN_IMAGE.test(path)) {
    return undefined;
  }
  const span = body.sourceSpan(command);
  const message = `\`echo\` writes ${path}, which COPY writes without a container`;
  const decline = (reason: DeclineReason, detail: string): Diagnostic => declined(span, message, reason, detail);
  if (operator === '>>') return decline('unknown-content', '`>>` adds to what the file has');
  const words = invocation.args.map(({ value }) => value);
  if (words.some((value) => value === undefined) || !/^[\w./@+-]+$/.test(path)) {
    return decline('dynamic-value', 'an expansion stands in the text or the path');
  }
  const text = words.join(' ');
  if (/\\|^-/.test(text)) return decline('other-program', 'shells differ in what `echo` makes of it');
  const { user } = analysis.stateBefore(instruction);
  if (!isRoot(user)) return decline('unknown-user', `the file belongs to ${user ?? 'the user of the base image'}`);
  if (invocation.wrappers.length > 0 || command.assignments.length > 0 || instruction.flags.length > 0) {
    return decline('not-alone', 'more than the text and the path stands there');
  }
  if (instruction.source.innerComments.length > 0 || body.tail.includes('#')) {
    return decline('comment-in-the-way', 'a comment stands inside of the RUN');
  }
  const support = frontendSupport(dockerfile, FRONTEND.heredoc);
  if (support === 'missing')
    return decline('frontend-version', 'the frontend that `# syntax=` asks for reads no heredoc');
  if (text === 'EOF' || lineEndingAt(dockerfile.text, instruction.span.end) === '\r\n') {
    return decline('unknown-content', 'a heredoc would end elsewhere, or hold carriage returns');
  }
  const copy = instruction.keywordText === 'run' ? 'copy' : 'COPY';
  const mark = text.includes('$') ? '"EOF"' : 'EOF';
  return fixed(span, message, {
    edits: [replacement(instruction.span, `${copy} <<${mark} ${path}\n${text}\nEOF`)],
    applicability: 'unsafe',
    checked: [
      'the text is the same in every build',
      `assumes that the folder of ${path} is there, and no link of that name: look at the image`,
      ...(support === 'unknown' ? ['needs Dockerfile 1.4 or Buildah 1.33: look at what builds the file'] : []),
    ],
    removes: [instruction.logical.text],
  });
}
