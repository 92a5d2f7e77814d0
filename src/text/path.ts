/** The last part of a path with `/`; empty where it ends with one. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
