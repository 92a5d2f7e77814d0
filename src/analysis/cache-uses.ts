import { type Stage, startsFrom } from '../dockerfile/stage.js';
import type { ShellBody } from '../shell/body.js';
import { alwaysRuns } from '../shell/control.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import type { Analysis } from './analysis.js';
import { APK_FETCHES, APK_READS, type CacheFolder, type CacheProgram, cacheProgramOf } from './cache-folders.js';
import { needOf } from './cache-needs.js';
import { type CacheObstacle, CachePlace } from './cache-place.js';
import { laterMention } from './later-mention.js';
import { mountMeeting, mountOver } from './mounts.js';
import { APT_LISTS, laterListUse } from './package-lists.js';

/** A program that downloads in a RUN, with its commands there. */
export interface CacheUse {
  readonly program: CacheProgram;
  readonly commands: readonly Invocation[];
}

/** The programs that download in a script, in the order of their first commands. */
export function cacheUsesOf(body: ShellBody): readonly CacheUse[] {
  const found = new Map<CacheProgram, Invocation[]>();
  for (const invocation of invocationsOf(body)) {
    const program = cacheProgramOf(invocation);
    if (program === undefined) continue;
    const commands = found.get(program);
    if (commands === undefined) found.set(program, [invocation]);
    else commands.push(invocation);
  }
  return [...found].map(([program, commands]) => ({ program, commands }));
}

/**
 * The folders that a RUN may mount for a program: none where a person has decided already, or there is nothing to
 * keep.
 */
export function foldersToMount(
  analysis: Analysis,
  stage: Stage,
  body: ShellBody,
  use: CacheUse,
): readonly CacheFolder[] | CacheObstacle {
  const { instruction } = body;
  const place = new CachePlace(analysis, stage, body);
  const known = use.program.folders(place);
  if ('reason' in known) return known;
  if (known.length === 0 || known.some(({ target }) => mountOver(instruction, target) !== undefined)) return [];
  const met = known.find(({ target }) => mountMeeting(instruction, target) !== undefined);
  if (met !== undefined) return { reason: 'cache-mount', detail: `something is mounted over ${met.target}` };
  const odd = known.find(({ target }) => !/^\/[\w.@+/-]+$/.test(target));
  if (odd !== undefined) return { reason: 'dynamic-value', detail: `${odd.target} cannot stand in a mount` };
  const obstacle =
    settingObstacle(analysis, stage, use, place) ??
    (use.program.isSystem === true ? systemObstacle(analysis, stage, body, use) : userObstacle(use, known, place)) ??
    needOf(analysis, stage, instruction, use, known);
  if (obstacle !== undefined) return obstacle;
  const builds = use.program.name === 'cargo' ? targetFolder(analysis, stage, body, place) : undefined;
  return builds === undefined ? known : [...known, builds];
}

/** What switches the cache off, puts it elsewhere, or works from it alone. */
function settingObstacle(
  analysis: Analysis,
  stage: Stage,
  { program }: CacheUse,
  place: CachePlace,
): CacheObstacle | undefined {
  const variable = program.offVariables?.find((name) => place.valueOf(name) !== null);
  if (variable !== undefined) {
    return { reason: 'dynamic-value', detail: `${variable} switches the cache off or moves it` };
  }
  const [moved] = settingsOf(analysis, stage, program).flatMap((text) => program.elsewhere?.exec(text)?.[0] ?? []);
  if (moved !== undefined) return { reason: 'dynamic-value', detail: `\`${moved.trim()}\` puts the cache elsewhere` };
  const offline = analysis
    .runsNaming(...program.programs)
    .find((run) => program.offline?.test(analysis.rawText(run)) === true);
  if (offline === undefined) return undefined;
  return { reason: 'later-use', detail: `line ${offline.source.startLine} works from what another RUN has fetched` };
}

/** What in a stage, and in those that it starts from, may set up a program: its RUNs and the variables. */
function settingsOf(analysis: Analysis, stage: Stage, program: CacheProgram): readonly string[] {
  const runs = new Set(analysis.runsNaming(...program.programs));
  const own = stage.instructions.filter(
    (instruction) => runs.has(instruction) || instruction.keyword === 'ENV' || instruction.keyword === 'ARG',
  );
  const texts = own.map((instruction) => analysis.rawText(instruction));
  return stage.base.kind === 'stage' ? [...texts, ...settingsOf(analysis, stage.base.stage, program)] : texts;
}

/** Whose cache it is, and whether that user may write beside it. */
function userObstacle(
  { commands }: CacheUse,
  folders: readonly CacheFolder[],
  place: CachePlace,
): CacheObstacle | undefined {
  const isWrapped = commands.some(({ wrappers }) => wrappers.includes('sudo'));
  if (isWrapped) return { reason: 'unknown-user', detail: 'nobody can tell whose home `sudo` takes' };
  if (place.userObstacle !== undefined) return place.userObstacle;
  const { ownedHome } = place;
  const parent = folders
    .map(({ target }) => target.slice(0, target.lastIndexOf('/')))
    .find((folder) => ownedHome !== undefined && folder !== ownedHome);
  if (parent === undefined) return undefined;
  return { reason: 'unknown-user', detail: `root would own ${parent}, which the build makes for the mount` };
}

/** The lists of packages lie in the mount, so that the RUN fetches them itself, and no later one looks for them. */
function systemObstacle(
  analysis: Analysis,
  stage: Stage,
  body: ShellBody,
  { program, commands }: CacheUse,
): CacheObstacle | undefined {
  if (program.name === 'apk') return apkObstacle(analysis, stage, body, commands);
  if (program.name !== 'apt') return undefined;
  if (analysis.baseOf(stage).family !== 'debian') {
    return { reason: 'unknown-base', detail: 'nobody can tell whether the base image empties the cache of apt' };
  }
  const update = invocationsOf(body).find(
    (invocation) =>
      /^apt(?:-get)?$/.test(invocation.program) &&
      invocation.args.some(({ value }) => value === 'update') &&
      alwaysRuns(body, invocation.command),
  );
  if (update === undefined || update.command.start > (commands[0]?.command.start ?? 0)) {
    return { reason: 'hidden-content', detail: `a mount hides ${APT_LISTS}, which an earlier instruction fills` };
  }
  const use = laterListUse(analysis, stage, body.instruction);
  return use && { reason: 'later-use', detail: `line ${use.source.startLine} needs the lists` };
}

function apkObstacle(
  analysis: Analysis,
  stage: Stage,
  body: ShellBody,
  [first]: readonly Invocation[],
): CacheObstacle | undefined {
  if (!APK_FETCHES.test(body.text.slice(0, first?.command.end))) {
    return { reason: 'hidden-content', detail: 'it works from a list of packages that an earlier instruction fetches' };
  }
  const later = analysis
    .runsNaming('apk')
    .find(
      (run) =>
        run.index > body.instruction.index &&
        startsFrom(analysis.dockerfile.stageOf(run), stage) &&
        APK_READS.test(analysis.rawText(run)) &&
        !APK_FETCHES.test(analysis.rawText(run)),
    );
  return later && { reason: 'later-use', detail: `line ${later.source.startLine} may need the list of packages` };
}

/**
 * Cargo's folder of results, where the script copies one out of it, nothing else looks there, and nothing has been
 * built there before. Its id tells the program, since many have a folder of that name.
 */
function targetFolder(analysis: Analysis, stage: Stage, body: ShellBody, place: CachePlace): CacheFolder | undefined {
  const { dockerfile } = analysis;
  const { workdir } = analysis.stateBefore(body.instruction);
  const isElsewhere =
    /--target-dir|CARGO_TARGET_DIR|\bcd\s/.test(body.text) || place.valueOf('CARGO_TARGET_DIR') !== null;
  if (workdir === undefined || isElsewhere) return undefined;
  const results = new Set<string>();
  for (const { program, args } of invocationsOf(body)) {
    for (const { text } of args) {
      if (!/(?:^|\/)target\//.test(text)) continue;
      const name = /^(?:cp|mv|install)$/.test(program) && /^(?:\.\/)?target\/(?:[\w-]+\/)*([\w-]+)$/.exec(text)?.[1];
      if (typeof name !== 'string') return undefined;
      results.add(name);
    }
  }
  const [name] = results;
  const target = `${workdir === '/' ? '' : workdir}/target`;
  const isBuilt = analysis
    .runsNaming('cargo')
    .some((run) => run.index < body.instruction.index && startsFrom(stage, dockerfile.stageOf(run) ?? stage));
  const later = laterMention(dockerfile, body.instruction, 'target');
  const isFree = !isBuilt && later === undefined && mountMeeting(body.instruction, target) === undefined;
  return name !== undefined && isFree ? { target, id: `${name}-target`, sharing: 'locked' } : undefined;
}
