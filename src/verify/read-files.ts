import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Headers } from 'tar-stream';
import type { ImageFile } from './image.js';

/** The files of an image, and the texts of those that say what is installed. */
export interface ImageTree {
  readonly files: ReadonlyMap<string, ImageFile>;
  readonly texts: ReadonlyMap<string, string>;
}

/** The files whose text is wanted: lists of packages and of users. */
const READ = /^\/(?:etc\/passwd|var\/lib\/dpkg\/status|var\/lib\/dpkg\/status\.d\/[^/]+|lib\/apk\/db\/installed)$/;

/** What engines put into every container, and folders that are mounted there. */
const NOT_OF_THE_IMAGE =
  /^\/(?:\.dockerenv|dev|proc|sys|etc\/(?:hostname|hosts|resolv\.conf|mtab))(?:\/|$)|^\/run\/\.containerenv$/;

/** Reads an archive of a whole file system, without ever holding more of it than one piece. */
export async function readTree(archive: Readable): Promise<ImageTree> {
  const files = new Map<string, ImageFile>();
  const texts = new Map<string, string>();
  /** The targets of hard links, which come behind the file itself. */
  const linked: { readonly path: string; readonly target: string }[] = [];
  const reader = extract();
  reader.on('entry', (header, content, next) => {
    const path = absolute(header.name);
    const hash = createHash('sha256');
    const pieces: Buffer[] = [];
    const isRead = READ.test(path);
    content.on('data', (piece: Buffer) => {
      hash.update(piece);
      if (isRead) pieces.push(piece);
    });
    content.on('end', () => {
      if (isRead) texts.set(path, Buffer.concat(pieces).toString('utf8'));
      if (header.type === 'link') linked.push({ path, target: absolute(header.linkname ?? '') });
      else if (path !== '/' && !NOT_OF_THE_IMAGE.test(path)) files.set(path, fileOf(header, hash.digest('hex')));
      next();
    });
    content.on('error', next);
  });
  await pipeline(archive, reader);
  for (const { path, target } of linked) {
    const file = files.get(target);
    if (file !== undefined) files.set(path, file);
  }
  return { files, texts };
}

function absolute(name: string): string {
  const path = `/${name}`.replace(/\/(?:\.?\/)+/g, '/').replace(/(.)\/$/, '$1');
  return path === '/.' ? '/' : path;
}

const TYPES: Readonly<Record<string, ImageFile['type']>> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'link',
};

function fileOf({ type, mode = 0, uid = 0, gid = 0, size = 0, linkname }: Headers, hash: string): ImageFile {
  const own = TYPES[type ?? 'file'] ?? 'other';
  const content = own === 'link' ? (linkname ?? '') : own === 'file' ? hash : '';
  // Nothing uses the mode of a link.
  return { type: own, mode: own === 'link' ? 0o777 : mode & 0o7777, owner: `${uid}:${gid}`, size, content };
}

/** The packages with their versions, as dpkg and apk list them; undefined where there is neither list. */
export function packagesIn(texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> | undefined {
  const packages = new Map<string, string>();
  let isKnown = false;
  for (const [path, text] of texts) {
    if (path === '/etc/passwd') continue;
    isKnown = true;
    const isApk = path.startsWith('/lib/apk/');
    for (const block of text.split(/\n\n+/)) {
      const name = (isApk ? /^P:(.+)$/m : /^Package: (.+)$/m).exec(block)?.[1];
      const version = (isApk ? /^V:(.+)$/m : /^Version: (.+)$/m).exec(block)?.[1];
      if (name === undefined || version === undefined) continue;
      // dpkg also lists what was removed and left its settings.
      if (/^Status: (?!install ok installed)/m.test(block)) continue;
      packages.set(name, version);
    }
  }
  return isKnown ? packages : undefined;
}

/** The names in /etc/passwd. */
export function usersIn(texts: ReadonlyMap<string, string>): readonly string[] {
  const lines = (texts.get('/etc/passwd') ?? '').split('\n');
  return lines.map((line) => line.slice(0, line.indexOf(':'))).filter((name) => name !== '');
}
