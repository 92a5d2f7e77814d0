import { Dockerfile } from '../../dockerfile/dockerfile.js';
import type { ChangeData, HunkData, ShapeData, TransformData, VariantData } from '../../review-page/data.js';
import type { Change } from '../../rewrite.js';
import { insertion } from '../../text/edit.js';
import { LineIndex } from '../../text/lines.js';
import { wordEdits } from '../../text/patch.js';
import { shownPath } from '../discover.js';
import type { ReadFile } from '../files.js';
import { tokensOf } from './highlight.js';
import type { ContextHunk, Hunk } from './hunks.js';
import { type Rows, rowsOf, Side } from './rows.js';

type Variant = Omit<VariantData, 'hunks'> & { readonly hunks: HunkData[] };

/**
 * Brings hunks together that are for one look. A shape has the hunks in which the same transforms change the same words
 * the same way, whatever stands around these; a variant of it those that also have the same lines.
 */
export class Shapes {
  readonly #shapes = new Map<string, Map<string, Variant>>();
  readonly #changes = new Map<string, number>();
  readonly #transforms = new Map<string, TransformData>();

  add(file: number, read: ReadFile, result: string, hunks: readonly Hunk[]): void {
    const sides = new Sides(read.text, result);
    let shift = 0;
    for (const hunk of hunks) {
      const { id, needs } = hunk;
      const place = { file, id, ...(needs.length > 0 ? { needs } : {}) };
      if (hunk.kind === 'context') {
        this.#addContext(hunk, place);
        continue;
      }
      const { edit, lines } = hunk;
      const newStart = edit.start + shift;
      const [old, newLine] = [read.text.slice(edit.start, edit.end), sides.newLines.lineAt(newStart)];
      const variant = this.#variant(hunk, old, edit.newText, () => rowsOf(sides.before, sides.after, edit, newStart));
      variant.hunks.push({ ...place, line: lines.line, newLine });
      shift += edit.newText.length - (edit.end - edit.start);
    }
  }

  get transforms(): readonly TransformData[] {
    return [...this.#transforms.values()];
  }

  get changes(): readonly ChangeData[] {
    return [...this.#changes.keys()].map((key) => JSON.parse(key) as ChangeData);
  }

  /** The shapes with the most hunks first, and so the variants of each. */
  get shapes(): readonly ShapeData[] {
    const sizeOf = ({ variants }: ShapeData): number => variants.reduce((sum, { hunks }) => sum + hunks.length, 0);
    return [...this.#shapes.values()]
      .map((variants) => ({ variants: [...variants.values()].sort((a, b) => b.hunks.length - a.hunks.length) }))
      .sort((a, b) => sizeOf(b) - sizeOf(a));
  }

  #addContext(hunk: ContextHunk, place: Pick<HunkData, 'file' | 'id'>): void {
    const { before = '', after } = hunk.file;
    const start = before === '' || before.endsWith('\n') ? before.length : before.length + 1;
    const [old, now] = [new Side(before, []), new Side(after, [])];
    const edit = insertion(before.length, after.slice(start));
    const variant = this.#variant(hunk, '', edit.newText, () => rowsOf(old, now, edit, start));
    variant.hunks.push({ ...place, line: old.lines.lineAt(before.length), newLine: now.lines.lineAt(start) });
  }

  /** The variant that a hunk belongs to. Its rows are made for the first one only. */
  #variant(hunk: Hunk, old: string, newText: string, rows: () => Rows): Variant {
    const names = hunk.changes.map(({ transform, applicability }) => `${transform} ${applicability}`).sort();
    const words = wordEdits(old, newText).map((edit) => [old.slice(edit.start, edit.end), edit.newText]);
    const key = JSON.stringify([[...new Set(names)], words]);
    const variants = entryOf(this.#shapes, key, () => new Map<string, Variant>());
    const path = hunk.kind === 'context' ? shownPath(hunk.file.path) : undefined;
    return entryOf(variants, JSON.stringify([names, old, newText, path]), () => ({
      changes: hunk.changes.map((change) => this.#change(change)),
      ...rows(),
      ...(path === undefined ? {} : { path }),
      hunks: [],
    }));
  }

  #change({ transform, category, applicability, message, checked }: Change): number {
    entryOf(this.#transforms, transform, () => ({ name: transform, category }));
    const place = [...this.#transforms.keys()].indexOf(transform);
    const data: ChangeData = { transform: place, isUnsafe: applicability === 'unsafe', message, checked };
    return entryOf(this.#changes, JSON.stringify(data), () => this.#changes.size);
  }
}

/** The value of a key, which is made when there is none. */
function entryOf<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Both sides of a rewrite, read when they are shown: many hunks are like one that was shown before. */
class Sides {
  readonly newLines: LineIndex;
  readonly #before: string;
  readonly #after: string;
  #both: { readonly before: Side; readonly after: Side } | undefined;

  constructor(before: string, after: string) {
    this.newLines = new LineIndex(after);
    this.#before = before;
    this.#after = after;
  }

  get before(): Side {
    return this.#sides.before;
  }

  get after(): Side {
    return this.#sides.after;
  }

  get #sides(): { readonly before: Side; readonly after: Side } {
    if (this.#both !== undefined) return this.#both;
    const old = Dockerfile.parse(this.#before);
    const now = old.parseEdited(this.#after);
    return (this.#both = { before: new Side(old.text, tokensOf(old)), after: new Side(now.text, tokensOf(now)) });
  }
}
