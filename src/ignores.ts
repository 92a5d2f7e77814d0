import type { Dockerfile } from './dockerfile/dockerfile.js';
import type { Comment, Instruction } from './dockerfile/instruction.js';
import type { Stage } from './dockerfile/stage.js';
import { canonicalId } from './foreign-ids.js';
import type { Transform } from './transforms/transform.js';

/** What the comments of a file ask to leave alone. Ids are in lower case; `all` stands for every transform. */
export interface Ignores {
  /** The whole file is left alone. */
  readonly wholeFile: boolean;
  /** Ids silenced everywhere in the file. */
  readonly everywhere: ReadonlySet<string>;
  /** Ids silenced at single instructions. */
  readonly at: ReadonlyMap<Instruction, ReadonlySet<string>>;
  /** The names of transforms that no comment silences. */
  readonly unsilenced: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** What else is ignored, besides what the comments of a file say. */
export interface IgnoreSettings {
  /** Ids that are silenced everywhere, such as `hadolint:DL3008`. */
  readonly ids?: readonly string[];
  /** hadolint's comments do not count. */
  readonly withoutHadolintPragmas?: boolean;
  /** The names of transforms that no comment silences. */
  readonly unsilenced?: ReadonlySet<string>;
}

/**
 * Reads the ignore comments of dfix, hadolint, BuildKit, trivy, checkov, semgrep, KICS and ShellCheck. A comment directly above an
 * instruction, or inside it, concerns that instruction.
 */
export function readIgnores(dockerfile: Dockerfile, settings: IgnoreSettings = {}): Ignores {
  const { unsilenced = NONE } = settings;
  const everywhere = new Set(settings.ids?.map(canonicalId));
  const usesPragmas = settings.withoutHadolintPragmas !== true;
  const at = new Map<Instruction, ReadonlySet<string>>();
  let wholeFile = false;
  for (const directive of dockerfile.directives) {
    if (directive.name === 'check')
      addIds(everywhere, 'buildkit', /(?:^|;)\s*skip=([^;]*)/i.exec(directive.value)?.[1]);
  }
  if (!mayAsk(dockerfile)) return { wholeFile, everywhere, at, unsilenced };
  for (const comment of dockerfile.comments) {
    if (/^#+\s*dfix\s+ignore-file\b/.test(comment.text)) wholeFile = true;
    if (usesPragmas)
      addIds(everywhere, 'hadolint', /^#+\s*hadolint\s+(?:.*\s)?global\s+ignore\s*=\s*(\S+)/.exec(comment.text)?.[1]);
    addKicsIdsOfFile(everywhere, dockerfile, comment);
    addIds(everywhere, 'checkov', /checkov:skip=\s*([\w-]+)/.exec(comment.text)?.[1]);
  }
  let blockOfKics: Stage | undefined;
  for (const instruction of dockerfile.instructions) {
    const ids = new Set<string>();
    const stage = dockerfile.stageOf(instruction);
    for (const comment of [...instruction.source.comments, ...instruction.source.innerComments]) {
      addLocalIds(ids, comment, usesPragmas);
      // For KICS the block that it ignores is the rest of the stage.
      if (kicsRequest(comment) === 'ignore-block') blockOfKics = stage;
    }
    // A directive of ShellCheck inside a script counts for all of it.
    for (const { body } of instruction.heredocs)
      for (const [, list] of dockerfile.text.slice(body.start, body.end).matchAll(SHELLCHECK))
        addIds(ids, 'shellcheck', list);
    if (stage !== undefined && stage === blockOfKics) ids.add('kics:all');
    if (ids.size > 0) at.set(instruction, ids);
  }
  return { wholeFile, everywhere, at, unsilenced };
}

const ASKS = /ignore|skip|nosemgrep|kics-scan|shellcheck/i;

/** Whether some comment may ask for something, of the file or of a script in a heredoc. */
function mayAsk({ allComments, instructions, text }: Dockerfile): boolean {
  return (
    allComments.some((comment) => ASKS.test(comment.text)) ||
    instructions.some(({ heredocs }) => heredocs.some(({ body }) => ASKS.test(text.slice(body.start, body.end))))
  );
}

/** A comment of ShellCheck, with what it disables. */
const SHELLCHECK = /^[ \t]*#\s*shellcheck\s+disable=(\S+)/gm;

/** A comment of KICS, with what it asks for. */
const KICS = /^#+\s*kics-scan\s+([^\s:]+)/i;

function kicsRequest({ text }: Comment): string {
  return KICS.exec(text)?.[1]?.toLowerCase() ?? '';
}

/** What KICS reads at the beginning of a file. Its own ids are UUIDs, which mean nothing here. */
function addKicsIdsOfFile(everywhere: Set<string>, dockerfile: Dockerfile, comment: Comment): void {
  const request = kicsRequest(comment);
  if (comment.start > (dockerfile.instructions[0]?.span.start ?? 0)) return;
  if (request === 'ignore') everywhere.add('kics:all');
  addIds(everywhere, 'kics', /^disable=(\S+)/.exec(request)?.[1]);
}

function addLocalIds(ids: Set<string>, comment: Comment, usesPragmas: boolean): void {
  const { text } = comment;
  addIds(ids, undefined, /^#+\s*dfix\s+ignore\s*=\s*(\S+)/.exec(text)?.[1]);
  if (usesPragmas) addIds(ids, 'hadolint', /^#+\s*hadolint\s+ignore\s*=\s*([\w, ]+)/.exec(text)?.[1]);
  for (const match of text.matchAll(/\b(?:trivy|tfsec):ignore:([\w-]+)/gi)) addIds(ids, 'trivy', match[1]);
  if (kicsRequest(comment) === 'ignore-line') ids.add('kics:all');
  for (const [, list] of text.matchAll(SHELLCHECK)) addIds(ids, 'shellcheck', list);
  const semgrep = /\bnosemgrep\b(?::\s*([\w.,\s-]+))?/.exec(text);
  if (semgrep !== null) addIds(ids, 'semgrep', semgrep[1]?.replace(/[\w-]+\./g, '') ?? 'all');
}

function addIds(ids: Set<string>, tool: string | undefined, list: string | undefined): void {
  for (const id of list?.split(/[,\s]+/) ?? []) {
    if (id === '') continue;
    ids.add(canonicalId(tool === undefined ? id : `${tool}:${id}`));
  }
}

/** Whether a transform is silenced everywhere in the file. */
export function isIgnoredEverywhere(ignores: Ignores, transform: Transform): boolean {
  if (ignores.unsilenced.has(transform.name)) return false;
  return ignores.wholeFile || matches(ignores.everywhere, transform);
}

/** Whether a transform is silenced at an instruction. */
export function isIgnoredAt(ignores: Ignores, transform: Transform, instruction: Instruction): boolean {
  return !ignores.unsilenced.has(transform.name) && matches(ignores.at.get(instruction) ?? NONE, transform);
}

function matches(ids: ReadonlySet<string>, transform: Transform): boolean {
  if (ids.size === 0) return false;
  if (ids.has('all') || ids.has(transform.name)) return true;
  return transform.related.some((id) => {
    const lower = id.toLowerCase();
    return (
      ids.has(lower) ||
      ids.has(lower.slice(lower.indexOf(':') + 1)) ||
      ids.has(`${lower.slice(0, lower.indexOf(':'))}:all`)
    );
  });
}
