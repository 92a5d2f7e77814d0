import type { NoteData, PlaceData } from './data.js';
import { button, counted, el, shown } from './dom.js';
import type { Review } from './review.js';

const LISTED = 100;

const HEADS: Readonly<Record<NoteData['kind'], string>> = {
  left: 'Files left alone',
  report: 'For a person',
  offer: 'Offered, with --unsafe or by name',
  declined: 'Declined, by reason',
};

/** What led to no change, by what was said. */
export function notesView({ data }: Review): HTMLElement {
  const view = el('div', { class: 'notes' });
  for (const kind of ['left', 'report', 'offer', 'declined'] as const) {
    const notes = data.notes.filter((note) => note.kind === kind);
    if (notes.length === 0) continue;
    view.append(el('h2', {}, HEADS[kind]), ...notes.map((note) => noteView(note, data.files)));
  }
  if (view.childElementCount === 0) view.append(el('p', { class: 'empty' }, 'Nothing to show here.'));
  return view;
}

function noteView({ title, places }: NoteData, files: Review['data']['files']): HTMLElement {
  const list = el('ul', {});
  const details = el(
    'details',
    {},
    el('summary', {}, el('span', { class: 'transform' }, title), el('span', { class: 'count' }, String(places.length))),
    list,
  );
  const add = (some: readonly PlaceData[]): void => {
    for (const { file, line, text } of some)
      list.append(
        el('li', {}, el('code', {}, shown(`${files[file]?.path ?? ''}:${line}`)), el('span', {}, shown(text))),
      );
  };
  details.addEventListener(
    'toggle',
    () => {
      add(places.slice(0, LISTED));
      if (places.length <= LISTED) return;
      const more = button(`Show all ${counted(places.length, 'place')}`, () => {
        more.remove();
        add(places.slice(LISTED));
      });
      details.append(more);
    },
    { once: true },
  );
  return details;
}
