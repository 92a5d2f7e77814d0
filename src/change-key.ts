import type { Change } from './rewrite.js';

/** Lines of the text that the transform saw: they move when a change further up is not made. */
const LINES = /\blines? \d+/g;

/** What makes a change the same one in another run over the same file, with other changes left out. */
export function changeKey({ transform, line, column, message }: Change): string {
  return `${transform} ${line}:${column} ${message.replace(LINES, 'line')}`;
}
