import type { Span } from '../text/span.js';

/** Why BuildKit does not read a file. */
export type ProblemKind =
  | 'no-instruction'
  | 'no-stage'
  | 'outside-stage'
  | 'unknown-instruction'
  | 'invalid-arguments'
  | 'unterminated-heredoc'
  | 'line-too-long'
  | 'repeated-directive'
  | 'invalid-escape';

/** Something that is wrong with the text, as data: the scanner never throws. Offsets count in the file. */
export interface Problem extends Span {
  readonly kind: ProblemKind;
  /** One sentence without a final stop. */
  readonly message: string;
}
