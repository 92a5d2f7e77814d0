import type { Kept } from '../analysis/builder/kept.js';
import type { RuntimeInstall } from '../analysis/builder/packages.js';
import { type BuilderPlan, planBuilder } from '../analysis/builder/plan.js';
import { SHELL_LESS } from '../analysis/builder/shell-less.js';
import type { Carried } from '../analysis/builder/carried.js';
import {
  blockOf,
  hasEmptyLineBefore,
  insertLinesApart,
  insertLinesBefore,
  insertLinesBehind,
  replaceBlock,
} from '../dockerfile/block.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { withTag } from '../dockerfile/image-reference.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { type Edit, insertion, replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Cuts a final stage that builds with a toolchain in two: a builder stage, which is the old file up to the build, and
 * an image that holds what the process needs: the result, the files that it reads, the packages that it runs with, and
 * all settings of the old image.
 *
 * Unsafe because the final image changes on purpose: it loses the toolchain, the sources and what the base image of
 * the build brought along. What was copied and from what it was told stands in the output.
 */
export const addBuilderStage: Transform = {
  name: 'add-builder-stage',
  summary: 'Splits a stage that builds into a builder and a small image that runs',
  category: 'size',
  related: ['tally:prefer-multi-stage-build', 'dockerfile-roast:DF011', 'dockerfile-doctor:DD066'],
  onlyUnsafe: true,
  usesContext: true,
  params: [
    {
      name: 'runtime',
      summary: `the image that runs instead of the small one of the distribution: ${SHELL_LESS.join(' or ')}`,
      values: new RegExp(`^(?:${SHELL_LESS.join('|')})$`),
    },
  ],
  imageChanges: ['base', 'packages', 'dependencies', 'fewer-files', 'owners'],
  *check({ dockerfile, analysis, contexts, params }): Iterable<Diagnostic> {
    const runtime = SHELL_LESS.find((image) => image === params.get('runtime'));
    const plan = planBuilder(analysis, contexts, runtime);
    const stage = dockerfile.finalStage;
    if (plan === undefined || stage === undefined) return;
    const span = stage.from.sourceSpan(stage.imageWord);
    const message = `the image that runs holds all of \`${stage.imageWord.text}\`, with which it is built`;
    if ('reason' in plan) {
      yield declined(span, message, plan.reason, plan.detail);
      return;
    }
    const writer = new StageWriter(dockerfile, plan);
    yield fixed(span, message, {
      edits: writer.edits(),
      applicability: 'unsafe',
      checked: [
        `the image that runs starts from ${plan.recipe.image}`,
        ...plan.recipe.notes,
        ...writer.notes(),
        'look whether the process reads or starts anything else',
      ],
      removes: [stage.imageWord.text, ...(stage.nameWord === undefined ? [] : [stage.nameWord.text])],
      addsComments: plan.kept
        .filter(({ isMoved }) => !isMoved)
        .flatMap(({ instruction }) => instruction.source.innerComments.map(({ text }) => text)),
      configChanges: [
        'base',
        ...(plan.recipe.environment === undefined ? [] : (['env'] as const)),
        ...((plan.recipe.settings ?? []).length === 0 ? [] : (['env', 'entrypoint'] as const)),
      ],
    });
  },
};

/** Above this number each package stands in a line of its own. */
const PACKAGES_IN_LINE = 3;

class StageWriter {
  readonly #dockerfile: Dockerfile;
  readonly #plan: BuilderPlan;
  /** The name of the builder. */
  readonly #name: string;
  /** The name of the stage that the builder and the separate one go on from. */
  readonly #common: string;
  /** The old name of the stage where it says what runs. */
  readonly #runtimeName: string | undefined;

  constructor(dockerfile: Dockerfile, plan: BuilderPlan) {
    this.#dockerfile = dockerfile;
    this.#plan = plan;
    const { name, nameWord } = plan.stage;
    const saysBuild = name !== undefined && /build|compil|^deps?$|^dependenc/.test(name);
    this.#name = saysBuild ? (nameWord?.text ?? name) : this.#freeName(['build', 'builder', 'build-stage']);
    this.#common = this.#freeName(['base', 'common', 'base-stage']);
    this.#runtimeName = saysBuild ? undefined : nameWord?.text;
  }

  #freeName(names: readonly string[]): string {
    const taken = new Set(this.#dockerfile.stages.map(({ name }) => name));
    return names.find((name) => !taken.has(name)) ?? `${names[0] ?? ''}-${taken.size}`;
  }

  #keyword(word: string): string {
    return this.#plan.stage.from.cased(word);
  }

  notes(): readonly string[] {
    const { packages } = this.#plan;
    if (packages === undefined) return [];
    const { release } = packages;
    return [
      `it gets ${packages.names.join(', ')}${release === undefined ? '' : `: the names are those of ${release}`}`,
    ];
  }

  edits(): readonly Edit[] {
    const { kept, last, recipe } = this.#plan;
    const edits: Edit[] = [...this.#fromEdits()];
    for (const { instruction, isMoved } of kept) {
      if (isMoved) edits.push(replaceBlock(this.#dockerfile, blockOf(this.#dockerfile, instruction), []));
    }
    const { environment } = recipe;
    if (environment !== undefined) {
      const { before, make, variables } = environment;
      edits.push(insertLinesApart(this.#dockerfile, before, [...make, variables]));
    }
    const { separate } = recipe;
    if (separate !== undefined) {
      const from = `${this.#keyword('FROM')} ${this.#common} ${this.#keyword('AS')}`;
      const lines = [`${from} ${separate.name}`, ...separate.run.split(/\r?\n/), '', `${from} ${this.#name}`];
      edits.push(insertStage(this.#dockerfile, separate.before, lines));
    }
    const finishing = recipe.finally === undefined ? [] : [`${this.#keyword('RUN')} ${recipe.finally}`];
    edits.push(
      insertLinesBehind(this.#dockerfile, last, [...finishing, '', ...this.#lines()], { before: false, behind: true }),
    );
    return edits;
  }

  #fromEdits(): readonly Edit[] {
    const { stage, recipe } = this.#plan;
    const edits: Edit[] = [];
    const image = stage.from.sourceSpan(stage.imageWord);
    const reference = recipe.builderTag === undefined ? undefined : withTag(stage.imageWord.text, recipe.builderTag);
    const first = recipe.separate === undefined ? this.#name : this.#common;
    if (stage.nameWord === undefined) {
      const name = ` ${this.#keyword('AS')} ${first}`;
      if (reference === undefined) edits.push(insertion(image.end, name));
      else edits.push(replacement(image, `${reference}${name}`));
      return edits;
    }
    if (reference !== undefined) edits.push(replacement(image, reference));
    if (stage.nameWord.text !== first) edits.push(replacement(stage.from.sourceSpan(stage.nameWord), first));
    return edits;
  }

  #lines(): readonly string[] {
    const { recipe, kept, packages, workdir, owner } = this.#plan;
    const as = this.#plan.stage.asWord?.text ?? 'AS';
    const name = this.#runtimeName === undefined ? '' : ` ${as} ${this.#runtimeName}`;
    const platform = this.#plan.stage.from.flag('platform');
    const flag = platform === undefined || /BUILD/.test(platform) ? '' : ` --platform=${platform}`;
    const lines = [`${this.#keyword('FROM')}${flag} ${recipe.image}${name}`];
    // Where the file installed packages it had set up what that needs.
    const { behind = -1 } = packages ?? {};
    const install = packages === undefined ? [] : this.#install(packages);
    const before = kept.filter(({ instruction }) => instruction.index < behind);
    lines.push(...(recipe.settings ?? []));
    if (workdir !== undefined) lines.push(`${this.#keyword('WORKDIR')} ${workdir}`);
    for (const one of before) lines.push(...this.#keptLines(one));
    lines.push(...install);
    if (recipe.globals !== undefined) lines.push(`${this.#keyword('RUN')} ${recipe.globals}`);
    const rest = kept.slice(before.length);
    const user = rest.findIndex(({ instruction }) => instruction.keyword === 'USER');
    // Only root may give a folder away.
    const at = user === -1 ? rest.length : user;
    for (const one of rest.slice(0, at)) lines.push(...this.#keptLines(one));
    if (before.every(({ instruction }) => instruction.keyword !== 'USER')) lines.push(...this.#giveFolder());
    for (const one of rest.slice(at)) lines.push(...this.#keptLines(one));
    for (const carried of recipe.carried) {
      // Folders of the system belong to root, whoever owns the application.
      const chown =
        owner === undefined || /^\/(?:usr|etc|bin|sbin|lib)\//.test(carried.path) ? '' : ` --chown=${owner}`;
      const from = carried.path === recipe.separate?.path ? recipe.separate.name : this.#name;
      lines.push(`${this.#keyword('COPY')} --from=${from}${chown} ${carried.path} ${destination(carried)}`);
    }
    if (recipe.afterwards !== undefined) lines.push(`${this.#keyword('RUN')} ${recipe.afterwards.join(' && ')}`);
    if (recipe.environment !== undefined) lines.push(recipe.environment.variables);
    return lines;
  }

  #giveFolder(): readonly string[] {
    const { owner = '', ownedFolder } = this.#plan;
    if (ownedFolder === undefined) return [];
    const [user, group] = owner.split(':');
    const options = [`-o ${user ?? ''}`, ...(group === undefined || group === '' ? [] : [`-g ${group}`])];
    return [`${this.#keyword('RUN')} install -d ${options.join(' ')} ${ownedFolder}`];
  }

  #keptLines({ instruction, isMoved, commands }: Kept): readonly string[] {
    if (commands !== undefined) return [`${this.#keyword('RUN')} ${commands.join(' && ')}`];
    const { text } = this.#dockerfile;
    const span = isMoved
      ? { start: blockOf(this.#dockerfile, instruction).start, end: instruction.span.end }
      : instruction.span;
    return text.slice(span.start, span.end).split(/\r?\n/);
  }

  #install({ manager, names, withRecommended }: RuntimeInstall): readonly string[] {
    const run = this.#keyword('RUN');
    const { escape } = this.#dockerfile;
    if (manager === 'apk') return [`${run} apk add --no-cache ${names.join(' ')}`];
    const install = `    && apt-get install -y${withRecommended ? '' : ' --no-install-recommends'}`;
    const list =
      names.length <= PACKAGES_IN_LINE
        ? [`${install} ${names.join(' ')} ${escape}`]
        : [`${install} ${escape}`, ...names.map((name) => `        ${name} ${escape}`)];
    return [`${run} apt-get update ${escape}`, ...list, '    && rm -rf /var/lib/apt/lists/*'];
  }
}

/** The first lines of stages in front of an instruction, apart from what is above them. */
function insertStage(dockerfile: Dockerfile, before: Instruction, lines: readonly string[]): Edit {
  const isApart = hasEmptyLineBefore(dockerfile.text, blockOf(dockerfile, before).start);
  return insertLinesBefore(dockerfile, before, [...(isApart ? [] : ['']), ...lines]);
}

/** Where a carried place goes: a pattern goes into its folder. */
function destination({ path, to }: Carried): string {
  if (to !== undefined) return to;
  return path.includes('*') ? path.slice(0, path.lastIndexOf('/') + 1) : path;
}
