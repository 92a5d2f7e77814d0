import type { Invocation } from './invocation.js';

/** One address, and where what it gives goes: a file, standard output, or a file of the address's own name. */
interface Download {
  readonly address: string;
  readonly output: string | undefined;
  readonly prints: boolean;
  readonly isInsecure: boolean;
}

/** Options that say how much is told, what both programs do anyway, or what has no counterpart and no effect here. */
const WITHOUT_EFFECT: Readonly<Record<string, RegExp>> = {
  wget: /^(?:--quiet|-nv|--no-verbose|--show-progress|--progress=\S+|--no-hsts)$/,
  curl: /^(?:--fail|--silent|--show-error|--location|--progress-bar|-#)$/,
};

const LETTERS: Readonly<Record<string, { readonly plain: string; readonly output: string; readonly own: string }>> = {
  wget: { plain: 'q', output: 'O', own: '' },
  curl: { plain: 'fsSL#', output: 'o', own: 'O' },
};

const LONG_OUTPUT: Readonly<Record<string, string>> = { wget: '--output-document', curl: '--output' };

/** The same download by the other one of curl and wget; undefined for more than a plain download. */
export function byOtherDownloader(invocation: Invocation): string | undefined {
  const download = downloadOf(invocation);
  if (download === undefined) return undefined;
  const { address, output, prints, isInsecure } = download;
  if (invocation.program === 'wget') {
    const letters = `${isInsecure ? 'k' : ''}fsSL`;
    if (prints) return `curl -${letters} ${address}`;
    return output === undefined ? `curl -${letters}O ${address}` : `curl -${letters} -o ${output} ${address}`;
  }
  const insecure = isInsecure ? ' --no-check-certificate' : '';
  if (prints) return `wget${insecure} -qO- ${address}`;
  return output === undefined ? `wget${insecure} -q ${address}` : `wget${insecure} -qO ${output} ${address}`;
}

function downloadOf({ program, args }: Invocation): Download | undefined {
  const letters = LETTERS[program];
  // A command inside of an argument may be a download, too.
  if (letters === undefined || args.some(({ text }) => /\$\(|`/.test(text))) return undefined;
  let address: string | undefined;
  let output: string | undefined;
  let isOwnName = program === 'wget';
  let isInsecure = false;
  for (let at = 0; at < args.length; at++) {
    const { text } = args[at] ?? { text: '' };
    const [name = '', value] = text.startsWith('--') ? text.split(/=(.*)/s) : [];
    if (text === '-k' || text === '--insecure' || text === '--no-check-certificate') isInsecure = true;
    else if (name === LONG_OUTPUT[program]) output = value ?? args[++at]?.text;
    else if (name === '--remote-name') isOwnName = true;
    else if (WITHOUT_EFFECT[program]?.test(text) === true) continue;
    else if (text.startsWith('--')) return undefined;
    else if (text.startsWith('-') && text !== '-') {
      const rest = [...text.slice(1)];
      while (rest.length > 0) {
        const letter = rest.shift() ?? '';
        if (letter === letters.own && letter !== '') isOwnName = true;
        else if (letter === letters.output) output = rest.length > 0 ? rest.splice(0).join('') : args[++at]?.text;
        else if (!letters.plain.includes(letter)) return undefined;
      }
    } else if (address !== undefined) return undefined;
    else address = text;
  }
  if (address === undefined || !/[./$]/.test(address)) return undefined;
  const prints = output === '-' || (output === undefined && !isOwnName);
  // The name of the file is the last part of the address, where that is plain.
  if (output === undefined && !prints && !/\/[\w.+%-]+["']?$/.test(address.replace(/^["']?\w+:\/\//, '')))
    return undefined;
  return { address, output, prints, isInsecure };
}
