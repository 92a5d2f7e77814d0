import { addApkNoCache } from './add-apk-no-cache.js';
import { addArchive } from './add-archive.js';
import { addAssumeYes } from './add-assume-yes.js';
import { addBuilderStage } from './add-builder-stage.js';
import { addConfigureBuild } from './add-configure-build.js';
import { addCopyDestinationSlash } from './add-copy-destination-slash.js';
import { addGpgBatch } from './add-gpg-batch.js';
import { addGitRepository } from './add-git-repository.js';
import { addNonrootUser } from './add-nonroot-user.js';
import { addHealthcheck } from './add-healthcheck.js';
import { addNoInstallRecommends } from './add-no-install-recommends.js';
import { addNoLogInit } from './add-no-log-init.js';
import { addPipNoCacheDir } from './add-pip-no-cache-dir.js';
import { addRemoteArchive } from './add-remote-archive.js';
import { cleanAptLists } from './clean-apt-lists.js';
import { cleanGemHome } from './clean-gem-home.js';
import { cleanPackageCaches } from './clean-package-caches.js';
import { correctVariableName } from './correct-variable-name.js';
import { copyWithMode } from './copy-with-mode.js';
import { declareFromArguments } from './declare-from-arguments.js';
import { downloadInRun } from './download-in-run.js';
import { dropConstantPlatform } from './drop-constant-platform.js';
import { dropInsecureVariables } from './drop-insecure-variables.js';
import { dropSudo } from './drop-sudo.js';
import { dropUpgrade } from './drop-upgrade.js';
import { enableVerification } from './enable-verification.js';
import { fixExecJson } from './fix-exec-json.js';
import { guardCd } from './guard-cd.js';
import { limitWgetProgress } from './limit-wget-progress.js';
import { lowerBuildArguments } from './lower-build-arguments.js';
import { makeCopyDestinationAbsolute } from './make-copy-destination-absolute.js';
import { makeCurlFail } from './make-curl-fail.js';
import { makeWorkdirAbsolute } from './make-workdir-absolute.js';
import { mergeInstalls } from './merge-installs.js';
import { mergeLabels } from './merge-labels.js';
import { mergeManifestCopies } from './merge-manifest-copies.js';
import { mergeRuns } from './merge-runs.js';
import { mergeUpdateWithInstall } from './merge-update-with-install.js';
import { mountNpmrc } from './mount-npmrc.js';
import { nameStages } from './name-stages.js';
import { normalizeAsCase } from './normalize-as-case.js';
import { normalizeExpose } from './normalize-expose.js';
import { normalizeKeywordCase } from './normalize-keyword-case.js';
import { normalizeLabelKeys } from './normalize-label-keys.js';
import { normalizeStageNames } from './normalize-stage-names.js';
import { omitDevDependencies } from './omit-dev-dependencies.js';
import { orderCopyForCache } from './order-copy-for-cache.js';
import { pinBaseImage } from './pin-base-image.js';
import { pinImageDigest } from './pin-image-digest.js';
import { prefixGlobs } from './prefix-globs.js';
import { quoteVariables } from './quote-variables.js';
import { removeDownloadedArchive } from './remove-downloaded-archive.js';
import { removeDuplicateEntries } from './remove-duplicate-entries.js';
import { removeEmptyContinuation } from './remove-empty-continuation.js';
import { removeExposedSsh } from './remove-exposed-ssh.js';
import { removeRedundantPlatform } from './remove-redundant-platform.js';
import { removeShadowedInstructions } from './remove-shadowed-instructions.js';
import { removeTemporaryFiles } from './remove-temporary-files.js';
import { renameDuplicateStages } from './rename-duplicate-stages.js';
import { renameReservedStages } from './rename-reserved-stages.js';
import { replaceAddWithCopy } from './replace-add-with-copy.js';
import { replaceAptWithAptGet } from './replace-apt-with-apt-get.js';
import { replaceBackticks } from './replace-backticks.js';
import { replaceDeadKeyserver } from './replace-dead-keyserver.js';
import { replaceDebianFrontendEnv } from './replace-debian-frontend-env.js';
import { replaceLegacyKeyValue } from './replace-legacy-key-value.js';
import { replaceMaintainer } from './replace-maintainer.js';
import { replaceShellLink } from './replace-shell-link.js';
import { reportCopyRoot } from './report-copy-root.js';
import { reportEndOfLifeImage } from './report-end-of-life-image.js';
import { reportForeignRegistry } from './report-foreign-registry.js';
import { reportPasswordInRun } from './report-password-in-run.js';
import { reportSecretFiles } from './report-secret-files.js';
import { reportPipeToShell } from './report-pipe-to-shell.js';
import { reportPointlessCommands } from './report-pointless-commands.js';
import { reportPortRange } from './report-port-range.js';
import { reportSetuidFiles } from './report-setuid-files.js';
import { reportSeveralProcesses } from './report-several-processes.js';
import { reportSystemWorkdir } from './report-system-workdir.js';
import { reportUnknownCopySource } from './report-unknown-copy-source.js';
import { reportUnpinnedPackages } from './report-unpinned-packages.js';
import { reportUnreachableStages } from './report-unreachable-stages.js';
import { reportUntaggedImage } from './report-untagged-image.js';
import { reportWorldWritable } from './report-world-writable.js';
import { reportWrongLabels } from './report-wrong-labels.js';
import { restoreNonrootUser } from './restore-nonroot-user.js';
import { separateDescriptionComment } from './separate-description-comment.js';
import { setNginxStopSignal } from './set-nginx-stop-signal.js';
import { setNodeProduction } from './set-node-production.js';
import { setPipefail } from './set-pipefail.js';
import { setPythonUnbuffered } from './set-python-unbuffered.js';
import { skipGemDocs } from './skip-gem-docs.js';
import { sortPackages } from './sort-packages.js';
import { splitEntrypoint } from './split-entrypoint.js';
import { splitExport } from './split-export.js';
import { splitSelfReference } from './split-self-reference.js';
import { startNodeDirectly } from './start-node-directly.js';
import type { Transform } from './transform.js';
import { useCacheMounts } from './use-cache-mounts.js';
import { useEitherWgetOrCurl } from './use-either-wget-or-curl.js';
import { useExecForm } from './use-exec-form.js';
import { useHttps } from './use-https.js';
import { useLockFile } from './use-lock-file.js';
import { useNumericUser } from './use-numeric-user.js';
import { useRunHeredoc } from './use-run-heredoc.js';
import { useSecretMounts } from './use-secret-mounts.js';
import { useSignalName } from './use-signal-name.js';
import { useSlimBase } from './use-slim-base.js';
import { useTwoSpacesInChecksums } from './use-two-spaces-in-checksums.js';
import { useWorkdir } from './use-workdir.js';
import { writeDockerignore } from './write-dockerignore.js';
import { writeFileWithCopy } from './write-file-with-copy.js';

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
  pinBaseImage,
  nameStages,
  removeRedundantPlatform,
  dropConstantPlatform,
  replaceMaintainer,
  replaceLegacyKeyValue,
  removeShadowedInstructions,
  dropInsecureVariables,
  normalizeExpose,
  removeExposedSsh,
  removeDuplicateEntries,
  replaceDebianFrontendEnv,
  splitSelfReference,
  correctVariableName,
  normalizeLabelKeys,
  mergeLabels,
  makeWorkdirAbsolute,
  useWorkdir,
  replaceShellLink,
  useSignalName,
  replaceAddWithCopy,
  addArchive,
  addGitRepository,
  addRemoteArchive,
  downloadInRun,
  addCopyDestinationSlash,
  makeCopyDestinationAbsolute,
  dropSudo,
  copyWithMode,
  enableVerification,
  useHttps,
  makeCurlFail,
  replaceDeadKeyserver,
  addGpgBatch,
  useTwoSpacesInChecksums,
  addConfigureBuild,
  replaceAptWithAptGet,
  dropUpgrade,
  addAssumeYes,
  mergeUpdateWithInstall,
  addNoInstallRecommends,
  mergeInstalls,
  addApkNoCache,
  addPipNoCacheDir,
  skipGemDocs,
  omitDevDependencies,
  limitWgetProgress,
  addNoLogInit,
  replaceBackticks,
  quoteVariables,
  prefixGlobs,
  splitExport,
  guardCd,
  setPipefail,
  writeDockerignore,
  useLockFile,
  orderCopyForCache,
  lowerBuildArguments,
  mergeManifestCopies,
  startNodeDirectly,
  addBuilderStage,
  useSlimBase,
  mergeRuns,
  cleanAptLists,
  cleanPackageCaches,
  cleanGemHome,
  removeDownloadedArchive,
  removeTemporaryFiles,
  sortPackages,
  useCacheMounts,
  useSecretMounts,
  mountNpmrc,
  setPythonUnbuffered,
  setNodeProduction,
  setNginxStopSignal,
  useRunHeredoc,
  writeFileWithCopy,
  fixExecJson,
  useExecForm,
  splitEntrypoint,
  addHealthcheck,
  addNonrootUser,
  restoreNonrootUser,
  useNumericUser,
  useEitherWgetOrCurl,
  reportPipeToShell,
  reportPasswordInRun,
  reportSecretFiles,
  reportPointlessCommands,
  reportUnpinnedPackages,
  reportWorldWritable,
  reportSetuidFiles,
  reportSeveralProcesses,
  reportUnknownCopySource,
  reportCopyRoot,
  reportPortRange,
  reportUnreachableStages,
  reportUntaggedImage,
  reportEndOfLifeImage,
  reportForeignRegistry,
  reportWrongLabels,
  reportSystemWorkdir,
  pinImageDigest,
];
