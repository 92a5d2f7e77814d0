import {
  type Assignment,
  type Command,
  forEachChild,
  parse,
  type ParsedScript,
  type PipelineNode,
  type Redirection,
  type Statement,
  type SyntaxNode,
  type Word,
} from 'unbash';
import { Remembering } from '../text/remembered.js';
import type { Span } from '../text/span.js';

/** A word of a command. The span counts in the text that was parsed. */
export interface ShellWord extends Span {
  readonly text: string;
  /** The word after quote removal when nothing in it is expanded, else undefined. */
  readonly value: string | undefined;
}

export interface ShellAssignment extends Span {
  readonly name: string;
  readonly text: string;
  /** The value when nothing in it is expanded. */
  readonly value: string | undefined;
}

/** A kind of construct around a command, from unbash's node types. */
export type Enclosure = SyntaxNode['type'];

/** A simple command: assignments, words and redirections. */
export interface ShellCommand extends Span {
  /** The name of the program and its arguments, without redirections. */
  readonly words: readonly ShellWord[];
  readonly assignments: readonly ShellAssignment[];
  readonly redirections: readonly ShellRedirection[];
  /** The constructs around it, outermost first; empty for a command of the top-level list. */
  readonly enclosures: readonly Enclosure[];
  /** Index of the item of the top-level list that the command belongs to. */
  readonly item: number;
}

export interface ShellRedirection extends Span {
  readonly operator: string;
  readonly target: ShellWord | undefined;
  /** The file descriptor that is written, such as 2 in `2>&1`. */
  readonly descriptor: number | undefined;
}

/** What joins an item of a list to the one before. */
export type Joiner = '' | '&&' | '||' | ';' | '&' | '\n';

/** A pipeline of the top-level list, with what joins it to the one before. */
export interface ListItem extends Span {
  readonly joiner: Joiner;
  /** What kind of node it is: a simple command, a pipeline, a group … */
  readonly type: Enclosure;
  /** Starts with `!` or `time`. */
  readonly hasPrefix: boolean;
  readonly commands: readonly ShellCommand[];
}

/** A parsed script. Offsets count in `text`. */
export class ParsedShell extends Remembering {
  readonly text: string;
  /** Whether the text is a script without a syntax error, nested substitutions included. */
  readonly isValid: boolean;
  readonly items: readonly ListItem[];
  /** All simple commands in the order of the text, those in nested constructs and substitutions included. */
  readonly commands: readonly ShellCommand[];
  /** Ends with `&`. */
  readonly endsInBackground: boolean;
  /** Starts a job with `&` somewhere, in a subshell or elsewhere. */
  readonly hasBackground: boolean;
  /** End of the last item: what follows is blanks, `;`, `&` or a comment. */
  readonly end: number;

  constructor(script: Omit<ParsedShell, 'withCommands'>) {
    super();
    const { text, isValid, items, commands, endsInBackground, hasBackground, end } = script;
    this.text = text;
    this.isValid = isValid;
    this.items = items;
    this.commands = commands;
    this.endsInBackground = endsInBackground;
    this.hasBackground = hasBackground;
    this.end = end;
  }

  /** The same script with other words in its commands, which stay where they are. */
  withCommands(items: readonly ListItem[], commands: readonly ShellCommand[]): ParsedShell {
    const { text, isValid, endsInBackground, hasBackground, end } = this;
    return new ParsedShell({ text, isValid, items, commands, endsInBackground, hasBackground, end });
  }
}

/** Parses a script. Never throws: see `isValid`. */
export function parseShell(text: string): ParsedShell {
  const script = parse(text);
  const reader = new ScriptReader(text);
  reader.readList(script);
  const last = script.commands[script.commands.length - 1];
  return new ParsedShell({
    text,
    isValid: reader.isValid && (script.errors?.length ?? 0) === 0,
    items: reader.items,
    commands: reader.commands,
    endsInBackground: last?.background === true,
    hasBackground: reader.hasBackground,
    end: last === undefined ? 0 : statementEnd(last),
  });
}

const SUBSTITUTION = /[$<>]\(|`/;

class ScriptReader {
  readonly items: ListItem[] = [];
  readonly commands: ShellCommand[] = [];
  isValid = true;
  hasBackground = false;
  readonly #text: string;
  /** Whether any word can hold commands: most scripts have none, and their words need no second look. */
  readonly #hasSubstitution: boolean;

  constructor(text: string) {
    this.#text = text;
    this.#hasSubstitution = SUBSTITUTION.test(text);
  }

  readList(script: ParsedScript): void {
    let previous: Statement | undefined;
    for (const statement of script.commands) {
      let joiner: Joiner = '';
      if (previous !== undefined) {
        if (previous.background === true) joiner = '&';
        else joiner = this.#text.slice(statementEnd(previous), statement.pos).includes(';') ? ';' : '\n';
      }
      const { command } = statement;
      if (statement.background === true) this.hasBackground = true;
      if (command.type === 'AndOr') {
        command.commands.forEach((node, index) => {
          this.#readItem(node, index === 0 ? joiner : (command.operators[index - 1] ?? '&&'));
        });
      } else {
        this.#readItem(command, joiner);
      }
      previous = statement;
    }
  }

  #readItem(node: PipelineNode, joiner: Joiner): void {
    const from = this.commands.length;
    this.#visit(node, []);
    this.items.push({
      start: node.pos,
      end: node.end,
      joiner,
      type: node.type,
      hasPrefix: node.type === 'Pipeline' && node.prefixes.length > 0,
      commands: this.commands.slice(from),
    });
  }

  #visit(node: SyntaxNode, enclosures: readonly Enclosure[]): void {
    if (node.type === 'Command') {
      const at = this.commands.length;
      this.commands.push(this.#command(node, enclosures));
      if (!this.#hasSubstitution) return;
      forEachChild(node, (child) => this.#visitInWord(child, [...enclosures, 'CommandExpansion']));
      // A substitution runs before the command that it is part of, but its text comes after the name.
      if (this.commands.length > at + 1) this.#sortFrom(at);
      return;
    }
    if (node.type === 'Script' && 'errors' in node && node.errors !== undefined) this.isValid = false;
    if (node.type === 'Statement' && node.background === true) this.hasBackground = true;
    const inner = isTransparent(node.type) ? enclosures : [...enclosures, node.type];
    forEachChild(node, (child) => {
      if (child.type === 'Word' || child.type === 'Assignment' || child.type === 'Redirect') {
        if (this.#hasSubstitution) this.#visitInWord(child, [...inner, 'CommandExpansion']);
      } else {
        this.#visit(child, inner);
      }
    });
  }

  /** Looks for substitutions inside a word; those of escaped backticks have positions of their own and are opaque. */
  #visitInWord(node: SyntaxNode, enclosures: readonly Enclosure[]): void {
    const text = this.#text.slice(node.pos, node.end);
    if (!SUBSTITUTION.test(text)) return;
    if (node.type === 'Script') {
      if (node.source !== undefined) return;
      if ('errors' in node && node.errors !== undefined) this.isValid = false;
      for (const statement of node.commands) this.#visit(statement, enclosures);
      return;
    }
    forEachChild(node, (child) => {
      if (child.type === 'Script') {
        if (child.source !== undefined) return;
        if ('errors' in child && child.errors !== undefined) this.isValid = false;
        for (const statement of child.commands) this.#visit(statement, enclosures);
      } else {
        this.#visitInWord(child, enclosures);
      }
    });
  }

  #sortFrom(at: number): void {
    const tail = this.commands.splice(at).sort((a, b) => a.start - b.start);
    for (const command of tail) this.commands.push(command);
  }

  #command(node: Command, enclosures: readonly Enclosure[]): ShellCommand {
    const words: ShellWord[] = [];
    if (node.name !== undefined) words.push(wordOf(node.name));
    for (const argument of node.args) {
      words.push(argument.type === 'Word' ? wordOf(argument) : assignmentAsWord(argument));
    }
    const assignments: ShellAssignment[] = [];
    for (const prefix of node.prefix) if (prefix.type === 'Assignment') assignments.push(assignmentOf(prefix));
    return {
      start: node.pos,
      end: node.end,
      words,
      assignments,
      redirections: node.redirects.map(redirectionOf),
      enclosures,
      item: this.items.length,
    };
  }
}

function statementEnd(statement: Statement): number {
  return statement.command.end;
}

/** Nodes that group without changing how a command runs. */
function isTransparent(type: Enclosure): boolean {
  return type === 'Statement' || type === 'CompoundList' || type === 'Script' || type === 'Redirected';
}

function wordOf(word: Word): ShellWord {
  return { start: word.pos, end: word.end, text: word.text, value: staticValue(word) };
}

/** `export A=b` and `env A=b` have assignments among their arguments. */
function assignmentAsWord(assignment: Assignment): ShellWord {
  const value = assignmentOf(assignment).value;
  return {
    start: assignment.pos,
    end: assignment.end,
    text: assignment.text,
    value: value === undefined ? undefined : `${assignment.name}=${value}`,
  };
}

function assignmentOf(assignment: Assignment): ShellAssignment {
  const { value } = assignment;
  return {
    start: assignment.pos,
    end: assignment.end,
    name: assignment.name,
    text: assignment.text,
    value: value.type === 'Word' && assignment.append !== true ? staticValue(value) : undefined,
  };
}

function redirectionOf(redirection: Redirection): ShellRedirection {
  const target = redirection.type === 'HereDoc' ? undefined : redirection.target;
  const descriptor = redirection.descriptor;
  return {
    start: redirection.pos,
    end: redirection.end,
    operator: redirection.operator,
    target: target === undefined ? undefined : wordOf(target),
    descriptor: descriptor?.type === 'FileDescriptor' ? descriptor.value : undefined,
  };
}

/** A word of which the shell takes every character as it is, by far the most of them: its parts need no second look. */
const LITERAL_WORD = /^[\w./:@%+,=-]+$/;

function staticValue(word: Word): string | undefined {
  if (LITERAL_WORD.test(word.text)) return word.text;
  if (word.parts === undefined) return word.text.startsWith('~') ? undefined : word.value;
  for (const part of word.parts) {
    switch (part.type) {
      case 'Literal':
      case 'SingleQuoted':
      case 'AnsiCQuoted':
        break;
      case 'DoubleQuoted':
        if (part.parts.some((inner) => inner.type !== 'Literal')) return undefined;
        break;
      default:
        return undefined;
    }
  }
  return word.value;
}
