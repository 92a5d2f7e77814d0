import type { ShellBody } from '../shell/body.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import type { ListItem, ShellWord } from '../shell/parse.js';
import type { CacheFolder, CacheProgram } from './cache-folders.js';
import { isWithin } from './copies.js';
import { normalizePath } from './state.js';

/** What in a script empties a cache, and goes once the cache is a mount. */
export interface Cleanups {
  readonly items: readonly ListItem[];
  /** Paths of an `rm` that also removes others. */
  readonly words: readonly ShellWord[];
}

/** A cleanup that cannot go alone. */
export interface CleanupObstacle {
  readonly reason: 'nested-command' | 'not-alone';
  readonly detail: string;
}

export interface MountedProgram {
  readonly program: CacheProgram;
  readonly folders: readonly CacheFolder[];
}

/** Options that change nothing about what is emptied. */
const TALK = /^(?:-y|-q|-qq|-v|--yes|--assumeyes|--quiet|--verbose|--no-interaction|--silent)$/;

/** What in a script empties the folders of some programs: their own commands, and `rm` of what lies there. */
export function cleanupsOf(
  body: ShellBody,
  mounted: readonly MountedProgram[],
  home: string,
): Cleanups | CleanupObstacle {
  const items: ListItem[] = [];
  const words: ShellWord[] = [];
  for (const invocation of invocationsOf(body)) {
    const { command } = invocation;
    const unwanted = emptiesByItself(invocation, mounted) ? 'all' : removedPaths(invocation, mounted, home);
    if (isObstacle(unwanted)) return unwanted;
    if (unwanted.length === 0) continue;
    const shown = `\`${body.text.slice(command.start, command.end)}\``;
    const item = body.shell.items[command.item];
    const isPlain = command.enclosures.length === 0 && item?.type === 'Command';
    if (!isPlain) return { reason: 'nested-command', detail: `${shown} stands in a construct` };
    if (unwanted === 'all') items.push(item);
    else words.push(...unwanted);
  }
  return { items, words };
}

function isObstacle(found: readonly ShellWord[] | 'all' | CleanupObstacle): found is CleanupObstacle {
  return found !== 'all' && 'reason' in found;
}

function emptiesByItself({ program, args }: Invocation, mounted: readonly MountedProgram[]): boolean {
  const line = [program, ...args.map(({ text }) => text).filter((text) => !TALK.test(text))].join(' ');
  return mounted.some((one) => one.program.cleans?.(line) === true);
}

/** The words of an `rm` that name mounted folders, or what lies in them; `all` when it removes nothing else. */
function removedPaths(
  { program, args, command }: Invocation,
  mounted: readonly MountedProgram[],
  home: string,
): readonly ShellWord[] | 'all' | CleanupObstacle {
  if (program !== 'rm') return [];
  const targets = mounted.flatMap(({ folders, program: { cleaned = [] } }) => [
    ...folders.map(({ target }) => target),
    ...cleaned,
  ]);
  const paths = args.filter(({ text }) => !text.startsWith('-'));
  const unwanted: ShellWord[] = [];
  for (const word of paths) {
    const path = pathOf(word.text, home);
    if (path === undefined) continue;
    if (targets.some((target) => isWithin(path, target))) unwanted.push(word);
    else if (targets.some((target) => isWithin(target, path) || mayMatch(path, target))) {
      // A cache folder of all programs: `rm` cannot take a mount away and would fail.
      if (path === `${home}/.cache`) unwanted.push(word);
      else return { reason: 'not-alone', detail: `\`rm ${word.text}\` reaches into the mounted folder, and further` };
    }
  }
  if (unwanted.length > 0 && unwanted.length === paths.length && command.assignments.length === 0) return 'all';
  return unwanted;
}

/** A path of `rm` without the pattern for everything behind it; undefined when it is relative. */
function pathOf(text: string, home: string): string | undefined {
  const path = text
    .replace(/^(["'])(.*)\1$/, '$2')
    .replace(/^"(\$\{?HOME\}?)"/, '$1')
    .replace(/^(?:~|\$HOME|\$\{HOME\})(?=\/|$)/, home)
    .replace(/\/(?:\*|\{,?\*,?\.\*\}|\.\[!?[^\]]*\]\*)?$/, '');
  return path.startsWith('/') ? normalizePath(path) : text === '/*' ? '/' : undefined;
}

/** Whether a pattern in a path may stand for a folder, or for one above or below it. */
function mayMatch(path: string, target: string): boolean {
  const at = path.search(/[*?[{$]/);
  if (at === -1) return false;
  const fixed = path.slice(0, at);
  if (!target.startsWith(fixed) || path.includes('$')) return target.startsWith(fixed) && fixed.length > 1;
  const [next = ''] = target.slice(fixed.lastIndexOf('/') + 1).split('/');
  const own = path.slice(fixed.lastIndexOf('/') + 1).split('/')[0] ?? '';
  return !own.startsWith('{') || own.slice(1, -1).split(',').includes(next) || /[*?]/.test(own);
}
