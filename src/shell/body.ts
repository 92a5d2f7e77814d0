import type { Instruction, InstructionParts } from '../dockerfile/instruction.js';
import { remembered, Remembering } from '../text/remembered.js';
import type { Span } from '../text/span.js';
import { type KnownValue, withKnownValues } from './known-values.js';
import { type ParsedShell, parseShell, type ShellWord } from './parse.js';

/** Scripts without heredocs, which stay the same as long as the instruction does. */
const scriptOf = remembered(({ text, commandSpan }: InstructionParts) =>
  parseShell(text.slice(commandSpan.start, commandSpan.end)),
);

/**
 * The script of an instruction in shell form with the way back to the file. It is the joined arguments, the body of
 * a heredoc that is the whole script, or the arguments followed by the heredocs that they redirect.
 */
export class ShellBody extends Remembering {
  readonly instruction: Instruction;
  readonly shell: ParsedShell;
  /** Whether the script is the body of a heredoc, so that lines end commands. */
  readonly isHeredoc: boolean;
  /** What the script's text starts at in the logical text; undefined for the body of a heredoc. */
  readonly #logicalStart: number | undefined;
  readonly #logicalLength: number;
  readonly #sourceStart: number;

  private constructor(
    instruction: Instruction,
    shell: ParsedShell,
    place: { readonly logicalStart?: number; readonly logicalLength: number; readonly sourceStart: number },
  ) {
    super();
    this.instruction = instruction;
    this.shell = shell;
    this.isHeredoc = place.logicalStart === undefined;
    this.#logicalStart = place.logicalStart;
    this.#logicalLength = place.logicalLength;
    this.#sourceStart = place.sourceStart;
  }

  /** The script of RUN, CMD, ENTRYPOINT or HEALTHCHECK; undefined for an exec form, or when there is no script. */
  static of(instruction: Instruction, fileText: string): ShellBody | undefined {
    const { keyword, heredocs } = instruction;
    if (keyword !== 'RUN' && keyword !== 'CMD' && keyword !== 'ENTRYPOINT' && keyword !== 'HEALTHCHECK')
      return undefined;
    if (instruction.exec !== undefined || instruction.isInvalidExec) return undefined;
    const span = instruction.commandSpan;
    const [first] = heredocs;
    const last = heredocs[heredocs.length - 1];
    if (first === undefined || last === undefined) {
      const shell = scriptOf(instruction.parts);
      const { text } = shell;
      return text === ''
        ? undefined
        : new ShellBody(instruction, shell, { logicalStart: span.start, logicalLength: text.length, sourceStart: 0 });
    }
    const text = instruction.logical.slice(span);
    // In the body of a heredoc a carriage return is part of the last word of its line.
    if (fileText.slice(first.body.start, last.terminator.end).includes('\r')) return undefined;
    if (/^\d*<<-?\s*(?:[^\s<>&|;()]+|'[^']*'|"[^"]*")$/.test(text)) {
      const body = fileText.slice(first.body.start, first.body.end);
      // Another interpreter than a shell reads it.
      if (body.startsWith('#!') && !/^#!\s*(?:\/usr)?\/bin\/(?:env )?(?:ba|da|a)?sh\b/.test(body)) return undefined;
      return new ShellBody(instruction, parseShell(body), { logicalLength: 0, sourceStart: first.body.start });
    }
    const bodies = fileText.slice(first.body.start, last.terminator.end);
    return new ShellBody(instruction, parseShell(`${text}\n${bodies}`), {
      logicalStart: span.start,
      logicalLength: text.length,
      sourceStart: first.body.start,
    });
  }

  /** The same script with what is known of its variables. */
  withValues(known: KnownValue): ShellBody {
    const shell = withKnownValues(this.shell, known);
    return shell === this.shell
      ? this
      : new ShellBody(this.instruction, shell, {
          ...(this.#logicalStart === undefined ? {} : { logicalStart: this.#logicalStart }),
          logicalLength: this.#logicalLength,
          sourceStart: this.#sourceStart,
        });
  }

  get text(): string {
    return this.shell.text;
  }

  /** Whether a range of the script lies within one stretch of the file, so that its text is the same there. */
  isContiguous(span: Span): boolean {
    if (this.#logicalStart === undefined || span.start > this.#logicalLength) return true;
    return this.instruction.logical.isContiguous({
      start: span.start + this.#logicalStart,
      end: Math.min(span.end, this.#logicalLength) + this.#logicalStart,
    });
  }

  /** The offset in the file of a code unit of the script. */
  toSource(offset: number): number {
    if (this.#logicalStart === undefined) return this.#sourceStart + offset;
    if (offset <= this.#logicalLength) return this.instruction.logical.toSource(offset + this.#logicalStart);
    return this.#sourceStart + offset - this.#logicalLength - 1;
  }

  /** The offset in the file just behind the code unit that ends at an offset of the script. */
  endToSource(offset: number): number {
    return offset === 0 ? this.toSource(0) : this.toSource(offset - 1) + 1;
  }

  /** Where a range of the script lies in the file. */
  sourceSpan(span: Span): Span {
    const end = this.endToSource(span.end);
    return { start: span.start < span.end ? this.toSource(span.start) : end, end };
  }

  /** Where a word lies in the file; undefined when a continuation cuts it in two. */
  wordSpan(word: ShellWord): Span | undefined {
    return this.isContiguous(word) ? this.sourceSpan(word) : undefined;
  }

  /** What follows the last command: blanks, a `;` or a comment. */
  get tail(): string {
    const end = this.#logicalStart === undefined ? this.text.length : this.#logicalLength;
    return this.text.slice(Math.min(this.shell.end, end), end);
  }
}
