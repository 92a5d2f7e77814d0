import type { BuildContext } from '../../context/build-context.js';
import { isGlob } from '../../dockerfile/glob.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import type { Stage } from '../../dockerfile/stage.js';
import { variableReferences } from '../../dockerfile/variables.js';
import type { Analysis } from '../analysis.js';
import { imagePath, type ImageView, isWithin, UNKNOWN } from '../copies.js';
import {
  type Ecosystem,
  type Installation,
  isObstacle,
  type Obstacle,
  type Reads,
  readsSources,
} from '../installs/installation.js';
import { INSTALLERS } from '../installs/index.js';
import { mountsOf } from '../mounts.js';
import { lookupIn } from '../state.js';
import type { Step } from '../step.js';
import {
  type AddedFetch,
  type CopyOrder,
  type Member,
  type MovedInstall,
  type ObstacleDetail,
  type OrderObstacle,
  touches,
} from './copy-order.js';
import { guessedManifests, manifestsOf } from './manifests.js';
import { carriedBy, installsOf, isCostly, type RunSteps, splitAt } from './run-steps.js';
import { StageFacts, SYSTEM_FOLDERS } from './stage-facts.js';

/** Folders that hold the downloads of an ecosystem, when another stage brings them. */
const DOWNLOADED: readonly (readonly [RegExp, Ecosystem])[] = [
  [/^\/go(?:\/pkg|$)|\/vendor$/, 'go'],
  [/\/\.m2(?:\/|$)/, 'maven'],
  [/\/\.gradle(?:\/|$)/, 'gradle'],
  [/\/\.?cargo(?:\/|$)|\/target$/, 'rust'],
  [/\/\.nuget(?:\/|$)/, 'dotnet'],
  [/\/vendor$/, 'php'],
  [/\/\.venv$/, 'python'],
];

/** Variables by which the installers, and the programs below them, are told of files. */
const INSTALLER_SETTING =
  /^(?:npm_config_|NODE_(?!PATH$|ENV$)|YARN_|PNPM_|COREPACK_|BUN_|PIP_|UV_|POETRY_|PIPENV_|BUNDLE_|RUBYOPT$|COMPOSER|MIX_|HEX_|GO(?:FLAGS|WORK|ENV)$|CARGO_|NUGET|DOTNET_|SSL_CERT|CURL_CA|REQUESTS_CA|GIT_|BASH_ENV$|ENV$)/i;

/** Finds how the instructions of a stage are put in order; undefined when the stage needs no change. */
export function findCopyOrder(
  analysis: Analysis,
  stage: Stage,
  context: BuildContext | undefined,
): CopyOrder | OrderObstacle | undefined {
  const first = stage.instructions.find(
    (one) => (one.keyword === 'COPY' || one.keyword === 'ADD') && one.flag('from') === undefined,
  );
  const installs = (one: Instruction): boolean => one.keyword === 'RUN' && INSTALLERS.test(analysis.rawText(one));
  // Most stages copy their sources last, or install nothing.
  if (first === undefined || !stage.instructions.some((one) => one.index > first.index && installs(one))) {
    return undefined;
  }
  const facts = new StageFacts(analysis, stage, context);
  return facts.installs.length === 0 ? undefined : new StageOrder(analysis, facts).find();
}

class StageOrder {
  readonly #analysis: Analysis;
  readonly #facts: StageFacts;
  /** Ecosystems that something installs for before the instruction at hand. */
  readonly #installed: Set<Ecosystem>;
  readonly #assumptions = new Set<string>();
  /** What a manifest copy of this order brings already. */
  readonly #provided = new Set<string>();

  constructor(analysis: Analysis, facts: StageFacts) {
    this.#analysis = analysis;
    this.#facts = facts;
    this.#installed = new Set(facts.installedBelow);
  }

  /** Goes down the stage with the copies of sources, as far as they can sink. */
  find(): CopyOrder | OrderObstacle | undefined {
    const members: Member[] = [];
    const moved: MovedInstall[] = [];
    let best:
      | { readonly last: Instruction; readonly members: readonly Member[]; readonly installs: readonly MovedInstall[] }
      | undefined;
    let split: CopyOrder['splitBehind'];
    for (const instruction of this.#facts.stage.instructions) {
      const { keyword } = instruction;
      if (keyword === 'COPY' || keyword === 'ADD') {
        const stop = this.#meetCopy(instruction, members);
        if (stop) break;
        continue;
      }
      if (keyword !== 'RUN') {
        const stop = members.length === 0 ? undefined : this.#stopAt(instruction, members);
        if (stop === undefined) continue;
        if (best === undefined) return this.#obstacleFor(instruction, stop);
        break;
      }
      const run = this.#facts.runs.get(instruction);
      if (run === undefined) continue;
      if (members.length === 0) {
        for (const { ecosystem } of installsOf(run)) this.#installed.add(ecosystem);
        continue;
      }
      const answer = this.#passRun(run, members);
      if (answer.kind === 'carried') {
        members.push(answer.member);
        continue;
      }
      if (answer.kind === 'stopped') {
        const fetch = this.#findFetch(run, members, best === undefined);
        if (fetch !== undefined && !('kind' in fetch)) return this.#order(best, undefined, members, fetch);
        if (best === undefined) return fetch ?? this.#obstacleFor(instruction, answer.obstacle);
        break;
      }
      if (!answer.isWorthIt) continue;
      moved.push(...answer.installs);
      for (const { installation } of answer.installs) this.#installed.add(installation.ecosystem);
      // System packages alone are worth it only together with an installation further down, or when they come first.
      best = { last: instruction, members: [...members], installs: [...moved] };
      split = answer.split;
      if (split !== undefined) break;
    }
    return best === undefined ? undefined : this.#order(best, split, best.members, undefined);
  }

  /** Takes a copy of sources along. Whether the walk ends here. */
  #meetCopy(instruction: Instruction, members: Member[]): boolean {
    const copy = this.#facts.copies.get(instruction);
    if (copy !== undefined && copy !== 'unknown') {
      if (SYSTEM_FOLDERS.test(copy.destination))
        return members.some((member) => touches(member.paths, [copy.destination]));
      if (!this.#facts.bringsSources(copy) && !this.#facts.replaces(copy, members)) return false;
      members.push({ instruction, copy, paths: [copy.destination] });
      return false;
    }
    if (instruction.flag('from') !== undefined) {
      const folder = this.#facts.destinationOf(instruction) ?? '';
      for (const [downloads, ecosystem] of DOWNLOADED) if (downloads.test(folder)) this.#installed.add(ecosystem);
    }
    if (members.length === 0) return false;
    // Nobody knows what lies below: it comes along, where it goes to the same place.
    const destination = this.#facts.destinationOf(instruction);
    if (destination === undefined) return true;
    if (!members.some((member) => touches(member.paths, [destination]))) return false;
    members.push({ instruction, copy: undefined, paths: [destination] });
    return false;
  }

  /** Why the copies must not come behind an instruction that is neither RUN nor COPY. */
  #stopAt(instruction: Instruction, members: readonly Member[]): ObstacleDetail | undefined {
    const line = `line ${instruction.source.startLine}`;
    switch (instruction.keyword) {
      case 'VOLUME': {
        const isOver = instruction.words.some(
          ({ text }) => text.includes('$') || members.some(({ paths }) => touches(paths, [text])),
        );
        return isOver
          ? { reason: 'overwritten', detail: `${line}: what is copied into a volume behind VOLUME may be lost` }
          : undefined;
      }
      case 'ENV':
      case 'ARG': {
        const names = new Set(instruction.pairs.map(({ name }) => name));
        const used = members
          .flatMap((member) => variableReferences(member.instruction.logical.text, this.#analysis.dockerfile.escape))
          .find(({ name }) => names.has(name));
        return used === undefined
          ? undefined
          : { reason: 'dynamic-value', detail: `${line} sets ${used.name}, which stands in what is copied before` };
      }
      case 'USER': {
        // What only works on files comes along, and would then be run by somebody else.
        const carried = members.find((member) => member.instruction.keyword === 'RUN');
        return carried === undefined
          ? undefined
          : {
              reason: 'unknown-command',
              detail: `${line} changes the user who runs line ${carried.instruction.source.startLine}`,
            };
      }
      default:
        return undefined;
    }
  }

  #passRun(
    run: RunSteps,
    members: readonly Member[],
  ):
    | {
        readonly kind: 'passed';
        readonly installs: readonly MovedInstall[];
        readonly split: CopyOrder['splitBehind'];
        /** Something is installed or downloaded, which takes its time. */
        readonly isWorthIt: boolean;
      }
    | { readonly kind: 'carried'; readonly member: Member }
    | { readonly kind: 'stopped'; readonly obstacle: ObstacleDetail } {
    const { instruction, body, steps } = run;
    const line = `line ${instruction.source.startLine}`;
    if (body === undefined) {
      return { kind: 'stopped', obstacle: { reason: 'unknown-command', detail: `${line} may read what is copied` } };
    }
    const paths = members.flatMap((member) => member.paths);
    const installs: MovedInstall[] = [];
    const brought = new Set<string>();
    for (const [index, { item, step }] of steps.entries()) {
      let obstacle: ObstacleDetail | undefined;
      if (step.kind === 'install') {
        const answer = this.#install(instruction, step.installation, step.words, members);
        if ('manifests' in answer) installs.push(answer);
        else obstacle = answer;
      } else if (
        step.kind === 'other' ||
        (step.kind === 'touches' && touches(step.paths, paths) && !this.#isApart(step, instruction, members, brought))
      ) {
        const text = body.text.slice(item.start, item.end).replace(/\s+/g, ' ');
        obstacle = {
          reason: 'unknown-command',
          detail: `${line}: \`${text.length > 60 ? `${text.slice(0, 57)}…` : text}\` may read what is copied`,
        };
      }
      if (obstacle === undefined) continue;
      const carried = installs.length === 0 && index === 0 ? carriedBy(run, paths) : undefined;
      if (carried !== undefined) return { kind: 'carried', member: { instruction, copy: undefined, paths: carried } };
      const isPrepared = step.kind === 'install' && steps.slice(0, index).some(({ step: one }) => isCostly(one));
      if (installs.length === 0 && !isPrepared) return { kind: 'stopped', obstacle };
      const split = splitAt(body, steps, index);
      return split === undefined
        ? {
            kind: 'stopped',
            obstacle:
              installs.length === 0
                ? obstacle
                : { reason: 'shell-control', detail: `${line} cannot be split behind the installation` },
          }
        : { kind: 'passed', installs, split, isWorthIt: true };
    }
    return {
      kind: 'passed',
      installs,
      split: undefined,
      isWorthIt: steps.some(({ step }) => step.kind === 'install' || isCostly(step)),
    };
  }

  /** Whether a step works on files of its own, beside those that the copies bring. */
  #isApart(
    step: Extract<Step, { readonly kind: 'touches' }>,
    instruction: Instruction,
    members: readonly Member[],
    brought: Set<string>,
  ): boolean {
    // Another context may hold what is taken away here as not wanted, unless the script made it itself.
    if (step.removesFiles === true) return step.paths.every((path) => brought.has(path));
    if (step.onlyReads === true || !this.#facts.isApart(step.paths, instruction, members)) return false;
    for (const path of step.paths) brought.add(path);
    return true;
  }

  /** What has to be copied before an installation, or why it cannot run before the sources are there. */
  #install(
    instruction: Instruction,
    installation: Installation,
    words: readonly string[],
    members: readonly Member[],
  ): MovedInstall | ObstacleDetail {
    const view = this.#facts.views.get(instruction);
    if (view === undefined) {
      if (installation.guess === undefined || installation.reads === undefined) {
        return { reason: 'reads-sources', detail: `${installation.label} reads the sources` };
      }
      const manifests = guessedManifests(
        installation,
        installation.guess,
        members,
        this.#facts.stayingCopies(instruction, members),
      );
      if (manifests === undefined)
        return {
          reason: 'missing-manifest',
          detail: `nobody can tell which COPY brings the manifests of ${installation.label}`,
        };
      const names = installation.writes.map((path) => path.slice(path.lastIndexOf('/') + 1));
      this.#assumptions.add(
        `${installation.guess.assumption}${names.length === 0 ? '' : `, and that the build context holds no ${names.join(' or ')}`}`,
      );
      return { instruction, installation, manifests };
    }
    const known = installation.reads?.(view);
    if (known === undefined) return { reason: 'reads-sources', detail: `${installation.label} reads the sources` };
    const reads = isObstacle(known) ? known : this.#withNamed(view, instruction, installation, words, known);
    if (isObstacle(reads)) return reads;
    const overwritten = this.#overwritten(view, [...installation.writes, ...reads.writes], members);
    if (overwritten !== undefined) return overwritten;
    const carried = this.#carriedOver(members, reads, installation);
    if (carried !== undefined) return carried;
    const manifests = manifestsOf(view, reads, members, this.#provided, this.#facts.stayingView(instruction, members));
    if (manifests === undefined)
      return {
        reason: 'reads-sources',
        detail: `a manifest of ${installation.label} has a name that COPY cannot take`,
      };
    for (const assumption of reads.assumptions) this.#assumptions.add(assumption);
    for (const folder of installation.writes) this.#assumeAbsent(view.context, folder, installation, members);
    return { instruction, installation, manifests };
  }

  /** Whoever installs on the machine that builds, too, has a folder that the COPY would bring. */
  #assumeAbsent(
    context: BuildContext,
    folder: string,
    { ecosystem, label }: Installation,
    members: readonly Member[],
  ): void {
    const name = folder.slice(folder.lastIndexOf('/') + 1);
    const isUsual = name === 'node_modules' || ecosystem === 'elixir' || (name === '.venv' && label.startsWith('uv '));
    if (!isUsual) return;
    for (const { copy } of members) {
      const [source, more] = copy?.sources ?? [];
      if (copy === undefined || source === undefined || more !== undefined || !isWithin(folder, copy.destination))
        continue;
      const below = folder.slice(copy.destination === '/' ? 1 : copy.destination.length + 1);
      const path = isGlob(source) ? below : [source, below].filter((part) => part !== '').join('/');
      if (context.isIgnored(`${path}/x`)) continue;
      this.#assumptions.add(
        `${path} is not in .dockerignore: a build on a machine that has one would put it over what is installed`,
      );
    }
  }

  /** With the files that the words of the command name, or that a setting of the installer names. */
  #withNamed(
    view: ImageView,
    instruction: Instruction,
    { folder }: Installation,
    words: readonly string[],
    reads: Reads,
  ): Reads | Obstacle {
    const isRead = (path: string): boolean =>
      [...reads.files, ...reads.folders].some((read) => isWithin(path, read) || isWithin(read, path));
    const isThere = (path: string): boolean =>
      path !== folder && (view.has(path) || !view.below(path)[Symbol.iterator]().next().done);
    const link = linkIn(view, reads);
    if (link !== undefined) return readsSources(`${link} is a symbolic link to a folder`);
    const files = new Set(reads.files);
    for (const word of words) {
      const name = word.replace(/^--?[\w-]+=/, '');
      const path = imagePath(folder, name);
      if (!/[./]/.test(name) || isRead(path) || !isThere(path)) continue;
      if (!view.has(path)) return readsSources(word);
      files.add(path);
    }
    const { environment } = this.#analysis.stateBefore(instruction);
    for (let entry = environment; entry !== undefined; entry = entry.before) {
      const { name, value = '' } = entry;
      if (!INSTALLER_SETTING.test(name)) continue;
      for (const word of value.split(/[\s,]+/)) {
        const path = imagePath(folder, word);
        if (!/[./]/.test(word) && !/PROJECT|DIR(?:ECTORY)?$|FIND_LINKS/.test(name)) continue;
        if (word !== '' && !isRead(path) && isThere(path)) return readsSources(`${name}=${value}`);
      }
    }
    return { ...reads, files: [...files] };
  }

  /** An instruction that moves down with the sources, and works on what the installation needs as it is. */
  #carriedOver(members: readonly Member[], reads: Reads, { writes, label }: Installation): ObstacleDetail | undefined {
    const paths = [...reads.files, ...reads.folders, ...reads.lookedFolders, ...reads.writes, ...writes];
    const carried = members.find(
      (member) =>
        member.copy === undefined &&
        (touches(member.paths, paths) || member.paths.some((path) => reads.looked.some((one) => isWithin(one, path)))),
    );
    return carried === undefined
      ? undefined
      : {
          reason: 'unknown-command',
          detail: `line ${carried.instruction.source.startLine} works on what ${label} reads`,
        };
  }

  /** Whether the context brings files that would lie over what the installation writes. */
  #overwritten(view: ImageView, writes: readonly string[], members: readonly Member[]): ObstacleDetail | undefined {
    for (const folder of writes) {
      for (const path of [folder, ...view.below(folder)]) {
        const origin = view.origin(path);
        if (origin === undefined || !members.some((member) => member.instruction === origin.copy)) continue;
        const name = origin.context.slice(0, origin.context.length - (path.length - folder.length));
        return {
          reason: 'overwritten',
          detail: `${name} is in the build context and not in .dockerignore: the COPY would put it over what is installed`,
        };
      }
    }
    return undefined;
  }

  /** A download that can be added before the sources are there, for a command that stays below them. */
  #findFetch(run: RunSteps, members: readonly Member[], isOnly: boolean): AddedFetch | OrderObstacle | undefined {
    const { instruction } = run;
    const found = installsOf(run).find(
      ({ ecosystem, fetch }) => fetch !== undefined && !this.#installed.has(ecosystem),
    );
    if (found?.fetch === undefined) return undefined;
    // What stands before it in the script may be what installs the program.
    const position = run.steps.findIndex(({ step }) => step.kind === 'install' && step.installation === found);
    if (run.steps.slice(0, position).some(({ step }) => step.kind !== 'setting')) return undefined;
    // With more sources and another such command behind, this one is the download already.
    const isFollowed = [...this.#facts.runs.values()].some(
      (other) =>
        installsOf(other).some(({ ecosystem }) => ecosystem === found.ecosystem) &&
        [...this.#facts.copies.keys()].some(
          (copy) =>
            copy.index > instruction.index && copy.index < other.instruction.index && copy.flag('from') === undefined,
        ),
    );
    if (isFollowed) return undefined;
    // What a cache mount keeps is not downloaded again, and a layer below it would be hidden.
    if (mountsOf(instruction).some(({ type }) => type === 'cache')) return undefined;
    // With modules switched off there is nothing to download, and with others than those of go.mod something else.
    const setting = lookupIn(this.#analysis.stateBefore(instruction));
    if (setting('GO111MODULE') === 'off' || /-mod(?:=vendor|file)/.test(setting('GOFLAGS') ?? '')) return undefined;
    const view = this.#facts.views.get(instruction);
    const no = (reason: OrderObstacle['reason'], detail: string): OrderObstacle => ({
      kind: 'obstacle',
      instruction,
      label: found.label,
      reason,
      detail,
    });
    if (view === undefined) {
      const { guess } = found.fetch;
      const manifests =
        guess === undefined
          ? undefined
          : guessedManifests(found, guess, members, this.#facts.stayingCopies(instruction, members));
      if (guess === undefined || manifests === undefined || manifests.length === 0) return undefined;
      this.#assumptions.add(guess.assumption);
      return { instruction, installation: found, fetch: found.fetch, manifests, stubs: [] };
    }
    const known = found.fetch.reads(view);
    if (known === undefined) return undefined;
    const reads = isObstacle(known) ? known : this.#withNamed(view, instruction, found, [], known);
    if (isObstacle(reads)) return isOnly ? no(reads.reason, reads.detail) : undefined;
    const overwritten = this.#overwritten(view, [...(found.fetch.writes ?? []), ...reads.writes], members);
    if (overwritten !== undefined) return isOnly ? no(overwritten.reason, overwritten.detail) : undefined;
    const carried = this.#carriedOver(members, reads, found);
    if (carried !== undefined) return isOnly ? no(carried.reason, carried.detail) : undefined;
    const manifests = manifestsOf(view, reads, members, this.#provided, this.#facts.stayingView(instruction, members));
    if (manifests === undefined) return no('reads-sources', 'a manifest has a name that COPY cannot take');
    for (const assumption of reads.assumptions) this.#assumptions.add(assumption);
    return { instruction, installation: found, fetch: found.fetch, manifests, stubs: reads.stubs };
  }

  /** The decline for the first installation that an edit of the sources repeats, at or below a RUN that stops. */
  #obstacleFor(stopped: Instruction, obstacle: ObstacleDetail): OrderObstacle | undefined {
    for (const run of this.#facts.runs.values()) {
      if (run.instruction.index < stopped.index) continue;
      // A build that needs the sources is where it belongs; so is what an earlier download prepared.
      const install = installsOf(run).find(
        ({ reads, ecosystem }) => reads !== undefined && !this.#installed.has(ecosystem),
      );
      if (install !== undefined)
        return { kind: 'obstacle', instruction: run.instruction, label: install.label, ...obstacle };
    }
    return undefined;
  }

  #order(
    best:
      | { readonly last: Instruction; readonly members: readonly Member[]; readonly installs: readonly MovedInstall[] }
      | undefined,
    split: CopyOrder['splitBehind'],
    members: readonly Member[],
    fetch: AddedFetch | undefined,
  ): CopyOrder | undefined {
    const moving = (best?.members ?? members).map((member) => member.instruction);
    const [first] = moving;
    if (first === undefined) return undefined;
    if (members.some(({ copy }) => copy?.destination.includes(UNKNOWN) === true)) {
      this.#assumptions.add('the working directory is not known, and taken for the application’s own folder');
    }
    const layers = this.#facts.stage.instructions.filter(
      ({ keyword }) => keyword === 'RUN' || keyword === 'COPY' || keyword === 'ADD',
    );
    const repeatedBefore = layers.filter(({ index }) => index >= first.index).length;
    const last = best?.last;
    const repeatedAfter =
      last === undefined
        ? repeatedBefore
        : moving.length + layers.filter(({ index }) => index > last.index).length + (split === undefined ? 0 : 1);
    return {
      kind: 'order',
      stage: this.#facts.stage,
      moved: moving,
      last,
      splitBehind: split,
      installs: best?.installs ?? [],
      fetch,
      workdirAt: (instruction) => this.#facts.workdirAt(instruction),
      assumptions: [...this.#assumptions],
      repeatedBefore,
      repeatedAfter,
    };
  }
}

/** The link in the context behind which something lies that is looked for: nobody follows it. */
function linkIn(view: ImageView, reads: Reads): string | undefined {
  const isLink = (path: string): boolean => {
    const origin = view.origin(path);
    return origin !== undefined && view.context.file(origin.context)?.kind === 'link';
  };
  for (const path of [...reads.looked.map(parentOf), ...reads.lookedFolders]) {
    for (let at = path; at !== ''; at = parentOf(at)) if (isLink(at)) return view.origin(at)?.context;
  }
  return undefined;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
