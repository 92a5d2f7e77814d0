import type { Analysis } from '../analysis/analysis.js';
import { onbuildObstacle } from '../analysis/builder/recipe.js';
import { imagePath, imageViewAt, isWithin, readContextCopy, UNKNOWN, workdirsOf } from '../analysis/copies.js';
import { mayBelongToUser, volumesOf } from '../analysis/owned-folders.js';
import { rootNeedOf } from '../analysis/root-needs.js';
import { byName, type RuntimeUser, runtimeUserOf } from '../analysis/runtime-users.js';
import { startCommandOf } from '../analysis/start-command.js';
import { isRoot } from '../analysis/state.js';
import { insertLinesApart, insertLinesBehind } from '../dockerfile/block.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { rootBase, type Stage } from '../dockerfile/stage.js';
import { invocationsOf } from '../shell/invocation.js';
import { appendCommand, appendObstacle } from '../shell/script-edits.js';
import { type Edit, insertion } from '../text/edit.js';
import { indentationAt } from '../text/line-endings.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform } from './transform.js';

/** Commands that put no file into a folder that the same script has made. */
const MAKES_NO_FILES =
  /^(?:mkdir|cd|chmod|chown|chgrp|rm|rmdir|true|set|groupadd|useradd|addgroup|adduser|apt-get|apk|yum|dnf|ldconfig)$/;

/**
 * Runs the process of the image as a user that is not root: one that the base image or the file brings, else one that
 * is made in the way of the distribution. It owns the working directory, what is copied and made there, and volumes.
 *
 * Unsafe because a process that wrote elsewhere, took a port below 1024 or changed its user fails. USER is a number,
 * which is all that runAsNonRoot of Kubernetes can check, unless `numeric` says no.
 */
export const addNonrootUser: Transform = {
  name: 'add-nonroot-user',
  summary: 'Runs the image as a user that is not root',
  category: 'security',
  related: [
    'hadolint:DL3002',
    'trivy:DS-0002',
    'kics:missing_user_instruction',
    'checkov:CKV_DOCKER_3',
    'semgrep:missing-user',
    'semgrep:missing-user-entrypoint',
    'dockle:CIS-DI-0001',
    'tally:stateful-root-runtime',
    'tally:user-created-but-never-used',
    'dockerfile-doctor:DD008',
    'dockerfile-roast:DF020',
    'openrewrite:AddUserInstruction',
  ],
  onlyUnsafe: true,
  usesContext: true,
  imageChanges: ['users', 'owners'],
  params: [
    {
      name: 'numeric',
      summary: 'whether USER and owners are numbers (yes) or, where the image knows them, names (no)',
      values: /^(?:yes|no)$/,
    },
  ],
  *check(subject): Iterable<Diagnostic> {
    const { dockerfile, analysis, contexts, params } = subject;
    const stage = dockerfile.finalStage;
    const start = startCommandOf(analysis);
    const [first] = start?.instructions ?? [];
    if (stage === undefined || first === undefined || dockerfile.escape === '`') return;
    if (stage.instructions.some(({ keyword }) => keyword === 'USER') || hasNoRoot(stage)) return;
    const { user, shell } = analysis.stateAtEnd(stage);
    if (shell.kind !== 'posix') return;
    if (user !== undefined && !isRoot(user)) return;
    const span = first.sourceSpan(first.keywordSpan);
    const message = `the process of the image starts as root`;
    const need = onbuildObstacle(stage) ?? rootNeedOf(analysis, stage, contexts);
    if (need !== undefined) {
      yield declined(span, message, need.reason, need.detail);
      return;
    }
    const found = runtimeUserOf(analysis, stage);
    if ('reason' in found) {
      yield declined(span, message, found.reason, found.detail);
      return;
    }
    // The image of a user that nobody knows may run as another one already.
    if (user === undefined && found.creation.length > 0) {
      yield declined(span, message, 'unknown-user', 'nobody knows which user the base image has');
      return;
    }
    const chosen = params.get('numeric') === 'no' ? byName(found) : found;
    yield new Ownership(subject, stage, chosen).diagnostic(span, message);
  },
};

/** Variants of images that say by their name that they do not start as root. */
function hasNoRoot(stage: Stage): boolean {
  const base = rootBase(stage);
  return base.kind === 'image' && /nonroot|unprivileged|rootless|chiseled|-distroless/.test(base.text);
}

/** Writes down who owns what. */
class Ownership {
  readonly #subject: Subject;
  readonly #stage: Stage;
  readonly #user: RuntimeUser;
  readonly #edits: Edit[] = [];
  readonly #checked: string[] = [];

  constructor(subject: Subject, stage: Stage, user: RuntimeUser) {
    this.#subject = subject;
    this.#stage = stage;
    this.#user = user;
  }

  diagnostic(span: { readonly start: number; readonly end: number }, message: string): Diagnostic {
    const { name, user, creation, madeBy, hasShell } = this.#user;
    const workdirs = workdirsOf(this.#subject.analysis, this.#stage);
    const workdir = workdirs[workdirs.length - 1] ?? '/';
    const isOwn = mayBelongToUser(workdir);
    const folders = [...(isOwn ? [workdir] : []), ...this.#volumes(workdir)];
    const from = this.#makeFolders(folders);
    if (isOwn) this.#own(workdir, from, workdirs);
    this.#setUser();
    this.#checked.unshift(
      creation.length > 0
        ? `makes the user ${name}${folders.length > 0 ? `, and gives it ${folders.join(', ')}` : ''}`
        : `${hasShell || madeBy !== undefined ? `${name} is there, ${madeBy === undefined ? 'brought by the base image' : `made on line ${madeBy.source.startLine}`}` : `takes the number ${user}`}${folders.length > 0 ? `, and gets ${folders.join(', ')}` : ''}`,
    );
    this.#checked.push('look whether the process writes anywhere else, or takes a port below 1024');
    return fixed(span, message, {
      edits: this.#edits,
      applicability: 'unsafe',
      checked: this.#checked,
      addsComments: [`# ${name}`],
      configChanges: ['user'],
    });
  }

  /** Volumes are given away before the VOLUME line: what comes behind it may be lost. */
  #volumes(workdir: string): readonly string[] {
    const { own, others } = volumesOf(this.#stage);
    for (const path of others) this.#checked.push(`the volume ${path} stays as it is`);
    return own.filter((path) => path !== workdir);
  }

  /** Makes the user and its folders in front of the first COPY; the instruction from which on the user is there. */
  #makeFolders(folders: readonly string[]): Instruction {
    const { creation, hasShell, owner, group, madeBy } = this.#user;
    const { dockerfile } = this.#subject;
    const { instructions } = this.#stage;
    const copy = instructions.find(
      ({ keyword, index }) => (keyword === 'COPY' || keyword === 'ADD') && index > (madeBy?.index ?? -1),
    );
    const volume = instructions.find(({ keyword }) => keyword === 'VOLUME');
    const start = startCommandOf(this.#subject.analysis)?.instructions[0];
    const at =
      [copy, volume, start].flatMap((one) => one ?? []).sort((a, b) => a.index - b.index)[0] ?? this.#stage.from;
    const commands = [...creation];
    if (hasShell && folders.length > 0) commands.push(`install -d -o ${owner} -g ${group} ${folders.join(' ')}`);
    if (commands.length === 0) return at;
    const indentation = indentationAt(dockerfile.text, at.span.start);
    const run = at.cased('RUN');
    const lines = commands.map((command, index) => {
      const end = index < commands.length - 1 ? ` ${dockerfile.escape}` : '';
      return index === 0 ? `${indentation}${run} ${command}${end}` : `${indentation}    && ${command}${end}`;
    });
    this.#edits.push(insertLinesApart(dockerfile, at, lines));
    return at;
  }

  /** Gives the user what is copied and made in its folder. */
  #own(workdir: string, from: Instruction, workdirs: readonly string[]): void {
    const { analysis, dockerfile } = this.#subject;
    const { owner, group } = this.#user;
    for (const instruction of this.#stage.instructions) {
      if (instruction.index < from.index) continue;
      const here = workdirs[instruction.index - this.#stage.from.index - 1] ?? '/';
      if (instruction.keyword === 'COPY' || instruction.keyword === 'ADD') {
        if (instruction.flag('chown') !== undefined || !isWithin(destinationOf(analysis, instruction, here), workdir))
          continue;
        const { end } = instruction.sourceSpan(instruction.keywordSpan);
        this.#edits.push(insertion(end, ` --chown=${owner}:${group}`));
        continue;
      }
      if (instruction.keyword !== 'RUN') continue;
      const body = analysis.body(instruction);
      const made =
        body === undefined
          ? []
          : invocationsOf(body).flatMap(({ program, args }) =>
              program === 'mkdir'
                ? args.flatMap(({ value, text }) => (value === undefined || text.startsWith('-') ? [] : [value]))
                : [],
            );
      const inside = made.filter((path) => !path.startsWith('/') || isWithin(path, workdir));
      if (body === undefined || inside.length === 0 || here !== workdir) continue;
      if (appendObstacle(body) === undefined) {
        const isDeep =
          invocationsOf(body).some(({ program }) => !MAKES_NO_FILES.test(program)) &&
          inside.every((path) => !this.#isCopied(imagePath(here, path), instruction, workdirs));
        const change = isDeep ? 'chown -R' : 'chown';
        this.#edits.push(appendCommand(dockerfile, body, `${change} ${owner}:${group} ${inside.join(' ')}`));
      } else this.#checked.push(`line ${instruction.source.startLine} makes ${inside.join(', ')} as root`);
    }
  }

  /** Whether a copy may have put something into a folder before: all of that would be in the image twice. */
  #isCopied(folder: string, before: Instruction, workdirs: readonly string[]): boolean {
    const { analysis, contexts } = this.#subject;
    const isUnknown = this.#stage.instructions.some((instruction) => {
      if (instruction.index >= before.index || (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD'))
        return false;
      const here = workdirs[instruction.index - this.#stage.from.index - 1] ?? '/';
      const copy = readContextCopy(analysis, instruction, here);
      if (copy !== undefined && copy !== 'unknown' && contexts.length > 0) return false;
      const destination = destinationOf(analysis, instruction, here);
      return isWithin(folder, destination) || isWithin(destination, folder);
    });
    return isUnknown || contexts.some((context) => imageViewAt(analysis, before, context).hasBelow(folder));
  }

  /** USER behind the last RUN, and in front of what starts the process where that comes behind it. */
  #setUser(): void {
    const { dockerfile, analysis } = this.#subject;
    const { instructions } = this.#stage;
    const lastRun = instructions.findLast(({ keyword }) => keyword === 'RUN')?.index ?? -1;
    const starts = startCommandOf(analysis)?.instructions ?? [];
    const at = starts.find(({ index }) => index > lastRun);
    const last = instructions[instructions.length - 1];
    const { name, user } = this.#user;
    const near = at ?? last ?? this.#stage.from;
    const indentation = indentationAt(dockerfile.text, near.span.start);
    const keyword = near.cased('USER');
    const lines = [...(user === name ? [] : [`${indentation}# ${name}`]), `${indentation}${keyword} ${user}`];
    if (at !== undefined) this.#edits.push(this.#joined(insertLinesApart(dockerfile, at, lines)));
    else this.#edits.push(insertLinesBehind(dockerfile, near, lines, { before: false, behind: false }));
  }

  /** Both the user and its folders may go in front of the same instruction. */
  #joined(edit: Edit): Edit {
    const index = this.#edits.findIndex((other) => other.start === edit.start);
    const [other] = index === -1 ? [] : this.#edits.splice(index, 1);
    return other === undefined ? edit : { ...edit, newText: other.newText + edit.newText };
  }
}

/** Where a COPY puts its files; what nobody knows is nowhere. */
function destinationOf(analysis: Analysis, instruction: Instruction, workdir: string): string {
  const copy = readContextCopy(analysis, instruction, workdir);
  if (copy !== undefined && copy !== 'unknown') return copy.destination;
  const text = instruction.words[instruction.words.length - 1]?.text ?? '$';
  if (text.includes('$')) return `/${UNKNOWN}`;
  return (text.startsWith('/') ? text : `${workdir}/${text}`).replace(/(?:\/\.?)+$/, '');
}
