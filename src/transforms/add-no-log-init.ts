import { type Invocation, invocationsOf } from '../shell/invocation.js';
import { insertAfterWord } from '../shell/script-edits.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/** Letters of useradd's short options that take a value. */
const VALUE_LETTERS = 'bcdefgGkKpPRsuZ';

/**
 * Adds `--no-log-init` to useradd. It writes the new user into /var/log/lastlog and faillog, whose size grows with
 * the number of the user: sparse on a disk, but a layer holds every zero, gigabytes of them for a high number.
 *
 * Safe because only the records of logins are left out, and nobody logs in to a container. By default only for a
 * number of six digits and more; below that the files stay small, and it is offered.
 */
export const addNoLogInit: Transform = {
  name: 'add-no-log-init',
  summary: 'Adds --no-log-init to useradd',
  category: 'size',
  related: [
    'hadolint:DL3046',
    'kics:use_recommended_flags_with_useradd',
    'parfum:DL3046',
    'tally:hadolint/DL3046',
    'dockerfile-roast:DF064',
  ],
  imageChanges: ['users'],
  needsProgram: ['useradd'],
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming('useradd')) {
      const body = analysis.body(instruction);
      if (body === undefined) continue;
      for (const invocation of invocationsOf(body)) {
        if (invocation.program !== 'useradd') continue;
        const options = readOptions(invocation);
        if (options === undefined) continue;
        const isHigh = /^[0-9]{6,}$/.test(options.uid ?? '');
        const { programWord } = invocation;
        yield fixed(
          body.sourceSpan(programWord),
          isHigh
            ? `\`useradd\` for user ${options.uid ?? ''} writes a sparse login record that fills the layer`
            : '`useradd` writes login records that nobody reads',
          {
            edits: [insertAfterWord(body, programWord, ' --no-log-init')],
            applicability: 'safe',
            checked: ['only login records are left out'],
            ...(isHigh ? {} : { isOptional: true }),
          },
        );
      }
    }
  },
};

/** What the words say; undefined where no user is made, or the option is there. */
function readOptions({ args, wrappers }: Invocation): { readonly uid: string | undefined } | undefined {
  if (args.length === 0 || wrappers.includes('command')) return undefined;
  let uid: string | undefined;
  for (const [index, word] of args.entries()) {
    const { text } = word;
    const next = args[index + 1]?.value;
    if (/^--(?:no-log-init|defaults|help)$/.test(text)) return undefined;
    if (text === '--uid') uid = next;
    else if (text.startsWith('--uid=')) uid = word.value?.slice('--uid='.length);
    if (!/^-[^-]/.test(text)) continue;
    for (let at = 1; at < text.length; at++) {
      const letter = text.charAt(at);
      if (letter === 'l' || letter === 'D') return undefined;
      if (!VALUE_LETTERS.includes(letter)) continue;
      if (letter === 'u') uid = at === text.length - 1 ? next : text.slice(at + 1);
      break;
    }
  }
  return { uid };
}
