// A build context that was recorded: files.json lists it, and its manifests lie beside at their paths.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openContext } from '../dist/context/open-context.js';

/** The service in a folder of ../shared/corpus/contexts: its Dockerfile, and the context that it is built with. */
export function readService(root, slug) {
  const folder = join(root, slug);
  const meta = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8'));
  let recording = folder;
  let list = JSON.parse(readFileSync(join(folder, 'files.json'), 'utf8'));
  if (list.same_as !== undefined) {
    recording = existsSync(join(root, list.same_as)) ? join(root, list.same_as) : join(dirname(folder), list.same_as);
    list = JSON.parse(readFileSync(join(recording, 'files.json'), 'utf8'));
  }
  const read = (path) => {
    for (const place of [folder, recording]) {
      const file = join(place, path);
      if (existsSync(file)) return readFileSync(file, 'utf8');
    }
    return undefined;
  };
  const context = openContext({
    name: slug,
    files: list.files.map(([path, mode]) => ({ path, kind: mode === '120000' ? 'link' : 'file' })),
    read,
    ignoreFile: {
      path: '.dockerignore',
      text: read(`${meta.dockerfile}.dockerignore`) ?? read('.dockerignore'),
    },
  });
  return { slug, meta, text: readFileSync(join(folder, meta.dockerfile), 'utf8'), context };
}

/** All services of ../shared/corpus/contexts, in the order of their index. */
export function* services(root) {
  const rows = readFileSync(join(root, '../contexts-index.tsv'), 'utf8').trim().split('\n').slice(1);
  for (const row of rows) {
    const [slug, , ecosystem, tool] = row.split('\t');
    yield { ...readService(root, slug), ecosystem, tool };
  }
}
