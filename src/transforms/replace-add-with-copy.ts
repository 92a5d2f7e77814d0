import { isArchiveName, isPlainName } from '../analysis/file-names.js';
import { withoutQuotes } from '../dockerfile/arguments.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { replacement } from '../text/edit.js';
import { baseName } from '../text/path.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/** Flags that only ADD has. */
const ADD_ONLY: ReadonlySet<string> = new Set(['checksum', 'keep-git-dir', 'unpack']);

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
    'cis:4.9',
  ],
  needsInstruction: ['ADD'],
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const outer of dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      if (instruction.keyword !== 'ADD') continue;
      const kinds = instruction.words.slice(0, -1).map((word) => kindOf(withoutQuotes(word.text)));
      if (kinds.includes('remote') || kinds.includes('archive')) continue;
      if (instruction.flags.some((flag) => ADD_ONLY.has(flag.name))) continue;
      const span = instruction.sourceSpan(instruction.keywordSpan);
      const message = `\`${instruction.keywordText}\` copies local files, which COPY does without further meanings`;
      if (kinds.includes('variable')) {
        yield declined(
          span,
          message,
          'dynamic-value',
          'a variable, or quotes in the name, may hide an address or an archive',
        );
      } else if (kinds.includes('pattern')) {
        yield declined(span, message, 'unknown-content', 'the pattern may match an archive, which ADD unpacks');
      } else {
        const isKnown = !kinds.includes('unknown');
        yield fixed(span, message, {
          edits: [replacement(span, instruction.cased('COPY'))],
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

/** What a source is by its name; a variable for one whose quotes may hide anything. */
function kindOf(source: string | undefined): SourceKind {
  if (source === undefined) return 'variable';
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i.test(source) || /[^/]\.git(?:#.*)?$/.test(source)) return 'remote';
  if (source.startsWith('<<')) return 'plain';
  if (source.includes('$')) return 'variable';
  const name = baseName(source);
  if (source.endsWith('/') || name === '.' || name === '..') return 'plain';
  if (isArchiveName(name)) return 'archive';
  if (isPlainName(name)) return 'plain';
  return /[*?[]/.test(name) ? 'pattern' : 'unknown';
}

function unknownNames(instruction: Instruction): string {
  return instruction.words
    .slice(0, -1)
    .filter((word) => kindOf(withoutQuotes(word.text)) === 'unknown')
    .map((word) => word.text)
    .join(', ');
}
