import type { Pair } from '../dockerfile/arguments.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { removeUncommented } from '../dockerfile/removal.js';
import { deletion, type Edit } from '../text/edit.js';
import { isBlankCode, lineStartAt, nextLineAt } from '../text/line-endings.js';
import { lookUp } from '../text/table.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** The variables that switch a check off, with the values that do. */
const VARIABLES: Readonly<Record<string, RegExp>> = {
  NODE_TLS_REJECT_UNAUTHORIZED: /^0$/,
  PYTHONHTTPSVERIFY: /^0$/,
  // Git looks only whether it is set.
  GIT_SSL_NO_VERIFY: /^(?!0$|false$).+/,
  PIP_TRUSTED_HOST: /./,
  NPM_CONFIG_STRICT_SSL: /^false$/,
  npm_config_strict_ssl: /^false$/,
};

/**
 * Drops variables with which every program of a kind stops checking certificates, in the build and whenever the image
 * runs: whoever answers instead of the server is trusted with everything the program sends.
 *
 * Unsafe because connections to a server with a bad certificate fail then, in the build and at run time.
 */
export const dropInsecureVariables: Transform = {
  name: 'drop-insecure-variables',
  summary: 'Drops ENV variables that switch the check of certificates off',
  category: 'security',
  related: [
    'checkov:CKV2_DOCKER_5',
    'checkov:CKV2_DOCKER_6',
    'checkov:CKV2_DOCKER_12',
    'checkov:CKV2_DOCKER_14',
    'checkov:CKV2_DOCKER_16',
    'dockerfile-doctor:DD055',
    'dockerfile-doctor:DD056',
  ],
  onlyUnsafe: true,
  needsInstruction: ['ENV'],
  *check(subject): Iterable<Diagnostic> {
    for (const instruction of subject.dockerfile.all('ENV')) {
      for (const pair of instruction.pairs) {
        const values = lookUp(VARIABLES, pair.name);
        if (values?.test(pair.value.replace(/^(["'])(.*)\1$/, '$2')) === true)
          yield checkPair(subject, instruction, pair);
      }
    }
  },
};

function checkPair({ dockerfile }: Subject, instruction: Instruction, pair: Pair): Diagnostic {
  const span = instruction.sourceSpan(pair);
  const message = `\`${pair.name}=${pair.value}\` switches the check of certificates off for the whole image`;
  const user = dockerfile.instructions.find(
    (other) => other !== instruction && new RegExp(`\\$\\{?${pair.name}\\b`).test(other.logical.text),
  );
  if (user !== undefined) return declined(span, message, 'later-use', `line ${user.source.startLine} reads it`);
  const edit =
    instruction.pairs.length === 1
      ? removeUncommented(dockerfile, instruction)
      : removePair(dockerfile, instruction, pair);
  if (edit === undefined)
    return declined(span, message, 'not-one-place', 'a line continuation or a comment stands beside it');
  return fixed(span, message, {
    edits: [edit],
    applicability: 'unsafe',
    checked: ['assumes that the certificates are good, at run time too'],
    removes: [instruction.keywordText, instruction.logical.slice(pair), pair.name, pair.value],
    configChanges: ['env'],
  });
}

/** The pair with the blanks in front, or its own line where it stands alone on one that continues. */
function removePair({ text, escape }: Subject['dockerfile'], instruction: Instruction, pair: Pair): Edit | undefined {
  if (!instruction.logical.isContiguous(pair)) return undefined;
  const { start, end } = instruction.sourceSpan(pair);
  const lineStart = lineStartAt(text, start);
  const lineEnd = nextLineAt(text, end);
  if (text.slice(lineStart, start).trim() === '') {
    return text.slice(end, lineEnd).trim() === escape ? deletion({ start: lineStart, end: lineEnd }) : undefined;
  }
  const next = instruction.pairs[1];
  if (pair === instruction.pairs[0] && next !== undefined) {
    // The next one takes its place behind the keyword.
    const gap = { start, end: instruction.sourceSpan(next).start };
    const { innerComments } = instruction.source;
    return innerComments.some((comment) => comment.start > gap.start && comment.start < gap.end)
      ? undefined
      : deletion(gap);
  }
  let from = start;
  while (isBlankCode(text.charCodeAt(from - 1))) from--;
  return deletion({ start: from, end });
}
