import { insertion, replacement } from '../text/edit.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/**
 * Writes a relative WORKDIR as the absolute path that it comes to. A relative one depends on the WORKDIR above, and
 * on the base image's, and changes silently with them.
 *
 * Safe where the working directory at that point is known from the file or the base image; unsafe where the base
 * image is unknown: then `/` is assumed.
 */
export const makeWorkdirAbsolute: Transform = {
  name: 'make-workdir-absolute',
  summary: 'Writes a relative WORKDIR as an absolute path',
  category: 'correctness',
  related: [
    'hadolint:DL3000',
    'buildkit:WorkdirRelativePath',
    'trivy:DS-0009',
    'kics:workdir_path_not_absolute',
    'checkov:CKV_DOCKER_10',
    'dockerfile-doctor:DD011',
    'dockerfile-roast:DF009',
  ],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    for (const stage of dockerfile.stages) {
      for (const instruction of stage.instructions) {
        if (instruction.keyword !== 'WORKDIR') continue;
        const path = instruction.argumentsText;
        // Quotes, variables at the start and Windows paths may make it absolute already.
        if (!/^[\w.-]/.test(path) || /^[A-Za-z]:/.test(path) || /["'\\`]/.test(path)) continue;
        const state = analysis.stateBefore(instruction);
        if (state.shell.kind === 'foreign') continue;
        const parent = state.workdir ?? '/';
        const dots = /^(?:\.\/+)*/.exec(path)?.[0] ?? '';
        const rest = path.slice(dots.length);
        const segments = rest.split('/');
        if (segments.includes('..') || segments.includes('.')) continue;
        const prefix = parent === '/' ? '/' : `${parent}/`;
        const span = instruction.sourceSpan(instruction.argumentsSpan);
        const isKnown = state.workdir !== undefined;
        yield fixed(
          span,
          `\`WORKDIR ${path}\` is relative to ${isKnown ? parent : "the base image's working directory"}`,
          {
            edits: [
              dots === ''
                ? insertion(span.start, prefix)
                : replacement({ start: span.start, end: span.start + dots.length }, prefix),
            ],
            applicability: isKnown ? 'safe' : 'unsafe',
            checked: [
              isKnown
                ? `the working directory here is ${parent}`
                : 'assumes that the base image works in /: look at its WORKDIR',
            ],
            removes: [path],
            configChanges: isKnown ? [] : ['workdir'],
          },
        );
      }
    }
  },
};
