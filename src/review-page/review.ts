import type { ChangeData, FileData, HunkData, NamedReview, ReviewData, ShapeData, VariantData } from './data.js';

/** A hunk with all that it belongs to. */
export interface ReviewHunk {
  /** Its place among all hunks. */
  readonly number: number;
  readonly shape: number;
  readonly variant: VariantData;
  readonly data: HunkData;
  readonly file: FileData;
}

/** The data of the page, with the ways between its parts. */
export class Review {
  /** What a browser finds the decisions by. */
  readonly name: string;
  readonly data: ReviewData;
  readonly hunks: readonly ReviewHunk[];
  /** The hunks of each shape. */
  readonly ofShape: readonly (readonly ReviewHunk[])[];
  /** The hunks of each file, by their lines. */
  readonly ofFile: readonly (readonly ReviewHunk[])[];
  readonly #byId = new Map<string, ReviewHunk>();

  constructor({ name, data }: NamedReview) {
    this.name = name;
    this.data = data;
    const hunks: ReviewHunk[] = [];
    this.ofShape = data.shapes.map(({ variants }, shape) =>
      variants.flatMap((variant) =>
        variant.hunks.flatMap((own) => {
          const file = data.files[own.file];
          if (file === undefined) return [];
          const hunk = { number: hunks.length, shape, variant, data: own, file };
          hunks.push(hunk);
          return hunk;
        }),
      ),
    );
    this.hunks = hunks;
    const ofFile: ReviewHunk[][] = data.files.map(() => []);
    for (const hunk of hunks) {
      ofFile[hunk.data.file]?.push(hunk);
      this.#byId.set(`${hunk.data.file} ${hunk.data.id}`, hunk);
    }
    for (const own of ofFile) own.sort((a, b) => a.data.line - b.data.line);
    this.ofFile = ofFile;
  }

  hunkOf(file: number, id: string): ReviewHunk | undefined {
    return this.#byId.get(`${file} ${id}`);
  }

  changesOf({ changes }: VariantData): readonly ChangeData[] {
    return changes.flatMap((change) => this.data.changes[change] ?? []);
  }

  transformName({ transform }: ChangeData): string {
    return this.data.transforms[transform]?.name ?? '';
  }

  /** What a shape is called: its transforms, in their order. */
  titleOf(variant: VariantData): string {
    return [...new Set(this.changesOf(variant).map((change) => this.transformName(change)))].join(', ');
  }
}

/** Reads the block of JSON that the report was written with. */
export function readReview(): Review {
  const text = document.getElementById('data')?.textContent ?? '';
  return new Review(JSON.parse(text) as NamedReview);
}

/** The first variant of a shape, which stands for it. */
export function firstOf({ variants }: ShapeData): VariantData {
  const [first] = variants;
  if (first === undefined) throw new Error('a shape has no variant');
  return first;
}
