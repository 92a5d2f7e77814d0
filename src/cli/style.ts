import { styleText } from 'node:util';

export type Colour = 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim';

/** Colours a text for a terminal. */
export type Paint = (colour: Colour, text: string) => string;

/** Whether a stream gets colours: NO_COLOR and FORCE_COLOR decide, else whether it is a terminal. */
export function painterFor(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Paint {
  const { NO_COLOR, FORCE_COLOR } = environment;
  const isForced = FORCE_COLOR !== undefined && FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  const isColoured =
    NO_COLOR === undefined || NO_COLOR === '' ? isForced || (FORCE_COLOR === undefined && stream.isTTY) : false;
  return isColoured ? (colour, text) => styleText(colour, text) : (_, text) => text;
}

/** A text from a file made safe for a terminal: control characters become visible. */
export function visible(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Says something to the person who runs dfix; stdout is for results. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A line that is written over and over, on a terminal only. */
export function progressOn(stream: NodeJS.WriteStream): {
  readonly show: (line: string) => void;
  readonly clear: () => void;
} {
  const { CI } = process.env;
  if (!stream.isTTY || (CI !== undefined && CI !== '')) return { show: () => undefined, clear: () => undefined };
  const erase = '\r\u001b[2K';
  const show = (line: string): void =>
    void stream.write(`${erase}${visible(line.replace(/\s+/g, ' ')).slice(0, Math.max(20, stream.columns - 1))}`);
  return { show, clear: () => void stream.write(erase) };
}
