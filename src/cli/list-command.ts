import { transforms } from '../transforms/index.js';
import { transformsCalled } from './selection.js';

/** What `dfix list` prints: a line for each transform, or JSON. */
export function listText(format: 'text' | 'json'): string {
  if (format === 'json') {
    const rows = transforms.map(({ name, summary, category, related }) => ({ name, summary, category, related }));
    return `${JSON.stringify(rows, undefined, 2)}\n`;
  }
  const width = Math.max(...transforms.map((transform) => transform.name.length));
  return transforms
    .map(({ name, category, summary }) => `${name.padEnd(width)}  ${category.padEnd(11)}  ${summary}\n`)
    .join('');
}

/** What `dfix explain` prints: the pages of docs/transforms. */
export async function explainText(word: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const pages = transformsCalled(word).map(({ name }) =>
    readFile(new URL(`../docs/transforms/${name}.md`, import.meta.url), 'utf8'),
  );
  return (await Promise.all(pages)).join('\n');
}
