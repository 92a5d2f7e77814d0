import { FRONTEND, frontendSupport } from '../analysis/frontend.js';
import { sharedWord } from '../analysis/shared-words.js';
import { isRoot } from '../analysis/state.js';
import type { Instruction } from '../dockerfile/instruction.js';
import type { ShellBody } from '../shell/body.js';
import type { ShellWord } from '../shell/parse.js';
import { plainItemsOf } from '../shell/plain-item.js';
import { replacement } from '../text/edit.js';
import { declined, type DeclineReason, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** Options that change nothing of what is there in the end, or that ADD always has. */
const PLAIN_FLAG = /^(?:-q|--quiet|-v|--verbose|--progress|--no-progress|--single-branch|--depth=\d+)$/;

/** Hosts whose repositories have an address with `.git`, too. */
const HOST = /^https:\/\/(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)\/[^/]+\/[^/]+\/?$/;

/** What `git clone` is told. */
interface Clone {
  readonly address: ShellWord;
  readonly branch: ShellWord | undefined;
  readonly folder: ShellWord | undefined;
}

/**
 * Clones a repository with ADD. A RUN is cached for good, while ADD looks whether the branch has moved, and the image
 * needs no git for it.
 *
 * Unsafe because ADD fetches one commit and the submodules, and needs BuildKit with Dockerfile 1.6. Whether to keep
 * git is a matter of taste, so only when it is asked for by name.
 */
export const addGitRepository: Transform = {
  name: 'add-git-repository',
  summary: 'Clones a git repository with ADD',
  category: 'cache',
  related: ['tally:prefer-add-git'],
  onlyUnsafe: true,
  onlyNamed: true,
  imageChanges: ['fewer-files', 'owners'],
  needsProgram: ['git'],
  *check(subject): Iterable<Diagnostic> {
    for (const run of subject.analysis.runsNaming('git')) {
      const body = run.heredocs.length > 0 ? undefined : subject.analysis.body(run);
      if (body?.shell.items.length !== 1 || body.shell.endsInBackground) continue;
      const [git] = plainItemsOf(body);
      if (git?.program === 'git' && git.args[0]?.text === 'clone')
        yield checkClone(subject, run, body, git.args.slice(1));
    }
  },
};

function checkClone(
  { dockerfile, analysis }: Subject,
  run: Instruction,
  body: ShellBody,
  args: readonly ShellWord[],
): Diagnostic {
  const span = body.sourceSpan({ start: body.shell.items[0]?.start ?? 0, end: body.shell.end });
  const message = '`git clone` is cached even when the branch has moved, which ADD looks at';
  const decline = (reason: DeclineReason, detail: string): Diagnostic => declined(span, message, reason, detail);
  const clone = cloneOf(args);
  if (clone === undefined || run.flags.length > 0) return decline('not-alone', 'ADD has nothing for the other options');
  const address = sharedWord(dockerfile, run, clone.address);
  const branch = clone.branch && sharedWord(dockerfile, run, clone.branch);
  if (address === undefined || (clone.branch !== undefined && branch === undefined)) {
    return decline('dynamic-value', 'the stage does not declare a variable in it');
  }
  const repository = HOST.test(address) && !address.endsWith('.git') ? `${address.replace(/\/$/, '')}.git` : address;
  if (!/^https?:\/\/[^?]+\.git$/.test(repository)) {
    return decline('unknown-content', `\`${clone.address.text}\` does not say that it is a repository`);
  }
  const folder =
    clone.folder === undefined ? repository.replace(/^.*\/|\.git$/g, '') : sharedWord(dockerfile, run, clone.folder);
  if (folder === undefined || folder.includes('$')) return decline('dynamic-value', 'a variable stands in the folder');
  const later = analysis
    .runsNaming('git')
    .find((other) => other.index > run.index && /(?:^|[\s;&|(])git\s+(?!\s*clone\b)/.test(analysis.rawText(other)));
  if (later !== undefined)
    return decline('later-use', `line ${later.source.startLine} uses git, which finds one commit`);
  const { user } = analysis.stateBefore(run);
  if (!isRoot(user)) return decline('unknown-user', `the files belong to ${user ?? 'the user of the base image'}`);
  if (run.source.innerComments.length > 0 || body.tail.includes('#')) {
    return decline('comment-in-the-way', 'a comment stands inside of the RUN');
  }
  const support = frontendSupport(dockerfile, FRONTEND.gitAddress);
  if (support === 'missing') {
    return decline('frontend-version', 'the ADD of the frontend that `# syntax=` asks for knows no repository');
  }
  const keyword = run.keywordText === 'run' ? 'add' : 'ADD';
  const source = branch === undefined ? repository : `${repository}#${branch}`;
  return fixed(span, message, {
    edits: [replacement(run.span, `${keyword} --keep-git-dir=true ${source} ${folder}`)],
    applicability: 'unsafe',
    checked: [
      'the RUN does nothing else',
      'ADD brings one commit and the submodules: look whether the history or a tag is needed, or a password',
      ...(support === 'unknown' ? ['needs Dockerfile 1.6: look at what builds the file'] : []),
    ],
    removes: [run.logical.text],
  });
}

/** Reads the arguments; undefined when ADD cannot do the same. */
function cloneOf(args: readonly ShellWord[]): Clone | undefined {
  const words: ShellWord[] = [];
  let branch: ShellWord | undefined;
  for (let at = 0; at < args.length; at++) {
    const word = args[at];
    if (word === undefined) break;
    if (word.text === '-b' || word.text === '--branch') branch = args[++at];
    else if (word.text === '--depth') at++;
    else if (word.text.startsWith('-') && !PLAIN_FLAG.test(word.text)) return undefined;
    else if (!word.text.startsWith('-')) words.push(word);
  }
  const [address, folder, more] = words;
  return address === undefined || more !== undefined ? undefined : { address, branch, folder };
}
