import { copyTargets, isKnownFolder, resolvePath } from '../analysis/copied-files.js';
import { mountMeeting } from '../analysis/mounts.js';
import { isRoot } from '../analysis/state.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { ShellBody } from '../shell/body.js';
import { wordsLostByMerge } from '../shell/merge.js';
import type { ShellWord } from '../shell/parse.js';
import { isChain, type PlainItem, plainItemsOf } from '../shell/plain-item.js';
import { removeItems } from '../shell/script-edits.js';
import { isUnpacking, unpackingOf } from '../shell/unpacking.js';
import { replacement } from '../text/edit.js';
import { baseName } from '../text/path.js';
import { declined, type DeclineReason, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** What the ADD of every builder unpacks. */
const UNPACKED = /\.(?:tar|tgz|tbz2?|txz)$|\.tar\.(?:gz|bz2|xz)$/;

/**
 * Lets ADD unpack an archive of the build context. COPY stores the archive itself in a layer, where it stays beside
 * the files that came out of it, even when a later RUN removes it.
 *
 * Unsafe because ADD makes the folder where `tar` fails without one, takes owners from the archive by number, and
 * leaves no archive in the image; nothing in the file looks for it.
 */
export const addArchive: Transform = {
  name: 'add-archive',
  summary: 'Lets ADD unpack a copied archive',
  category: 'size',
  related: ['hadolint:DL3010', 'tally:hadolint/DL3010', 'dockerfile-roast:DF067', 'buddy:EC0003'],
  onlyUnsafe: true,
  imageChanges: ['fewer-files', 'owners'],
  needsInstruction: ['COPY'],
  needsProgram: ['tar'],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    for (const run of analysis.runsNaming('tar')) {
      const stage = dockerfile.stageOf(run);
      const copy = stage?.instructions[run.index - stage.from.index - 2];
      if (copy?.keyword !== 'COPY' || copy.words.length !== 2 || copy.flag('from') !== undefined) continue;
      if (!UNPACKED.test(copy.words[0]?.text ?? '')) continue;
      const body = run.heredocs.length > 0 ? undefined : analysis.body(run);
      const diagnostic = body && checkPair(subject, copy, body);
      if (diagnostic !== undefined) yield diagnostic;
    }
  },
};

function checkPair({ dockerfile, analysis }: Subject, copy: Instruction, body: ShellBody): Diagnostic | undefined {
  const state = analysis.stateBefore(copy);
  const resolve = (text: string): string | undefined => resolvePath(text, state, dockerfile.escape);
  const targets = copyTargets(copy, state, dockerfile.escape).map(({ paths: [path] }) => path);
  const { items } = body.shell;
  const plain = plainItemsOf(body);
  const isArchive = ({ text }: ShellWord): boolean => targets.includes(resolve(text));
  const tar = plain.find(
    ({ program, args }) => program === 'tar' && isUnpacking(textsOf(args)) && args.some(isArchive),
  );
  const archive = targets.find((path) => tar?.args.some(({ text }) => path !== undefined && resolve(text) === path));
  const [source, destination] = copy.words;
  if (tar === undefined || archive === undefined || source === undefined || destination === undefined) return undefined;
  const span = body.sourceSpan(tar.item);
  const message = `${source.text} stays in a layer of its own, and ADD would unpack it`;
  const decline = (reason: DeclineReason, detail: string): Diagnostic => declined(span, message, reason, detail);
  if (!isChain(body)) return decline('shell-control', 'the commands are not joined by `&&` alone');
  const written = unpackingOf(textsOf(tar.args))?.folder;
  if (written === undefined) return decline('not-alone', 'ADD knows nothing of the further words of `tar`');
  const folder = /^[\w./@+-]+$/.test(written) ? resolve(written) : undefined;
  if (folder === undefined) return decline('dynamic-value', `nobody can tell what \`${written}\` is`);
  if (folder === '/') return decline('unknown-content', 'what it unpacks over / may replace links such as /bin');
  if (copy.flags.some(({ name }) => name !== 'link')) {
    return decline('not-alone', 'the flags of the COPY would hold for everything that comes out of it');
  }
  if (!isRoot(state.user)) {
    const detail = `\`tar\` gives the files to ${state.user ?? 'the user of the base image, which nobody knows'}`;
    return decline('unknown-user', detail);
  }
  if (mountMeeting(body.instruction, archive) ?? mountMeeting(body.instruction, folder)) {
    return decline('cache-mount', 'a folder is mounted');
  }
  // ADD makes the folder, and the archive is no longer there to be removed.
  const gone = plain.filter(
    ({ item, program, args }) =>
      item === tar.item ||
      (program === 'rm' && isOnly(args, (text) => resolve(text) === archive)) ||
      (program === 'mkdir' && isOnly(args, (text) => resolve(text) === folder)),
  );
  const unwanted = gone.map(({ item }) => item);
  const rest = items.filter((item) => !unwanted.includes(item));
  const early = rest.find(
    (item) => item.start < tar.item.start && !mayComeLater(plain.find((one) => one.item === item)),
  );
  if (early !== undefined) {
    return decline('not-alone', `\`${body.text.slice(early.start, early.end)}\` runs before it today`);
  }
  const parent = archive.slice(0, archive.lastIndexOf('/')) || '/';
  const names = [
    baseName(archive),
    ...(isKnownFolder(parent, state) || `${folder}/`.startsWith(`${parent}/`) ? [] : [parent]),
  ];
  const isUse = (text: string): boolean =>
    names.some((name) => text.includes(name)) || /\brm\s+(?!-\w*f)[^&;]*\*/.test(text);
  if (rest.some((item) => isUse(body.text.slice(item.start, item.end)))) {
    return decline('later-use', 'another command of the RUN needs it, or its folder');
  }
  const later = dockerfile.instructions.find(
    (other) => other.index > body.instruction.index && names.some((name) => analysis.rawText(other).includes(name)),
  );
  if (later !== undefined) return decline('later-use', `line ${later.source.startLine} names it, or its folder`);
  const removals = removeItems(dockerfile, body, unwanted);
  if (removals === undefined) return decline('comment-in-the-way', 'a comment belongs to what would go');
  if (!copy.logical.isContiguous(destination))
    return decline('not-one-place', 'a line continuation cuts the destination');
  const place = copy.exec === undefined ? `${folderWord(written)}` : JSON.stringify(folderWord(written));
  return fixed(span, message, {
    edits: [
      replacement(copy.sourceSpan(copy.keywordSpan), copy.keywordText === 'copy' ? 'add' : 'ADD'),
      replacement(copy.sourceSpan(destination), place),
      ...removals,
    ],
    applicability: 'unsafe',
    checked: [
      'nothing in the file needs the archive itself',
      `look at the owners below ${folder}: ADD takes the numbers of the archive, and \`tar\` looks for the names first`,
    ],
    removes: [
      copy.keywordText,
      copy.logical.slice(destination),
      ...wordsLostByMerge(body),
      ...unwanted.map(({ start, end }) => body.text.slice(start, end)),
    ],
  });
}

function folderWord(written: string): string {
  return written.endsWith('/') ? written : `${written}/`;
}

/** Whether the one word that is no option is of a kind. */
function isOnly(args: readonly ShellWord[], isKind: (text: string) => boolean): boolean {
  const [word, ...more] = textsOf(args).filter((text) => !text.startsWith('-'));
  return word !== undefined && more.length === 0 && isKind(word);
}

/** Whether a command in front of the `tar` does the same behind it. */
function mayComeLater(plain: PlainItem | undefined): boolean {
  if (plain === undefined) return false;
  const { program, args } = plain;
  return (
    program === 'echo' ||
    program === 'set' ||
    (program === 'mkdir' && args.some(({ text }) => /^-p$|^--parents$/.test(text)))
  );
}

function textsOf(args: readonly ShellWord[]): readonly string[] {
  return args.map(({ text }) => text);
}
