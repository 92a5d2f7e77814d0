/**
 * A text with lines behind what is there, in its line ending. Lines that it holds already are left out, and so are
 * comments (`#`) and blank lines that nothing of theirs follows; what has the comment of the last block joins it. The
 * same text when nothing is new.
 */
export function withAddedLines(text: string | undefined, lines: readonly string[]): string {
  const known = new Set((text ?? '').split(/\r?\n/));
  const added: string[] = [];
  let above: string[] = [];
  for (const line of lines) {
    if (line === '') above = [line];
    else if (line.startsWith('#')) above.push(line);
    else if (!known.has(line)) {
      added.push(...above, line);
      above = [];
    }
  }
  if (added.length === 0) return text ?? '';
  if (added[0] === '') added.shift();
  const lastBlock = (text ?? '')
    .trimEnd()
    .split(/\r?\n[ \t]*\r?\n/)
    .at(-1);
  const joins = added[0]?.startsWith('#') === true && lastBlock?.split(/\r?\n/, 1)[0] === added[0];
  if (joins) added.shift();
  const newline = text?.includes('\r\n') === true ? '\r\n' : '\n';
  const block = added.map((line) => line + newline).join('');
  if (text === undefined || text.trim() === '') return block;
  const ended = text.endsWith('\n') ? text : text + newline;
  return ended + (joins ? '' : newline) + block;
}
