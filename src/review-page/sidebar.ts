import { bar, type BarPart } from './charts.js';
import { button, el } from './dom.js';
import { APPLICABILITIES, type Filter, NO_FILTER, STATUSES } from './filter.js';
import type { Review } from './review.js';

/** The filters, each beside the figures that it goes by. */
export class Sidebar {
  readonly element: HTMLElement;
  readonly #search: HTMLInputElement;
  readonly #onChange: (filter: Filter) => void;
  readonly #choices: { readonly reset: () => void }[] = [];
  #filter: Filter = NO_FILTER;

  constructor(review: Review, onChange: (filter: Filter) => void) {
    this.#onChange = onChange;
    this.#search = el('input', {
      type: 'search',
      placeholder: 'Part of a path',
      'aria-label': 'Filter by path',
      spellcheck: 'false',
    });
    this.#search.addEventListener('input', () => this.#change({ path: this.#search.value }));
    this.element = el(
      'aside',
      { 'aria-label': 'Filters' },
      el(
        'div',
        { class: 'filter-head' },
        el('h2', {}, 'Filter'),
        button('Reset', () => this.reset(), { class: 'clear' }),
      ),
      this.#search,
      this.#choice('Status', STATUSES, (status) => this.#change({ status })),
      this.#choice('Applicability', APPLICABILITIES, (applicability) => this.#change({ applicability })),
      this.#transforms(review),
      ...categories(review),
      ...declines(review),
    );
  }

  focusSearch(): void {
    this.#search.focus();
    this.#search.select();
  }

  reset(): void {
    this.#search.value = '';
    for (const { reset } of this.#choices) reset();
    this.#change(NO_FILTER);
  }

  #change(part: Partial<Filter>): void {
    this.#filter = { ...this.#filter, ...part };
    this.#onChange(this.#filter);
  }

  #choice<T extends string>(title: string, values: readonly T[], onChange: (value: T) => void): HTMLElement {
    const inputs = values.map((value, index) => {
      const input = el('input', { type: 'radio', name: title });
      input.checked = index === 0;
      input.addEventListener('change', () => onChange(value));
      return { input, label: el('label', {}, input, el('span', {}, value)) };
    });
    this.#choices.push({ reset: () => inputs.forEach(({ input }, index) => (input.checked = index === 0)) });
    return el('fieldset', { class: 'choice' }, el('legend', {}, title), ...inputs.map(({ label }) => label));
  }

  #transforms(review: Review): HTMLElement {
    const chosen = new Set<number>();
    const counts = countsOf(review);
    const largest = Math.max(0, ...counts.map(({ safe, unsafe }) => safe + unsafe));
    const rows = counts.map(({ transform, safe, unsafe }) => {
      const input = el('input', { type: 'checkbox' });
      input.addEventListener('change', () => {
        if (input.checked) chosen.add(transform);
        else chosen.delete(transform);
        this.#change({ transforms: new Set(chosen) });
      });
      this.#choices.push({
        reset: () => {
          input.checked = false;
          chosen.delete(transform);
        },
      });
      const name = review.data.transforms[transform]?.name ?? '';
      return el('li', {}, el('label', {}, input, ...row(name, safe + unsafe, partsOf(safe, unsafe), largest)));
    });
    return el('fieldset', {}, el('legend', {}, 'Changes by transform'), el('ul', { class: 'bars' }, ...rows));
  }
}

function partsOf(safe: number, unsafe: number): readonly BarPart[] {
  return [
    { value: safe, name: 'safe' },
    { value: unsafe, name: 'unsafe' },
  ];
}

function row(name: string, count: number, parts: readonly BarPart[], largest: number): readonly Node[] {
  return [el('span', { class: 'name' }, name), el('span', { class: 'value' }, String(count)), bar(parts, largest)];
}

interface Count {
  readonly transform: number;
  readonly safe: number;
  readonly unsafe: number;
}

/** How many changes each transform makes, the most first. */
function countsOf(review: Review): readonly Count[] {
  const counts = review.data.transforms.map(() => ({ safe: 0, unsafe: 0 }));
  for (const { variant } of review.hunks)
    for (const { transform, isUnsafe } of review.changesOf(variant)) {
      const own = counts[transform];
      if (own !== undefined) own[isUnsafe ? 'unsafe' : 'safe']++;
    }
  return counts
    .map((count, transform) => ({ transform, ...count }))
    .sort((a, b) => b.safe + b.unsafe - a.safe - a.unsafe);
}

function categories(review: Review): readonly HTMLElement[] {
  const sums = new Map<string, { safe: number; unsafe: number }>();
  for (const { transform, safe, unsafe } of countsOf(review)) {
    const category = review.data.transforms[transform]?.category ?? '';
    const sum = sums.get(category) ?? { safe: 0, unsafe: 0 };
    sums.set(category, { safe: sum.safe + safe, unsafe: sum.unsafe + unsafe });
  }
  const sorted = [...sums].sort(([, a], [, b]) => b.safe + b.unsafe - a.safe - a.unsafe);
  return chart(
    'Changes by category',
    sorted.map(([name, { safe, unsafe }]) => ({ name, parts: partsOf(safe, unsafe) })),
  );
}

function declines({ data }: Review): readonly HTMLElement[] {
  const declined = data.notes.filter(({ kind }) => kind === 'declined');
  const items = declined.map(({ title, places }) => ({
    name: title,
    parts: [{ value: places.length, name: 'declined' }],
  }));
  return chart('Declines by reason', items);
}

function chart(
  title: string,
  items: readonly { readonly name: string; readonly parts: readonly BarPart[] }[],
): readonly HTMLElement[] {
  if (items.length === 0) return [];
  const sum = (parts: readonly BarPart[]): number => parts.reduce((all, { value }) => all + value, 0);
  const largest = Math.max(...items.map(({ parts }) => sum(parts)));
  const rows = items.map(({ name, parts }) => el('li', {}, ...row(name, sum(parts), parts, largest)));
  return [el('h2', {}, title), el('ul', { class: 'bars' }, ...rows)];
}
