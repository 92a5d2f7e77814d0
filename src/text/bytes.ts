/** How the bytes of a file were read, so that they can be written back without a change. */
export type Encoding = 'utf-8' | 'latin1';

/** A text, and how to get its bytes back. */
export interface DecodedText {
  readonly text: string;
  readonly encoding: Encoding;
}

/**
 * Reads bytes as UTF-8, keeping a byte order mark as `U+FEFF`. Bytes that are not valid UTF-8 are read as Latin-1,
 * one code unit a byte, which `encodeText` turns back into the same bytes.
 */
export function decodeBytes(bytes: Uint8Array): DecodedText {
  const decoded = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  // A replacement character stands for bad bytes, unless it is in the file itself.
  if (!decoded.includes('\ufffd') || sameBytes(new TextEncoder().encode(decoded), bytes)) {
    return { text: decoded, encoding: 'utf-8' };
  }
  let text = '';
  // fromCharCode takes its units as arguments: stay well below any engine's limit on their number.
  for (let from = 0; from < bytes.length; from += 8192) {
    text += String.fromCharCode(...bytes.subarray(from, from + 8192));
  }
  return { text, encoding: 'latin1' };
}

/** The bytes of a text in the encoding that it was read in. */
export function encodeText(text: string, encoding: Encoding): Uint8Array {
  if (encoding === 'utf-8') return new TextEncoder().encode(text);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0xff) throw new RangeError(`code unit U+${unit.toString(16)} does not fit Latin-1`);
    bytes[index] = unit;
  }
  return bytes;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
