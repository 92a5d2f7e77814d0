import { invocationsOf } from '../shell/invocation.js';
import type { ShellWord } from '../shell/parse.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/** Modes are words of these, and a script that has none of both needs no look. */
const SETS_MODES = /\b(?:chmod|install)\b/;

/** What a script holds that sets such a mode, besides much else. */
const MODE_LIKE = /(?<!\d)0*[4-7][0-7]{3}(?!\d)|[+=][rwxXt]*s/;

/** What a file says that sets modes, be it by a flag. */
const MODES = ['chmod', 'install'] as const;

/**
 * Reports programs that get the setuid bit. Whoever starts one has the rights of its owner, mostly root, so that a
 * process without rights comes back to them through any fault of the program. The setgid bit alone is left out: on
 * folders it is common, and hands on nothing but a group.
 *
 * Safe because nothing is changed: which right the program needs is for a person to say.
 */
export const reportSetuidFiles: Transform = {
  name: 'report-setuid-files',
  summary: 'Reports programs that run with the rights of their owner',
  category: 'security',
  reportsOnly: true,
  related: ['dockle:CIS-DI-0008'],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    if (!MODES.some((word) => dockerfile.text.includes(word))) return;
    for (const instruction of dockerfile.instructions) {
      if (instruction.keyword === 'COPY' || instruction.keyword === 'ADD') {
        const flag = instruction.flags.find(({ name }) => name === 'chmod');
        if (flag !== undefined && isSetuid(flag.value ?? '')) yield report(instruction.sourceSpan(flag), flag.text);
        continue;
      }
      if (instruction.keyword !== 'RUN') continue;
      const text = analysis.rawText(instruction);
      if (!MODE_LIKE.test(text) || !SETS_MODES.test(text)) continue;
      const body = analysis.body(instruction);
      for (const { program, args } of body === undefined ? [] : invocationsOf(body)) {
        const mode = program === 'chmod' ? modeOfChmod(args) : program === 'install' ? modeOfInstall(args) : undefined;
        if (body === undefined || mode === undefined || !isSetuid(mode.value)) continue;
        yield report(body.sourceSpan(mode.word), `${program} ${mode.word.text}`);
      }
    }
  },
};

interface Mode {
  readonly word: ShellWord;
  readonly value: string;
}

function modeOfChmod(args: readonly ShellWord[]): Mode | undefined {
  const word = args.find(({ text }) => !/^-(?:[cfvR]+|-.*)$/.test(text));
  return word?.value === undefined ? undefined : { word, value: word.value };
}

/** `-m MODE`, `-m4755` and `--mode=MODE`. */
function modeOfInstall(args: readonly ShellWord[]): Mode | undefined {
  for (const [index, word] of args.entries()) {
    const [, value] = /^(?:-[a-zA-Z]*m|--mode(?:=|$))(.*)$/.exec(word.value ?? '') ?? [];
    if (value === undefined) continue;
    const next = args[index + 1];
    if (value !== '') return { word, value };
    return next?.value === undefined ? undefined : { word: next, value: next.value };
  }
  return undefined;
}

/** The first of four digits holds the bit; in letters it is an `s` for the owner. */
function isSetuid(mode: string): boolean {
  if (/^0*[4-7][0-7]{3}$/.test(mode)) return true;
  return mode.split(',').some((part) => {
    const who = /^([ugoa]*)[+=][rwxXt]*s/.exec(part)?.[1];
    return who === '' || /[ua]/.test(who ?? '');
  });
}

function report(span: { readonly start: number; readonly end: number }, text: string): Diagnostic {
  return reported(
    span,
    `\`${text}\` gives whoever starts the program the rights of its owner`,
    'Give the program the one capability that it needs, with setcap, or start the container as the user who may, and with no-new-privileges',
  );
}
