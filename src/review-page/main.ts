import { Decisions } from './decisions.js';
import type { Desk } from './desk.js';
import type { Layout } from './diff.js';
import { button, counted, el } from './dom.js';
import { fileCard } from './file-card.js';
import { type Filter, filterOf, NO_FILTER } from './filter.js';
import { keepDecisions } from './keeping.js';
import { helpDialog, type Key, listenToKeys } from './keyboard.js';
import { List } from './list.js';
import { notesView } from './notes.js';
import { readReview } from './review.js';
import { shapeCard } from './shape-card.js';
import { Sidebar } from './sidebar.js';
import { progress, totals } from './totals.js';
import { transferButtons } from './transfer.js';

const VIEWS = ['shapes', 'files', 'notes'] as const;

type View = (typeof VIEWS)[number];

const review = readReview();
const { data } = review;
const decisions = new Decisions(review);

let layout: Layout = window.matchMedia('(min-width: 1100px)').matches ? 'split' : 'unified';
let view: View = 'shapes';
let filter: Filter = NO_FILTER;

const message = el('output', { class: 'message', role: 'status', 'aria-live': 'polite' });

const desk: Desk = {
  review,
  decisions,
  layout: () => layout,
  say: (sentence) => {
    message.textContent = sentence;
  },
  decide: (hunks, decision) => {
    const more = decisions.decide(hunks, decision);
    const word = decision === undefined ? 'Cleared' : decision === 'accept' ? 'Accepted' : 'Rejected';
    const along = more === 0 ? '' : `, and ${more} more that go with them`;
    desk.say(`${word} ${counted(hunks.length, 'hunk')}${along}. u takes it back.`);
  },
};

const shapes = new List(review.ofShape.map((hunks) => shapeCard(desk, hunks)));
let files: List | undefined;
/** Made when somebody looks: a long report has thousands. */
const fileList = (): List =>
  (files ??= new List(review.ofFile.filter((hunks) => hunks.length > 0).map((hunks) => fileCard(desk, hunks))));

const content = el('main', { tabindex: '-1' });
const tabs = VIEWS.map((own) => button('', () => show(own), { class: 'tab' }));
const layoutButton = button('', () => turn());
const bar = progress(desk);

function listOf(own: View): List | undefined {
  return own === 'shapes' ? shapes : own === 'files' ? fileList() : undefined;
}

function show(next: View): void {
  view = next;
  const list = listOf(view);
  list?.show(filterOf(filter, review, decisions));
  content.replaceChildren(list?.element ?? notesView(review));
  list?.refresh();
  nameTabs();
}

function nameTabs(): void {
  const notes = data.notes.reduce((sum, { places }) => sum + places.length, 0);
  const changed = review.ofFile.filter((hunks) => hunks.length > 0).length;
  const names = [`Shapes ${data.shapes.length}`, `Files ${changed}`, `Not changed ${notes}`];
  const shownCount = listOf(view)?.count;
  tabs.forEach((tab, index) => {
    const isOpen = VIEWS[index] === view;
    tab.setAttribute('aria-pressed', String(isOpen));
    const [, all] = names[index]?.match(/(\d+)$/) ?? [];
    const isNarrowed = isOpen && shownCount !== undefined && String(shownCount) !== all;
    tab.textContent = isNarrowed ? `${names[index] ?? ''} (${shownCount} shown)` : (names[index] ?? '');
  });
}

function turn(): void {
  layout = layout === 'split' ? 'unified' : 'split';
  nameLayout();
  shapes.renew();
  files?.renew();
}

function nameLayout(): void {
  layoutButton.textContent = layout === 'split' ? 'Unified' : 'Side by side';
}

const sidebar = new Sidebar(review, (next) => {
  filter = next;
  show(view === 'notes' ? 'shapes' : view);
});

function decideCurrent(decision: 'accept' | 'reject'): void {
  const current = listOf(view)?.current;
  if (current === undefined) desk.say('No card is current: j goes to the first.');
  else if (!data.isWritten) desk.decide(current.hunks, decision);
}

const keys: readonly Key[] = [
  { key: 'j', does: 'next card', run: () => listOf(view)?.move(1) },
  { key: 'k', does: 'card before', run: () => listOf(view)?.move(-1) },
  { key: 'a', does: 'accept', run: () => decideCurrent('accept') },
  { key: 'r', does: 'reject', run: () => decideCurrent('reject') },
  { key: 'u', does: 'undo', run: () => desk.say(decisions.undo() ? 'Took the last step back.' : 'Nothing to undo.') },
  { key: 'c', does: 'comment', run: () => (data.isWritten ? undefined : listOf(view)?.current?.comment()) },
  { key: 'v', does: 'side by side or unified', run: turn },
  { key: '/', does: 'filter by path', run: () => sidebar.focusSearch() },
  { key: '?', does: 'these keys', run: () => help.showModal() },
];
const help = helpDialog(keys);

decisions.onChange(() => {
  shapes.refresh();
  files?.refresh();
  bar.refresh();
});

const tools = data.isWritten
  ? [el('span', { class: 'count' }, 'These changes are written already.')]
  : transferButtons(desk);
document.body.prepend(
  el('a', { class: 'skip', href: '#content' }, 'Skip to the changes'),
  el(
    'header',
    { class: 'top' },
    el('h1', {}, 'dfix review'),
    totals(review),
    el('span', { class: 'gap' }),
    ...tools,
    button('?', () => help.showModal(), { 'aria-label': 'Keys', title: 'Keys' }),
  ),
  bar.element,
  el(
    'div',
    { class: 'page' },
    sidebar.element,
    el(
      'div',
      { class: 'content', id: 'content' },
      el('nav', { 'aria-label': 'Views' }, ...tabs, el('span', { class: 'gap' }), layoutButton),
      content,
    ),
  ),
  message,
  help,
);
nameLayout();
if (!data.isWritten) keepDecisions(review, decisions, desk.say);
show('shapes');
bar.refresh();
listenToKeys(keys);
