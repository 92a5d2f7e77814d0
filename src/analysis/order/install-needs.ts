import type { BuildContext } from '../../context/build-context.js';
import { isGlob } from '../../dockerfile/glob.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import { baseName } from '../../text/path.js';
import type { Analysis } from '../analysis.js';
import { imagePath, type ImageView, isWithin } from '../copies.js';
import {
  type Ecosystem,
  type Installation,
  isObstacle,
  type Obstacle,
  type Reads,
  readsSources,
} from '../installs/installation.js';
import { mountsOf } from '../mounts.js';
import { lookupIn } from '../state.js';
import {
  type AddedFetch,
  type Member,
  type MovedInstall,
  type ObstacleDetail,
  type OrderObstacle,
  touches,
} from './copy-order.js';
import { guessedManifests, manifestsOf } from './manifests.js';
import { installsOf, type RunSteps } from './run-steps.js';
import type { StageFacts } from './stage-facts.js';

/** Variables by which the installers, and the programs below them, are told of files. */
const INSTALLER_SETTING =
  /^(?:npm_config_|NODE_(?!PATH$|ENV$)|YARN_|PNPM_|COREPACK_|BUN_|PIP_|UV_|POETRY_|PIPENV_|BUNDLE_|RUBYOPT$|COMPOSER|MIX_|HEX_|GO(?:FLAGS|WORK|ENV)$|CARGO_|NUGET|DOTNET_|SSL_CERT|CURL_CA|REQUESTS_CA|GIT_|BASH_ENV$|ENV$)/i;

/** Finds out what has to be copied before an installation of a stage, so that it can run above the sources. */
export class InstallNeeds {
  /** What nobody can prove from the file and the context. */
  readonly assumptions = new Set<string>();
  /** Folders of the context that another machine may have, which a COPY would put over what is installed. */
  readonly unignored = new Set<string>();
  readonly #analysis: Analysis;
  readonly #facts: StageFacts;
  /** What a manifest copy of this order brings already. */
  readonly #provided = new Set<string>();

  constructor(analysis: Analysis, facts: StageFacts) {
    this.#analysis = analysis;
    this.#facts = facts;
  }

  /** What has to be copied before an installation, or why it cannot run before the sources are there. */
  install(
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
      const names = installation.writes.map((path) => baseName(path));
      this.assumptions.add(
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
    for (const assumption of reads.assumptions) this.assumptions.add(assumption);
    for (const folder of installation.writes) this.#noteUnignored(view.context, folder, installation, members);
    return { instruction, installation, manifests };
  }

  /** Whoever installs on the machine that builds, too, has a folder that the COPY would bring. */
  #noteUnignored(
    context: BuildContext,
    folder: string,
    { ecosystem, label }: Installation,
    members: readonly Member[],
  ): void {
    const name = baseName(folder);
    const isUsual = name === 'node_modules' || ecosystem === 'elixir' || (name === '.venv' && label.startsWith('uv '));
    if (!isUsual) return;
    for (const { copy } of members) {
      const [source, more] = copy?.sources ?? [];
      if (copy === undefined || source === undefined || more !== undefined || !isWithin(folder, copy.destination))
        continue;
      const below = folder.slice(copy.destination === '/' ? 1 : copy.destination.length + 1);
      const path = isGlob(source) ? below : [source, below].filter((part) => part !== '').join('/');
      if (context.isIgnored(`${path}/x`)) continue;
      this.unignored.add(path);
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
    const isThere = (path: string): boolean => path !== folder && (view.has(path) || view.hasBelow(path));
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
  findFetch(
    run: RunSteps,
    members: readonly Member[],
    installed: ReadonlySet<Ecosystem>,
    isOnly: boolean,
  ): AddedFetch | OrderObstacle | undefined {
    const { instruction } = run;
    const found = installsOf(run).find(({ ecosystem, fetch }) => fetch !== undefined && !installed.has(ecosystem));
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
      this.assumptions.add(guess.assumption);
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
    for (const assumption of reads.assumptions) this.assumptions.add(assumption);
    return { instruction, installation: found, fetch: found.fetch, manifests, stubs: reads.stubs };
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
