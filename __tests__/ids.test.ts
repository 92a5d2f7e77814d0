import { describe, expect, test } from '@jest/globals';
import type { IgnoreSettings } from '../src/ignores.js';
import { rewrite } from '../src/rewrite.js';
import { calledIn } from '../src/selection.js';
import { transforms } from '../src/transforms/index.js';

describe('an id of another tool', () => {
  test.each([
    ['AVD-DS-0021', 'add-assume-yes'],
    ['trivy:AVD-DS-0021', 'add-assume-yes'],
    ['DS021', 'add-assume-yes'],
    ['trivy:ds-0021', 'add-assume-yes'],
    ['hadolint:SC2006', 'replace-backticks'],
    ['shellcheck/SC2006', 'replace-backticks'],
    ['tally/hadolint/DL3014', 'add-assume-yes'],
    ['tally:hadolint/DL3014', 'add-assume-yes'],
    ['tally/prefer-add-git', 'add-git-repository'],
    ['buildkit/StageNameCasing', 'normalize-stage-names'],
    ['docker:StageNameCasing', 'normalize-stage-names'],
    ['dockerfile.security.last-user-is-root.last-user-is-root', 'restore-nonroot-user'],
    ['semgrep:dockerfile.security.last-user-is-root.last-user-is-root', 'restore-nonroot-user'],
    ['CKV_DOCKER_4', 'replace-add-with-copy'],
    ['kics:run_using_apt', 'replace-apt-with-apt-get'],
    ['CIS-DI-0002', 'report-foreign-registry'],
  ])('%s', (word, name) => {
    expect(calledIn(transforms, word).map((transform) => transform.name)).toContain(name);
  });

  test('is found with and without its tool, in any case', () => {
    for (const transform of transforms) {
      for (const id of transform.related) {
        expect(calledIn(transforms, id.toUpperCase())).toContain(transform);
        expect(calledIn(transforms, id.slice(id.indexOf(':') + 1))).toContain(transform);
      }
    }
  });
});

describe('an ignored id', () => {
  const RUN = 'RUN echo `uname -m`\n';
  const HEREDOC = 'RUN <<EOF\n# shellcheck disable=SC2006,SC2086\necho `uname -m`\nEOF\n';

  /** Whether backticks are replaced below `FROM`. */
  function isMended(text: string, ignore: IgnoreSettings = {}): boolean {
    const only = calledIn(transforms, 'replace-backticks');
    return rewrite(`FROM debian:bookworm\n${text}`, { transforms: only, ignore }).status === 'changed';
  }

  test.each([
    [true, RUN],
    [false, `# hadolint ignore=SC2006\n${RUN}`],
    [false, `# hadolint global ignore=SC2006\nUSER a\n${RUN}`],
    [false, `# shellcheck disable=SC2086,SC2006\n${RUN}`],
    [true, `# shellcheck disable=SC2086\n${RUN}`],
    [false, `# dfix ignore=shellcheck/SC2006\n${RUN}`],
    [true, HEREDOC.replace('SC2006,', '')],
    [false, HEREDOC],
  ])('%s: %j', (mended, text) => {
    expect(isMended(text)).toBe(mended);
  });

  test('may be one that hadolint has of ShellCheck', () => {
    expect(isMended(RUN, { ids: ['hadolint:SC2006'] })).toBe(false);
    expect(isMended(RUN, { ids: ['hadolint:SC2035'] })).toBe(true);
  });
});
