import { basename } from 'node:path';

/** Folders of what others wrote, which nobody wants rewritten. */
export const SKIPPED_FOLDERS: ReadonlySet<string> = new Set(['.git', 'node_modules', 'third_party', 'vendor']);

const TEMPLATE_NAME = /\.(?:j2|tmpl|erb|mustache)$/i;

/** Whether a file is a Dockerfile by its name. */
export function isDockerfileName(path: string): boolean {
  const name = basename(path);
  if (name.endsWith('.dockerignore')) return false;
  return /^(?:Dockerfile(?:\..+)?|Containerfile.*|.+\.[Dd]ockerfile)$/s.test(name);
}

/** Whether a file is a template by its name, such as `Dockerfile.j2`. */
export function isTemplateName(path: string): boolean {
  return TEMPLATE_NAME.test(path);
}

/** Whether a path with slashes leads through a folder of what others wrote. */
export function isVendored(path: string): boolean {
  return path.split('/').some((part) => SKIPPED_FOLDERS.has(part));
}
