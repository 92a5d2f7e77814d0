import { reportSeveralProcesses } from './report-several-processes.js';
import { reportWorldWritable } from './report-world-writable.js';
import { reportUnpinnedPackages } from './report-unpinned-packages.js';
import { reportPointlessCommands } from './report-pointless-commands.js';
import { reportPasswordInRun } from './report-password-in-run.js';
import { reportPipeToShell } from './report-pipe-to-shell.js';
import { useEitherWgetOrCurl } from './use-either-wget-or-curl.js';
import { removeDownloadedArchive } from './remove-downloaded-archive.js';
import { omitDevDependencies } from './omit-dev-dependencies.js';
import { mergeInstalls } from './merge-installs.js';
import { dropUpgrade } from './drop-upgrade.js';
import { setPipefail } from './set-pipefail.js';
import { replaceShellLink } from './replace-shell-link.js';
import { useWorkdir } from './use-workdir.js';
import { dropInsecureVariables } from './drop-insecure-variables.js';
import { makeCurlFail } from './make-curl-fail.js';
import { useHttps } from './use-https.js';
import { enableVerification } from './enable-verification.js';
import { splitExport } from './split-export.js';
import { prefixGlobs } from './prefix-globs.js';
import { guardCd } from './guard-cd.js';
import { replaceBackticks } from './replace-backticks.js';
import { quoteVariables } from './quote-variables.js';
import { cleanGemHome } from './clean-gem-home.js';
import { skipGemDocs } from './skip-gem-docs.js';
import { addNoLogInit } from './add-no-log-init.js';
import { limitWgetProgress } from './limit-wget-progress.js';
import { addApkNoCache } from './add-apk-no-cache.js';
import { addAssumeYes } from './add-assume-yes.js';
import { addNoInstallRecommends } from './add-no-install-recommends.js';
import { addPipNoCacheDir } from './add-pip-no-cache-dir.js';
import { cleanAptLists } from './clean-apt-lists.js';
import { cleanPackageCaches } from './clean-package-caches.js';
import { dropSudo } from './drop-sudo.js';
import { makeWorkdirAbsolute } from './make-workdir-absolute.js';
import { mergeRuns } from './merge-runs.js';
import { mergeUpdateWithInstall } from './merge-update-with-install.js';
import { normalizeAsCase } from './normalize-as-case.js';
import { normalizeKeywordCase } from './normalize-keyword-case.js';
import { removeEmptyContinuation } from './remove-empty-continuation.js';
import { removeShadowedInstructions } from './remove-shadowed-instructions.js';
import { replaceAddWithCopy } from './replace-add-with-copy.js';
import { replaceAptWithAptGet } from './replace-apt-with-apt-get.js';
import { replaceLegacyKeyValue } from './replace-legacy-key-value.js';
import { replaceMaintainer } from './replace-maintainer.js';
import { sortPackages } from './sort-packages.js';
import type { Transform } from './transform.js';
import { useExecForm } from './use-exec-form.js';

/**
 * All transforms in the order in which they run. The order is meaning: a transform sees what those above it made of
 * the file, so apt becomes apt-get before anything looks for apt-get, and caches are cleaned after RUNs were joined.
 */
export const transforms: readonly Transform[] = [
  removeEmptyContinuation,
  normalizeKeywordCase,
  normalizeAsCase,
  replaceMaintainer,
  replaceLegacyKeyValue,
  removeShadowedInstructions,
  dropInsecureVariables,
  makeWorkdirAbsolute,
  useWorkdir,
  replaceShellLink,
  replaceAddWithCopy,
  dropSudo,
  enableVerification,
  useHttps,
  makeCurlFail,
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
  mergeRuns,
  cleanAptLists,
  cleanPackageCaches,
  cleanGemHome,
  removeDownloadedArchive,
  sortPackages,
  useExecForm,
  useEitherWgetOrCurl,
  reportPipeToShell,
  reportPasswordInRun,
  reportPointlessCommands,
  reportUnpinnedPackages,
  reportWorldWritable,
  reportSeveralProcesses,
];
