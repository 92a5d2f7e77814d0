import { transforms } from '../transforms/index.js';
import type { Transform } from '../transforms/transform.js';
import { knownTransforms } from './known-transforms.js';
import { LIMIT_COMPOSE } from './limit-compose.js';
import { transformsCalled, unansweredCalled } from './selection.js';

/** What `dfix list` prints: a line for each transform, or JSON. */
export function listText(format: 'text' | 'json'): string {
  // What `dfix compose` does is no transform: it looks at other files.
  const practices = [...transforms, LIMIT_COMPOSE, ...knownTransforms().slice(transforms.length)];
  if (format === 'json') {
    const rows = practices.map(({ name, summary, category, related }) => ({ name, summary, category, related }));
    return `${JSON.stringify(rows, undefined, 2)}\n`;
  }
  const width = Math.max(...practices.map(({ name }) => name.length));
  return practices
    .map(({ name, category, summary }) => `${name.padEnd(width)}  ${category.padEnd(11)}  ${summary}\n`)
    .join('');
}

/**
 * What `dfix explain` prints: the pages of docs/transforms, for the transforms of plugins what they say, and why no
 * transform answers a practice.
 */
export async function explainText(word: string): Promise<string> {
  const { existsSync } = await import('node:fs');
  const { readFile } = await import('node:fs/promises');
  if (word.toLowerCase() === LIMIT_COMPOSE.name)
    return readFile(new URL(`../docs/${LIMIT_COMPOSE.name}.md`, import.meta.url), 'utf8');
  const unanswered = unansweredCalled(word);
  if (unanswered !== undefined)
    return `# ${word}\n\n${unanswered.practice}. No transform answers it: ${unanswered.reason}.\n`;
  const pages = transformsCalled(word).map(async (transform) => {
    const page = new URL(`../docs/transforms/${transform.name}.md`, import.meta.url);
    return existsSync(page) ? readFile(page, 'utf8') : pageOf(transform);
  });
  return (await Promise.all(pages)).join('\n');
}

/** The page of a transform that is not ours. */
function pageOf({ name, summary, category, explanation, params = [], related }: Transform): string {
  const parts = [
    `# ${name}`,
    `${summary}.`,
    `Category: ${category}. It comes from a plugin.`,
    ...(explanation === undefined ? [] : [explanation.trim()]),
    ...params.map((param) => `- \`--param ${name}.${param.name}=…\`: ${param.summary}`),
    ...(related.length === 0 ? [] : [`Ids elsewhere: ${related.join(', ')}`]),
  ];
  return `${parts.join('\n\n')}\n`;
}
