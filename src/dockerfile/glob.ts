/**
 * A pattern of COPY as a regular expression over a whole path: Go's `filepath.Match`, in which `*` and `?` stop at a
 * slash. Undefined for a malformed pattern, which BuildKit rejects.
 */
export function globExpression(pattern: string): RegExp | undefined {
  let source = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const set = /^\[(\^?)((?:\\.|[^\]\\])+)\]/s.exec(pattern.slice(at));
      if (set?.[2] === undefined) return undefined;
      source += `[${set[1] ?? ''}${set[2].replace(/[[\]]/g, '\\$&')}]`;
      at += set[0].length - 1;
    } else if (character === '\\' && at + 1 < pattern.length) source += escaped(pattern.charAt(++at));
    else source += escaped(character);
  }
  try {
    return new RegExp(`^${source}$`, 's');
  } catch (error) {
    // A range such as `[z-a]`.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function isGlob(path: string): boolean {
  return /[*?[]/.test(path);
}

function escaped(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
}
