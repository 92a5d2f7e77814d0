import type { Program } from '../analysis/program-words.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import type { ShellBody } from '../shell/body.js';
import type { ShellWord } from '../shell/parse.js';
import { removeItem, removeWord } from '../shell/script-edits.js';
import { type Edit, replacement } from '../text/edit.js';
import { keysOf, lookUp } from '../text/table.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** The options that switch a check off, by program. */
const OPTIONS: Partial<Readonly<Record<Program, RegExp>>> = {
  curl: /^(?:-k|--insecure|--proxy-insecure)$/,
  wget: /^--no-check-certificate$/,
  'apt-get': /^(?:--allow-unauthenticated|--force-yes)$/,
  apt: /^(?:--allow-unauthenticated|--force-yes)$/,
  apk: /^--allow-untrusted$/,
  yum: /^--nogpgcheck$/,
  dnf: /^--(?:nogpgcheck|no-gpgchecks)$/,
  microdnf: /^--nogpgcheck$/,
  tdnf: /^--nogpgcheck$/,
  rpm: /^--(?:nosignature|nodigest)$/,
  npm: /^--strict-ssl=false$/,
};

/** What a text holds that has any of them; a short `-k` may be one of several letters. */
const ANY =
  /--(?:insecure|proxy-insecure|no-check-certificate|allow-|force-yes|nogpgcheck|no-gpgchecks|nosignature|nodigest|trusted-host)|\s-[A-Za-z]*k|strict-ssl|sslverify/i;

const PIP = /^pip[0-9.]*$/;

/** Commands that switch the check off for all that follow, without the program. */
const CONFIGURES: Partial<Readonly<Record<Program, RegExp>>> = {
  npm: /^(?:config set|set)(?: --?g(?:lobal)?)? strict-ssl(?:=| )false$/,
  yarn: /^config set "?strict-ssl"? false(?: -g)?$/,
  git: /^config (?:--(?:global|system) )?http\.ssl[Vv]erify "?false"?$/,
  'yum-config-manager': /sslverify=(?:0|false|no)/i,
};

const PROGRAMS: readonly Program[] = [...new Set<Program>(['pip', ...keysOf(OPTIONS), ...keysOf(CONFIGURES)])];

/**
 * Drops the options with which a download or an installation trusts anybody: no certificate, no signature. Whoever
 * answers instead of the server decides then what is in the image.
 *
 * Unsafe because a server with a bad certificate, or a package without a signature, fails the build then.
 */
export const enableVerification: Transform = {
  name: 'enable-verification',
  summary: 'Drops options that switch the check of certificates and signatures off',
  category: 'security',
  related: [
    'checkov:CKV2_DOCKER_2',
    'checkov:CKV2_DOCKER_3',
    'checkov:CKV2_DOCKER_4',
    'checkov:CKV2_DOCKER_7',
    'checkov:CKV2_DOCKER_8',
    'checkov:CKV2_DOCKER_9',
    'checkov:CKV2_DOCKER_10',
    'checkov:CKV2_DOCKER_11',
    'checkov:CKV2_DOCKER_13',
    'checkov:CKV2_DOCKER_15',
    'dockerfile-doctor:DD055',
    'dockerfile-doctor:DD056',
  ],
  onlyUnsafe: true,
  needsProgram: PROGRAMS,
  *check(subject): Iterable<Diagnostic> {
    const { analysis } = subject;
    for (const instruction of analysis.runsNaming(...PROGRAMS)) {
      const body = ANY.test(analysis.rawText(instruction)) ? analysis.body(instruction) : undefined;
      if (body === undefined) continue;
      for (const invocation of invocationsOf(body)) {
        yield* checkOptions(subject, body, invocation);
        yield* checkConfiguration(subject, body, invocation);
      }
    }
  },
};

function* checkOptions({ dockerfile }: Subject, body: ShellBody, invocation: Invocation): Iterable<Diagnostic> {
  const { program, args } = invocation;
  for (const [index, word] of args.entries()) {
    // What stands behind a short option with a value is that value.
    if (program === 'curl' && /^-[A-Za-z]*[AbcdeEFHKmoPQrtTuUwxXyYz]$/.test(args[index - 1]?.text ?? '')) continue;
    const found = readOption(invocation, word, args[index + 1]);
    if (found === undefined) continue;
    const { words, newText } = found;
    const span = body.sourceSpan({ start: word.start, end: words[words.length - 1]?.end ?? word.end });
    const message = `\`${program} ${words.map(({ text }) => text).join(' ')}\` trusts anybody`;
    const place = body.wordSpan(word);
    const removals = newText === undefined ? words.map((each) => removeWord(dockerfile, body, each)) : [];
    const edits: (Edit | undefined)[] =
      newText === undefined ? removals : [place === undefined ? undefined : replacement(place, newText)];
    const whole = edits.filter((edit) => edit !== undefined);
    if (whole.length < edits.length) {
      yield declined(span, message, 'not-one-place', 'a line continuation cuts it');
      continue;
    }
    yield fixed(span, message, {
      edits: whole,
      applicability: 'unsafe',
      checked: ['assumes that the certificate or signature is good today'],
      removes: words.map(({ text }) => text),
    });
  }
}

/** The words that go, or the text that takes the place of the first. */
function readOption(
  { program, args }: Invocation,
  word: ShellWord,
  next: ShellWord | undefined,
): { readonly words: readonly ShellWord[]; readonly newText?: string } | undefined {
  const { text } = word;
  const isPip = PIP.test(program) || (/^python[0-9.]*$/.test(program) && args[1]?.value === 'pip');
  if (isPip && text.startsWith('--trusted-host')) {
    if (text.startsWith('--trusted-host=')) return { words: [word] };
    return text === '--trusted-host' && next !== undefined ? { words: [word, next] } : undefined;
  }
  // The letter among others: -kL, -fsSLk.
  if (
    program === 'curl' &&
    /^-[a-zA-Z]*k[fgiJjkLlNnOqRSsv#]*o?$/.test(text) &&
    /^-[fgiJjkLlNnOqRSsv#]+o?$/.test(text)
  ) {
    return text === '-k' ? { words: [word] } : { words: [word], newText: text.replaceAll('k', '') };
  }
  if (lookUp(OPTIONS, program)?.test(text) !== true) return undefined;
  // --force-yes answers as well.
  const answers = text !== '--force-yes' || args.some((other) => /^(?:-\w*y\w*|--yes|--assume-yes)$/.test(other.text));
  return answers ? { words: [word] } : { words: [word], newText: '-y' };
}

function* checkConfiguration({ dockerfile }: Subject, body: ShellBody, invocation: Invocation): Iterable<Diagnostic> {
  const { program, args, command } = invocation;
  if (lookUp(CONFIGURES, program)?.test(args.map(({ text }) => text).join(' ')) !== true) return;
  const span = body.sourceSpan(command);
  const text = body.text.slice(command.start, command.end);
  const message = `\`${text}\` lets everything behind it trust anybody`;
  const item = body.shell.items[command.item];
  const removal =
    item?.type === 'Command' && command.enclosures.length === 0 ? removeItem(dockerfile, body, item) : undefined;
  if (removal === undefined) {
    yield declined(span, message, 'nested-command', 'it is no command of a list with `&&`');
    return;
  }
  yield fixed(span, message, {
    edits: [removal],
    applicability: 'unsafe',
    checked: ['assumes that the certificates are good today'],
    removes: [text],
  });
}
