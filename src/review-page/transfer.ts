import type { Desk } from './desk.js';
import { button, counted, el } from './dom.js';
import { exported, imported } from './exchange.js';

const FILE_NAME = 'decisions.json';

/** The buttons that bring decisions in and out. */
export function transferButtons(desk: Desk): readonly HTMLElement[] {
  const { review, decisions, say } = desk;
  const input = el('input', { type: 'file', accept: '.json,application/json', hidden: '', 'aria-label': 'Decisions' });
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    input.value = '';
    if (file !== undefined) void file.text().then((text) => takeIn(desk, text));
  });
  return [
    input,
    button('Import', () => input.click(), { title: 'Take up decisions that were exported before' }),
    button('Copy', () => void copy(exported(review, decisions), say), { title: 'Copy the decisions' }),
    button('Export', () => download(exported(review, decisions), say), {
      class: 'primary',
      title: `Download ${FILE_NAME}, for dfix --write --decisions ${FILE_NAME}`,
    }),
  ];
}

function takeIn({ review, decisions, say }: Desk, text: string): void {
  const found = imported(review, text);
  if (found === undefined) {
    say('This file holds no decisions.');
    return;
  }
  decisions.take(found.entries);
  const rest = found.unknown === 0 ? '' : `, and ${found.unknown} about hunks that this report does not have`;
  say(`Took up ${counted(found.entries.length, 'decision')}${rest}.`);
}

function download(text: string, say: Desk['say']): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = el('a', { href: address, download: FILE_NAME });
  link.click();
  // The browser has begun by then.
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
  say(`Exported. Apply with: dfix --write --decisions ${FILE_NAME}`);
}

async function copy(text: string, say: Desk['say']): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say('Copied.');
  } catch (error) {
    say(`The browser does not copy (${error instanceof Error ? error.name : 'unknown fault'}): export the file.`);
  }
}
