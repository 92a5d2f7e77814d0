import { aptKeeping } from '../analysis/apt-keeping.js';
import { cleanupsOf, type MountedProgram } from '../analysis/cache-cleanups.js';
import { CACHE_PROGRAMS } from '../analysis/cache-folders.js';
import { CachePlace } from '../analysis/cache-place.js';
import { type CacheUse, cacheUsesOf, foldersToMount } from '../analysis/cache-uses.js';
import { FRONTEND, frontendSupport } from '../analysis/frontend.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Stage } from '../dockerfile/stage.js';
import type { ShellBody } from '../shell/body.js';
import { stopsAtFailure } from '../shell/control.js';
import type { ListItem, ShellWord } from '../shell/parse.js';
import { isChain } from '../shell/plain-item.js';
import { insertBeforeScript, removeItem, removeItems, removeWord } from '../shell/script-edits.js';
import { type Edit, editsConflict, replacement } from '../text/edit.js';
import type { Span } from '../text/span.js';
import { declined, type DeclineReason, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

interface Obstacle {
  readonly reason: DeclineReason;
  readonly detail: string;
}

type Mounted = CacheUse & MountedProgram;

/**
 * Keeps what package managers download in cache mounts, so that a build that repeats the RUN does not download it all
 * again, and nothing of it comes into the image. What a script does against its cache goes in the same fix.
 *
 * Unsafe because it needs BuildKit, because a build then depends on what earlier ones have left in the mount, and
 * because the image no longer holds the folder. It is done only where user, home and variables tell for sure which
 * folder that is, and where nothing in the file reads it later without a mount of its own.
 */
export const useCacheMounts: Transform = {
  name: 'use-cache-mounts',
  summary: 'Keeps what package managers download in cache mounts',
  category: 'cache',
  related: [
    'hadolint:DL3068',
    'hadolint:DL3069',
    'hadolint:DL3070',
    'hadolint:DL3071',
    'hadolint:DL3072',
    'hadolint:DL3073',
    'hadolint:DL3074',
    'hadolint:DL3075',
    'hadolint:DL3076',
    'hadolint:DL3077',
    'tally:prefer-package-cache-mounts',
    'tally:js/node-gyp-cache-mounts',
    'tally:ruby/prefer-bundler-cache-mount',
    'openrewrite:UseBuildKitCacheMounts',
    'hadolint:DL3068',
    'hadolint:DL3069',
    'hadolint:DL3070',
  ],
  onlyUnsafe: true,
  onlyNamed: true,
  imageChanges: ['caches'],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis } = subject;
    // Where apt keeps its packages by now.
    const kept = new Set<string>();
    for (const run of analysis.runsNaming(...CACHE_PROGRAMS.flatMap(({ programs }) => programs))) {
      const stage = dockerfile.stageOf(run);
      const body = analysis.body(run);
      if (stage !== undefined && body !== undefined) yield* checkRun(subject, stage, body, kept);
    }
  },
};

function* checkRun(
  { dockerfile, analysis }: Subject,
  stage: Stage,
  body: ShellBody,
  kept: Set<string>,
): Iterable<Diagnostic> {
  const mounted: Mounted[] = [];
  for (const use of cacheUsesOf(body)) {
    const folders = foldersToMount(analysis, stage, body, use);
    if ('reason' in folders) yield declined(...about(body, [use]), folders.reason, folders.detail);
    else if (folders.length > 0) mounted.push({ ...use, folders });
  }
  if (mounted.length === 0) return;
  const [span, message] = about(body, mounted);
  const support = frontendSupport(dockerfile, FRONTEND.mount);
  if (support === 'missing') {
    const detail = 'the frontend that `# syntax=` asks for has no --mount';
    yield declined(span, message, 'frontend-version', detail);
    return;
  }
  const apt = mounted.find(({ program }) => program.name === 'apt');
  const keeping = apt === undefined ? [] : aptKeeping(analysis, stage, body.instruction, apt.commands, kept);
  const place = new CachePlace(analysis, stage, body);
  const change = changeOf(
    dockerfile,
    body,
    mounted,
    place,
    keeping.map(({ command }) => command),
  );
  if ('reason' in change) {
    yield declined(span, message, change.reason, change.detail);
    return;
  }
  for (const { key } of keeping) kept.add(key);
  yield fixed(span, message, {
    ...change,
    applicability: 'unsafe',
    checked: [
      'nothing later reads the folders without a mount of its own',
      ...(support === 'unknown' ? ['needs BuildKit: look at what builds the file'] : []),
      ...mounted.flatMap(({ program: { look } }) => look ?? []),
    ],
  });
}

/** What a diagnostic about some programs points at, and says. */
function about(body: ShellBody, uses: readonly CacheUse[]): [Span, string] {
  const commands = uses.flatMap(({ commands: [first] }) => first ?? []);
  const names = commands.map(({ programWord, args }) => {
    const verb = args.find(({ text }) => !text.startsWith('-'));
    return `\`${programWord.text}${verb === undefined ? '' : ` ${verb.text}`}\``;
  });
  const span = body.sourceSpan(commands[0]?.programWord ?? { start: 0, end: body.shell.end });
  const isOne = names.length === 1;
  return [span, `${names.join(' and ')} ${isOne ? 'downloads' : 'download'} again what an earlier build has had`];
}

/** The mounts, and with them what a script does against its caches. */
function changeOf(
  dockerfile: Dockerfile,
  body: ShellBody,
  mounted: readonly Mounted[],
  place: CachePlace,
  first: readonly string[],
): { readonly edits: readonly Edit[]; readonly removes: readonly string[] } | Obstacle {
  const { owner } = place;
  const home = place.find([['HOME', '']]);
  const cleanups = cleanupsOf(body, mounted, typeof home === 'string' ? home : '/root');
  if ('reason' in cleanups) return cleanups;
  const removals = removalsOf(dockerfile, body, cleanups.items);
  if ('reason' in removals) return removals;
  const edits: (Edit | undefined)[] = [...removals];
  const gone: Span[] = [...cleanups.items, ...cleanups.words];
  for (const word of cleanups.words) edits.push(removeWord(dockerfile, body, word));
  for (const { program, commands } of mounted) {
    const isOff = ({ value }: ShellWord): boolean => value !== undefined && program.off?.includes(value) === true;
    for (const { word, end } of commands.flatMap(({ args, command: { end } }) =>
      args.filter(isOff).map((word) => ({ word, end })),
    )) {
      const instead = program.instead?.(body.text.slice(0, end));
      const span = body.wordSpan(word);
      edits.push(instead === undefined ? removeWord(dockerfile, body, word) : span && replacement(span, instead));
      gone.push(word);
    }
  }
  const mounts = mounted.flatMap(({ folders, program }) =>
    folders.map(({ target, id, sharing }) =>
      [
        '--mount=type=cache',
        ...(id === undefined ? [] : [`id=${id}`]),
        `target=${target}`,
        ...(sharing === undefined ? [] : [`sharing=${sharing}`]),
        ...(program.isSystem === true || owner === '' ? [] : [owner]),
      ].join(','),
    ),
  );
  edits.push(...insertBeforeScript(dockerfile, body, [...new Set(mounts)], first));
  const whole = edits.flatMap((edit) => edit ?? []);
  const meet = whole.some((edit, index) => whole.slice(index + 1).some((other) => editsConflict(edit, other)));
  if (meet || whole.length < edits.length) {
    return { reason: 'not-one-place', detail: 'a line continuation cuts what would go' };
  }
  return { edits: whole, removes: gone.map(({ start, end }) => body.text.slice(start, end)) };
}

function removalsOf(dockerfile: Dockerfile, body: ShellBody, items: readonly ListItem[]): readonly Edit[] | Obstacle {
  if (items.length === 0) return [];
  const removals = isChain(body)
    ? removeItems(dockerfile, body, items)
    : items.map((item) => removeItem(dockerfile, body, item));
  const edits = removals?.flatMap((edit) => edit ?? []);
  if (edits !== undefined && edits.length === removals?.length) return edits;
  const shown = items.map(({ start, end }) => `\`${body.text.slice(start, end)}\``).join(' and ');
  if (isChain(body) || stopsAtFailure(body)) {
    return { reason: 'comment-in-the-way', detail: `a comment stands beside ${shown}, which would go` };
  }
  return { reason: 'shell-control', detail: `${shown} would go, and is not joined by \`&&\`` };
}
