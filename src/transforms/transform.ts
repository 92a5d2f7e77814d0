import type { Analysis } from '../analysis/analysis.js';
import type { ConfigField } from '../analysis/image-config.js';
import type { Program } from '../analysis/program-words.js';
import type { BuildContext } from '../context/build-context.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import type { Instruction, Keyword } from '../dockerfile/instruction.js';
import type { Edit } from '../text/edit.js';
import type { Span } from '../text/span.js';

/** What practices are for. */
export const CATEGORIES = ['cache', 'size', 'security', 'correctness', 'style'] as const;

/** What a practice is for. */
export type Category = (typeof CATEGORIES)[number];

/**
 * Whether a fix may be applied without asking. `safe`: for every build that works today the image has the same
 * content and runs the same way, but for what the practice removes on purpose. `unsafe`: it means to change
 * behaviour, or rests on an assumption that the message names.
 */
export type Applicability = 'safe' | 'unsafe';

/** Why a transform holds back. The list is closed, so that reasons can be counted. */
export const DECLINE_REASONS = [
  'build-target', // a build that names its stage with `--target` would make another image
  'builds-at-start', // the process builds, installs or watches sources when the container starts
  'cache-mount', // the folder is a cache mount: it is not part of the image
  'contexts-differ', // the build contexts of this file ask for different rewrites
  'comment-in-the-way', // the edit would have to move or drop a comment
  'dynamic-value', // a variable or substitution hides what is there
  'frontend-version', // older builders read the result otherwise, or not at all
  'hidden-content', // a mount would hide what an earlier instruction has put there
  'later-use', // a later instruction relies on what the fix would remove
  'missing-manifest', // nothing copies the file that an installation reads
  'no-answer', // the registry does not say
  'needs-root', // the process starts as root for a reason
  'nested-command', // the command stands in a subshell, loop, condition or pipeline
  'not-alone', // the instruction does something else, too
  'not-one-place', // the token is cut by a line continuation
  'onbuild', // it would change images that are built from this one
  'other-program', // the program of that name in this image is not the one that the fix is for
  'out-of-step', // the lock file was made for other versions
  'overwritten', // what is copied later would lie over what the fix relies on
  'reads-sources', // an installation reads more than its manifests
  'shell-control', // set, trap, background jobs or `||` make the order of commands matter
  'unknown-base', // nothing is known about the base image
  'unknown-command', // nobody knows what a command between reads and writes
  'unknown-content', // nobody can tell without the file what it holds
  'unknown-user', // nobody can tell which user runs the command
  'variable-in-exec-form', // an exec form expands no variables
] as const;

/** One of `DECLINE_REASONS`. */
export type DeclineReason = (typeof DECLINE_REASONS)[number];

/**
 * What a transform changes on purpose among the files of an image. The list is closed: `dfix verify` takes nothing else
 * for announced, see verify/announced.ts for the paths that each stands for. The most telling ones come first.
 */
export const IMAGE_CHANGES = [
  'users', // the accounts of the image
  'owners', // whom files belong to, and who may read and write them
  'caches', // what package managers keep for later, and temporary files
  'dependencies', // which libraries of the application's language are installed
  'packages', // which packages of the system are installed, and in which version
  'base', // what the base image brings
  'fewer-files', // files are gone that the process does not need
] as const;

/** One of `IMAGE_CHANGES`. */
export type ImageChange = (typeof IMAGE_CHANGES)[number];

/** A rewrite. Its edits are applied together or not at all; offsets count in the file. */
export interface Fix {
  readonly edits: readonly Edit[];
  readonly applicability: Applicability;
  /** What was looked at to be sure, each a short phrase. For an unsafe fix also what to look at. */
  readonly checked: readonly string[];
  /** The words that the rewrite takes away on purpose; the engine refuses a fix that loses any other word. */
  readonly removes?: readonly string[];
  /** The comments that the rewrite drops or changes on purpose. */
  readonly removesComments?: readonly string[];
  /** The comments that the rewrite writes. */
  readonly addsComments?: readonly string[];
  /** The fields of the final image's configuration that the rewrite changes on purpose. */
  readonly configChanges?: readonly ConfigField[];
  /** A matter of taste, or at some cost: applied only when the transform is asked for by name. */
  readonly isOptional?: boolean;
}

interface DiagnosticBase {
  /** One sentence with the user's own token: what is there and why it matters. */
  readonly message: string;
  /** What it is about, in the file. */
  readonly span: Span;
}

/** A rewrite that is proposed. */
export interface FixDiagnostic extends DiagnosticBase {
  readonly kind: 'fix';
  readonly fix: Fix;
}

/** A place where a transform applies in principle, and why it holds back. */
export interface DeclinedDiagnostic extends DiagnosticBase {
  readonly kind: 'declined';
  readonly reason: DeclineReason;
  /** The fact that a person needs, such as the line that stopped the fix. */
  readonly detail: string;
}

/** A file of the build context, such as `.dockerignore`, that is written or gets further lines. */
export interface ContextFileFix {
  /** As the one who opened the context names it. */
  readonly path: string;
  /** Undefined for a file that is not there yet. */
  readonly before: string | undefined;
  /** The lines that it gets behind what is there; a transform can take none away. `#` starts a comment. */
  readonly adds: readonly string[];
  readonly applicability: Applicability;
  readonly checked: readonly string[];
}

/** A file of the build context that is to be written. */
export interface FileDiagnostic extends DiagnosticBase {
  readonly kind: 'file';
  readonly file: ContextFileFix;
}

/** Something that only a person can mend. */
export interface ReportDiagnostic extends DiagnosticBase {
  readonly kind: 'report';
  /** What to do about it, one sentence. */
  readonly advice: string;
}

/** What a transform says about a place of a file. */
export type Diagnostic = FixDiagnostic | FileDiagnostic | DeclinedDiagnostic | ReportDiagnostic;

/** What a caller may set for a transform, with `--param NAME.PARAM=VALUE`. */
export interface Param {
  readonly name: string;
  /** What it sets, and which values it takes; one line for lists. */
  readonly summary: string;
  /** The values that it takes, as a whole. They are written into files: nothing that a quote could end. */
  readonly values: RegExp;
}

/** The values that a caller set, by the names of the parameters. */
export type ParamValues = ReadonlyMap<string, string>;

/** The digest of an image's tag, or one sentence that says why nobody knows it. */
export type DigestAnswer = { readonly digest: string } | { readonly problem: string };

/** What registries say, by the references of images. */
export type Digests = ReadonlyMap<string, DigestAnswer>;

/** What a transform looks at. */
export interface Subject {
  readonly dockerfile: Dockerfile;
  readonly analysis: Analysis;
  /** The folders that builds of this file are given; empty when nobody knows one. */
  readonly contexts: readonly BuildContext[];
  /** The stages that builds of this file name with `--target`; empty when nobody knows one. */
  readonly targets: readonly string[];
  /** Only those that were set, each one that the transform has. */
  readonly params: ParamValues;
  /** What registries say of images, by the references as the file has them; empty unless somebody asked. */
  readonly digests: Digests;
}

/** A rewrite of one practice: a pure function from a Dockerfile to diagnostics. */
export interface Transform {
  /** Imperative and unique, such as `merge-runs`: reads well after "dfix will". */
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  readonly category: Category;
  /** The ids that other tools give this practice, such as `hadolint:DL3009`. */
  readonly related: readonly string[];
  /** Never a fix: what it finds is for a person. */
  readonly reportsOnly?: true;
  /** Never a safe fix. Without `--unsafe` it changes nothing, and runs once, over the text that the others made. */
  readonly onlyUnsafe?: true;
  /** A matter of taste, or at some cost: it runs only when it is asked for by name. */
  readonly onlyNamed?: true;
  /** Looks at the build context, which is opened only for those that do. */
  readonly usesContext?: true;
  /** What its fixes change on purpose among the files of the image; nothing, if it does not say. */
  readonly imageChanges?: readonly ImageChange[];
  /** It finds nothing in a file without one of these instructions, be it inside ONBUILD, and is not asked about it. */
  readonly needsInstruction?: readonly Keyword[];
  /** The same for the words in the scripts of RUN that `Analysis.runsNaming` knows. */
  readonly needsProgram?: readonly Program[];
  readonly params?: readonly Param[];
  /** For a transform of a plugin: what `dfix explain` tells, in Markdown. Ours tell it in their doc comment. */
  readonly explanation?: string;
  /** Everything that it says about a file, with offsets in `subject.dockerfile.text`. It changes nothing of what it gets. */
  check(subject: Subject): Iterable<Diagnostic>;
}

/** Proposes a rewrite. */
export function fixed(span: Span, message: string, fix: Fix): FixDiagnostic {
  return { kind: 'fix', span, message, fix };
}

/** The field of the configuration that a fix inside ONBUILD changes; elsewhere a script changes none. */
export function triggerChange({ isOnbuildTrigger }: Instruction): readonly ConfigField[] {
  return isOnbuildTrigger ? ['onbuild'] : [];
}

/** Proposes to write a file of the build context. */
export function written(span: Span, message: string, file: ContextFileFix): FileDiagnostic {
  return { kind: 'file', span, message, file };
}

/** Says why a transform holds back. */
export function declined(span: Span, message: string, reason: DeclineReason, detail: string): DeclinedDiagnostic {
  return { kind: 'declined', span, message, reason, detail };
}

/** Says what a person has to mend. */
export function reported(span: Span, message: string, advice: string): ReportDiagnostic {
  return { kind: 'report', span, message, advice };
}
