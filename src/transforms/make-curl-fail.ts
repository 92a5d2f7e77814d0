import type { ShellBody } from '../shell/body.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import type { ShellWord } from '../shell/parse.js';
import { insertAfterWord } from '../shell/script-edits.js';
import { replacement } from '../text/edit.js';
import { type Diagnostic, fixed, type Transform } from './transform.js';

/** Letters of curl's short options that take the rest of the word, or the next word, as their value. */
const VALUE_LETTERS = 'AbcCdDeEFhHKmoPQrtTuUwxXyYz';

/** Options with which curl asks for something else than a file, or hands on what the server says. */
const ASKS =
  /^--(?:head|request|data(?:-\w+)*|json|form(?:-string)?|upload-file|write-out|include|dump-header|config|version|help|manual)(?:=|$)/;
const ASKS_LETTERS = 'IXdFTwiDKVM';

interface Options {
  readonly fails: boolean;
  readonly follows: boolean;
  /** The first word of short options that more letters fit into. */
  readonly cluster: ShellWord | undefined;
}

/**
 * Adds `-f` and `-L` to curl where it downloads. Without `-f` an error page is saved under the name of the file and
 * curl succeeds; without `-L` so is the note that the file has moved.
 *
 * Unsafe because a download that fails today without being noticed fails the build then, and since what is behind a
 * redirect is another file than the note about it.
 */
export const makeCurlFail: Transform = {
  name: 'make-curl-fail',
  summary: 'Lets curl fail at errors of the server and follow redirects',
  category: 'correctness',
  related: [
    'parfum:curlUseFlagF',
    'parfum:curlUseFlagL',
    'tally:curl-should-follow-redirects',
    'dockerfile-roast:DF035',
  ],
  onlyUnsafe: true,
  needsProgram: ['curl'],
  *check({ analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming('curl')) {
      const body = analysis.body(instruction);
      if (body === undefined) continue;
      for (const invocation of invocationsOf(body)) {
        if (invocation.program !== 'curl' || invocation.wrappers.includes('command') || isTested(body, invocation))
          continue;
        const options = readOptions(invocation);
        if (options === undefined || (options.fails && options.follows)) continue;
        const diagnostic = addOptions(body, invocation, options);
        if (diagnostic !== undefined) yield diagnostic;
      }
    }
  },
};

/** Whether the script looks at the result of the command, so that a failure means something else to it. */
function isTested({ shell }: ShellBody, { command }: Invocation): boolean {
  const item = shell.items[command.item];
  return (
    shell.items[command.item + 1]?.joiner === '||' ||
    item?.hasPrefix === true ||
    command.enclosures.some((kind) => kind === 'If' || kind === 'While' || kind === 'AndOr')
  );
}

/** What the words say; undefined where curl does not download a file from a server. */
function readOptions({ args }: Invocation): Options | undefined {
  let fails = false;
  let follows = false;
  let cluster: ShellWord | undefined;
  let hasTarget = false;
  for (let index = 0; index < args.length; index++) {
    const word = args[index];
    if (word === undefined) break;
    const { text } = word;
    if (/^--fail(?:-with-body)?$/.test(text)) fails = true;
    else if (/^--location(?:-trusted)?$/.test(text)) follows = true;
    else if (ASKS.test(text)) return undefined;
    else if (/^-[A-Za-z0-9#]/.test(text)) {
      const letters = text.slice(1);
      const value = [...letters].findIndex((letter) => VALUE_LETTERS.includes(letter));
      const flags = value === -1 ? letters : letters.slice(0, value + 1);
      if ([...flags].some((letter) => ASKS_LETTERS.includes(letter))) return undefined;
      fails ||= flags.includes('f');
      follows ||= flags.includes('L');
      cluster ??=
        /^[A-Za-z]+$/.test(letters) && /[fLsSkgJO]/.test(letters) && word.value !== undefined ? word : undefined;
      // The value is the next word; /dev/null means that only the answer counts.
      if (value === letters.length - 1 && args[++index]?.value === '/dev/null') return undefined;
    } else if (!text.startsWith('-') && !/^["']?(?:file:|https?:\/\/(?:localhost|127\.)|\[)/.test(text))
      hasTarget = true;
    else if (!text.startsWith('-')) return undefined;
  }
  return hasTarget ? { fails, follows, cluster } : undefined;
}

function addOptions(body: ShellBody, { programWord }: Invocation, options: Options): Diagnostic | undefined {
  const { fails, follows, cluster } = options;
  const letters = `${fails ? '' : 'f'}${follows ? '' : 'L'}`;
  const message = fails
    ? '`curl` saves the note about a redirect instead of the file'
    : '`curl` succeeds with the error page when the server fails';
  const place = cluster === undefined ? undefined : body.wordSpan(cluster);
  const isMerged = cluster !== undefined && place !== undefined;
  return fixed(body.sourceSpan(programWord), message, {
    edits: [
      isMerged
        ? replacement(place, withLetters(cluster.text, fails, follows))
        : insertAfterWord(body, programWord, ` -${letters}`),
    ],
    applicability: 'unsafe',
    checked: ['assumes that the server answers without an error today'],
    ...(isMerged ? { removes: [cluster.text] } : {}),
  });
}

/** `-sS` becomes `-fsSL`, and `-so` becomes `-fsLo`: a letter with a value, or the name of the file, stays the last. */
function withLetters(text: string, fails: boolean, follows: boolean): string {
  const letters = text.slice(1);
  const last = [...letters].findIndex((letter) => letter === 'O' || VALUE_LETTERS.includes(letter));
  const end = last === -1 ? letters.length : last;
  return `-${fails ? '' : 'f'}${letters.slice(0, end)}${follows ? '' : 'L'}${letters.slice(end)}`;
}
