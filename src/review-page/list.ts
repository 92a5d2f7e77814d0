import type { Card } from './desk.js';
import { el } from './dom.js';
import type { ReviewHunk } from './review.js';

/** How far from the screen a card gets its content, so that whoever scrolls sees no empty one. */
const NEAR = '1200px';

/** Cards below each other, one of which is the current one. */
export class List {
  readonly element = el('div', { class: 'list' });
  readonly #cards: readonly Card[];
  readonly #empty = el('p', { class: 'empty' }, 'Nothing to show here.');
  #visible: readonly Card[];
  #current: Card | undefined;

  constructor(cards: readonly Card[]) {
    this.#cards = cards;
    this.#visible = cards;
    const byElement = new Map<Element, Card>(cards.map((card) => [card.element, card]));
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { isIntersecting, target } of entries) if (isIntersecting) byElement.get(target)?.fill();
      },
      { rootMargin: `${NEAR} 0px` },
    );
    for (const { element } of cards) {
      this.element.append(element);
      observer.observe(element);
    }
    this.element.append(this.#empty);
    this.element.addEventListener('focusin', ({ target }) => {
      const owner = target instanceof Element ? target.closest('article') : null;
      const card = owner === null ? undefined : byElement.get(owner);
      if (card !== undefined) this.#mark(card);
    });
  }

  /** The cards that have something to show. */
  get count(): number {
    return this.#visible.length;
  }

  get current(): Card | undefined {
    return this.#current;
  }

  show(passes: (hunk: ReviewHunk) => boolean): void {
    for (const card of this.#cards) card.show(passes);
    this.#visible = this.#cards.filter(({ hunks }) => hunks.length > 0);
    this.#empty.hidden = this.#visible.length > 0;
    if (this.#current !== undefined && this.#current.hunks.length === 0) this.#current = undefined;
  }

  /** Goes to the next card, or with -1 to the one before. */
  move(by: 1 | -1): void {
    const at = this.#current === undefined ? (by === 1 ? -1 : 0) : this.#visible.indexOf(this.#current);
    const card = this.#visible[Math.min(this.#visible.length - 1, Math.max(0, at + by))];
    if (card === undefined) return;
    card.fill();
    card.element.focus({ preventScroll: true });
    card.element.scrollIntoView({ block: 'start' });
    this.#mark(card);
  }

  refresh(): void {
    for (const card of this.#cards) card.refresh();
  }

  renew(): void {
    for (const card of this.#cards) card.renew();
  }

  #mark(card: Card): void {
    this.#current?.element.classList.remove('current');
    this.#current = card;
    card.element.classList.add('current');
  }
}
