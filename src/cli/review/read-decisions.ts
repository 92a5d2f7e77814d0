import { readFile } from 'node:fs/promises';
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { z } from 'zod';
import { LineIndex } from '../../text/lines.js';
import { describeFault, shownPath } from '../discover.js';
import { UsageError } from '../exit-codes.js';
import { nearest } from '../../text/nearest.js';

/** The version of the format that this dfix reads, and that its page writes. */
const VERSION = 1;

const HUNK_KEYS = {
  id: z.string(),
  decision: z.enum(['accept', 'reject'], { error: 'it is neither accept nor reject' }).optional(),
  comment: z.string().optional(),
};

const FILE_KEYS = { path: z.string(), sha256: z.string(), hunks: z.array(z.strictObject(HUNK_KEYS)) };

const TOP_KEYS = {
  version: z.literal(VERSION, { error: `it is not ${VERSION}, the version that this dfix reads` }),
  files: z.array(z.strictObject(FILE_KEYS)),
};

const schema = z.strictObject(TOP_KEYS);

/** What a person decided about a file, as the review page exports it. */
export type FileDecisions = z.infer<typeof schema>['files'][number];

/** Reads a file of decisions, by the paths of the files. Throws a `UsageError` with the place of what is wrong. */
export async function readDecisions(path: string): Promise<ReadonlyMap<string, FileDecisions>> {
  const source = new Source(path, await textOf(path));
  const parsed = schema.safeParse(source.value());
  if (!parsed.success) {
    const { issues } = parsed.error;
    // A wrong key tells more than that the right one is missing.
    return source.fail(issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]);
  }
  const byPath = new Map<string, FileDecisions>();
  for (const [index, file] of parsed.data.files.entries()) {
    if (byPath.has(file.path))
      throw new UsageError(`${source.place(['files', index, 'path'])}: ${file.path} is there twice`);
    byPath.set(file.path, file);
  }
  return byPath;
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--decisions: ${shownPath(path)}: ${describeFault(error)}`);
  }
}

type Path = (string | number)[];

/** The text of a file of decisions, with the way from a value to its place. */
class Source {
  readonly #path: string;
  readonly #lines: LineIndex;
  readonly #root: Node | undefined;
  readonly #text: string;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#text = text;
    this.#lines = new LineIndex(text);
    const errors: ParseError[] = [];
    this.#root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
    const [problem] = errors;
    if (problem === undefined) return;
    const words = printParseErrorCode(problem.error).replace(/\B[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    throw new UsageError(`${this.#at(problem.offset)}: it is no JSON: ${words.toLowerCase()}`);
  }

  value(): unknown {
    const value: unknown = JSON.parse(this.#text.replace(/^\ufeff/, ''));
    return value;
  }

  /** File, line and column of a value, or of the key of an object. */
  place(path: Path, key?: string): string {
    const full = [...path];
    let node = this.#nodeAt(full);
    // What is missing has no place: that of what it is missing in.
    while (node === undefined && full.pop() !== undefined) node = this.#nodeAt(full);
    const own = node?.children?.find((property) => property.children?.[0]?.value === key)?.children?.[0];
    return this.#at((key === undefined ? node : own)?.offset ?? 0);
  }

  fail(issue: z.core.$ZodIssue | undefined): never {
    const path = (issue?.path ?? []).map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (issue?.code === 'unrecognized_keys') {
      const [key = ''] = issue.keys;
      const meant = nearest(key, Object.keys(path.length === 0 ? TOP_KEYS : path.length === 2 ? FILE_KEYS : HUNK_KEYS));
      const guess = meant === undefined ? '' : `; did you mean '${meant}'?`;
      throw new UsageError(`${this.place(path, key)}: there is no key '${key}'${guess}`);
    }
    const message = (issue?.message ?? 'it is wrong')
      .replace(/^Invalid input: .*received undefined$/, 'it is missing')
      .replace(/^Invalid input: expected (.*), received .*$/, 'it is no $1');
    throw new UsageError(`${this.place(path)}: ${path.length === 0 ? '' : `${path.join('.')}: `}${message}`);
  }

  #nodeAt(path: Path): Node | undefined {
    return this.#root === undefined ? undefined : findNodeAtLocation(this.#root, path);
  }

  #at(offset: number): string {
    const { line, column } = this.#lines.positionAt(offset);
    return `${shownPath(this.#path)}:${line}:${column}`;
  }
}
