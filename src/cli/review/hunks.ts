import { createHash } from 'node:crypto';
import type { Change, FileChange, LineRange, RewriteResult } from '../../rewrite.js';
import type { Edit } from '../../text/edit.js';
import { LineIndex } from '../../text/lines.js';
import type { ReadFile } from '../files.js';
import { meets, type Piece, piecesOf } from '../reports/stretches.js';

interface AnyHunk {
  /** The same for the same bytes of the file, place and new text; another hunk of the file has another one. */
  readonly id: string;
  readonly changes: readonly Change[];
  /** The ids of hunks of the same file without which this one is not right. */
  readonly needs: readonly string[];
}

/** A piece of a rewrite that can be taken or left alone. */
export interface DockerfileHunk extends AnyHunk {
  readonly kind: 'dockerfile';
  /** Whole lines of the text that was read. */
  readonly edit: Edit;
  /** The old lines; for an insertion the line that it stands before. */
  readonly lines: LineRange;
}

/** What is added to a file of the build context. */
export interface ContextHunk extends AnyHunk {
  readonly kind: 'context';
  readonly file: FileChange;
}

export type Hunk = DockerfileHunk | ContextHunk;

/**
 * The hunks of a rewrite: those of files of the context first, since they are written first. A hunk holds all that one
 * change touches. None for a result that dfix refused, which is never written.
 */
export function hunksOf({ bytes, text }: ReadFile, result: RewriteResult): readonly Hunk[] {
  if (result.faults.length > 0) return [];
  const input = createHash('sha256').update(bytes).digest();
  const files = result.files.map((file): ContextHunk => ({
    kind: 'context',
    id: idOf(input, file.path, file.adds.join('\n')),
    file,
    changes: [file],
    needs: [],
  }));
  if (result.status !== 'changed') return files;
  const lines = new LineIndex(text);
  const pieces = piecesOf(text, lines, result);
  const owners = ownersOf(pieces, result);
  const hunks = pieces.map((piece, index): DockerfileHunk => {
    const edit = withoutCommonLines(text, piece);
    const changes = result.changes.filter((change) => owners.get(change) === index);
    const writers = files.filter(({ file }) => changes.some(({ transform }) => transform === file.transform));
    return {
      kind: 'dockerfile',
      id: idOf(input, `${edit.start}-${edit.end}`, edit.newText),
      edit,
      lines: { line: lines.lineAt(edit.start), endLine: lines.lineAt(Math.max(edit.start, edit.end - 1)) },
      changes,
      needs: writers.map(({ id }) => id),
    };
  });
  return [...files, ...hunks];
}

/** The piece of each change. One whose lines are no longer in any piece goes with the nearest. */
function ownersOf(pieces: readonly Piece[], { changes, touched }: RewriteResult): ReadonlyMap<Change, number> {
  const owners = new Map<Change, number>();
  for (const change of changes) {
    const range = touched.get(change) ?? change;
    const distances = pieces.map(({ near }) => distance(near, range));
    owners.set(change, distances.indexOf(Math.min(...distances)));
  }
  return owners;
}

function distance(a: LineRange, b: LineRange): number {
  if (meets(a, b)) return 0;
  return a.line > b.endLine ? a.line - b.endLine : b.line - a.endLine;
}

/** Leaves out the lines at both ends that stay: what is left is what a person looks at. */
function withoutCommonLines(text: string, { start, end, newText }: Edit): Edit {
  const old = linesOf(text.slice(start, end));
  const now = linesOf(newText);
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const length = (parts: readonly string[]): number => parts.reduce((sum, part) => sum + part.length, 0);
  return {
    start: start + length(old.slice(0, head)),
    end: end - length(old.slice(old.length - tail)),
    newText: now.slice(head, now.length - tail).join(''),
  };
}

function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function idOf(input: Uint8Array, place: string, newText: string): string {
  return createHash('sha256').update(input).update(`\0${place}\0${newText}`).digest('hex').slice(0, 16);
}
