import type { BuildContext } from '../../context/build-context.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import type { Stage } from '../../dockerfile/stage.js';
import { variableReferences } from '../../dockerfile/variables.js';
import type { Analysis } from '../analysis.js';
import { UNKNOWN } from '../copies.js';
import type { Ecosystem } from '../installs/installation.js';
import { INSTALLERS } from '../installs/index.js';
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
import { carriedBy, installsOf, isCostly, type RunSteps, splitAt } from './run-steps.js';
import { InstallNeeds } from './install-needs.js';
import { isNamedFile } from './manifests.js';
import { CODE, StageFacts, SYSTEM_FOLDERS } from './stage-facts.js';

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

/** Finds how the instructions of a stage are put in order; undefined when the stage needs no change. */
export function findCopyOrder(
  analysis: Analysis,
  stage: Stage,
  context: BuildContext | undefined,
): CopyOrder | OrderObstacle | undefined {
  const first = stage.instructions.find((one) => mayBringSources(one, context));
  const installs = (one: Instruction): boolean => one.keyword === 'RUN' && INSTALLERS.test(analysis.rawText(one));
  // Most stages copy their sources last, or install nothing.
  if (first === undefined || !stage.instructions.some((one) => one.index > first.index && installs(one))) {
    return undefined;
  }
  const facts = new StageFacts(analysis, stage, context);
  return facts.installs.length === 0 ? undefined : new StageOrder(analysis, facts).find();
}

/** A cheap look before a stage is read: whether `StageFacts.bringsSources` may be true of an instruction. */
function mayBringSources(instruction: Instruction, context: BuildContext | undefined): boolean {
  if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') return false;
  if (instruction.flag('from') !== undefined) return false;
  // Which names are files, only the context knows; and a variable may stand for anything.
  if (context !== undefined || /[$\\"']/.test(instruction.argumentsText)) return true;
  const sources = instruction.words.slice(0, -1).map(({ text }) => text);
  return !sources.some((source) => isNamedFile(source, undefined)) || sources.some((source) => CODE.test(source));
}

class StageOrder {
  readonly #analysis: Analysis;
  readonly #facts: StageFacts;
  /** Ecosystems that something installs for before the instruction at hand. */
  readonly #installed: Set<Ecosystem>;
  readonly #needs: InstallNeeds;

  constructor(analysis: Analysis, facts: StageFacts) {
    this.#analysis = analysis;
    this.#facts = facts;
    this.#needs = new InstallNeeds(analysis, facts);
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
        const fetch = this.#needs.findFetch(run, members, this.#installed, best === undefined);
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
        const answer = this.#needs.install(instruction, step.installation, step.words, members);
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
      this.#needs.assumptions.add('the working directory is not known, and taken for the application’s own folder');
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
      assumptions: [...this.#needs.assumptions],
      unignored: [...this.#needs.unignored],
      repeatedBefore,
      repeatedAfter,
    };
  }
}
