/** What loads modules for the bundled program: a script that runs in a context of its own cannot. */
declare const dfixImport: ((url: string) => Promise<unknown>) | undefined;

/** Loads a module that is known only when dfix runs. */
export async function importModule(url: string): Promise<unknown> {
  return typeof dfixImport === 'function' ? dfixImport(url) : import(url);
}
