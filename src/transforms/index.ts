import { addApkNoCache } from './add-apk-no-cache.js';
import { addAssumeYes } from './add-assume-yes.js';
import { addCopyDestinationSlash } from './add-copy-destination-slash.js';
import { addNoInstallRecommends } from './add-no-install-recommends.js';
import { addPipNoCacheDir } from './add-pip-no-cache-dir.js';
import { cleanAptLists } from './clean-apt-lists.js';
import { cleanPackageCaches } from './clean-package-caches.js';
import { declareFromArguments } from './declare-from-arguments.js';
import { dropConstantPlatform } from './drop-constant-platform.js';
import { dropSudo } from './drop-sudo.js';
import { fixExecJson } from './fix-exec-json.js';
import { makeWorkdirAbsolute } from './make-workdir-absolute.js';
import { mergeLabels } from './merge-labels.js';
import { mergeRuns } from './merge-runs.js';
import { mergeUpdateWithInstall } from './merge-update-with-install.js';
import { nameStages } from './name-stages.js';
import { normalizeAsCase } from './normalize-as-case.js';
import { normalizeExpose } from './normalize-expose.js';
import { normalizeKeywordCase } from './normalize-keyword-case.js';
import { normalizeStageNames } from './normalize-stage-names.js';
import { removeDuplicateEntries } from './remove-duplicate-entries.js';
import { removeEmptyContinuation } from './remove-empty-continuation.js';
import { removeExposedSsh } from './remove-exposed-ssh.js';
import { removeRedundantPlatform } from './remove-redundant-platform.js';
import { removeShadowedInstructions } from './remove-shadowed-instructions.js';
import { renameDuplicateStages } from './rename-duplicate-stages.js';
import { renameReservedStages } from './rename-reserved-stages.js';
import { replaceAddWithCopy } from './replace-add-with-copy.js';
import { replaceAptWithAptGet } from './replace-apt-with-apt-get.js';
import { replaceDebianFrontendEnv } from './replace-debian-frontend-env.js';
import { replaceLegacyKeyValue } from './replace-legacy-key-value.js';
import { replaceMaintainer } from './replace-maintainer.js';
import { reportCopyRoot } from './report-copy-root.js';
import { reportLabelKeys } from './report-label-keys.js';
import { reportPortRange } from './report-port-range.js';
import { reportSystemWorkdir } from './report-system-workdir.js';
import { reportUnknownCopySource } from './report-unknown-copy-source.js';
import { reportUnreachableStages } from './report-unreachable-stages.js';
import { reportUntaggedImage } from './report-untagged-image.js';
import { separateDescriptionComment } from './separate-description-comment.js';
import { sortPackages } from './sort-packages.js';
import { splitSelfReference } from './split-self-reference.js';
import type { Transform } from './transform.js';
import { useExecForm } from './use-exec-form.js';
import { useSignalName } from './use-signal-name.js';

/**
 * All transforms in the order in which they run. The order is meaning: a transform sees what those above it made of
 * the file, so apt becomes apt-get before anything looks for apt-get, and caches are cleaned after RUNs were joined.
 */
export const transforms: readonly Transform[] = [
  removeEmptyContinuation,
  normalizeKeywordCase,
  normalizeAsCase,
  normalizeStageNames,
  renameDuplicateStages,
  renameReservedStages,
  separateDescriptionComment,
  declareFromArguments,
  nameStages,
  removeRedundantPlatform,
  dropConstantPlatform,
  replaceMaintainer,
  replaceLegacyKeyValue,
  removeShadowedInstructions,
  normalizeExpose,
  removeExposedSsh,
  removeDuplicateEntries,
  replaceDebianFrontendEnv,
  splitSelfReference,
  mergeLabels,
  makeWorkdirAbsolute,
  useSignalName,
  replaceAddWithCopy,
  addCopyDestinationSlash,
  dropSudo,
  replaceAptWithAptGet,
  addAssumeYes,
  mergeUpdateWithInstall,
  addNoInstallRecommends,
  addApkNoCache,
  addPipNoCacheDir,
  mergeRuns,
  cleanAptLists,
  cleanPackageCaches,
  sortPackages,
  fixExecJson,
  useExecForm,
  reportUnknownCopySource,
  reportCopyRoot,
  reportPortRange,
  reportLabelKeys,
  reportUnreachableStages,
  reportUntaggedImage,
  reportSystemWorkdir,
];
