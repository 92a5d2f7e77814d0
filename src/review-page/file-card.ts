import { type CardKind, ListCard } from './card.js';
import type { Card, Desk } from './desk.js';
import { counted, el, shown } from './dom.js';
import { decisionButtons, hunkBody, stateText } from './hunk-view.js';
import type { ReviewHunk } from './review.js';

/** A file with its hunks, by their lines. */
export function fileCard(desk: Desk, all: readonly ReviewHunk[]): Card {
  const path = all[0]?.file.path ?? '';
  const kind: CardKind = {
    name: path,
    head: (hunks) => [
      el('h3', {}, el('code', {}, shown(path))),
      el('span', { class: 'count' }, counted(hunks.length, 'hunk')),
    ],
    body: (hunks, refreshers) => hunks.map((hunk) => hunkSection(desk, hunk, refreshers)),
  };
  return new ListCard(desk, all, kind);
}

function hunkSection(desk: Desk, hunk: ReviewHunk, refreshers: (() => void)[]): HTMLElement {
  const state = el('span', { class: 'state' });
  const place = hunk.variant.path ?? `line ${hunk.data.line}`;
  // The places of the same shape in other files.
  const others = (desk.review.ofShape[hunk.shape]?.length ?? 1) - 1;
  const section = el(
    'section',
    { class: 'hunk', 'aria-label': place },
    el(
      'div',
      { class: 'hunk-head' },
      el('strong', {}, shown(place)),
      others === 0 ? undefined : el('span', { class: 'count' }, `the same in ${counted(others, 'other place')}`),
      el('span', { class: 'gap' }),
      desk.review.data.isWritten ? undefined : state,
      decisionButtons(desk, () => [hunk], place),
    ),
    ...hunkBody(desk, hunk),
  );
  const refresh = (): void => {
    const { name, text } = stateText(desk, [hunk]);
    state.className = `state ${name}`;
    state.textContent = text;
    section.dataset['state'] = name;
  };
  refreshers.push(refresh);
  refresh();
  return section;
}
