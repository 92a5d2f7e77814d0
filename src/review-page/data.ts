/** What a report puts into its page. Numbers are places in the lists of the same name; lines count from 1. */
export interface ReviewData {
  readonly files: readonly FileData[];
  readonly transforms: readonly TransformData[];
  readonly changes: readonly ChangeData[];
  /** The largest first. */
  readonly shapes: readonly ShapeData[];
  readonly notes: readonly NoteData[];
  /** Whether the changes are made already, so that nothing is left to decide. */
  readonly isWritten: boolean;
}

/** The data with a name of its own, by which a browser finds the decisions again. */
export interface NamedReview {
  readonly name: string;
  readonly data: ReviewData;
}

export interface FileData {
  readonly path: string;
  readonly sha256: string;
}

export interface TransformData {
  readonly name: string;
  readonly category: string;
}

export interface ChangeData {
  readonly transform: number;
  readonly isUnsafe: boolean;
  readonly message: string;
  readonly checked: readonly string[];
}

/** Hunks in which the same transforms change the same words. */
export interface ShapeData {
  readonly variants: readonly VariantData[];
}

/** Hunks of a shape with the same lines. */
export interface VariantData {
  readonly changes: readonly number[];
  /** With the lines around it in the file of the first hunk: the first `lead` are above it. */
  readonly rows: readonly RowData[];
  readonly lead: number;
  /** The file of the build context that changes; a Dockerfile where there is none. */
  readonly path?: string;
  readonly hunks: readonly HunkData[];
}

export interface HunkData {
  readonly file: number;
  readonly id: string;
  /** Where it begins, before and after. */
  readonly line: number;
  readonly newLine: number;
  /** The ids of hunks of the same file that it relies on. */
  readonly needs?: readonly string[];
}

/** A line that stays, or an old and a new one that stand beside each other. */
export type RowData = { readonly same: LineData } | { readonly old?: LineData; readonly now?: LineData };

export interface LineData {
  readonly text: string;
  /** Start, length and kind of each token, one after the other. */
  readonly tokens?: readonly number[];
  /** Start and length of what differs from the line beside it. */
  readonly marks?: readonly number[];
}

/** The kinds of tokens; a number in `tokens` is a place in this list. */
export const TOKEN_KINDS = ['keyword', 'flag', 'string', 'variable', 'comment', 'heredoc'] as const;

export type TokenKind = (typeof TOKEN_KINDS)[number];

/** What was said about several places and led to no change. */
export interface NoteData {
  readonly kind: 'declined' | 'report' | 'offer' | 'left';
  /** A reason, or the name of a transform. */
  readonly title: string;
  readonly places: readonly PlaceData[];
}

export interface PlaceData {
  readonly file: number;
  readonly line: number;
  /** What was found, and what comes of it. */
  readonly text: string;
}
