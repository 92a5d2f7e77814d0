/** What an element is given: attributes by their names; one without a value is left out. */
type Attributes = Readonly<Record<string, string | undefined>>;

type Child = Node | string | undefined;

/** Makes an element. Texts become text nodes, whatever is in them. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  set(element, attributes);
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag: string, attributes: Attributes, ...children: readonly Node[]): Element {
  const element = document.createElementNS(SVG, tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

function set(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
}

export function button(label: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = el('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', onClick);
  return made;
}

/** Characters that show nothing, or turn the direction of what stands behind them. A tab is none. */
const HIDDEN =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]/gu;

/** A text from a file: what is hidden in it is shown by its number. */
export function shown(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  let from = 0;
  for (const { index, 0: character } of text.matchAll(HIDDEN)) {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    fragment.append(text.slice(from, index), el('span', { class: 'hidden', title: 'a hidden character' }, `U+${code}`));
    from = index + character.length;
  }
  fragment.append(text.slice(from));
  return fragment;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
