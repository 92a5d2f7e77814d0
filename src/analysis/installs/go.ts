import { imagePath, type ImageView } from '../copies.js';
import {
  type Installation,
  type InstallReader,
  missing,
  type Obstacle,
  type Reads,
  ReadsBuilder,
  readsSources,
} from './installation.js';

const GUESS = {
  files: ['go.mod', 'go.sum*'],
  assumption: 'assumes that there is a go.mod, and that it replaces no module by a local folder',
};

/** Variables that say where modules come from. */
const DOWNLOADS = /^GO(?:PROXY|PRIVATE|FLAGS|INSECURE|SUMDB|NOPROXY|NOSUMDB|NOSUMCHECK|TOOLCHAIN|WORK)$/;

/** `go mod download`, and the commands that download modules on their way. */
export const readGoInstall: InstallReader = ({ program, args, command }, workdir): Installation | undefined => {
  if (program !== 'go') return undefined;
  const words = args.map((word) => word.value);
  const place = words[0] === '-C' ? words[1] : undefined;
  const folder = place === undefined ? workdir : imagePath(workdir, place);
  const [verb, next, more] = place === undefined ? words : words.slice(2);
  if (verb === 'mod' && (next === 'download' || next === 'verify') && more === undefined) {
    return {
      ecosystem: 'go',
      label: `go mod ${next}`,
      folder,
      writes: [`${folder}/vendor`],
      reads: (view) => readsOf(view, folder) ?? missing(`${folder}/go.mod`),
      guess: GUESS,
    };
  }
  // What it makes is no file of the context, so that there is nothing to copy first.
  if (verb === 'mod' && next === 'init') return { ecosystem: 'go', label: 'go mod init', folder, writes: [] };
  if (verb === undefined || !['build', 'install', 'test', 'run', 'vet', 'get', 'generate'].includes(verb))
    return undefined;
  // `go install example.com/tool@v1` belongs to no module.
  if (words.some((word) => word !== undefined && /@(?:v\d|latest|master|main|[0-9a-f]{7})/.test(word)))
    return undefined;
  const isOff = command.assignments.some(({ name, value }) => name === 'GO111MODULE' && value === 'off');
  const usesVendor = words.some((word) => /^-(?:mod=vendor|modfile\b)/.test(word ?? ''));
  return {
    ecosystem: 'go',
    label: `go ${verb}`,
    folder,
    writes: [],
    ...(isOff || usesVendor
      ? {}
      : {
          fetch: {
            command: [
              ...command.assignments.filter(({ name }) => DOWNLOADS.test(name)).map(({ text }) => text),
              'go mod download',
            ].join(' '),
            reads: (view) => (view.has(`${folder}/vendor/modules.txt`) ? undefined : readsOf(view, folder)),
            // Code in the old folder of packages, and single files, may belong to no module.
            ...(verb === 'get' ||
            /\0|^\/go\/src|\/src\/[\w-]+\.[a-z]+\//.test(folder) ||
            words.some((word) => word?.endsWith('.go') === true)
              ? {}
              : { guess: GUESS }),
            note: 'all modules of go.mod are downloaded, not only those that the build needs',
          },
        }),
  };
};

/** Undefined when there is no module, or one that needs no other. */
function readsOf(view: ImageView, folder: string): Reads | Obstacle | undefined {
  const reads = new ReadsBuilder(view);
  if (!reads.file(`${folder}/go.mod`)) return undefined;
  const text = view.read(`${folder}/go.mod`);
  if (text === undefined) return readsSources('nobody can read go.mod');
  if (!/^\s*require\b/m.test(text)) return undefined;
  reads.file(`${folder}/go.sum`);
  const members = [folder];
  // The nearest one counts, of the folder itself and those above.
  for (let path = folder; path !== ''; path = path.slice(0, path.lastIndexOf('/'))) {
    if (!reads.file(`${path}/go.work`)) continue;
    reads.file(`${path}/go.work.sum`);
    const work = view.read(`${path}/go.work`) ?? '';
    for (const place of [...listed(work, 'use'), ...replacements(work)]) members.push(imagePath(path, place));
    break;
  }
  for (const path of replacements(text)) members.push(imagePath(folder, path));
  for (const member of members) {
    if (!reads.file(`${member}/go.mod`)) return missing(`${member}/go.mod`);
    reads.file(`${member}/go.sum`);
  }
  return reads.reads;
}

/** The folders that `replace x => ./folder` names. Source: the Go modules reference, "go.mod files". */
function replacements(text: string): readonly string[] {
  return [...withoutComments(text).matchAll(/=>\s*(\.{1,2}\/\S*|\.{1,2}(?=\s|$)|\/\S+)/g)].map((match) =>
    unquoted(match[1] ?? ''),
  );
}

/** The words behind a keyword of go.work, alone or in a block. */
function listed(text: string, keyword: string): readonly string[] {
  const found: string[] = [];
  const plain = withoutComments(text);
  for (const match of plain.matchAll(new RegExp(`^\\s*${keyword}\\s+(?:\\(([^)]*)\\)|(\\S+))`, 'gm'))) {
    for (const word of (match[1] ?? match[2] ?? '').split(/\s+/)) if (word !== '') found.push(unquoted(word));
  }
  return found;
}

function withoutComments(text: string): string {
  return text.replace(/\/\/.*$/gm, '');
}

function unquoted(word: string): string {
  return word.replace(/^["`](.*)["`]$/, '$1');
}
