import type { Invocation } from '../shell/invocation.js';
import type { ListItem, ShellCommand, ShellWord } from '../shell/parse.js';
import { imagePath } from './copies.js';
import { COSTLY, FREE, INERT, OTHER, type Step, touching } from './step.js';

/** Programs whose operands are files that they read or write. */
export const FILE_PROGRAMS: ReadonlySet<string> = new Set([
  'mkdir',
  'rm',
  'rmdir',
  'chmod',
  'chown',
  'chgrp',
  'touch',
  'ln',
  'install',
  'ls',
  'cat',
  'cp',
  'mv',
]);

/** The files that a command reads and writes by redirection; undefined where a name is unknown. */
export function redirectedPaths(command: ShellCommand, folder: string): readonly string[] | undefined {
  const paths: string[] = [];
  for (const { operator, target } of command.redirections) {
    if (operator.startsWith('<<') || operator.endsWith('&')) continue;
    const path = target === undefined ? undefined : pathOf(target);
    if (path === undefined) return undefined;
    if (!/^\d$|^-$|^\/dev\//.test(path)) paths.push(imagePath(folder, path));
  }
  return paths;
}

/** The path that a word names. Of one that is made by an expansion, the absolute folder that it lies in. */
function pathOf(word: ShellWord): string | undefined {
  return word.value ?? /^"?(\/[\w.@+-]+(?:\/[\w.@+-]+)*)\/[^/"'`]*\$/.exec(word.text)?.[1];
}

export function fileStep({ program, args }: Invocation, folder: string): Step {
  const paths: string[] = [];
  let isFirst = true;
  for (const word of args) {
    if (word.text.startsWith('-')) continue;
    // The mode or owner comes first.
    if (isFirst && (program === 'chmod' || program === 'chown' || program === 'chgrp')) {
      isFirst = false;
      continue;
    }
    // A pattern stands for anything in the folder in front of it.
    const path =
      word.value ?? (/^[\w./*?-]+$/.test(word.text) ? word.text.replace(/[^/]*[*?].*$/, '') || '.' : undefined);
    if (path === undefined) return OTHER;
    paths.push(imagePath(folder, path));
  }
  // Making a folder that a COPY makes too comes to the same in any order, unless it says how.
  const flags = args.map(({ text }) => text);
  if (program === 'mkdir' && flags.some((text) => /^-\w*p|^--parents$/.test(text))) {
    return flags.some((text) => /^-\w*m|^--mode/.test(text)) ? touching(paths) : FREE;
  }
  if (program === 'ls' || program === 'cat')
    return touching(paths.length === 0 && program === 'ls' ? [folder] : paths, { onlyReads: true });
  if (program === 'rm' || program === 'rmdir') return touching(paths, { removesFiles: true });
  return touching(paths, { bringsFiles: ['ln', 'install', 'cp', 'mv'].includes(program) });
}

/** `sed -i`, which changes files in their places. */
export function sedStep({ args }: Invocation, folder: string): Step {
  const flags = args.filter(({ text }) => text.startsWith('-'));
  const isInPlace = flags.some(({ text }) => /^-[nErsz]*i/.test(text) || text.startsWith('--in-place'));
  if (!isInPlace || flags.some(({ text }) => !/^-[nErsz]*(?:i(?:\.\w+)?|e)?$|^--in-place/.test(text))) return OTHER;
  const operands = args.filter((word, index) => !flags.includes(word) && !/^-\w*e$/.test(args[index - 1]?.text ?? ''));
  const files = flags.some(({ text }) => /^-[nErsz]*e$/.test(text)) ? operands : operands.slice(1);
  const paths = files.map((word) => pathOf(word) ?? (/^(\/[\w./-]*)\/[^/]*\*/.exec(word.text)?.[1] || undefined));
  return paths.includes(undefined) || paths.length === 0
    ? OTHER
    : touching(paths.flatMap((path) => (path === undefined ? [] : [imagePath(folder, path)])));
}

/** `test` and `[`: the files that they ask for. */
export function testStep({ args }: Invocation, folder: string): Step {
  const paths: string[] = [];
  for (const [index, word] of args.entries()) {
    const before = args[index - 1]?.value ?? '';
    const behind = args[index + 1]?.value ?? '';
    if (!/^-[a-hkprsuwxGLNOS]$|^-(?:nt|ot|ef)$/.test(before) && !/^-(?:nt|ot|ef)$/.test(behind)) continue;
    // `-a` joins two conditions, too.
    if (before === '-a' && index > 1) continue;
    if (word.value === undefined) return OTHER;
    paths.push(imagePath(folder, word.value));
  }
  return paths.length === 0 ? INERT : touching(paths, { onlyReads: true });
}

/**
 * A command for the whole image, such as `npm install -g .` or `npm config set cafile /app/ca.pem`, with the files of
 * the application that it names: what it leaves in the home folder may be needed by any command behind it.
 */
export function withNamedPaths(step: Step, { args }: Invocation, folder: string): Step {
  const paths = args.flatMap(({ value = '' }) => {
    const name = /^(?:[\w.-]+=)?(?:file:)?(\.{1,2}(?:\/.*)?|\/(?!\/).*|[\w./-]+\.(?:pem|crt|cer|key))$/.exec(
      value,
    )?.[1];
    return name === undefined ? [] : [imagePath(folder, name)];
  });
  return paths.length === 0 ? step : touching([...paths, '/root'], { bringsFiles: true });
}

/** A download into a file or folder that is named, or to the standard output. */
export function downloadStep(invocation: Invocation, folder: string): Step {
  if (invocation.program === 'git') return gitStep(invocation, folder);
  return invocation.program === 'curl' ? curlStep(invocation, folder) : wgetStep(invocation, folder);
}

function gitStep(invocation: Invocation, folder: string): Step {
  const { args } = invocation;
  const words = args.map((word) => word.value);
  const [verb] = words;
  if (verb === 'config')
    return words.includes('--global') || words.includes('--system') ? withNamedPaths(FREE, invocation, folder) : OTHER;
  const last = words[words.length - 1];
  return verb === 'clone' && last !== undefined && last.startsWith('/')
    ? touching([imagePath(folder, last)], { bringsFiles: true })
    : OTHER;
}

/** Options of curl that read or write further files. Source: `man curl`. */
const CURL_FILES =
  /^(?:-[fsSLkvigGJjNnqR#]*[dFTKbcDE]|--(?:data|form|json|upload-file|config|cookie|cookie-jar|dump-header|cert|key|cacert|capath|crlfile|netrc-file|hsts|alt-svc|etag|libcurl|trace|stderr|proxy-(?:cert|key|ca)|output-dir))/;

function curlStep({ args }: Invocation, folder: string): Step {
  const paths: string[] = [];
  for (const [index, { text }] of args.entries()) {
    if (!text.startsWith('-')) continue;
    if (CURL_FILES.test(text)) return OTHER;
    if (/^-[fsSLkvigGJjNnqR#]*O|^--remote-name/.test(text)) paths.push(folder);
    const named = /^(?:-[fsSLkvigGJjNnqR#]*o|--output=?)(.*)$/s.exec(text);
    if (named === null) continue;
    const target = named[1] === '' ? args[index + 1] : args[index];
    const path = target === undefined ? undefined : named[1] === '' ? pathOf(target) : attached(target, named[1]);
    if (path === undefined) return OTHER;
    if (path !== '-' && path !== '/dev/null') paths.push(imagePath(folder, path));
  }
  return paths.length === 0 ? COSTLY : touching(paths, { bringsFiles: true });
}

/** The value that is written together with its option. */
function attached(word: ShellWord, value: string | undefined): string | undefined {
  return word.value === undefined ? undefined : value;
}

/** Options of wget that read or write further files. Source: `man wget`. */
const WGET_FILES =
  /^(?:-[qcNSkmprxv46]*[iaob]|--(?:input-file|post-file|body-file|ca-|certificate|private-key|load-cookies|save-cookies|config|output-file|append-output|background))/;

function wgetStep({ args }: Invocation, folder: string): Step {
  const paths: string[] = [];
  let isNamed = false;
  for (const [index, { text }] of args.entries()) {
    if (!text.startsWith('-')) continue;
    if (WGET_FILES.test(text)) return OTHER;
    const named = /^(?:-(?:[qcNSkmprxv46]|n[vcdH])*[OP]|--(?:output-document|directory-prefix)=?)(.*)$/s.exec(text);
    if (named === null) continue;
    const target = named[1] === '' ? args[index + 1] : args[index];
    const path = target === undefined ? undefined : named[1] === '' ? pathOf(target) : attached(target, named[1]);
    if (path === undefined) return OTHER;
    isNamed = true;
    if (path !== '-' && path !== '/dev/null') paths.push(imagePath(folder, path));
  }
  if (!isNamed) paths.push(folder);
  return paths.length === 0 ? COSTLY : touching(paths, { bringsFiles: true });
}

/** A filter in a pipeline reads what comes down the pipe; a shell at its end runs a script that was downloaded. */
export function pipedStep(item: ListItem, command: ShellCommand, { program, args }: Invocation, folder: string): Step {
  const isPiped = item.type === 'Pipeline' && item.commands[0] !== command && command.enclosures.length === 1;
  if (!isPiped) return OTHER;
  const files = args.filter(({ text }) => !text.startsWith('-'));
  switch (program) {
    case 'bash':
    case 'sh':
      return files.length === 0 || args.some(({ text }) => text === '-s') ? FREE : OTHER;
    case 'php':
      // `curl … | php -- --install-dir=…`
      return args[0]?.text === '--' && files.length === 0 ? FREE : OTHER;
    case 'tar':
      return unpackStep(args, folder);
    case 'tee':
    case 'gpg': {
      const paths = files.map(pathOf);
      return paths.includes(undefined)
        ? OTHER
        : touching(
            paths.flatMap((path) => (path === undefined ? [] : [imagePath(folder, path)])),
            { bringsFiles: true },
          );
    }
    default:
      // A file of patterns or commands.
      return files.length <= 1 && !args.some(({ text }) => /^-\w*f|^--file/.test(text)) ? FREE : OTHER;
  }
}

/** `tar` that unpacks what comes down the pipe. */
function unpackStep(args: readonly ShellWord[], folder: string): Step {
  if (args.some(({ text }) => /^-\w*[cTX]|^--(?:create|files-from|exclude-from)/.test(text))) return OTHER;
  const at = args.findIndex(({ text }) => /^-\w*C$|^--directory$/.test(text));
  const joined = args.map(({ value }) => /^(?:--directory=|-C)(.+)$/.exec(value ?? '')?.[1]).find((path) => path);
  const next = args[at + 1];
  const path = joined ?? (at === -1 ? '.' : next === undefined ? undefined : pathOf(next));
  return path === undefined ? OTHER : touching([imagePath(folder, path)], { bringsFiles: true });
}
