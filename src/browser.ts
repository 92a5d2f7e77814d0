/**
 * Everything of dfix that works on texts alone, for browsers and other places without Node. What is missing is
 * `openContext`: a `BuildContext` has to be made by other means.
 *
 * @module
 */
export {
  changedFields,
  CONFIG_FIELDS,
  type ConfigField,
  finalConfig,
  type ImageConfig,
} from './analysis/image-config.js';
export type { Analysis } from './analysis/analysis.js';
export type { BaseFacts, DistributionFamily } from './analysis/base-images.js';
export type { BuildState, Environment, ShellSetting } from './analysis/state.js';
export type { Config } from './config-schema.js';
export type { BuildContext, ContextFile, DataFormat, IgnoreFile } from './context/build-context.js';
export { defineConfig } from './define-config.js';
export type { ArgumentWord, ExecWord, Flag, Pair } from './dockerfile/arguments.js';
export type { Directive, DirectiveName } from './dockerfile/directive.js';
export { Dockerfile } from './dockerfile/dockerfile.js';
export type { Heredoc } from './dockerfile/heredoc.js';
export type { ImageReference } from './dockerfile/image-reference.js';
export type { Comment, Instruction, InstructionParts, InstructionSource } from './dockerfile/instruction.js';
export type { LogicalText } from './dockerfile/logical-text.js';
export type { Problem, ProblemKind } from './dockerfile/problem.js';
export type { Stage, StageBase } from './dockerfile/stage.js';
export type { IgnoreSettings } from './ignores.js';
export type { Plugin } from './plugin.js';
export {
  type Change,
  type Decline,
  type Entry,
  type Fault,
  type FileChange,
  type LineRange,
  type Offer,
  type Place,
  type ProblemReport,
  type Reach,
  type Report,
  rewrite,
  type RewriteOptions,
  type RewriteResult,
  type RewriteStatus,
  type SecondReader,
} from './rewrite.js';
export { createRewriter, type FileFacts, type Rewriter, type RewriterOptions } from './rewriter.js';
export { type Disagreement, secondReader } from './second-reader.js';
export type { ShellBody } from './shell/body.js';
export type { Invocation } from './shell/invocation.js';
export type { KnownValue } from './shell/known-values.js';
export type { ManagerName, PackageAction } from './shell/managers.js';
export type { PackageCommand, PackageOption } from './shell/packages.js';
export type {
  Joiner,
  ListItem,
  ParsedShell,
  ShellAssignment,
  ShellCommand,
  ShellRedirection,
  ShellWord,
} from './shell/parse.js';
export type { Mode, TransformSettings } from './settings.js';
export { decodeBytes, type DecodedText, encodeText, type Encoding } from './text/bytes.js';
export { deletion, type Edit, insertion, replacement } from './text/edit.js';
export { gitPatch } from './text/patch.js';
export type { Position } from './text/lines.js';
export type { Span } from './text/span.js';
export { transforms } from './transforms/index.js';
export {
  type Applicability,
  CATEGORIES,
  type Category,
  type ContextFileFix,
  DECLINE_REASONS,
  type DeclineReason,
  declined,
  type DeclinedDiagnostic,
  type Diagnostic,
  type DigestAnswer,
  type Digests,
  type Fix,
  type FixDiagnostic,
  type FileDiagnostic,
  fixed,
  IMAGE_CHANGES,
  type ImageChange,
  type Param,
  type ParamValues,
  type ReportDiagnostic,
  reported,
  type Subject,
  type Transform,
  written,
} from './transforms/transform.js';
export { UsageError } from './usage-error.js';
