import type { ShellBody } from '../shell/body.js';
import type { ShellCommand, ShellWord } from '../shell/parse.js';
import { replacement } from '../text/edit.js';
import { baseName } from '../text/path.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

const CHECKER = /^(?:(?:md5|sha(?:1|224|256|384|512))sum|shasum)$/;

/** A checksum, or the variable that holds one, and a name of one word. A `*` marks a binary file and is right. */
const LINE = /^(["'])([\da-fA-F]{32,128}|\$\{?\w+\}?) ([^\s"'*][^\s"']*)\1$/;

/** What stays one word, and means the same, inside double quotes. */
const PLAIN = /^(["']?)([\w./:@%+,${}-]+)\1$/;

/**
 * Separates checksum and file by two blanks in what `sha256sum -c` and its relatives read, as they write it
 * themselves. One blank is an old form of BSD that coreutils still guesses, and busybox and shasum refuse.
 *
 * Safe because coreutils reads the same checksum and the same name in both forms, and the other programs fail today.
 * Unsafe where a variable holds the checksum and the file does not show it: it may end in a blank.
 */
export const useTwoSpacesInChecksums: Transform = {
  name: 'use-two-spaces-in-checksums',
  summary: 'Separates checksum and file by two blanks for sha256sum -c',
  category: 'correctness',
  related: ['parfum:sha256sumEchoOneSpaces'],
  needsProgram: ['echo'],
  *check({ dockerfile, analysis }): Iterable<Diagnostic> {
    for (const instruction of analysis.runsNaming('echo')) {
      if (!analysis.rawText(instruction).includes('sum')) continue;
      const body = analysis.body(instruction);
      for (const [index, command] of body?.shell.commands.entries() ?? []) {
        const echo = body?.shell.commands[index - 1];
        if (body === undefined || echo === undefined || !isCheck(command)) continue;
        if (!/^\s*\|\s*$/.test(body.text.slice(echo.end, command.start))) continue;
        const diagnostic = checkEcho(dockerfile.text, body, echo);
        if (diagnostic !== undefined) yield diagnostic;
      }
    }
  },
};

function isCheck({ words }: ShellCommand): boolean {
  const program = words[0]?.value ?? '';
  const isOption = ({ text }: ShellWord): boolean => text === '--check' || /^-[a-z]*c[a-z]*$/.test(text);
  return CHECKER.test(baseName(program)) && words.slice(1).some(isOption);
}

function checkEcho(text: string, body: ShellBody, echo: ShellCommand): Diagnostic | undefined {
  if (echo.words[0]?.value !== 'echo' || echo.redirections.length > 0) return undefined;
  const [first, second, more] = echo.words.slice(1).filter((word) => !/^-[neE]+$/.test(word.text));
  if (first === undefined || more !== undefined) return undefined;
  const line = lineOf(first, second);
  if (line === undefined) return undefined;
  const place = { start: first.start, end: (second ?? first).end };
  const span = body.sourceSpan(place);
  const message = `one blank stands between \`${line.sum}\` and \`${line.file}\`, which only coreutils takes`;
  if (!body.isContiguous(place)) return declined(span, message, 'not-one-place', 'a line continuation cuts it');
  // Without quotes the shell also splits a value and looks for files of that name.
  const isSplit = second !== undefined && [first, second].some((word) => /^[^"]*\$/.test(word.text));
  const isKnown = !isSplit && (!line.sum.startsWith('$') || isShown(text, line.sum.replace(/[${}]/g, '')));
  return fixed(span, message, {
    edits: [replacement(span, `${line.quote}${line.sum}  ${line.file}${line.quote}`)],
    applicability: isKnown ? 'safe' : 'unsafe',
    checked: [isKnown ? 'the checksum ends in no blank' : 'assumes that the variables hold no blank'],
    removes: [first.text, second?.text ?? ''],
  });
}

interface ChecksumLine {
  readonly quote: string;
  readonly sum: string;
  readonly file: string;
}

function lineOf(first: ShellWord, second: ShellWord | undefined): ChecksumLine | undefined {
  if (second === undefined) {
    const [, quote, sum, file] = LINE.exec(first.text) ?? [];
    return quote === undefined || sum === undefined || file === undefined || (quote === "'" && sum.startsWith('$'))
      ? undefined
      : { quote, sum, file };
  }
  const sum = PLAIN.exec(first.text);
  const file = PLAIN.exec(second.text);
  // Single quotes keep a `$`.
  const isKept = [sum, file].every((match) => match?.[1] !== "'" || match[2]?.includes('$') !== true);
  if (sum?.[2] === undefined || file?.[2] === undefined || !isKept) return undefined;
  return LINE.test(`"${sum[2]} ${file[2]}"`) ? { quote: '"', sum: sum[2], file: file[2] } : undefined;
}

/** Whether the file gives a variable a checksum wherever it sets it. */
function isShown(text: string, name: string): boolean {
  const values = [...text.matchAll(new RegExp(`\\b${name}(?:=|[ \\t]+(?=["']?[\\da-f]{32}))("[^"]*"|\\S*)`, 'gi'))];
  return values.length > 0 && values.every((match) => /^["']?[\da-f]{32,128}["']?[;&\\]*$/i.test(match[1] ?? ''));
}
