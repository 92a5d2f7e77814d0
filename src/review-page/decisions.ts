import type { Review, ReviewHunk } from './review.js';

export type Decision = 'accept' | 'reject' | undefined;

interface Entry {
  readonly decision: Decision;
  readonly comment: string;
}

const NOTHING: Entry = { decision: undefined, comment: '' };

/** What was decided so far. The browser keeps it as far as it can. */
export class Decisions {
  readonly #review: Review;
  readonly #entries = new Map<number, Entry>();
  /** What the last steps replaced, for undo. */
  readonly #history: (readonly (readonly [number, Entry])[])[] = [];
  readonly #listeners: (() => void)[] = [];
  /** For each hunk those that rely on it. */
  readonly #dependents = new Map<ReviewHunk, ReviewHunk[]>();

  constructor(review: Review) {
    this.#review = review;
    for (const hunk of review.hunks)
      for (const needed of this.#needsOf(hunk))
        this.#dependents.set(needed, [...(this.#dependents.get(needed) ?? []), hunk]);
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  of({ number }: ReviewHunk): Decision {
    return this.#entries.get(number)?.decision;
  }

  commentOf({ number }: ReviewHunk): string {
    return this.#entries.get(number)?.comment ?? '';
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Decides about some hunks, and about those that go with them: what an accepted one relies on is accepted, and what
   * relies on one that is not is not either. Gives how many came along.
   */
  decide(hunks: readonly ReviewHunk[], decision: Decision): number {
    const next = new Map(hunks.map((hunk) => [hunk, decision]));
    const follow = (hunk: ReviewHunk): void => {
      const others = decision === 'accept' ? this.#needsOf(hunk) : (this.#dependents.get(hunk) ?? []);
      for (const other of others) {
        if (next.has(other) || (decision !== 'accept' && this.of(other) !== 'accept')) continue;
        next.set(other, decision);
        follow(other);
      }
    };
    hunks.forEach(follow);
    this.#change([...next].map(([hunk, own]) => [hunk.number, { ...this.#entry(hunk), decision: own }]));
    return next.size - new Set(hunks).size;
  }

  comment(hunks: readonly ReviewHunk[], comment: string): void {
    this.#change(hunks.map((hunk) => [hunk.number, { ...this.#entry(hunk), comment }]));
  }

  /** Takes over decisions that were made elsewhere, as one step. */
  take(entries: readonly (readonly [ReviewHunk, Decision, string])[]): void {
    this.#change(entries.map(([{ number }, decision, comment]) => [number, { decision, comment }]));
  }

  /** Takes the last step back. Whether there was one. */
  undo(): boolean {
    const last = this.#history.pop();
    if (last === undefined) return false;
    for (const [number, entry] of last) this.#set(number, entry);
    this.#tell();
    return true;
  }

  count(decision: Decision, hunks: readonly ReviewHunk[] = this.#review.hunks): number {
    return hunks.reduce((sum, hunk) => sum + (this.of(hunk) === decision ? 1 : 0), 0);
  }

  #needsOf({ data }: ReviewHunk): readonly ReviewHunk[] {
    return (data.needs ?? []).flatMap((id) => this.#review.hunkOf(data.file, id) ?? []);
  }

  #entry({ number }: ReviewHunk): Entry {
    return this.#entries.get(number) ?? NOTHING;
  }

  #change(entries: readonly (readonly [number, Entry])[]): void {
    this.#history.push(entries.map(([number]) => [number, this.#entries.get(number) ?? NOTHING]));
    for (const [number, entry] of entries) this.#set(number, entry);
    this.#tell();
  }

  #set(number: number, entry: Entry): void {
    if (entry.decision === undefined && entry.comment === '') this.#entries.delete(number);
    else this.#entries.set(number, entry);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
