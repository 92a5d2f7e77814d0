import { type Invocation, invocationsOf } from '../shell/invocation.js';
import { insertAfterWord } from '../shell/script-edits.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/** What changes nothing or only tells something: there is nothing to ask. */
const TELLS = /^(?:--version|--help|-h|--dump-options|--list-config|--gpgconf-\S+|--warranty)$/;

/** What cannot be done with --batch, or is answered by the script on purpose. */
const ASKS =
  /^--(?:command-(?:fd|file)|status-fd|pinentry|edit-|(?:quick-|full-)?gen(?:erate)?-|delete-|(?:quick-)?l?sign-key|change-|card-|passwd|search-keys|desig-revoke|tofu-)/;

/** What gpg strips to guess the name of the signed file; the file may as well hold its own signature. */
const SIGNATURE = /(?:\.(?:asc|sig|sign)|\$\{?\w+\}?)["']?$/;

/** Options whose value is the next word. */
const TAKES_VALUE = /^(?:-[ou]|--(?:homedir|keyring|keyserver|local-user|output|trust-model|trustdb-name))$/;

/**
 * Adds --batch to gpg. Without it gpg talks to a person: it asks before it overwrites a file, looks for a terminal
 * that a build does not have, and promises no stable behaviour to scripts.
 *
 * Unsafe because with --batch gpg fails where it would have asked, and does not guess the name of a file any more.
 */
export const addGpgBatch: Transform = {
  name: 'add-gpg-batch',
  summary: 'Adds --batch to gpg',
  category: 'correctness',
  related: ['parfum:gpgUseBatchFlag'],
  onlyUnsafe: true,
  needsProgram: ['gpg', 'gpg2'],
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming('gpg', 'gpg2')) {
      const body = analysis.body(instruction);
      if (body === undefined) continue;
      for (const invocation of invocationsOf(body)) {
        const diagnostic = /^gpg2?$/.test(invocation.program) ? checkGpg(invocation) : undefined;
        if (diagnostic !== undefined) yield diagnostic;
      }
    }
  },
};

function checkGpg({ body, program, programWord, args }: Invocation): Diagnostic | undefined {
  const has = (pattern: RegExp): boolean => args.some((word) => pattern.test(word.text));
  if (has(/^--batch$/) || has(TELLS) || has(ASKS)) return undefined;
  const span = body.sourceSpan(programWord);
  const message = `\`${program}\` talks to a person where \`--batch\` is missing`;
  const first = args[0];
  if (first?.text.startsWith('$') === true && !has(/^-/)) {
    return declined(span, message, 'dynamic-value', `\`${first.text}\` may hold any option`);
  }
  const signature = loneSignature(args.map((word) => word.text));
  if (signature !== undefined) {
    const detail = `with \`--batch\` gpg looks for no file that \`${signature}\` is the signature of: name it, too`;
    return declined(span, message, 'unknown-content', detail);
  }
  return fixed(span, message, {
    edits: [insertAfterWord(body, programWord, ' --batch')],
    applicability: 'unsafe',
    checked: ['gpg fails where it would have asked: look whether the build still passes'],
  });
}

/** The signature that `gpg --verify` or `gpg` gets without the file that it signs. */
function loneSignature(args: readonly string[]): string | undefined {
  const verify = args.indexOf('--verify');
  const isImplied = args.every((text) => !text.startsWith('-') || /^-+(?:v|q|verbose|quiet)$/.test(text));
  if (verify === -1 && !isImplied) return undefined;
  const isOperand = (text: string, index: number): boolean =>
    index > verify && !/^-./.test(text) && !TAKES_VALUE.test(args[index - 1] ?? '');
  const operands = args.filter(isOperand);
  return operands.length === 1 ? operands.find((text) => SIGNATURE.test(text)) : undefined;
}
