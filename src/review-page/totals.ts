import { bar } from './charts.js';
import type { Desk } from './desk.js';
import { counted, el } from './dom.js';
import type { Review } from './review.js';

/** What the report is about, in one line. */
export function totals(review: Review): HTMLElement {
  const changed = review.ofFile.filter((hunks) => hunks.length > 0).length;
  const parts = [
    counted(review.data.files.length, 'file'),
    `${changed} changed`,
    counted(review.hunks.length, 'hunk'),
    counted(review.data.shapes.length, 'shape'),
  ];
  return el('p', { class: 'totals' }, parts.join(' · '));
}

/** How far the review is. */
export function progress({ review, decisions }: Desk): { readonly element: HTMLElement; refresh(): void } {
  const element = el('div', { class: 'progress' });
  const refresh = (): void => {
    const all = review.hunks.length;
    const accepted = decisions.count('accept');
    const rejected = decisions.count('reject');
    const parts = [
      { value: accepted, name: 'accepted' },
      { value: rejected, name: 'rejected' },
    ];
    const text = `${accepted} accepted, ${rejected} rejected, ${all - accepted - rejected} undecided`;
    element.replaceChildren(bar(parts, all), el('span', { class: 'count' }, text));
  };
  element.hidden = review.data.isWritten;
  return { element, refresh };
}
