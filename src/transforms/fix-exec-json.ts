import { deletion, type Edit, replacement } from '../text/edit.js';
import type { Span } from '../text/span.js';
import { declined, type Diagnostic, fixed, type Transform } from './transform.js';

/** A string in single or double quotes, a comma, a bracket, or blanks. */
const TOKEN = /'[^'\\]*'|"(?:[^"\\]|\\.)*"|[,[\]]|\s+/y;

/**
 * Mends an exec form that is not JSON because of single quotes or a comma behind the last word. BuildKit takes it for
 * the shell form then, and the shell looks for a program called `[`.
 *
 * Unsafe because the instruction does something else afterwards: what is written there, which it has not done before.
 */
export const fixExecJson: Transform = {
  name: 'fix-exec-json',
  summary: 'Mends exec forms with single quotes or a trailing comma',
  category: 'correctness',
  related: [
    'hadolint:DL3025',
    'buildkit:JSONArgsRecommended',
    'tally:invalid-json-form',
    'buddy:EJ0001',
    'dockerfile-doctor:DD043',
    'dockerfile-doctor:DD080',
  ],
  onlyUnsafe: true,
  *check({ dockerfile }): Iterable<Diagnostic> {
    for (const outer of dockerfile.instructions) {
      const instruction = outer.trigger ?? outer;
      const { keyword } = instruction;
      if (keyword !== 'CMD' && keyword !== 'ENTRYPOINT' && keyword !== 'RUN' && keyword !== 'SHELL') continue;
      const { commandSpan } = instruction;
      const text = instruction.logical.slice(commandSpan);
      if (instruction.exec !== undefined || !text.startsWith('[') || instruction.heredocs.length > 0) continue;
      const faults = faultsOf(text, keyword === 'RUN');
      if (faults === undefined) continue;
      const span = instruction.sourceSpan(commandSpan);
      const message = `\`${text}\` is not JSON, so that it is run by a shell as it stands`;
      const edits: Edit[] = [];
      for (const { start, end, newText } of faults) {
        const place = { start: commandSpan.start + start, end: commandSpan.start + end };
        if (!instruction.logical.isContiguous(place)) break;
        const source = instruction.sourceSpan(place);
        edits.push(newText === '' ? deletion(source) : replacement(source, newText));
      }
      if (edits.length < faults.length) {
        yield declined(span, message, 'not-one-place', 'a line continuation cuts a word');
        continue;
      }
      yield fixed(span, message, {
        edits,
        applicability: 'unsafe',
        checked: ['it reads as a list of words: look whether it is one'],
        removes: [instruction.logical.text],
        configChanges: outer === instruction ? ['cmd', 'entrypoint', 'shell'] : ['onbuild'],
      });
    }
  },
};

interface Fault extends Span {
  readonly newText: string;
}

/** What has to change for a text to be a JSON list of strings; undefined where that is not all. */
function faultsOf(text: string, isScript: boolean): readonly Fault[] | undefined {
  const faults: Fault[] = [];
  let strings = 0;
  let wantsString = true;
  let comma: Span | undefined;
  let last = '';
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined || last === ']') return undefined;
    const span = { start: at, end: at + token.length };
    if (token.trim() === '') continue;
    if (token === '[' ? at > 0 : token !== ']' && (token === ',') === wantsString) return undefined;
    if (token === ',') comma = span;
    else if (token === ']') {
      if (last === ',' && comma !== undefined) faults.push({ ...comma, newText: '' });
    } else if (token !== '[') {
      strings++;
      if (token.startsWith("'")) faults.push({ ...span, newText: JSON.stringify(token.slice(1, -1)) });
      else if (!isJson(token)) return undefined;
    }
    wantsString = token === '[' || token === ',';
    last = token;
  }
  // `[ 'a' ]` is a test that a script may well make; a list of several words is none.
  const isList = strings > 1 || (strings === 1 && (!isScript || /^\[\S/.test(text)));
  return last === ']' && isList && faults.length > 0 ? faults : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
