import type { Instruction } from '../dockerfile/instruction.js';
import { replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/** Flags that only ADD has. */
const ADD_ONLY: ReadonlySet<string> = new Set(['checksum', 'keep-git-dir', 'unpack']);

/** Endings of files that ADD unpacks, or may unpack. */
const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|tzst|tlz|gz|bz2|xz|zst|lz|lzma|Z)$|\.tar\./i;

/**
 * Endings of files that are no archive that ADD unpacks: it knows tar, plain or compressed, and nothing else. A `.gem`
 * and an Alpine `.apk` are tar archives.
 */
const PLAIN =
  /\.(?:deb|dll|der|egg|exe|gif|jks|keystore|msi|p12|pdf|pfx|rpm|so|webp|whl|woff2?|zip|asc|bash|bashrc|bat|c|cc|cert|cfg|cgi|cmake|cnf|conf|config|cpp|crt|cs|csproj|css|csv|cron|desktop|dist|dockerfile|editorconfig|ejs|el|env|erb|erl|ex|exs|fish|go|gpg|gradle|gypi?|h|hcl|hpp|hs|htm|html|ico|in|inc|ini|ipynb|j2|jar|java|jpe?g|js|json5?|jsonc|jsx|key|kts?|less|lock|lua|m4|makefile|md|mjs|mod|npmrc|patch|pem|php|pl|plist|pm|png|policy|properties|ps1|pub|py|pyx|R|rb|repo|rs|rst|rules|s|scala|scss|service|sh|sln|socket|sql|sqlite|srl|sum|svg|swift|tcl|template|tf|timer|tmpl|toml|ts|tsx|ttf|txt|unit|vim|vue|war|xml|xsd|xslt?|ya?ml|yarnrc|zsh|zshrc)$/i;

/** Names without an ending that everybody uses for text files. */
const PLAIN_NAMES =
  /^(?:\.?[a-z]*(?:ignore|rc|env)|Brewfile|Cargo\.lock|CHANGELOG|COPYING|Dockerfile|Gemfile|Gemfile\.lock|LICENSE|Makefile|Pipfile|Procfile|Rakefile|README|VERSION|Vagrantfile|crontab|entrypoint|docker-entrypoint|gradlew|mvnw|authorized_keys|known_hosts|hosts|passwd|sudoers|requirements|run|start|sources\.list)$/;

/**
 * Turns ADD into COPY where it copies local files. ADD also fetches addresses and unpacks archives, and nobody can
 * tell from the line whether that is meant.
 *
 * Safe where every source is a folder or has a name that no archive has: then both do the same. Unsafe for a name
 * without a known ending, since ADD recognises an archive by its content.
 */
export const replaceAddWithCopy: Transform = {
  name: 'replace-add-with-copy',
  summary: 'Turns ADD of local files into COPY',
  category: 'correctness',
  related: [
    'hadolint:DL3020',
    'trivy:DS-0005',
    'kics:add_instead_of_copy',
    'checkov:CKV_DOCKER_4',
    'semgrep:prefer-copy-over-add',
    'dockle:CIS-DI-0009',
    'parfum:DL3020',
    'dockerfile-doctor:DD007',
    'dockerfile-roast:DF006',
    'openrewrite:ReplaceAddWithCopy',
  ],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const outer of dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      if (instruction.keyword !== 'ADD') continue;
      const kinds = instruction.words.slice(0, -1).map((word) => kindOf(word.text));
      if (kinds.includes('remote') || kinds.includes('archive')) continue;
      if (instruction.flags.some((flag) => ADD_ONLY.has(flag.name))) continue;
      const span = instruction.sourceSpan(instruction.keywordSpan);
      const message = `\`${instruction.keywordText}\` copies local files, which COPY does without further meanings`;
      if (kinds.includes('variable')) {
        yield declined(span, message, 'dynamic-value', 'a variable may hold an address or the name of an archive');
      } else if (kinds.includes('pattern')) {
        yield declined(span, message, 'unknown-content', 'the pattern may match an archive, which ADD unpacks');
      } else {
        const isKnown = !kinds.includes('unknown');
        yield fixed(span, message, {
          edits: [replacement(span, matchCase(instruction))],
          applicability: isKnown ? 'safe' : 'unsafe',
          checked: [
            isKnown
              ? 'no source is an address or an archive'
              : `assumes that ${unknownNames(instruction)} is no archive: ADD would unpack one`,
          ],
          removes: [instruction.keywordText],
          configChanges: outer === instruction ? [] : ['onbuild'],
        });
      }
    }
  },
};

type SourceKind = 'remote' | 'archive' | 'variable' | 'pattern' | 'plain' | 'unknown';

function kindOf(source: string): SourceKind {
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i.test(source) || /[^/]\.git(?:#.*)?$/.test(source)) return 'remote';
  if (source.startsWith('<<')) return 'plain';
  if (source.includes('$')) return 'variable';
  const name = source.replace(/^.*\//, '');
  if (source.endsWith('/') || name === '.' || name === '..') return 'plain';
  if (ARCHIVE.test(name)) return 'archive';
  if (PLAIN.test(name) || PLAIN_NAMES.test(name)) return 'plain';
  return /[*?[]/.test(name) ? 'pattern' : 'unknown';
}

function unknownNames(instruction: Instruction): string {
  return instruction.words
    .slice(0, -1)
    .filter((word) => kindOf(word.text) === 'unknown')
    .map((word) => word.text)
    .join(', ');
}

function matchCase(instruction: Instruction): string {
  return instruction.keywordText === instruction.keywordText.toLowerCase() ? 'copy' : 'COPY';
}
