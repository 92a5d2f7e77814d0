import type { BuildContext } from '../../context/build-context.js';
import { isGlob } from '../../dockerfile/glob.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import type { Stage } from '../../dockerfile/stage.js';
import { baseName } from '../../text/path.js';
import type { Analysis } from '../analysis.js';
import {
  type ContextCopy,
  imagePath,
  ImageView,
  isWithin,
  type Placement,
  placementsOf,
  readContextCopy,
  workdirsOf,
} from '../copies.js';
import { type Ecosystem, type Installation, isObstacle } from '../installs/installation.js';
import { stepsOf } from '../script-steps.js';
import { type Member, touches } from './copy-order.js';
import { isGuessed, isNamedFile, sourceOf } from './manifests.js';
import { installsOf, type RunSteps } from './run-steps.js';

/** The paths of the image that the installations of a stage read. */
interface Manifests {
  readonly files: ReadonlySet<string>;
  readonly folders: readonly string[];
}

/** Folders of the system: what is copied there may matter to any program. */
export const SYSTEM_FOLDERS =
  /^\/(?:$|(?:bin|boot|dev|etc|lib|lib32|lib64|libx32|proc|root|run|sbin|sys)(?:\/|$)|usr\/(?!src\/|app(?:\/|$)|local\/(?:app|src)(?:\/|$)|share\/(?:nginx|app))|var\/(?!www|app|task|lib\/app))/;

/** Files that hold the code of an application, unlike manifests and settings. */
export const CODE = /\.(?:[cm]?[jt]sx?|vue|svelte|html?|css|py|rb|go|rs|java|kt|scala|php|exs?|cs|fs|c|cc|cpp|h|hpp)$/;

/** Folders that hold code by their usual names, for where nobody has the context. */
const USUAL_SOURCES = /^(?:src|app|public|static|templates|views|assets|pages|components)$/;

/** What is known about the instructions of a stage before any is moved. */
export class StageFacts {
  readonly stage: Stage;
  readonly context: BuildContext | undefined;
  readonly copies = new Map<Instruction, ContextCopy | 'unknown' | undefined>();
  readonly runs = new Map<Instruction, RunSteps>();
  /** What the image holds at each RUN that installs something, where there is a context. */
  readonly views = new Map<Instruction, ImageView>();
  /** Ecosystems that the stages below install for. */
  readonly installedBelow = new Set<Ecosystem>();
  readonly #analysis: Analysis;
  readonly #workdirs: readonly string[];
  readonly #folders: ReadonlySet<string>;
  readonly #baseCopies: (ContextCopy | 'unknown' | undefined)[] = [];
  readonly #manifests: Manifests;

  constructor(analysis: Analysis, stage: Stage, context: BuildContext | undefined) {
    this.#analysis = analysis;
    this.stage = stage;
    this.context = context;
    this.#workdirs = workdirsOf(analysis, stage);
    this.#folders = new Set(this.#workdirs);
    this.#readBaseStages();
    this.#readStage();
    this.#manifests = this.#allManifests();
  }

  get installs(): readonly Installation[] {
    return [...this.runs.values()].flatMap(installsOf);
  }

  workdirAt(instruction: Instruction): string {
    return this.#workdirs[instruction.index - this.stage.from.index - 1] ?? '/';
  }

  /** What the stages below this one copy and install. */
  #readBaseStages(): void {
    const chain: Stage[] = [];
    for (let { base } = this.stage; base.kind === 'stage'; base = base.stage.base) chain.unshift(base.stage);
    for (const stage of chain) {
      const workdirs = workdirsOf(this.#analysis, stage);
      for (const [index, instruction] of stage.instructions.entries()) {
        const workdir = workdirs[index] ?? '/';
        if (instruction.keyword === 'RUN') {
          for (const { ecosystem } of installsOf(this.#stepsOf(instruction, workdir)))
            this.installedBelow.add(ecosystem);
        }
        this.#baseCopies.push(readContextCopy(this.#analysis, instruction, workdir));
      }
    }
  }

  #stepsOf(instruction: Instruction, workdir: string): RunSteps {
    const body = this.#analysis.body(instruction);
    return { instruction, body, steps: body === undefined ? [] : stepsOf(body, workdir) };
  }

  #readStage(): void {
    const earlier = [...this.#baseCopies];
    for (const instruction of this.stage.instructions) {
      const workdir = this.workdirAt(instruction);
      if (instruction.keyword === 'COPY' || instruction.keyword === 'ADD') {
        const copy = readContextCopy(this.#analysis, instruction, workdir);
        this.copies.set(instruction, copy);
        earlier.push(copy);
      } else if (instruction.keyword === 'RUN') {
        const run = this.#stepsOf(instruction, workdir);
        this.runs.set(instruction, run);
        if (this.context !== undefined && installsOf(run).length > 0) {
          this.views.set(instruction, this.#viewOf(this.context, earlier, workdir));
        }
      }
    }
  }

  #viewOf(context: BuildContext, copies: readonly (ContextCopy | 'unknown' | undefined)[], workdir: string): ImageView {
    const view = new ImageView(context);
    for (const folder of this.#folders) view.addFolder(folder);
    view.addFolder(workdir);
    for (const copy of copies) if (copy !== undefined && copy !== 'unknown') view.add(copy);
    return view;
  }

  /** The copies from the context before an instruction that are not among those that move. */
  stayingCopies(instruction: Instruction, members: readonly Member[]): readonly ContextCopy[] {
    return [...this.#baseCopies, ...this.copies.values()].flatMap((copy) => {
      if (copy === undefined || copy === 'unknown') return [];
      const isLater = copy.instruction.index > instruction.index;
      return isLater || members.some((member) => member.copy === copy) ? [] : [copy];
    });
  }

  /** What the copies that stay where they are bring before an instruction. */
  stayingView(instruction: Instruction, members: readonly Member[]): ImageView {
    const own = [...this.copies].filter(
      ([copy]) => copy.index < instruction.index && !members.some((member) => member.instruction === copy),
    );
    const view = this.views.get(instruction);
    if (view === undefined) throw new RangeError('no context');
    return this.#viewOf(view.context, [...this.#baseCopies, ...own.map(([, copy]) => copy)], '/');
  }

  /** The files of all installations of the stage: a copy of nothing else brings no sources. */
  #allManifests(): Manifests {
    const files = new Set<string>();
    const folders: string[] = [];
    for (const [instruction, view] of this.views) {
      for (const installation of installsOf(this.runs.get(instruction))) {
        for (const answer of [installation.reads?.(view), installation.fetch?.reads(view)]) {
          if (answer === undefined || isObstacle(answer)) continue;
          for (const file of answer.files) files.add(file);
          folders.push(...answer.folders);
        }
      }
    }
    return { files, folders };
  }

  /** Where a COPY or ADD puts its files; undefined where a variable hides it. */
  destinationOf(instruction: Instruction): string | undefined {
    const { words } = instruction;
    const last = words[words.length - 1];
    if (last === undefined || last.text.includes('$')) return undefined;
    const workdir = this.workdirAt(instruction);
    return last.text.startsWith('/')
      ? last.text.replace(/(?<=.)\/+$/, '')
      : `${workdir}/${last.text}`.replace(/\/\.?\/?$/, '');
  }

  /**
   * Whether a copy brings sources of what is installed: the folder that holds the manifests, a folder without any, or
   * files of code. A few files by their names, and a folder that was chosen for its manifests, are where they belong.
   */
  bringsSources(copy: ContextCopy): boolean {
    const { context, installs } = this;
    const manifests = this.#manifests;
    const folders = installs.map(({ folder }) => folder).filter((folder) => !SYSTEM_FOLDERS.test(folder));
    if (!folders.some((folder) => touches([folder], [copy.destination]))) return false;
    const named = copy.sources.filter((source) => isNamedFile(source, context));
    const isManifestName = (source: string): boolean =>
      installs.some((one) => isGuessed(one, source)) ||
      [...manifests.files].some((file) => file.endsWith(baseName(source)));
    if (named.some((source) => CODE.test(source) && !isManifestName(source))) return true;
    if (named.length > 0) return false;
    if (copy.sources.every((source) => /(?:^|\/)\.[^/]*$/.test(source))) return false;
    const covers = folders.some((folder) => isWithin(folder, copy.destination));
    // A folder of requirements is chosen for them.
    if (context === undefined && copy.sources.every((source) => /(?:^|\/)\.?req(?:uirement)?s?$/.test(source)))
      return false;
    if (context === undefined) return covers || copy.sources.some((source) => USUAL_SOURCES.test(source));
    const placements = placementsOf(copy, context, (path) => this.#folders.has(path)) ?? [];
    const isManifest = ({ image }: Placement): boolean =>
      manifests.files.has(image) || manifests.folders.some((folder) => isWithin(image, folder));
    // The other files of a folder of requirements are of the same kind.
    const endings = new Set(placements.filter(isManifest).map(({ image }) => endingOf(image)));
    if (placements.every(({ image }) => endings.has(endingOf(image)))) return false;
    return placements.some((one) => !isManifest(one)) && (covers || !placements.some(isManifest));
  }

  /**
   * Whether no copy that moves below an instruction brings what lies at these paths, all in folders that are there
   * without the copies, such as `.npmrc` where there is none in the context.
   */
  isApart(paths: readonly string[], instruction: Instruction, members: readonly Member[]): boolean {
    const { context } = this;
    if (context === undefined || members.some(({ copy }) => copy === undefined)) return false;
    const here = this.stage.instructions.slice(0, instruction.index - this.stage.from.index);
    const folders = new Set(here.map((one) => this.workdirAt(one)));
    const moving = this.#viewOf(
      context,
      members.map(({ copy }) => copy),
      '/',
    );
    return paths.every(
      (path) => folders.has(path.slice(0, path.lastIndexOf('/'))) && !moving.has(path) && !moving.hasBelow(path),
    );
  }

  /** Whether a copy puts something else, or with another owner, where a copy that moves below it has put its files. */
  replaces(copy: ContextCopy, members: readonly Member[]): boolean {
    const { context } = this;
    return members.some((member) => {
      const other = member.copy;
      if (other === undefined || !touches([copy.destination], [other.destination])) return false;
      if (flagsOf(copy) !== flagsOf(other)) return true;
      const isFolder = (path: string): boolean => this.#folders.has(path);
      if (context === undefined) return !isPartOf(copy, other);
      const before = new Map(placementsOf(other, context, isFolder)?.map((one) => [one.image, one.context]));
      return (placementsOf(copy, context, isFolder) ?? []).some(
        (one) => before.has(one.image) && before.get(one.image) !== one.context,
      );
    });
  }
}

function endingOf(path: string): string {
  return baseName(path).replace(/^.*(?=\.)/, '');
}

function flagsOf({ instruction }: ContextCopy): string {
  return instruction.flags
    .map((flag) => instruction.logical.slice(flag))
    .sort()
    .join(' ');
}

/** Whether a copy brings files that the other one brings to the same places, as far as their words say. */
function isPartOf(copy: ContextCopy, other: ContextCopy): boolean {
  const [whole, more] = other.sources;
  if (whole === undefined || more !== undefined) return true;
  return copy.sources.every((source) => {
    const name = baseName(source);
    const image = copy.isIntoFolder ? imagePath(copy.destination, name) : copy.destination;
    if (!isWithin(image, other.destination)) return true;
    const below = image.slice(other.destination === '/' ? 1 : other.destination.length + 1);
    if (isNamedFile(whole, undefined) && !isGlob(whole))
      return below !== (other.isIntoFolder ? baseName(whole) : '') || whole === source;
    const replaced = below === '' ? undefined : sourceOf(whole, below);
    return replaced === undefined || replaced === source;
  });
}
