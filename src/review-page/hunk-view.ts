import type { ChangeData } from './data.js';
import type { Decision } from './decisions.js';
import type { Desk } from './desk.js';
import { diffTable } from './diff.js';
import { button, counted, el, shown } from './dom.js';
import type { ReviewHunk } from './review.js';

/** Why the changes of a hunk were made, and what was checked; what is true of several is said once. */
export function reasons({ review }: Desk, hunk: ReviewHunk): HTMLElement {
  const counts = new Map<ChangeData, number>();
  for (const change of review.changesOf(hunk.variant)) counts.set(change, (counts.get(change) ?? 0) + 1);
  const items = [...counts].map(([change, count]) => {
    const checked = change.checked.map((text) => el('li', {}, shown(text)));
    return el(
      'li',
      {},
      el('span', { class: 'transform' }, review.transformName(change)),
      applicabilityBadge(change.isUnsafe),
      el('span', {}, shown(change.message)),
      count === 1 ? undefined : el('span', { class: 'count' }, ` ${count} times`),
      checked.length === 0 ? undefined : el('ul', { class: 'checked', 'aria-label': 'What was checked' }, ...checked),
    );
  });
  return el('ul', { class: 'reasons' }, ...items);
}

export function applicabilityBadge(isUnsafe: boolean): HTMLElement {
  return el('span', { class: `badge ${isUnsafe ? 'unsafe' : 'safe'}` }, isUnsafe ? 'unsafe' : 'safe');
}

/** The reasons and the lines of a hunk. */
export function hunkBody(desk: Desk, hunk: ReviewHunk): readonly HTMLElement[] {
  const { path } = hunk.variant;
  const file = path === undefined ? [] : [el('p', { class: 'of-context' }, 'Adds to ', el('code', {}, shown(path)))];
  return [reasons(desk, hunk), ...file, diffTable(hunk, desk.layout()), ...needs(desk, hunk)];
}

function needs({ review }: Desk, { data }: ReviewHunk): readonly HTMLElement[] {
  const others = (data.needs ?? []).flatMap((id) => review.hunkOf(data.file, id) ?? []);
  if (others.length === 0) return [];
  const places = others.map((hunk) =>
    hunk.variant.path === undefined
      ? `line ${hunk.data.line} (${review.titleOf(hunk.variant)})`
      : `${hunk.variant.path} (${review.titleOf(hunk.variant)})`,
  );
  return [el('p', { class: 'needs' }, 'Relies on ', shown(places.join(' and ')), ': accepted only together.')];
}

/** Buttons that decide about hunks; nothing where all is written already. */
export function decisionButtons(desk: Desk, hunks: () => readonly ReviewHunk[], what: string): HTMLElement | undefined {
  if (desk.review.data.isWritten) return undefined;
  const one = (label: string, decision: Decision, name: string): HTMLButtonElement =>
    button(label, () => desk.decide(hunks(), decision), { class: name, 'aria-label': `${label} ${what}` });
  return el(
    'span',
    { class: 'decide' },
    one('Accept', 'accept', 'accept'),
    one('Reject', 'reject', 'reject'),
    one('Clear', undefined, 'clear'),
  );
}

/** What was decided about some hunks, as a mark and in words. */
export function stateText({ decisions }: Desk, hunks: readonly ReviewHunk[]): { name: string; text: string } {
  const accepted = decisions.count('accept', hunks);
  const rejected = decisions.count('reject', hunks);
  if (accepted === hunks.length) return { name: 'accepted', text: 'accepted' };
  if (rejected === hunks.length) return { name: 'rejected', text: 'rejected' };
  if (accepted + rejected === 0) return { name: 'undecided', text: 'undecided' };
  const rest = hunks.length - accepted - rejected;
  const parts = [
    ...(accepted > 0 ? [`${accepted} accepted`] : []),
    ...(rejected > 0 ? [`${rejected} rejected`] : []),
    ...(rest > 0 ? [`${rest} undecided`] : []),
  ];
  return { name: 'partly', text: parts.join(', ') };
}

/** A field for a comment on some hunks; it opens when it is asked for, or when there is one. */
export function commentField(desk: Desk, hunks: () => readonly ReviewHunk[]): HTMLTextAreaElement {
  const field = el('textarea', { class: 'comment', rows: '2', placeholder: 'Comment', 'aria-label': 'Comment' });
  const [first] = hunks();
  field.value = first === undefined ? '' : desk.decisions.commentOf(first);
  field.hidden = field.value === '';
  field.addEventListener('change', () => {
    desk.decisions.comment(hunks(), field.value.trim());
    desk.say(`Comment on ${counted(hunks().length, 'hunk')}`);
    field.hidden = field.value.trim() === '';
  });
  return field;
}
