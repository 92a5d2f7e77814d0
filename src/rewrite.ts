import { judge } from './acceptance.js';
import { Analysis } from './analysis/analysis.js';
import type { ConfigField } from './analysis/image-config.js';
import { keepTargets } from './build-targets.js';
import type { BuildContext } from './context/build-context.js';
import { Dockerfile } from './dockerfile/dockerfile.js';
import type { Problem } from './dockerfile/problem.js';
import { isTemplate } from './dockerfile/template.js';
import { type IgnoreSettings, type Ignores, isIgnoredAt, isIgnoredEverywhere, readIgnores } from './ignores.js';
import { mayFind } from './needs.js';
import type { Disagreement } from './second-reader.js';
import { withAddedLines } from './text/added-lines.js';
import { composeEdits } from './text/compose.js';
import { applySortedEdits, type Edit, editsConflict, offsetBeforeEdits, sortEdits } from './text/edit.js';
import type { Span } from './text/span.js';
import type {
  Applicability,
  Category,
  ContextFileFix,
  DeclineReason,
  Diagnostic,
  Digests,
  FileDiagnostic,
  Fix,
  FixDiagnostic,
  ParamValues,
  Subject,
  Transform,
} from './transforms/transform.js';

/** The most often that the whole list of transforms is run over one file. */
export const MAX_PASSES = 10;

const NO_PARAMS: ParamValues = new Map();
const NO_DIGESTS: Digests = new Map();
const NOTHING: readonly Diagnostic[] = [];

/** Reads files with a parser that is not ours and tells what it sees otherwise, see second-reader.ts. */
export interface SecondReader {
  /** For a file that was given. */
  compare(dockerfile: Dockerfile): Disagreement | undefined;
  /** For a later version of a file on which both agreed. */
  compareNew(before: Dockerfile, after: Dockerfile): Disagreement | undefined;
}

/** What a text is rewritten with. */
export interface RewriteOptions {
  /** The transforms to run, in their order. */
  readonly transforms: readonly Transform[];
  /** Apply unsafe fixes too. */
  readonly unsafe?: boolean;
  /** Transforms that were asked for by name: their optional fixes are applied. */
  readonly named?: ReadonlySet<string>;
  readonly secondReader?: SecondReader;
  /** The folders that builds of this file are given: a fix has to hold in each of them. */
  readonly contexts?: readonly BuildContext[];
  /** The stages that builds of this file name with `--target`: each of them goes on to mean the same image. */
  readonly targets?: readonly string[];
  /** What is ignored besides what comments in the file say. */
  readonly ignore?: IgnoreSettings;
  /** What was set for transforms, by their names. A value that its parameter does not take is a `RangeError`. */
  readonly params?: ReadonlyMap<string, ParamValues>;
  /** What registries say of the images of the file, by their references. */
  readonly digests?: Digests;
  /** How far single transforms may go, by their names, whatever `unsafe` and `named` say. */
  readonly reach?: ReadonlyMap<string, Reach>;
  /** Asked of each fix that would be applied: those that it does not take become offers. */
  readonly accepts?: (change: Change) => boolean;
}

/** `safe`: never more than safe fixes. `all`: unsafe and optional ones as well. */
export type Reach = 'safe' | 'all';

/** A place in the text that was given, before any change. Lines and columns count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
}

/** Lines of the text that was given, from 1, the last one included. */
export interface LineRange {
  readonly line: number;
  readonly endLine: number;
}

export interface Entry extends Place {
  readonly transform: string;
  readonly category: Category;
  readonly message: string;
}

/** A fix that was applied. */
export interface Change extends Entry {
  readonly applicability: Applicability;
  readonly checked: readonly string[];
  /** The fields of the final image's configuration that it changes on purpose. */
  readonly configChanges: readonly ConfigField[];
}

/** A fix that was not applied, since it is unsafe or a matter of taste and nobody asked for it. */
export interface Offer extends Change {
  readonly isOptional: boolean;
}

/** A place where a transform applies in principle, and why it holds back. */
export interface Decline extends Entry {
  readonly reason: DeclineReason;
  readonly detail: string;
}

/** Something that only a person can mend, with what to do about it. */
export interface Report extends Entry {
  readonly advice: string;
}

/** A file of the build context that is written beside the Dockerfile. */
export interface FileChange extends Change {
  readonly path: string;
  /** Undefined for a file that is not there yet. Where several changes meet on a file, each starts with the last's text. */
  readonly before: string | undefined;
  readonly after: string;
  readonly adds: readonly string[];
}

/** A fault of dfix: a transform whose result the engine did not accept. */
export interface Fault {
  readonly transform: string;
  readonly message: string;
}

export interface ProblemReport extends Place {
  readonly kind: Problem['kind'];
  readonly message: string;
}

/**
 * - `unchanged`, `changed`: done
 * - `unparsable`: BuildKit would not read the file, see `problems`
 * - `template`: the text is a template of a Dockerfile
 * - `ignored`: the file asks to be left alone
 * - `disputed`: the second reader sees other instructions than our scanner, so nothing is changed
 */
export type RewriteStatus = 'unchanged' | 'changed' | 'unparsable' | 'template' | 'ignored' | 'disputed';

/** What became of a text, with the reasons. */
export interface RewriteResult {
  readonly status: RewriteStatus;
  /** The rewritten text; the given one unless `status` is `changed`. */
  readonly text: string;
  readonly changes: readonly Change[];
  /** The edits of the given text that make the rewritten one, by position. */
  readonly edits: readonly Edit[];
  /** Files of the build context to write, before the Dockerfile: changes of it may rely on them. */
  readonly files: readonly FileChange[];
  readonly offers: readonly Offer[];
  readonly declines: readonly Decline[];
  readonly reports: readonly Report[];
  readonly problems: readonly ProblemReport[];
  readonly faults: readonly Fault[];
  /** From the first to the last line that each change touches: who takes over a part of a rewrite takes them whole. */
  readonly touched: ReadonlyMap<Change, LineRange>;
  /** For `disputed`: what the second reader sees. */
  readonly dispute?: string;
}

/** Runs the transforms over a text until nothing changes. Never throws for what is wrong with the text. */
export function rewrite(text: string, options: RewriteOptions): RewriteResult {
  checkParams(options);
  const dockerfile = Dockerfile.parse(text);
  if (isTemplate(dockerfile)) return untouched(text, 'template');
  if (dockerfile.problems.length > 0) {
    const problems = dockerfile.problems.map(({ kind, message, start, end }) => ({
      kind,
      message,
      ...placeOf(dockerfile, { start, end }),
    }));
    return { ...untouched(text, 'unparsable'), problems };
  }
  return new Rewrite(dockerfile, options).run();
}

/** Values go into files as they are, so none may pass that its parameter does not take. */
function checkParams({ params, transforms }: RewriteOptions): void {
  if (params === undefined) return;
  for (const transform of transforms) {
    for (const [name, value] of params.get(transform.name) ?? []) {
      const param = transform.params?.find((one) => one.name === name);
      if (param?.values.test(value) !== true)
        throw new RangeError(`${transform.name} takes no ${name} of this value: ${param?.summary ?? 'unknown'}`);
    }
  }
}

/** A result that says nothing but why the text was left alone. */
export function untouched(text: string, status: RewriteStatus): RewriteResult {
  const nothing = { changes: [], edits: [], files: [], offers: [], declines: [], reports: [] };
  return { status, text, ...nothing, problems: [], faults: [], touched: new Map() };
}

function placeOf(dockerfile: Dockerfile, { start, end }: Span): Place {
  const { line, column } = dockerfile.positionAt(start);
  return { line, column, endLine: dockerfile.lineAt(Math.max(start, end - 1)) };
}

class Rewrite {
  readonly #original: Dockerfile;
  readonly #options: RewriteOptions;
  #dockerfile: Dockerfile;
  #subject: Subject;
  #ignores: Ignores;
  /** The edits of each accepted step, in order, each list against the text before it. */
  readonly #steps: (readonly Edit[])[] = [];
  /** The texts so far by their lengths: a long text is compared only with those that are as long. */
  readonly #seen = new Map<number, string[]>();
  readonly #changes: Change[] = [];
  readonly #touched = new Map<Change, LineRange>();
  readonly #files: FileChange[] = [];
  readonly #faults: Fault[] = [];
  /** Transforms that failed: they are not tried again on this file. */
  readonly #failed = new Set<Transform>();
  /** What each transform said last that led to no edit, and about which version of the file. */
  readonly #verdicts = new Map<Transform, { readonly about: Dockerfile; readonly left: readonly Diagnostic[] }>();

  constructor(dockerfile: Dockerfile, options: RewriteOptions) {
    this.#original = dockerfile;
    this.#options = options;
    this.#dockerfile = dockerfile;
    this.#subject = {
      dockerfile,
      analysis: new Analysis(dockerfile),
      contexts: options.contexts ?? [],
      targets: options.targets ?? [],
      params: NO_PARAMS,
      digests: options.digests ?? NO_DIGESTS,
    };
    this.#ignores = readIgnores(dockerfile, options.ignore);
    this.#see(dockerfile.text);
  }

  run(): RewriteResult {
    if (this.#ignores.wholeFile && this.#ignores.unsilenced.size === 0) return this.#result('ignored');
    const transforms = this.#options.transforms.filter(
      (transform) => transform.onlyNamed !== true || this.#isNamed(transform),
    );
    const changing = transforms.filter((transform) => this.#mayChange(transform));
    for (let pass = 1; this.#pass(changing); pass++) {
      if (pass === MAX_PASSES) {
        const last = this.#changes[this.#changes.length - 1];
        this.#faults.push({
          transform: last?.transform ?? '',
          message: `the file still changes after ${MAX_PASSES} passes`,
        });
        break;
      }
    }
    this.#pass(transforms.filter((transform) => !this.#mayChange(transform)));
    if (this.#dockerfile === this.#original) return this.#result('unchanged');
    return this.#judgeWithSecondReader() ?? this.#result('changed');
  }

  #mayChange(transform: Transform): boolean {
    return transform.reportsOnly !== true && (transform.onlyUnsafe !== true || this.#isUnsafeTaken(transform));
  }

  #isUnsafeTaken({ name }: Transform): boolean {
    const reach = this.#options.reach?.get(name);
    return reach === undefined ? this.#options.unsafe === true : reach === 'all';
  }

  #isNamed({ name }: Transform): boolean {
    return this.#options.named?.has(name) === true || this.#options.reach?.get(name) === 'all';
  }

  /** Runs some transforms once, in their order. Whether the text changed. */
  #pass(transforms: readonly Transform[]): boolean {
    const before = this.#dockerfile;
    for (const transform of transforms) {
      // It would say the same again about the same text.
      if (this.#verdicts.get(transform)?.about === this.#dockerfile) continue;
      if (this.#failed.has(transform) || isIgnoredEverywhere(this.#ignores, transform)) continue;
      if (mayFind(transform, this.#subject)) this.#runTransform(transform);
      else this.#verdicts.set(transform, { about: this.#dockerfile, left: NOTHING });
    }
    return this.#dockerfile !== before;
  }

  /** What a transform looks at: the same for all to which nothing was set. */
  #subjectOf({ name }: Transform): Subject {
    const params = this.#options.params?.get(name);
    return params === undefined ? this.#subject : { ...this.#subject, params };
  }

  #runTransform(transform: Transform): void {
    const wanted: FixDiagnostic[] = [];
    let diagnostics: readonly Diagnostic[];
    const before = this.#dockerfile.text;
    try {
      diagnostics = [...transform.check(this.#subjectOf(transform))];
    } catch (error) {
      this.#fail(transform, error instanceof Error ? error.message : String(error));
      return;
    }
    if (this.#dockerfile.text !== before) this.#fail(transform, 'it changed its input');
    if (diagnostics.length === 0) {
      this.#verdicts.set(transform, { about: this.#dockerfile, left: diagnostics });
      return;
    }
    const left: Diagnostic[] = [];
    for (const diagnostic of keepTargets(this.#dockerfile, this.#subject.targets, diagnostics)) {
      if (this.#isIgnored(transform, diagnostic)) continue;
      if (diagnostic.kind === 'fix' && isAgainstItsWord(transform, diagnostic)) {
        this.#fail(transform, 'it makes a fix that its description rules out');
        return;
      }
      if (diagnostic.kind === 'fix' && this.#isTaken(transform, diagnostic, diagnostic.fix)) wanted.push(diagnostic);
      else if (diagnostic.kind === 'file' && this.#isTaken(transform, diagnostic, diagnostic.file)) {
        this.#writeFile(transform, diagnostic);
      } else left.push(diagnostic);
    }
    this.#verdicts.set(transform, { about: this.#dockerfile, left });
    if (wanted.length > 0) this.#applyAll(transform, wanted);
  }

  #writeFile(transform: Transform, diagnostic: FileDiagnostic): void {
    const { path, before, adds } = diagnostic.file;
    if (withAddedLines(before, adds) === (before ?? '')) {
      this.#fail(transform, 'its fix changes nothing');
      return;
    }
    const written = this.#files.findLast((file) => file.path === path);
    const now = written === undefined ? before : written.after;
    const after = withAddedLines(now, adds);
    if (after === now) return;
    this.#files.push({ ...this.#announced(transform, diagnostic, diagnostic.file), path, before: now, after, adds });
  }

  #isTaken(transform: Transform, diagnostic: Diagnostic, fix: Fix | ContextFileFix): boolean {
    if (fix.applicability === 'unsafe' && !this.#isUnsafeTaken(transform)) return false;
    if ('isOptional' in fix && fix.isOptional === true && !this.#isNamed(transform)) return false;
    const { accepts } = this.#options;
    return accepts === undefined || accepts(this.#announced(transform, diagnostic, fix));
  }

  #isIgnored(transform: Transform, diagnostic: Diagnostic): boolean {
    if (this.#ignores.at.size === 0) return false;
    const spans = diagnostic.kind === 'fix' ? [diagnostic.span, ...diagnostic.fix.edits] : [diagnostic.span];
    return this.#dockerfile.instructions.some(
      (instruction) =>
        isIgnoredAt(this.#ignores, transform, instruction) &&
        spans.some((span) => span.start <= instruction.span.end && instruction.span.start <= span.end),
    );
  }

  /** Applies fixes that do not meet; those that do wait for the next pass. */
  #applyAll(transform: Transform, wanted: readonly FixDiagnostic[]): void {
    const accepted = withoutConflicts(wanted);
    const edits = accepted.flatMap((diagnostic) => diagnostic.fix.edits);
    const refusal = this.#apply(accepted, edits);
    if (refusal === undefined) {
      for (const diagnostic of accepted) this.#keepChange(transform, diagnostic);
      return;
    }
    // One of them is bad: keep the good ones by applying each alone.
    this.#fail(transform, refusal);
    if (accepted.length === 1) return;
    // From the end of the file on, so that the offsets of the fixes above stay right.
    let limit = Infinity;
    for (const diagnostic of accepted.toSorted((a, b) => b.span.start - a.span.start)) {
      const own = diagnostic.fix.edits;
      if (own.some((edit) => edit.end > limit) || this.#apply([diagnostic], own) !== undefined) continue;
      this.#keepChange(transform, diagnostic);
      limit = own.reduce((least, edit) => Math.min(least, edit.start), limit);
    }
  }

  /** Applies the edits of some fixes; the reason when the result is refused, and then nothing has changed. */
  #apply(diagnostics: readonly FixDiagnostic[], edits: readonly Edit[]): string | undefined {
    const before = this.#dockerfile;
    let sorted: readonly Edit[];
    try {
      sorted = sortEdits(before.text, edits);
    } catch (error) {
      if (error instanceof RangeError || (error instanceof Error && error.name === 'RangeError')) return error.message;
      throw error;
    }
    const text = applySortedEdits(before.text, sorted);
    if (text === before.text) return 'its fix changes nothing';
    if (this.#seen.get(text.length)?.includes(text) === true)
      return 'the text was there before: the transforms undo each other';
    const after = before.parseEdited(text, sorted[0]?.start);
    const analysis = new Analysis(after);
    const refusal = judge(
      this.#subject.analysis,
      analysis,
      sorted,
      diagnostics.map((diagnostic) => diagnostic.fix),
    );
    if (refusal !== undefined) return refusal;
    this.#steps.push(sorted);
    this.#see(text);
    this.#dockerfile = after;
    this.#subject = { ...this.#subject, dockerfile: after, analysis };
    this.#ignores = readIgnores(after, this.#options.ignore);
    return undefined;
  }

  #see(text: string): void {
    const alike = this.#seen.get(text.length);
    if (alike === undefined) this.#seen.set(text.length, [text]);
    else alike.push(text);
  }

  #fail(transform: Transform, message: string): void {
    this.#failed.add(transform);
    this.#faults.push({ transform: transform.name, message });
  }

  /** The second reader looks at both ends; the answer when it objects. */
  #judgeWithSecondReader(): RewriteResult | undefined {
    const reader = this.#options.secondReader;
    if (reader === undefined) return undefined;
    const input = reader.compare(this.#original);
    if (input !== undefined) {
      return { ...this.#unchangedResult('disputed'), dispute: `line ${input.line}: ${input.detail}` };
    }
    const output = reader.compareNew(this.#original, this.#dockerfile);
    if (output === undefined) return undefined;
    const names = [...new Set(this.#changes.map((change) => change.transform))].join(', ');
    this.#faults.push({
      transform: names,
      message: `the second reader disagrees on the result, line ${output.line}: ${output.detail}`,
    });
    return this.#unchangedResult('unchanged');
  }

  #unchangedResult(status: RewriteStatus): RewriteResult {
    return { ...untouched(this.#original.text, status), faults: this.#faults };
  }

  #result(status: RewriteStatus): RewriteResult {
    const offers: Offer[] = [];
    const declines: Decline[] = [];
    const reports: Report[] = [];
    for (const [transform, { left }] of this.#verdicts) {
      for (const diagnostic of left) {
        if (diagnostic.kind === 'fix') {
          offers.push({ ...this.#change(transform, diagnostic), isOptional: diagnostic.fix.isOptional === true });
        } else if (diagnostic.kind === 'file') {
          offers.push({ ...this.#announced(transform, diagnostic, diagnostic.file), isOptional: false });
        } else if (diagnostic.kind === 'declined') {
          const { reason, detail } = diagnostic;
          declines.push({ ...this.#entry(transform, diagnostic), reason, detail });
        } else {
          reports.push({ ...this.#entry(transform, diagnostic), advice: diagnostic.advice });
        }
      }
    }
    return {
      status,
      text: this.#dockerfile.text,
      changes: this.#changes.toSorted(byPlace),
      edits: composeEdits(this.#original.text.length, this.#steps),
      files: this.#files,
      offers: offers.sort(byPlace),
      declines: declines.sort(byPlace),
      reports: reports.sort(byPlace),
      problems: [],
      faults: this.#faults,
      touched: this.#touched,
    };
  }

  /** Keeps a change that the last step made: its spans count in the text before that step. */
  #keepChange(transform: Transform, diagnostic: FixDiagnostic): void {
    const steps = this.#steps.length - 1;
    const change = this.#change(transform, diagnostic, steps);
    this.#changes.push(change);
    const places = diagnostic.fix.edits.map((edit) => this.#placeInOriginal(edit, steps));
    const line = Math.min(...places.map((place) => place.line));
    const endLine = Math.max(...places.map((place) => place.endLine));
    this.#touched.set(change, { line, endLine });
  }

  #change(transform: Transform, diagnostic: FixDiagnostic, steps = this.#steps.length): Change {
    return this.#announced(transform, diagnostic, diagnostic.fix, steps);
  }

  #announced(
    transform: Transform,
    diagnostic: Diagnostic,
    fix: Fix | ContextFileFix,
    steps = this.#steps.length,
  ): Change {
    // Written out, since there are many and a spread of one object into another takes its time.
    const { name, category } = transform;
    const { message, span } = diagnostic;
    const { line, column, endLine } = this.#placeInOriginal(span, steps);
    const { applicability, checked } = fix;
    const configChanges = 'configChanges' in fix ? (fix.configChanges ?? []) : [];
    return { transform: name, category, message, line, column, endLine, applicability, checked, configChanges };
  }

  #entry({ name, category }: Transform, { message, span }: Diagnostic): Entry {
    const { line, column, endLine } = this.#placeInOriginal(span, this.#steps.length);
    return { transform: name, category, message, line, column, endLine };
  }

  #placeInOriginal(span: Span, steps: number): Place {
    let { start } = span;
    let end = Math.max(span.start, span.end - 1);
    for (let step = steps - 1; step >= 0; step--) {
      const edits = this.#steps[step] ?? [];
      start = offsetBeforeEdits(edits, start);
      end = offsetBeforeEdits(edits, end);
    }
    return placeOf(this.#original, { start, end: Math.max(start, end + 1) });
  }
}

/** A fix of a transform that says that it makes none, or no safe one. */
function isAgainstItsWord(transform: Transform, { fix }: FixDiagnostic): boolean {
  return transform.reportsOnly === true || (transform.onlyUnsafe === true && fix.applicability === 'safe');
}

/** The diagnostics whose edits do not meet those of an earlier one. */
function withoutConflicts(diagnostics: readonly FixDiagnostic[]): readonly FixDiagnostic[] {
  if (diagnostics.length === 1) return diagnostics;
  const dropped = new Set<number>();
  const all = diagnostics.flatMap(({ fix }, owner) => fix.edits.map((edit) => ({ edit, owner })));
  all.sort((a, b) => a.edit.start - b.edit.start || a.edit.end - b.edit.end || a.owner - b.owner);
  let last: (typeof all)[number] | undefined;
  for (const entry of all) {
    if (dropped.has(entry.owner)) continue;
    if (last !== undefined && last.owner !== entry.owner && editsConflict(last.edit, entry.edit)) {
      const later = Math.max(last.owner, entry.owner);
      dropped.add(later);
      if (later === entry.owner) continue;
    }
    if (last === undefined || dropped.has(last.owner) || entry.edit.end >= last.edit.end) last = entry;
  }
  return dropped.size === 0 ? diagnostics : diagnostics.filter((_, owner) => !dropped.has(owner));
}

function byPlace(a: Place, b: Place): number {
  return a.line - b.line || a.column - b.column;
}
