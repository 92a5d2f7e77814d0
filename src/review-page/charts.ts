import { svg } from './dom.js';

/** A part of a bar, in the colour of its class. */
export interface BarPart {
  readonly value: number;
  readonly name: string;
}

/** One bar, as long as its parts are of the largest value. What it shows stands beside it as a number. */
export function bar(parts: readonly BarPart[], largest: number): Element {
  let at = 0;
  const rects = parts.map(({ value, name }) => {
    const width = largest === 0 ? 0 : (value / largest) * 100;
    const rect = svg('rect', { x: String(at), y: '0', width: String(width), height: '4', class: `bar ${name}` });
    at += width;
    return rect;
  });
  const box = { viewBox: '0 0 100 4', preserveAspectRatio: 'none', class: 'chart', 'aria-hidden': 'true' };
  return svg('svg', box, svg('rect', { x: '0', y: '0', width: '100', height: '4', class: 'bar track' }), ...rects);
}
