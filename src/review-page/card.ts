import type { Card, Desk } from './desk.js';
import { button, el } from './dom.js';
import { commentField, decisionButtons, stateText } from './hunk-view.js';
import type { ReviewHunk } from './review.js';

/** What the kinds of cards do in their own way. */
export interface CardKind {
  /** For those who hear the page. */
  readonly name: string;
  /** What stands in front of the buttons. */
  head(hunks: readonly ReviewHunk[]): readonly Node[];
  body(hunks: readonly ReviewHunk[], refreshers: (() => void)[]): readonly Node[];
}

/** A card of the list. Its content is made when it comes near: most of a long list is never looked at. */
export class ListCard implements Card {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #all: readonly ReviewHunk[];
  readonly #kind: CardKind;
  #hunks: readonly ReviewHunk[];
  #isFilled = false;
  #refreshers: (() => void)[] = [];
  #field: HTMLTextAreaElement | undefined;

  constructor(desk: Desk, all: readonly ReviewHunk[], kind: CardKind) {
    this.#desk = desk;
    this.#all = all;
    this.#hunks = all;
    this.#kind = kind;
    this.element = el('article', { class: 'card', tabindex: '-1', 'aria-label': kind.name });
  }

  get hunks(): readonly ReviewHunk[] {
    return this.#hunks;
  }

  show(passes: (hunk: ReviewHunk) => boolean): void {
    const hunks = this.#all.filter(passes);
    const isSame = hunks.length === this.#hunks.length && hunks.every((hunk, index) => hunk === this.#hunks[index]);
    this.#hunks = hunks;
    this.element.hidden = hunks.length === 0;
    if (!isSame && hunks.length > 0) this.renew();
  }

  fill(): void {
    if (this.#isFilled || this.#hunks.length === 0) return;
    this.#isFilled = true;
    this.#refreshers = [];
    const hunks = (): readonly ReviewHunk[] => this.#hunks;
    const state = el('span', { class: 'state' });
    this.#field = commentField(this.#desk, hunks);
    const isOpen = !this.#desk.review.data.isWritten;
    const header = el(
      'header',
      {},
      ...this.#kind.head(this.#hunks),
      el('span', { class: 'gap' }),
      isOpen ? state : undefined,
      decisionButtons(this.#desk, hunks, this.#kind.name),
      isOpen ? button('Comment', () => this.comment(), { class: 'clear' }) : undefined,
    );
    this.#refreshers.push(() => {
      const { name, text } = stateText(this.#desk, this.#hunks);
      state.className = `state ${name}`;
      state.textContent = text;
      this.element.dataset['state'] = name;
    });
    this.element.replaceChildren(header, this.#field, ...this.#kind.body(this.#hunks, this.#refreshers));
    this.refresh();
  }

  renew(): void {
    if (!this.#isFilled) return;
    this.#isFilled = false;
    this.fill();
  }

  refresh(): void {
    if (this.#isFilled) for (const refresh of this.#refreshers) refresh();
  }

  comment(): void {
    this.fill();
    if (this.#field === undefined) return;
    this.#field.hidden = false;
    this.#field.focus();
  }
}
