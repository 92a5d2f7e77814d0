import type { FileChange } from '../../rewrite.js';
import { filePatches, patchBytes } from '../report-diff.js';
import type { Reporter } from './reporter.js';

/** One patch of all files that `git apply` takes. */
export function patchReporter(): Reporter {
  const files: FileChange[] = [];
  return {
    add: (outcome) => {
      files.push(...(outcome.result?.files ?? []));
      return patchBytes(outcome);
    },
    // Several Dockerfiles add to one file of their context: it is patched once, with all of it.
    end: () => filePatches(files),
  };
}
