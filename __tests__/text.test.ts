import { describe, expect, test } from '@jest/globals';
import { decodeBytes, encodeText } from '../src/text/bytes.js';
import { applyEdits, deletion, insertion, offsetBeforeEdits, replacement, sortEdits } from '../src/text/edit.js';
import { LineIndex } from '../src/text/lines.js';
import { gitPatch } from '../src/text/patch.js';

describe('edits', () => {
  test('are applied in the order of their offsets', () => {
    const edits = [replacement({ start: 4, end: 7 }, 'B'), insertion(0, '>'), deletion({ start: 8, end: 11 })];
    expect(applyEdits('one two six', edits)).toBe('>one B ');
  });

  test('that overlap are refused', () => {
    expect(() => applyEdits('abcdef', [deletion({ start: 0, end: 3 }), deletion({ start: 2, end: 4 })])).toThrow(
      /overlap/,
    );
    expect(() => applyEdits('abcdef', [insertion(2, 'x'), insertion(2, 'y')])).toThrow(/overlap/);
    expect(() => applyEdits('abc', [deletion({ start: 2, end: 5 })])).toThrow(/outside/);
  });

  test('let an offset be traced back', () => {
    const text = 'one two six';
    const sorted = sortEdits(text, [insertion(0, '>>'), replacement({ start: 4, end: 7 }, 'second')]);
    const after = applyEdits(text, sorted);
    for (const word of ['one', 'six']) expect(offsetBeforeEdits(sorted, after.indexOf(word))).toBe(text.indexOf(word));
    expect(offsetBeforeEdits(sorted, after.indexOf('second'))).toBe(4);
    expect(offsetBeforeEdits(sorted, 0)).toBe(0);
  });
});

describe('bytes', () => {
  test.each([
    ['UTF-8', [0xef, 0xbb, 0xbf, 0x46, 0xc3, 0xa9]],
    ['a replacement character of its own', [0xef, 0xbf, 0xbd]],
    ['invalid UTF-8', [0x46, 0xe9, 0x0a, 0xff]],
    ['nothing', []],
  ])('%s comes out as it went in', (_, bytes) => {
    const { text, encoding } = decodeBytes(Uint8Array.from(bytes));
    expect([...encodeText(text, encoding)]).toEqual(bytes);
  });

  test('a character outside Latin-1 does not fit a Latin-1 file', () => {
    expect(() => encodeText('€', 'latin1')).toThrow(/U\+20ac/);
  });
});

test('lines end at a line feed only', () => {
  const lines = new LineIndex('a\r\nb\rc\nd');
  expect([0, 1, 3, 5, 7].map((offset) => lines.lineAt(offset))).toEqual([1, 1, 2, 2, 3]);
  expect(lines.positionAt(7)).toEqual({ line: 3, column: 1 });
});

describe('patches', () => {
  test('quote odd paths the way git does', () => {
    expect(gitPatch('a "b"\té', 'x\n', 'y\n')).toContain('diff --git "a/a \\"b\\"\\011\\303\\251" "b/a');
  });

  test('of huge rewrites are one hunk', () => {
    const before = Array.from({ length: 5000 }, (_, index) => `a${index}\n`).join('');
    const patch = gitPatch('f', before, before.replaceAll('a', 'b'));
    expect(patch).toContain('@@ -1,5000 +1,5000 @@');
  });

  test('of equal texts are empty', () => {
    expect(gitPatch('f', 'x', 'x')).toBe('');
  });
});
