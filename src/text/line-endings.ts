/** The line ending that text inserted at an offset takes over: that of its own line, else of the line before. */
export function lineEndingAt(text: string, offset: number): string {
  let feed = text.indexOf('\n', offset);
  if (feed === -1) feed = text.lastIndexOf('\n');
  return feed > 0 && text.charCodeAt(feed - 1) === 13 ? '\r\n' : '\n';
}

/** Where the line that holds the offset starts. */
export function lineStartAt(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** Where the line that holds the offset ends, before its line ending. */
export function lineEndAt(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset);
  let end = feed === -1 ? text.length : feed;
  while (end > offset && text.charCodeAt(end - 1) === 13) end--;
  return end;
}

/** Where the line after the one that holds the offset starts; the length of the text when there is none. */
export function nextLineAt(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset);
  return feed === -1 ? text.length : feed + 1;
}

/** The blanks (space and tab) that the line of the offset starts with. */
export function indentationAt(text: string, offset: number): string {
  const start = lineStartAt(text, offset);
  let end = start;
  while (end < text.length && isBlankCode(text.charCodeAt(end))) end++;
  return text.slice(start, end);
}

export function isBlankCode(code: number): boolean {
  return code === 32 || code === 9;
}
