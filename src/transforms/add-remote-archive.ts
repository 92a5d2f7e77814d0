import { resolvePath } from '../analysis/copied-files.js';
import { FRONTEND, frontendSupport } from '../analysis/frontend.js';
import { sharedWord } from '../analysis/shared-words.js';
import { isRoot } from '../analysis/state.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { ShellBody } from '../shell/body.js';
import { type Invocation, invocationOf } from '../shell/invocation.js';
import type { ShellWord } from '../shell/parse.js';
import { isUnpacking, unpackingOf } from '../shell/unpacking.js';
import { replacement } from '../text/edit.js';
import { declined, type DeclineReason, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** Options for how loud a download is, whether errors count, and redirects: ADD follows them and fails. */
const CURL_FLAG = /^(?:-[fsSL]+|--fail|--silent|--show-error|--location)$/;
const OUTPUT = /^-(?:q|nv)?O$|^--output-document$/;
const WGET_FLAG = /^(?:-q|-nv|-qO-|-O-|-nvO-|--quiet|--no-verbose|--output-document=-)$/;

/**
 * Downloads and unpacks an archive with ADD. A RUN is cached for good, while ADD looks whether the archive has
 * changed, and the image needs neither curl nor tar for it.
 *
 * Unsafe because ADD makes the folder where `tar` fails without one, takes owners from the archive by number, and needs
 * BuildKit with Dockerfile 1.17. Whether to keep curl is a matter of taste, so only when it is asked for by name.
 */
export const addRemoteArchive: Transform = {
  name: 'add-remote-archive',
  summary: 'Downloads and unpacks an archive with ADD --unpack',
  category: 'cache',
  related: ['tally:prefer-add-unpack'],
  onlyUnsafe: true,
  onlyNamed: true,
  imageChanges: ['fewer-files', 'owners'],
  needsProgram: ['tar'],
  *check(subject): Iterable<Diagnostic> {
    for (const run of subject.analysis.runsNaming('tar')) {
      if (run.heredocs.length > 0 || !/\b(?:curl|wget)\b.*\|/s.test(run.logical.text)) continue;
      const body = subject.analysis.body(run);
      const [item, next] = body?.shell.items ?? [];
      if (body === undefined || item?.type !== 'Pipeline' || item.hasPrefix || next !== undefined) continue;
      if (item.commands.some(({ enclosures }) => enclosures.length !== 1)) continue;
      const [download, unpack] = item.commands.map((command) => invocationOf(body, command));
      if (item.commands.length !== 2 || download === undefined || unpack?.program !== 'tar') continue;
      if (!/^(?:curl|wget)$/.test(download.program) || !isUnpacking(unpack.args.map(({ text }) => text))) continue;
      yield checkPipe(subject, body, download, unpack);
    }
  },
};

function checkPipe(
  { dockerfile, analysis }: Subject,
  body: ShellBody,
  download: Invocation,
  unpack: Invocation,
): Diagnostic {
  const run: Instruction = body.instruction;
  const span = body.sourceSpan({ start: body.shell.items[0]?.start ?? 0, end: body.shell.end });
  const message = `\`${download.program}\` is cached even when the archive has changed, which ADD looks at`;
  const decline = (reason: DeclineReason, detail: string): Diagnostic => declined(span, message, reason, detail);
  const isPlain = [download, unpack].every(
    ({ wrappers, command }) =>
      wrappers.length === 0 && command.redirections.length === 0 && command.assignments.length === 0,
  );
  const source = addressOf(download);
  const unpacking = unpackingOf(unpack.args.map(({ text }) => text));
  if (!isPlain || source === undefined || unpacking?.archive !== undefined || run.flags.length > 0) {
    return decline('not-alone', 'ADD has nothing for the other options and words');
  }
  if (unpacking === undefined) return decline('not-alone', 'ADD knows nothing of the further words of `tar`');
  const address = sharedWord(dockerfile, run, source);
  if (address === undefined) return decline('dynamic-value', 'the stage does not declare a variable in the address');
  if (!/^https?:\/\//.test(address)) return decline('dynamic-value', `\`${address}\` may be no address that ADD reads`);
  const state = analysis.stateBefore(run);
  const written = /^[\w./@+-]+$/.test(unpacking.folder) ? unpacking.folder : undefined;
  const folder = written && resolvePath(written, state, dockerfile.escape);
  if (written === undefined || folder === undefined) return decline('dynamic-value', 'nobody can tell the folder');
  if (folder === '/') return decline('unknown-content', 'what it unpacks over / may replace links such as /bin');
  if (!isRoot(state.user)) {
    return decline('unknown-user', `the files belong to ${state.user ?? 'the user of the base image'}`);
  }
  if (run.source.innerComments.length > 0 || body.tail.trim() !== '') {
    return decline('comment-in-the-way', 'a comment stands inside of the RUN');
  }
  const support = frontendSupport(dockerfile, FRONTEND.unpack);
  if (support === 'missing') {
    return decline('frontend-version', 'the frontend that `# syntax=` asks for has no --unpack');
  }
  const keyword = run.keywordText === 'run' ? 'add' : 'ADD';
  return fixed(span, message, {
    edits: [replacement(run.span, `${keyword} --unpack=true ${address} ${written.replace(/\/*$/, '/')}`)],
    applicability: 'unsafe',
    checked: [
      'the RUN does nothing else',
      `look at the owners below ${folder}: ADD takes the numbers of the archive, and \`tar\` looks for the names first`,
      ...(support === 'unknown' ? ['needs Dockerfile 1.17: look at what builds the file'] : []),
    ],
    removes: [run.logical.text],
  });
}

/** The one address that a download prints; undefined when it does more. */
function addressOf({ program, args }: Invocation): ShellWord | undefined {
  const isCurl = program === 'curl';
  const words: ShellWord[] = [];
  let prints = isCurl;
  for (const [index, word] of args.entries()) {
    const { text } = word;
    if (text === '-' && OUTPUT.test(args[index - 1]?.text ?? '')) prints = true;
    else if (!isCurl && OUTPUT.test(text)) continue;
    else if ((isCurl ? CURL_FLAG : WGET_FLAG).test(text)) prints ||= text.endsWith('-');
    else words.push(word);
  }
  const [address, more] = words;
  return prints && address !== undefined && more === undefined && !address.text.startsWith('-') ? address : undefined;
}
