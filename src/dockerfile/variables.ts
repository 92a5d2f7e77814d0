import type { Span } from '../text/span.js';

/** A `$NAME` or `${NAME…}` in a text; spans count in that text. */
export interface VariableReference extends Span {
  readonly name: string;
  /** The modifier after the name inside braces, such as `:-default`. */
  readonly modifier: string;
}

/** The variables that Docker itself would expand in a text: not after an escape, not inside single quotes. */
export function variableReferences(text: string, escape: string): readonly VariableReference[] {
  if (!text.includes('$')) return [];
  const found: VariableReference[] = [];
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === escape && quote !== "'") at++;
    else if (quote === '' ? character === "'" || character === '"' : character === quote) {
      quote = quote === '' ? character : '';
    } else if (character === '$' && quote !== "'") {
      const reference = referenceAt(text, at);
      if (reference === undefined) continue;
      found.push(reference);
      at = reference.end - 1;
    }
  }
  return found;
}

function referenceAt(text: string, at: number): VariableReference | undefined {
  const braced = text.charAt(at + 1) === '{';
  const nameStart = at + (braced ? 2 : 1);
  const match = /^[A-Za-z_][A-Za-z0-9_]*/.exec(text.slice(nameStart, nameStart + 256));
  if (match === null) return undefined;
  const name = match[0];
  const nameEnd = nameStart + name.length;
  if (!braced) return { start: at, end: nameEnd, name, modifier: '' };
  const close = text.indexOf('}', nameEnd);
  if (close === -1) return undefined;
  return { start: at, end: close + 1, name, modifier: text.slice(nameEnd, close) };
}

/** Looks a variable up: its value, `null` when it is certainly not set, undefined when nobody can tell. */
export type Lookup = (name: string) => string | null | undefined;

/**
 * Resolves quotes, escapes and variables as Docker does for the value of ENV, LABEL, WORKDIR and others.
 * Undefined when a variable is unknown or a modifier is one that depends on an unknown value, unless `unknown` gives
 * a text to put there.
 */
export function expandValue(
  text: string,
  escape: string,
  lookup: Lookup,
  unknown?: (reference: VariableReference) => string,
): string | undefined {
  // Most values hold nothing to expand.
  if (!/[$'"\\`]/.test(text)) return text;
  let result = '';
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === escape && quote !== "'") {
      const next = text.charAt(at + 1);
      // Inside double quotes an escape protects only these; elsewhere it protects anything.
      const protects = quote === '' ? next !== '' : next === '"' || next === '$' || next === escape;
      if (protects) at++;
      result += protects ? next : quote === '' ? '' : character;
    } else if (quote === '' ? character === "'" || character === '"' : character === quote) {
      quote = quote === '' ? character : '';
    } else if (character === '$' && quote !== "'") {
      const reference = referenceAt(text, at);
      if (reference === undefined) {
        if (text.charAt(at + 1) === '{') return undefined;
        result += character;
        continue;
      }
      const value = applyModifier(lookup(reference.name), reference.modifier) ?? unknown?.(reference);
      if (value === undefined) return undefined;
      result += value;
      at = reference.end - 1;
    } else {
      result += character;
    }
  }
  return result;
}

function applyModifier(value: string | null | undefined, modifier: string): string | undefined {
  if (value === undefined) return undefined;
  if (modifier === '') return value ?? '';
  const match = /^(:?)([-+])(.*)$/s.exec(modifier);
  const word = match?.[3];
  if (match === null || word === undefined || word.includes('$')) return undefined;
  const isSet = value !== null && (match[1] === '' || value !== '');
  if (match[2] === '-') return isSet ? (value ?? '') : word;
  return isSet ? word : '';
}
