import type { VariantData } from './data.js';
import type { Decisions } from './decisions.js';
import type { Review, ReviewHunk } from './review.js';

export const APPLICABILITIES = ['all', 'safe', 'unsafe'] as const;
export const STATUSES = ['all', 'undecided', 'accepted', 'rejected'] as const;

/** What is looked at. */
export interface Filter {
  /** A part of the path of a file. */
  readonly path: string;
  /** Places of transforms, any of which is enough; all where there is none. */
  readonly transforms: ReadonlySet<number>;
  readonly applicability: (typeof APPLICABILITIES)[number];
  readonly status: (typeof STATUSES)[number];
}

export const NO_FILTER: Filter = { path: '', transforms: new Set(), applicability: 'all', status: 'all' };

/** Whether a filter lets a hunk through. */
export function filterOf(filter: Filter, review: Review, decisions: Decisions): (hunk: ReviewHunk) => boolean {
  const path = filter.path.trim().toLowerCase();
  const variants = new Map<VariantData, boolean>();
  const passes = (variant: VariantData): boolean => {
    const known = variants.get(variant);
    if (known !== undefined) return known;
    const changes = review.changesOf(variant);
    const isUnsafe = changes.some((change) => change.isUnsafe);
    const isFine =
      (filter.transforms.size === 0 || changes.some(({ transform }) => filter.transforms.has(transform))) &&
      (filter.applicability === 'all' || isUnsafe === (filter.applicability === 'unsafe'));
    variants.set(variant, isFine);
    return isFine;
  };
  return (hunk) =>
    passes(hunk.variant) &&
    (path === '' || hunk.file.path.toLowerCase().includes(path)) &&
    (filter.status === 'all' || filter.status === statusOf(hunk, decisions));
}

export function statusOf(hunk: ReviewHunk, decisions: Decisions): 'undecided' | 'accepted' | 'rejected' {
  const decision = decisions.of(hunk);
  return decision === undefined ? 'undecided' : decision === 'accept' ? 'accepted' : 'rejected';
}
