import { mountOver } from '../analysis/mounts.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { invocationsOf } from '../shell/invocation.js';
import { hasOption, type PackageCommand } from '../shell/packages.js';
import { insertAfterWord, removeItem, removeWord } from '../shell/script-edits.js';
import { type Edit, replacement } from '../text/edit.js';
import { declined, type Diagnostic, fixed, type Subject, type Transform, triggerChange } from './transform.js';

const CACHE = '/var/cache/apk';
const UPDATE_FLAGS = ['-U', '--update', '--update-cache'];

/**
 * Adds `--no-cache` to `apk add` and takes away what it replaces: `--update`, an `apk update` in front and an
 * `rm -rf /var/cache/apk/*` behind.
 *
 * Safe because apk fetches the index for the one command and keeps nothing: the same packages are installed. An
 * `apk update` goes only when every apk command of the file that needs an index fetches its own.
 */
export const addApkNoCache: Transform = {
  name: 'add-apk-no-cache',
  summary: 'Adds --no-cache to apk add, and drops apk update and the cleanup that it replaces',
  category: 'size',
  related: [
    'hadolint:DL3019',
    'trivy:DS-0025',
    'kics:apk_add_using_local_cache_path',
    'semgrep:missing-apk-no-cache',
    'dockle:DKL-DI-0004',
    'parfum:apkAddUseNoCache',
    'dockerfile-doctor:DD025',
    'dockerfile-roast:DF029',
    'buddy:ER0011',
  ],
  imageChanges: ['caches'],
  needsProgram: ['apk'],
  *check(subject): Iterable<Diagnostic> {
    const { analysis } = subject;
    const runs = analysis.scriptsNaming('apk');
    let pending = false;
    for (const instruction of runs) {
      for (const command of analysis.packageCommands(instruction)) {
        if (command.manager !== 'apk') continue;
        const diagnostic = checkCommand(subject, instruction, command);
        if (diagnostic === undefined) continue;
        pending = true;
        yield diagnostic;
      }
    }
    // What the option replaces goes when nothing is left that needs the index.
    if (!pending && everyCommandFetches(subject)) yield* checkLeftovers(subject);
  },
};

function checkCommand(
  { dockerfile }: Subject,
  instruction: Instruction,
  command: PackageCommand,
): Diagnostic | undefined {
  if ((command.action !== 'install' && command.action !== 'upgrade') || command.subcommand === undefined)
    return undefined;
  if (hasOption(command, '--no-cache', '--cache-dir', '--root', '-p', '--no-network')) return undefined;
  const { body, programWord } = command.invocation;
  const span = body.sourceSpan({ start: programWord.start, end: command.subcommand.end });
  const message = `\`apk ${command.subcommand.text}\` keeps the package index in the layer`;
  const mount = mountOver(instruction, CACHE) ?? mountOver(instruction, '/etc/apk/cache');
  if (mount !== undefined) return declined(span, message, 'cache-mount', `${mount.target ?? ''} is mounted`);
  const place = body.endToSource(command.subcommand.end);
  const edits: Edit[] = [];
  const removes: string[] = [];
  for (const option of command.options) {
    const word = body.wordSpan(option.word);
    if (!UPDATE_FLAGS.includes(option.word.value ?? '') || word === undefined) continue;
    const removal = removeWord(dockerfile, body, option.word);
    // Where the option would go, the old one gives it its place.
    const isThere = word.start < place || removal?.start === place;
    if (isThere && edits.length === 0) edits.push(replacement(word, '--no-cache'));
    else if (!isThere && removal !== undefined) edits.push(removal);
    else continue;
    removes.push(option.word.text);
  }
  if (!edits.some((edit) => edit.newText !== '')) edits.push(insertAfterWord(body, command.subcommand, ' --no-cache'));
  return fixed(span, message, {
    edits,
    applicability: 'safe',
    checked: [`${CACHE} is no cache mount`],
    removes,
    configChanges: triggerChange(instruction),
  });
}

/** Whether every apk command that needs an index brings `--no-cache`, and nothing else may need one. */
function everyCommandFetches({ dockerfile, analysis }: Subject): boolean {
  for (const outer of dockerfile.instructions) {
    const instruction = outer.trigger ?? outer;
    if (instruction.keyword !== 'RUN' || !/\bapk\b/.test(dockerfile.text.slice(outer.span.start, outer.span.end)))
      continue;
    const body = outer === instruction ? analysis.body(instruction) : undefined;
    if (body === undefined) return false;
    const commands = analysis.packageCommands(instruction).filter((command) => command.manager === 'apk');
    for (const command of commands) {
      if (command.action === 'update' || command.action === 'remove') continue;
      if (command.subcommand?.value === undefined || !hasOption(command, '--no-cache')) return false;
    }
  }
  return true;
}

/** A script of the user's that some RUN starts: it may install packages from the index. */
function findOwnScript({ dockerfile, analysis }: Subject): string | undefined {
  for (const instruction of dockerfile.instructions) {
    const body = instruction.keyword === 'RUN' ? analysis.body(instruction) : undefined;
    if (body === undefined) continue;
    for (const { program, programWord, args } of invocationsOf(body)) {
      const isShell = /^(?:ba|da|a)?sh$/.test(program);
      const isScript = isShell
        ? args.some((word) => !word.text.startsWith('-'))
        : /^\.{0,2}\//.test(programWord.text) && !/^\/(?:usr\/)?s?bin\//.test(programWord.text);
      if (isScript) return programWord.text;
    }
  }
  return undefined;
}

function* checkLeftovers(subject: Subject): Iterable<Diagnostic> {
  const { dockerfile, analysis } = subject;
  let ownScript: string | undefined;
  for (const instruction of analysis.runsNaming('apk')) {
    const body = analysis.body(instruction);
    if (body === undefined || mountOver(instruction, CACHE) !== undefined) continue;
    const commands = analysis.packageCommands(instruction).filter((command) => command.manager === 'apk');
    if (!commands.some((command) => command.action === 'install' || command.action === 'upgrade')) continue;
    for (const item of body.shell.items) {
      const command = item.commands[0];
      if (
        item.type !== 'Command' ||
        command === undefined ||
        item.commands.length !== 1 ||
        command.redirections.length > 0
      )
        continue;
      const text = body.text.slice(item.start, item.end);
      const isUpdate = commands.some(
        (candidate) => candidate.invocation.command === command && candidate.action === 'update',
      );
      const isCleanup = /^rm\s+-(?:rf|fr|r|f)\s+\/var\/cache\/apk(?:\/\*)?\/?$/.test(text);
      if (!isUpdate && !isCleanup) continue;
      if (isUpdate && (ownScript ??= findOwnScript(subject)) !== undefined) continue;
      const removal = removeItem(dockerfile, body, item);
      if (removal === undefined) continue;
      yield fixed(body.sourceSpan(item), `\`${text}\` has nothing to do beside \`apk add --no-cache\``, {
        edits: [removal],
        applicability: 'safe',
        checked: ['every apk command of the file fetches its own index'],
        removes: command.words.map((word) => word.text),
      });
      break; // one an instruction and pass: two might share a joiner
    }
  }
}
