import { type CardKind, ListCard } from './card.js';
import type { VariantData } from './data.js';
import type { Card, Desk } from './desk.js';
import { button, counted, el, shown } from './dom.js';
import { applicabilityBadge, decisionButtons, hunkBody, stateText } from './hunk-view.js';
import type { ReviewHunk } from './review.js';

/** How many places of a shape are listed before somebody asks for all. */
const LISTED = 40;

/** A shape: shown once, with the services that share it. */
export function shapeCard(desk: Desk, all: readonly ReviewHunk[]): Card {
  const [first] = all;
  const title = first === undefined ? '' : desk.review.titleOf(first.variant);
  const kind: CardKind = {
    name: title,
    head: (hunks) => {
      const files = new Set(hunks.map(({ data }) => data.file)).size;
      const places = files === hunks.length ? '' : `${counted(hunks.length, 'hunk')} in `;
      const isUnsafe = first !== undefined && desk.review.changesOf(first.variant).some((change) => change.isUnsafe);
      return [
        el('h3', {}, title),
        applicabilityBadge(isUnsafe),
        el('span', { class: 'count' }, `${places}${counted(files, 'file')}`),
      ];
    },
    body: (hunks, refreshers) => {
      const variants = [...new Set(hunks.map(({ variant }) => variant))];
      const list = placeList(desk, hunks, refreshers);
      return [variantView(desk, hunks, variants), list];
    },
  };
  return new ListCard(desk, all, kind);
}

/** One variant at a time: their lines differ, the changed words do not. */
function variantView(desk: Desk, hunks: readonly ReviewHunk[], variants: readonly VariantData[]): HTMLElement {
  const view = el('div', { class: 'variant' });
  let at = 0;
  const show = (): void => {
    const variant = variants[at];
    const own = hunks.filter((hunk) => hunk.variant === variant);
    const [first] = own;
    if (first === undefined) return;
    const place = el('p', { class: 'place' }, 'As in ', el('code', {}, shown(`${first.file.path}:${first.data.line}`)));
    const step = (by: number): void => {
      at = (at + by + variants.length) % variants.length;
      show();
    };
    if (variants.length > 1)
      place.append(
        el('span', { class: 'gap' }),
        button('‹', () => step(-1), { class: 'step', 'aria-label': 'Previous variant' }),
        el('span', {}, `lines ${at + 1} of ${variants.length}, in ${counted(own.length, 'hunk')}`),
        button('›', () => step(1), { class: 'step', 'aria-label': 'Next variant' }),
      );
    view.replaceChildren(place, ...hunkBody(desk, first));
  };
  show();
  return view;
}

/** Where a shape is found, each place to be decided alone. */
function placeList(desk: Desk, hunks: readonly ReviewHunk[], refreshers: (() => void)[]): HTMLElement {
  const list = el('ul', { class: 'places' });
  const add = (some: readonly ReviewHunk[]): void => {
    for (const hunk of some) list.append(placeItem(desk, hunk, refreshers));
  };
  const files = new Set(hunks.map(({ data }) => data.file)).size;
  const details = el('details', { class: 'shared' }, el('summary', {}, `In ${counted(files, 'file')}`), list);
  details.addEventListener(
    'toggle',
    () => {
      add(hunks.slice(0, LISTED));
      if (hunks.length <= LISTED) return;
      const more = button(`Show all ${hunks.length}`, () => {
        more.remove();
        add(hunks.slice(LISTED));
      });
      details.append(more);
    },
    { once: true },
  );
  return details;
}

function placeItem(desk: Desk, hunk: ReviewHunk, refreshers: (() => void)[]): HTMLElement {
  const state = el('span', { class: 'state' });
  const place = `${hunk.file.path}:${hunk.data.line}`;
  const refresh = (): void => {
    const { name, text } = stateText(desk, [hunk]);
    state.className = `state ${name}`;
    state.textContent = text;
  };
  refreshers.push(refresh);
  refresh();
  const isOpen = !desk.review.data.isWritten;
  return el(
    'li',
    {},
    el('code', {}, shown(place)),
    el('span', { class: 'gap' }),
    isOpen ? state : undefined,
    decisionButtons(desk, () => [hunk], place),
  );
}
