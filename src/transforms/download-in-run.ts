import { copyTargets, isKnownFolder } from '../analysis/copied-files.js';
import { downloaderAt } from '../analysis/downloaders.js';
import { scriptWord } from '../analysis/shared-words.js';
import { isRoot } from '../analysis/state.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { Stage } from '../dockerfile/stage.js';
import { replacement } from '../text/edit.js';
import { baseName } from '../text/path.js';
import { declined, type DeclineReason, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** Flags of an ADD that does what no download does. */
const OWN_WORK: ReadonlySet<string> = new Set(['checksum', 'keep-git-dir', 'unpack']);

/**
 * Downloads a file in a RUN instead of an ADD, so that what comes next (unpacking, removing) can happen in the same
 * layer, and the download is cached like any other RUN.
 *
 * Unsafe because the file gets mode 644 where ADD gives 600, and is not asked for again when it changes. Docker's own
 * documentation has come to prefer ADD, so it is a matter of taste, too: only when it is asked for by name, and only
 * where curl or wget is known to be there.
 */
export const downloadInRun: Transform = {
  name: 'download-in-run',
  summary: 'Downloads a file with curl or wget instead of ADD',
  category: 'size',
  related: ['kics:curl_or_wget_instead_of_add', 'dockerfile-doctor:DD059', 'buddy:EA0001'],
  onlyUnsafe: true,
  onlyNamed: true,
  needsInstruction: ['ADD'],
  *check(subject): Iterable<Diagnostic> {
    for (const stage of subject.dockerfile.stages) {
      for (const add of stage.instructions) {
        if (add.keyword !== 'ADD' || add.words.length !== 2 || add.flags.some(({ name }) => OWN_WORK.has(name)))
          continue;
        const address = add.words[0]?.text ?? '';
        // The address of a repository is another thing.
        if (!/^https?:\/\//.test(address) || /\.git(?:$|[#?])/.test(address)) continue;
        if (subject.analysis.stateBefore(add).shell.kind === 'posix') yield checkAdd(subject, stage, add, address);
      }
    }
  },
};

function checkAdd({ dockerfile, analysis }: Subject, stage: Stage, add: Instruction, address: string): Diagnostic {
  const span = add.sourceSpan(add.keywordSpan);
  const message = `\`${add.keywordText}\` downloads ${address} into a layer where nothing can be done with it`;
  const decline = (reason: DeclineReason, detail: string): Diagnostic => declined(span, message, reason, detail);
  if (add.flags.length > 0) return decline('not-alone', 'a download has no flags for owner, mode and links');
  const state = analysis.stateBefore(add);
  if (!isRoot(state.user)) {
    return decline('unknown-user', `the file would belong to ${state.user ?? 'the user of the base image'}`);
  }
  const source = scriptWord(dockerfile, add, address);
  if (source === undefined) return decline('dynamic-value', 'a shell may read the address otherwise');
  const name = baseName(address);
  const written = add.words[1]?.text ?? '';
  const isFolder = /(?:^|\/)\.{0,2}$/.test(written);
  if (isFolder && !/^[\w.@%+-]+$/.test(name))
    return decline('dynamic-value', 'the address does not end in a plain name');
  const [target] = copyTargets(add, state, dockerfile.escape);
  if (target === undefined) return decline('dynamic-value', 'nobody can tell where the file goes');
  if (target.mayBeFolder) return decline('unknown-content', `${written} may be a folder that is there already`);
  const place = isFolder ? `${written.replace(/\/*$/, '/')}${name}` : written;
  const file = scriptWord(dockerfile, add, place);
  const folder = target.paths[0]?.replace(/\/[^/]*$/, '') ?? '';
  const parent = isKnownFolder(folder, state) ? undefined : scriptWord(dockerfile, add, place.replace(/\/[^/]*$/, ''));
  if (file === undefined) return decline('dynamic-value', 'a shell may read the destination otherwise');
  if (add.source.innerComments.length > 0) return decline('comment-in-the-way', 'a comment stands inside of the ADD');
  const downloader = downloaderAt(analysis, stage, add, address);
  if (downloader === undefined)
    return decline('other-program', 'nothing shows that curl or wget is there, with certificates');
  const run = add.keywordText === 'add' ? 'run' : 'RUN';
  const command =
    downloader === 'curl'
      ? `curl -fsSL ${parent === undefined ? '' : '--create-dirs '}${source} -o ${file}`
      : `${parent === undefined ? '' : `mkdir -p ${parent} && `}wget -qO ${file} ${source}`;
  return fixed(span, message, {
    edits: [replacement(add.span, `${run} ${command}`)],
    applicability: 'unsafe',
    checked: [
      `${downloader} is there`,
      'the file gets mode 644 instead of 600, and stays in the cache when the address has a new one: look at both',
    ],
    removes: [add.logical.text],
  });
}
