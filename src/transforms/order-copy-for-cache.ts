import { patternsFor } from '../analysis/ignore-patterns.js';
import { type ContextCopy, isWithin, UNKNOWN } from '../analysis/copies.js';
import type { AddedFetch, CopyOrder, ManifestCopy } from '../analysis/order/copy-order.js';
import { findCopyOrder } from '../analysis/order/find-copy-order.js';
import { SYSTEM_FOLDERS } from '../analysis/order/stage-facts.js';
import {
  blockOf,
  hasEmptyLineAt,
  hasEmptyLineBefore,
  insertLinesBefore,
  insertLinesBehind,
  joinBlocks,
  replaceBlock,
} from '../dockerfile/block.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { type Edit, replacement } from '../text/edit.js';
import { indentationAt, lineEndAt, lineEndingAt, lineStartAt } from '../text/line-endings.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform, written } from './transform.js';

/**
 * Copies the manifests, installs the dependencies, and copies the sources behind that: an edit of a source file then
 * no longer installs all dependencies again. System packages below the sources move above them in the same way.
 *
 * Safe where the build context proves that the installation reads nothing but the files that are copied before it: no
 * install script, local package, workspace or patch that is left out, and nothing that the later COPY would lay over
 * the installed files. A folder of packages that another machine may have goes into `.dockerignore` in the same fix.
 * Unsafe without a context, and where a step is added that only downloads.
 */
export const orderCopyForCache: Transform = {
  name: 'order-copy-for-cache',
  summary: 'Installs dependencies before the sources are copied',
  category: 'cache',
  related: ['dockerfile-doctor:DD006', 'dockershrink:copy-order'],
  usesContext: true,
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis, contexts } = subject;
    for (const stage of dockerfile.stages) {
      const [found, ...others] = (contexts.length === 0 ? [undefined] : contexts).map((context) =>
        findCopyOrder(analysis, stage, context),
      );
      if (found === undefined) continue;
      if (found.kind === 'obstacle') {
        const { instruction, label, reason, detail } = found;
        const message = `\`${label}\` runs again after every edit of the sources that are copied before`;
        yield declined(commandSpan(instruction), message, reason, detail);
        continue;
      }
      const [context, more] = contexts;
      const ignored =
        context === undefined || more !== undefined || found.unignored.length === 0
          ? undefined
          : patternsFor(context, dockerfile, analysis, found.unignored);
      const fix = new Reordering(subject, found, ignored).diagnostic();
      const isSame = others.every(
        (other) => other?.kind === 'order' && editsOf(new Reordering(subject, other).diagnostic()) === editsOf(fix),
      );
      if (isSame) {
        // The order relies on it, so that both are safe or neither.
        if (ignored !== undefined && context?.ignoreFile !== undefined && isSafe(fix)) {
          const { path, text } = context.ignoreFile;
          const message = `the COPY would put ${found.unignored.join(', ')} of another machine over what is installed`;
          yield written(fix.span, message, {
            path,
            before: text,
            adds: ['# Installed by the build itself', ...ignored],
            applicability: 'safe',
            checked: ['nothing that is copied today is left out'],
          });
        }
        yield fix;
      } else {
        const names = contexts.map(({ name }) => name).join(', ');
        yield declined(fix.span, fix.message, 'contexts-differ', `it would be another rewrite for each of ${names}`);
      }
    }
  },
};

function isSafe(diagnostic: Diagnostic): boolean {
  return diagnostic.kind === 'fix' && diagnostic.fix.applicability === 'safe';
}

function editsOf(diagnostic: Diagnostic): string {
  return diagnostic.kind === 'fix' ? JSON.stringify(diagnostic.fix.edits) : diagnostic.kind;
}

function commandSpan(instruction: Instruction): { readonly start: number; readonly end: number } {
  return instruction.sourceSpan(instruction.argumentsSpan);
}

/** Writes down an order that the analysis found. */
class Reordering {
  readonly #dockerfile: Dockerfile;
  readonly #order: CopyOrder;
  readonly #hasContext: boolean;
  /** What nobody can prove from the file and the context. */
  readonly #assumptions: readonly string[];
  readonly #edits: Edit[] = [];
  readonly #removes: string[] = [];

  /** `ignored` are the patterns that keep out what `.dockerignore` lets through today. */
  constructor({ dockerfile, contexts }: Subject, order: CopyOrder, ignored?: readonly string[]) {
    this.#dockerfile = dockerfile;
    this.#order = order;
    this.#hasContext = contexts.length > 0;
    const open = ignored === undefined ? order.unignored : [];
    this.#assumptions = [
      ...order.assumptions,
      ...open.map(
        (path) =>
          `${path} is not in .dockerignore: a build on a machine that has one would put it over what is installed`,
      ),
    ];
  }

  diagnostic(): Diagnostic {
    const { moved, installs, fetch, last } = this.#order;
    const [first] = moved;
    if (first === undefined) throw new RangeError('an order without copies');
    const span = commandSpan(first);
    const label = installs[0]?.installation.label ?? fetch?.installation.label;
    const copy = this.#dockerfile.text.slice(first.span.start, lineEndAt(this.#dockerfile.text, first.span.start));
    const message =
      label === undefined
        ? `\`${copy}\` stands above installations that do not need it, so that every edit of the sources repeats them`
        : `\`${copy}\` stands above \`${label}\`, so that every edit of the sources ${fetch === undefined || installs.length > 0 ? 'installs' : 'downloads'} the dependencies again`;
    const obstacle = last === undefined ? this.#addFetchInPlace() : this.#moveBehind(last);
    if (obstacle !== undefined) return declined(span, message, obstacle.reason, obstacle.detail);
    return fixed(span, message, {
      edits: this.#edits,
      applicability: this.#hasContext && fetch === undefined && this.#assumptions.length === 0 ? 'safe' : 'unsafe',
      checked: this.#checked(),
      removes: this.#removes,
    });
  }

  #checked(): readonly string[] {
    const { installs, fetch, last, splitBehind, repeatedBefore, repeatedAfter } = this.#order;
    const lines: string[] = [];
    for (const { installation, manifests } of installs) {
      const names = manifests.flatMap(({ sources }) => sources).join(', ');
      if (names !== '' && this.#hasContext)
        lines.push(`${installation.label} reads only ${names} of the build context`);
    }
    if (splitBehind !== undefined && last !== undefined)
      lines.push(`the part of line ${last.source.startLine} that does not need the sources becomes a step of its own`);
    if (fetch !== undefined) lines.push(`adds \`${fetch.fetch.command}\`: ${fetch.fetch.note}`);
    if (repeatedAfter < repeatedBefore)
      lines.push(`an edit of the sources repeated ${repeatedBefore} steps of this stage, now ${repeatedAfter}`);
    return [...lines, ...this.#assumptions];
  }

  /** Puts the copies behind the last step that does not need them, and the manifests in front of the first that does. */
  #moveBehind(last: Instruction): Obstacle | undefined {
    const { moved, installs, fetch, splitBehind } = this.#order;
    const [first] = moved;
    if (first === undefined) return undefined;
    const block: string[] = [];
    for (const instruction of moved) {
      const lines = this.#linesAt(instruction, fetch?.instruction ?? last);
      if (lines === undefined)
        return {
          reason: 'dynamic-value',
          detail: `the destination on line ${instruction.source.startLine} counts from a folder that nobody knows`,
        };
      block.push(...lines);
    }
    // Right where the sources were, unless other steps come first; what a flag gives the folder is given there, too.
    const firstInstall = installs[0]?.instruction;
    const isNear = firstInstall !== undefined && !this.#hasRunBetween(first, firstInstall);
    const isInPlace = isNear || first.flags.length > 0;
    const inPlace: string[] = [];
    for (const { instruction, manifests } of installs) {
      const at: Instruction = isInPlace && instruction === firstInstall ? first : instruction;
      const lines = this.#manifestLines(manifests, at);
      if (lines === undefined)
        return { reason: 'dynamic-value', detail: 'the manifests belong into a folder that nobody knows' };
      if (at === first) inPlace.push(...lines);
      else if (lines.length > 0) this.#insertAbove(instruction, lines);
    }
    const fetchLines = fetch === undefined ? [] : this.#fetchLines(fetch, fetch.instruction);
    if (fetchLines === undefined) {
      return { reason: 'dynamic-value', detail: 'the manifests belong into a folder that nobody knows' };
    }
    const blocks = joinBlocks(moved.map((instruction) => blockOf(this.#dockerfile, instruction)));
    for (const [index, own] of blocks.entries()) {
      this.#edits.push(replaceBlock(this.#dockerfile, own, index === 0 ? inPlace : []));
    }
    const { text } = this.#dockerfile;
    const [own] = blocks;
    const isApart = {
      before: own !== undefined && hasEmptyLineBefore(text, own.start),
      behind: own !== undefined && hasEmptyLineAt(text, own.end),
    };
    if (fetch !== undefined) {
      // All between is done without the sources, so that they come right in front of the command that needs them.
      this.#edits.push(insertLinesBefore(this.#dockerfile, fetch.instruction, [...fetchLines, ...apartFrom(block)]));
      return undefined;
    }
    if (splitBehind === undefined) {
      this.#edits.push(insertLinesBehind(this.#dockerfile, last, block, isApart));
      return undefined;
    }
    return this.#split(last, block, isApart);
  }

  /** A comment above an instruction is not taken for one on what comes in front of it. */
  #insertAbove(instruction: Instruction, lines: readonly string[]): void {
    const isCommented =
      blockOf(this.#dockerfile, instruction).start < lineStartAt(this.#dockerfile.text, instruction.span.start);
    this.#edits.push(insertLinesBefore(this.#dockerfile, instruction, isCommented ? [...lines, ''] : lines));
  }

  #hasRunBetween(first: Instruction, last: Instruction): boolean {
    const { moved, stage } = this.#order;
    return stage.instructions.some(
      (one) => one.keyword === 'RUN' && one.index > first.index && one.index < last.index && !moved.includes(one),
    );
  }

  /** A step that downloads goes in front of the sources; when what is set behind them matters, they come down to it. */
  #addFetchInPlace(): Obstacle | undefined {
    const { moved, fetch, stage } = this.#order;
    const [first] = moved;
    if (fetch === undefined || first === undefined) throw new RangeError('an order that changes nothing');
    const between = stage.instructions.filter(
      ({ index }) =>
        index > first.index &&
        index < fetch.instruction.index &&
        !moved.includes(stage.instructions[index - stage.from.index - 1] ?? first),
    );
    const isInForce = between.every((one) => !mayMatter(one));
    const at = isInForce ? first : fetch.instruction;
    const lines = this.#fetchLines(fetch, at);
    if (lines === undefined) {
      return { reason: 'dynamic-value', detail: 'the manifests belong into a folder that nobody knows' };
    }
    if (isInForce) {
      this.#insertAbove(first, lines);
      return undefined;
    }
    const block: string[] = [];
    for (const instruction of moved) {
      const own = this.#linesAt(instruction, at);
      if (own === undefined)
        return {
          reason: 'dynamic-value',
          detail: `the destination on line ${instruction.source.startLine} counts from a folder that nobody knows`,
        };
      block.push(...own);
    }
    for (const own of joinBlocks(moved.map((instruction) => blockOf(this.#dockerfile, instruction)))) {
      this.#edits.push(replaceBlock(this.#dockerfile, own, []));
    }
    this.#edits.push(insertLinesBefore(this.#dockerfile, at, [...lines, ...apartFrom(block)]));
    return undefined;
  }

  #fetchLines(fetch: AddedFetch, at: Instruction): readonly string[] | undefined {
    const folder = fetch.fetch.folder ?? fetch.installation.folder;
    const lines = this.#manifestLines(fetch.manifests, at);
    const workdir = this.#order.workdirAt(at);
    const place = pathFrom(folder, workdir, undefined);
    const stubs = fetch.stubs.map((path) => pathFrom(path, folder, undefined)?.replace(/^\.\//, '').replace(/\/$/, ''));
    if (lines === undefined || place === undefined || stubs.includes(undefined)) return undefined;
    const commands = workdir === folder ? [] : [`cd ${place.replace(/(?<=.)\/$/, '')}`];
    const folders = new Set(
      stubs.flatMap((path) => (path?.includes('/') === true ? [path.slice(0, path.lastIndexOf('/'))] : [])),
    );
    if (folders.size > 0) commands.push(`mkdir -p ${[...folders].join(' ')}`);
    if (stubs.length > 0) commands.push(`touch ${stubs.join(' ')}`);
    const { instruction } = fetch;
    const flags = instruction.flags.map((flag) => `${instruction.logical.slice(flag)} `).join('');
    const keyword = instruction.keywordText;
    const indentation = indentationAt(this.#dockerfile.text, at.span.start);
    return [...lines, `${indentation}${keyword} ${flags}${[...commands, fetch.fetch.command].join(' && ')}`];
  }

  #manifestLines(manifests: readonly ManifestCopy[], at: Instruction): readonly string[] | undefined {
    const lines: string[] = [];
    for (const { copy, sources, folder } of manifests) {
      const place = pathFrom(folder, this.#order.workdirAt(at), copy);
      if (place === undefined) return undefined;
      const { instruction } = copy;
      const flags = instruction.flags.map((flag) => `${instruction.logical.slice(flag)} `).join('');
      const keyword = instruction.cased('COPY');
      const indentation = indentationAt(this.#dockerfile.text, instruction.span.start);
      const isFolder = sources.length === 1 && folder.endsWith(`/${(sources[0] ?? '').replace(/^.*\//, '')}`);
      lines.push(
        `${indentation}${keyword} ${flags}${sources.join(' ')} ${isFolder ? place : place.replace(/\/*$/, '/')}`,
      );
    }
    return lines;
  }

  /** The lines of an instruction with its comments, as they have to be at another place; undefined if they cannot be. */
  #linesAt(instruction: Instruction, at: Instruction): readonly string[] | undefined {
    const { text } = this.#dockerfile;
    const { workdirAt, stage } = this.#order;
    const block = blockOf(this.#dockerfile, instruction);
    let source = text.slice(block.start, instruction.span.end);
    const after = stage.instructions[at.index - stage.from.index];
    const workdir = at === this.#order.last && after !== undefined ? workdirAt(after) : workdirAt(at);
    if (workdirAt(instruction) !== workdir) {
      if (instruction.keyword === 'RUN') return undefined;
      const word = instruction.words[instruction.words.length - 1];
      if (word === undefined) return undefined;
      // A variable stands for an absolute path.
      if (!/^[/$]/.test(word.text)) {
        const folder = `${workdirAt(instruction)}/${word.text}`.replace(/\/(?:\.\/?)*$/, '').replace(/\/\.\//g, '/');
        const place = word.text.includes('..') ? undefined : pathFrom(folder, workdir, undefined);
        if (place === undefined) return undefined;
        const span = instruction.sourceSpan(word);
        const isJson = text.charAt(span.start) === '"';
        const slashed = /\/$|^\.$/.test(word.text) ? place.replace(/\/*$/, '/') : place;
        source = `${text.slice(block.start, span.start)}${isJson ? JSON.stringify(slashed) : slashed}${text.slice(span.end, instruction.span.end)}`;
        this.#removes.push(word.text, JSON.stringify(word.text));
      }
    }
    const lines = source.split(/\r?\n/);
    const isLater = instruction !== this.#order.moved[0] && hasEmptyLineBefore(text, block.start);
    return isLater ? ['', ...lines] : lines;
  }

  /** Cuts a script in two, with the copies between its parts. */
  #split(
    run: Instruction,
    block: readonly string[],
    isApart: { readonly before: boolean; readonly behind: boolean },
  ): Obstacle | undefined {
    const { splitBehind } = this.#order;
    if (splitBehind === undefined) return undefined;
    const { body, item, settings } = splitBehind;
    const next = body.shell.items[body.shell.items.indexOf(item) + 1];
    if (next === undefined) throw new RangeError('nothing behind the place of the cut');
    const { text } = this.#dockerfile;
    const span = { start: body.endToSource(item.end), end: body.toSource(next.start) };
    if (run.source.innerComments.some((comment) => comment.start >= span.start && comment.start < span.end)) {
      return { reason: 'comment-in-the-way', detail: 'a comment stands where the RUN would be split' };
    }
    const newline = lineEndingAt(text, run.span.start);
    const flags = run.flags.map((flag) => `${run.logical.slice(flag)} `).join('');
    const again = settings
      .map((one) => `${body.text.slice(one.start, one.end)}${next.joiner === ';' ? ';' : ' &&'} `)
      .join('');
    const indentation = indentationAt(text, run.span.start);
    const lines = [
      ...(isApart.before ? [''] : []),
      ...block,
      ...(isApart.behind ? [''] : []),
      `${indentation}${run.keywordText} ${flags}${again}`,
    ];
    this.#edits.push(replacement(span, newline + lines.join(newline)));
    return undefined;
  }
}

/** Whether an instruction may bring the program of a step behind it, or settings. */
function mayMatter(instruction: Instruction): boolean {
  const { keyword, words } = instruction;
  if (keyword === 'COPY' || keyword === 'ADD') {
    const destination = words[words.length - 1]?.text ?? '$';
    return instruction.flag('from') !== undefined || destination.includes('$') || SYSTEM_FOLDERS.test(destination);
  }
  return keyword === undefined || !/^(?:CMD|ENTRYPOINT|EXPOSE|HEALTHCHECK|LABEL|STOPSIGNAL)$/.test(keyword);
}

/** Lines with an empty one in front where a comment comes first. */
function apartFrom(block: readonly string[]): readonly string[] {
  return block[0]?.trimStart().startsWith('#') === true ? ['', ...block] : block;
}

interface Obstacle {
  readonly reason: 'dynamic-value' | 'unknown-command' | 'comment-in-the-way';
  readonly detail: string;
}

/**
 * A path of the image as it is written where the working directory is another path: relative below it, absolute
 * elsewhere, and like the destination of a COPY where it is that. Undefined when it hangs on something unknown.
 */
function pathFrom(path: string, workdir: string, copy: ContextCopy | undefined): string | undefined {
  const own = copy?.instruction.words[copy.instruction.words.length - 1]?.text;
  if (path === copy?.destination && own?.startsWith('/') === true) return `${own.replace(/\/+$/, '')}/`;
  if (path === workdir) return './';
  if (workdir !== '/' && isWithin(path, workdir)) return `./${path.slice(workdir.length + 1)}/`;
  if (!path.includes(UNKNOWN)) return `${path}/`.replace(/\/+$/, '/');
  const words = copy?.instruction.words;
  const destination = words?.[words.length - 1]?.text;
  if (copy === undefined || destination === undefined || !isWithin(path, copy.destination)) return undefined;
  const below = path.slice(copy.destination.length);
  return destination.startsWith('/') || destination.startsWith('$')
    ? `${destination.replace(/\/+$/, '')}${below}/`
    : undefined;
}
