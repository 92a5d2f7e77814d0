/** A `tar` that does nothing but unpack one whole archive. The words are as they are written. */
export interface Unpacking {
  /** Undefined for the standard input. */
  readonly archive: string | undefined;
  /** `.` where none is named. */
  readonly folder: string;
}

/** A word that tells `tar` to unpack; the first one may have its letters without a dash. */
const EXTRACT = /^(?:-?[A-Za-z]*x[A-Za-z]*|--extract)$/;

/** Whether the arguments of a `tar` tell it to unpack. */
export function isUnpacking(args: readonly string[]): boolean {
  return args.some((text) => EXTRACT.test(text));
}

/** Reads the arguments of a `tar`; undefined when they do or name anything else. */
export function unpackingOf(args: readonly string[]): Unpacking | undefined {
  let archive: string | undefined;
  let folder = '.';
  let takes = '';
  for (const [index, text] of args.entries()) {
    if (takes !== '') {
      if (takes === 'C') folder = text;
      else archive = text === '-' ? undefined : text;
      takes = '';
    } else if (text === '-C' || text === '--directory') takes = 'C';
    else if (text.startsWith('--directory=')) folder = text.slice('--directory='.length);
    else if (/^-[xvzjJ]*f?$/.test(text) || (index === 0 && /^[xvzjJf]+$/.test(text))) {
      if (text.includes('f')) takes = 'f';
    } else return undefined;
  }
  return takes === '' && isUnpacking(args) ? { archive, folder } : undefined;
}
