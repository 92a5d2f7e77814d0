export {
  changedFields,
  CONFIG_FIELDS,
  type ConfigField,
  finalConfig,
  type ImageConfig,
} from './analysis/image-config.js';
export type { BuildContext, ContextFile } from './context/build-context.js';
export { type ContextSource, openContext } from './context/open-context.js';
export { Dockerfile } from './dockerfile/dockerfile.js';
export {
  type Change,
  type Decline,
  type Fault,
  type FileChange,
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
export { secondReader } from './second-reader.js';
export { decodeBytes, type DecodedText, encodeText, type Encoding } from './text/bytes.js';
export { transforms } from './transforms/index.js';
export {
  type Applicability,
  CATEGORIES,
  type Category,
  DECLINE_REASONS,
  type DeclineReason,
  type Diagnostic,
  type DigestAnswer,
  type Digests,
  type Fix,
  type Param,
  type ParamValues,
  type Transform,
} from './transforms/transform.js';
