import type { Analysis } from '../analysis/analysis.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import { insertAfterWord } from '../shell/script-edits.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

const OPTION = '--build="$(dpkg-architecture --query DEB_BUILD_GNU_TYPE)"';

/** Packages that bring dpkg-architecture. */
const BRINGS_IT = /^(?:dpkg-dev|build-essential|debhelper|devscripts)(?:[=/].*)?$/;

/** Projects whose script of that name was not made by autoconf and fails at options that it does not know. */
const OTHER_CONFIGURE =
  /doxygen|ffmpeg|libav|x264|x265|libvpx|\bqt|qtbase|nginx|openresty|tengine|openssl|zlib|\bnode\b|nodejs|iojs|qemu|mplayer|haproxy|boost|varnish-modules|mono-basic|\bvim?\b/i;

/**
 * Tells a configure script of autoconf for what it builds. Left to guess, it asks the kernel: in an image of another
 * architecture than the machine, such as i386 on amd64, it then builds for the wrong one.
 *
 * Unsafe because not every program named configure was made by autoconf, and optional because the guess is right
 * as long as the image has the architecture of the machine. Only where dpkg-dev was installed: without it nothing
 * answers.
 */
export const addConfigureBuild: Transform = {
  name: 'add-configure-build',
  summary: 'Adds --build to ./configure',
  category: 'correctness',
  related: ['parfum:configureShouldUseBuildFlag'],
  onlyUnsafe: true,
  onlyNamed: true,
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    for (const instruction of dockerfile.all('RUN')) {
      if (!/\.\/configure(?![\w.-])/.test(analysis.rawText(instruction))) continue;
      const body = analysis.body(instruction);
      for (const invocation of body === undefined ? [] : invocationsOf(body)) {
        if (!/^\.{1,2}\/configure$/.test(invocation.programWord.text)) continue;
        const diagnostic = checkConfigure(analysis, instruction, invocation);
        if (diagnostic !== undefined) yield diagnostic;
      }
    }
  },
};

function checkConfigure(analysis: Analysis, run: Instruction, invocation: Invocation): Diagnostic | undefined {
  const { body, programWord, args, command } = invocation;
  if (args.some((word) => /^["']?--(?:build|host)(?:=|["']?$)/.test(word.text))) return undefined;
  if (!hasDpkgArchitecture(analysis, run, command.start)) return undefined;
  const span = body.sourceSpan(programWord);
  const message = `\`${programWord.text}\` guesses from the kernel for which architecture it builds`;
  const { workdir } = analysis.stateBefore(run);
  // Scripts of autoconf take no words behind one dash.
  const other =
    args.find((word) => /^-[a-z]{2}/.test(word.text))?.text ??
    OTHER_CONFIGURE.exec(`${workdir ?? ''} ${body.text}`)?.[0];
  if (other !== undefined) {
    return declined(span, message, 'other-program', `\`${other}\` points to a script that was not made by autoconf`);
  }
  return fixed(span, message, {
    edits: [insertAfterWord(body, programWord, ` ${OPTION}`)],
    applicability: 'unsafe',
    checked: ['dpkg-dev is installed', 'assumes that autoconf made the script: look whether it takes the option'],
  });
}

/** Whether dpkg-dev was installed in front of an offset of the RUN, and nothing removed since. */
function hasDpkgArchitecture(analysis: Analysis, run: Instruction, offset: number): boolean {
  const stage = analysis.dockerfile.stageOf(run);
  if (stage === undefined || analysis.baseOf(stage).family !== 'debian') return false;
  let isThere = false;
  for (const instruction of stage.instructions) {
    if (instruction.index > run.index) break;
    if (instruction.keyword !== 'RUN') continue;
    for (const { action, manager, operands, invocation } of analysis.packageCommands(instruction)) {
      if (manager !== 'apt-get' && manager !== 'apt') continue;
      if (instruction === run && invocation.command.start > offset) break;
      if (action === 'install' && operands.some((word) => BRINGS_IT.test(word.text))) isThere = true;
      else if (action === 'remove') isThere = false;
    }
  }
  return isThere;
}
