import type { Comment } from './instruction.js';
import type { Problem } from './problem.js';

/** The parser directives. */
export type DirectiveName = 'syntax' | 'escape' | 'check';

/** A parser directive; the span is that of its comment line. */
export interface Directive extends Comment {
  readonly name: DirectiveName;
  readonly value: string;
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;

/** Reads parser directives: comments at the very top, until the first line that is none of them. */
export class DirectiveReader {
  readonly found: Directive[] = [];
  escape: '\\' | '`' = '\\';
  #ended = false;

  /** What was found in an earlier version, whose directives have ended. */
  takeOver(directives: readonly Directive[]): void {
    for (const directive of directives) {
      this.found.push(directive);
      if (directive.name === 'escape' && directive.value === '`') this.escape = '`';
    }
    this.#ended = true;
  }

  end(): void {
    this.#ended = true;
  }

  /** `'directive'` when the comment is one, a problem when it is a bad one, undefined for an ordinary comment. */
  read(comment: Comment): 'directive' | Problem | undefined {
    if (this.#ended) return undefined;
    const match = DIRECTIVE.exec(comment.text);
    const name = match?.[1]?.toLowerCase();
    const value = match?.[2];
    if (value === undefined || (name !== 'syntax' && name !== 'escape' && name !== 'check')) {
      this.#ended = true;
      return undefined;
    }
    const { start, end } = comment;
    if (this.found.some((directive) => directive.name === name)) {
      return { kind: 'repeated-directive', message: `the parser directive ${name} is repeated`, start, end };
    }
    if (name === 'escape') {
      if (value !== '\\' && value !== '`') {
        return { kind: 'invalid-escape', message: `the escape character '${value}' is neither \\ nor \``, start, end };
      }
      this.escape = value;
    }
    this.found.push({ ...comment, name, value });
    return 'directive';
  }
}
