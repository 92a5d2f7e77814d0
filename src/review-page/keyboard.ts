import { button, el } from './dom.js';

/** A key and what it does. */
export interface Key {
  readonly key: string;
  readonly does: string;
  readonly run: () => void;
}

/** Runs what a key stands for, where nobody is writing and no other key is held. */
export function listenToKeys(keys: readonly Key[]): void {
  const byKey = new Map(keys.map((own) => [own.key, own]));
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector('dialog[open]') !== null) return;
    if (isWriting(event.target)) {
      if (event.key === 'Escape' && event.target instanceof HTMLElement) event.target.blur();
      return;
    }
    const own = byKey.get(event.key);
    if (own === undefined) return;
    event.preventDefault();
    own.run();
  });
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && !['checkbox', 'radio', 'file'].includes(target.type))
  );
}

/** What the keys do, to be read. */
export function helpDialog(keys: readonly Key[]): HTMLDialogElement {
  const rows = keys.map(({ key, does }) => el('tr', {}, el('td', {}, el('kbd', {}, key)), el('td', {}, does)));
  const dialog = el('dialog', { 'aria-labelledby': 'help-title' }, el('h2', { id: 'help-title' }, 'Keys'));
  dialog.append(
    el('table', {}, el('tbody', {}, ...rows)),
    el('p', {}, 'Accept and reject act on what the filter shows of the current card.'),
    button('Close', () => dialog.close()),
  );
  return dialog;
}
