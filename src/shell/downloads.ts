import { baseName } from '../text/path.js';
import type { Invocation } from './invocation.js';

/** Whether curl or wget saves a file under a name. */
export function savesAs({ program, args }: Invocation, name: string): boolean {
  if (program !== 'curl' && program !== 'wget') return false;
  const output = program === 'curl' ? /^(?:-[A-Za-z]*o|--output)$/ : /^(?:-[A-Za-z]*O|--output-document)$/;
  // Several addresses have an option each.
  const given = args.filter((_, index) => output.test(args[index - 1]?.text ?? ''));
  if (given.length > 0) return given.some((word) => plainName(word.text) === name);
  if (args.some((word) => /^--output|^-P|^--directory-prefix/.test(word.text))) return false;
  if (program === 'curl' && !args.some((word) => /^-[A-Za-z]*O|^--remote-name/.test(word.text))) return false;
  return args.some((word) => {
    const url = plainName(word.text);
    return !url.startsWith('-') && /\/\/|\$/.test(url) && !/[?#]/.test(url) && baseName(url) === name;
  });
}

/** A word without the quotes around it and `./` in front, nor the carriage return of a heredoc with CRLF. */
export function plainName(text: string): string {
  return text
    .trimEnd()
    .replace(/^(["'])(.*)\1$/, '$2')
    .replace(/^\.\//, '');
}
