import { createHash } from 'node:crypto';

/** https://github.com/opencontainers/image-spec/blob/main/descriptor.md#registered-algorithms */
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Whether a text is the whole of a digest by one of the two algorithms of the specification. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
