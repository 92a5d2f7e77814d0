import { resolve } from 'node:path';
import { isRecord } from '../../context/build-context.js';

export type DeclarationKind = 'compose' | 'bake' | 'devcontainer' | 'skaffold' | 'github-workflow';

/** Where a build is declared. */
export interface Declaration {
  readonly kind: DeclarationKind;
  /** Absolute. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** The service, target, image or step. */
  readonly name: string;
}

/** A build that some file of the repository declares. Paths are absolute. */
export interface DeclaredBuild {
  readonly declaration: Declaration;
  readonly dockerfile: string;
  readonly context: string;
  /** Whether the context or the Dockerfile is written out, and not only what stands for nothing. */
  readonly isExplicit: boolean;
  /** As it is written: it may hold a variable. */
  readonly target: string | undefined;
  /** Undefined for a value that whoever builds has in the environment. */
  readonly args: ReadonlyMap<string, string | undefined>;
}

/** A declaration that means no Dockerfile of the repository, or none that its file names. */
export interface OtherBuild {
  readonly declaration: Declaration;
  readonly reason: 'remote-context' | 'variable' | 'inline';
  /** The word that says so. */
  readonly word: string;
}

export type Declared = DeclaredBuild | OtherBuild;

/** What a declaration says, as it was read. */
export interface BuildWords {
  readonly context: unknown;
  readonly dockerfile: unknown;
  readonly target: unknown;
  readonly args: unknown;
}

/** Whether a word holds a variable or an expression. */
export function isVariable(word: string): boolean {
  return /\$|\{\{/.test(word);
}

/** The build that some words mean: its context lies below `base`, and its Dockerfile below either of them. */
export function declare(
  declaration: Declaration,
  base: string,
  words: BuildWords,
  dockerfileBelow: 'context' | 'base' = 'context',
): Declared {
  const { context, dockerfile, target, args } = words;
  const place = typeof context === 'string' ? context : '.';
  const file = typeof dockerfile === 'string' ? dockerfile : 'Dockerfile';
  if (/:\/\/|^git@|^github\.com\//.test(place)) return { declaration, reason: 'remote-context', word: place };
  const hidden = [place, file].find(isVariable);
  if (hidden !== undefined) return { declaration, reason: 'variable', word: hidden };
  const folder = resolve(base, place);
  return {
    declaration,
    context: folder,
    dockerfile: resolve(dockerfileBelow === 'context' ? folder : base, file),
    isExplicit: typeof context === 'string' || typeof dockerfile === 'string',
    target: typeof target === 'string' && target !== '' ? target : undefined,
    args: argsOf(args),
  };
}

/** Build arguments, as a mapping or a list of `NAME=VALUE`. */
function argsOf(value: unknown): ReadonlyMap<string, string | undefined> {
  const args = new Map<string, string | undefined>();
  if (isRecord(value)) {
    for (const [name, one] of Object.entries(value)) args.set(name, scalar(one));
  } else if (Array.isArray(value)) {
    for (const word of value as readonly unknown[]) {
      if (typeof word !== 'string') continue;
      const at = word.indexOf('=');
      if (at < 0) args.set(word, undefined);
      else args.set(word.slice(0, at), word.slice(at + 1));
    }
  }
  return args;
}

function scalar(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}
