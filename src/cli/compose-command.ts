import type { Limits } from '../compose/limits.js';
import { LIMIT_VALUES } from '../compose/limits.js';
import type { LimitedServices } from '../compose/limit-services.js';
import { encodeText } from '../text/bytes.js';
import { gitPatch } from '../text/patch.js';
import { describeFault, discover, type Found, shownPath } from './discover.js';
import { type ExitCode, strongest, UsageError } from './exit-codes.js';
import { type ReadFile, readTextFile, writeTextFile } from './files.js';
import { LIMIT_COMPOSE } from './limit-compose.js';
import { paintedPatch } from './report-diff.js';
import { painterFor, tell, visible } from './style.js';

export interface ComposeCommand {
  readonly paths: readonly string[];
  readonly check: boolean;
  readonly write: boolean;
  readonly diff: boolean;
  readonly quiet: boolean;
  readonly param: readonly string[];
}

/** Whether a file is one of Compose by its name. */
export function isComposeName(path: string): boolean {
  return /(?:^|\/)(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/.test(path);
}

/** Runs `dfix compose [paths..]`: limits for services. Results go to stdout, everything else to stderr. */
export async function runCompose(command: ComposeCommand): Promise<ExitCode> {
  if (command.check && command.write) throw new UsageError('--check and --write exclude each other');
  const limits = limitsIn(command.param);
  const { limitServices } = await import('../compose/limit-services.js');
  const paths = command.paths.length === 0 ? ['.'] : command.paths;
  const found = await discover(paths, isComposeName);
  if (found.length === 0) {
    tell(`no Compose file in ${paths.join(', ')}: looked for compose*.yaml and docker-compose*.yml`);
    return 3;
  }
  const isDryRun = ['true', '1'].includes(process.env['DRY_RUN']?.toLowerCase() ?? '');
  const run: Run = { limits, limitServices, command, isWriting: command.write && !isDryRun, codes: new Set() };
  const counts = { changed: 0, services: 0, declined: 0 };
  for (const file of found) {
    const { services, declined } = await limitFile(file, run);
    counts.declined += declined;
    counts.services += services;
    if (services > 0) counts.changed++;
  }
  if (command.check && counts.changed > 0) run.codes.add(1);
  if (!command.quiet) {
    const done = run.isWriting ? 'rewritten' : 'would change';
    tell(
      `${found.length} read, ${counts.changed} ${done} (limits for ${counts.services}), ${counts.declined} services declined`,
    );
  }
  return strongest(run.codes);
}

interface Run {
  readonly limits: Limits;
  readonly limitServices: (text: string, limits: Limits) => LimitedServices;
  readonly command: ComposeCommand;
  readonly isWriting: boolean;
  readonly codes: Set<ExitCode>;
}

const NOTHING = { services: 0, declined: 0 };

/** Limits the services of a file; how many. */
async function limitFile({ path, error }: Found, run: Run): Promise<typeof NOTHING> {
  const shown = shownPath(path);
  const complain = (code: ExitCode, place: string, message: string): typeof NOTHING => {
    run.codes.add(code);
    tell(`${painterFor(process.stderr, process.env)('red', 'error:')} ${visible(place)}: ${visible(message)}`);
    return NOTHING;
  };
  if (error !== undefined) return complain(2, shown, error);
  let read: ReadFile;
  try {
    read = readTextFile(path);
  } catch (fault) {
    return complain(2, shown, describeFault(fault));
  }
  const result = run.limitServices(read.text, run.limits);
  if (result.kind === 'problem') return complain(4, `${shown}:${placeOf(read.text, result.offset)}`, result.message);
  if (result.kind === 'fault')
    return complain(2, shown, `dfix refused its own result of ${LIMIT_COMPOSE.name}. Please report this as a bug`);
  const declined = result.notes.filter(({ obstacle }) => obstacle !== undefined);
  for (const { service, offset, obstacle = '' } of run.command.quiet ? [] : declined)
    tell(visible(`${shown}:${placeOf(read.text, offset)}: \`${service}\` gets no limits: ${obstacle}`));
  show(shown, read, result.text, run.command);
  if (run.isWriting && result.text !== read.text) {
    const fault = await writeTextFile(path, result.text, read).then(() => undefined, describeFault);
    if (fault !== undefined) return complain(2, shown, `not written: ${fault}`);
  }
  return { services: result.notes.length - declined.length, declined: declined.length };
}

/** The diff on stdout, where it is asked for: as bytes of the file, and for people with colours. */
function show(path: string, read: ReadFile, after: string, { check, write, diff }: ComposeCommand): void {
  if ((check || write) && !diff) return;
  const patch = gitPatch(path, read.text, after);
  const paint = painterFor(process.stdout, process.env);
  const isForPeople = process.stdout.isTTY || paint('bold', '') !== '';
  process.stdout.write(isForPeople ? paintedPatch(patch, paint) : encodeText(patch, read.encoding));
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset);
  return `${before.split('\n').length}:${offset - before.lastIndexOf('\n')}`;
}

/** Reads `memory=512m` and `cpus=0.5`, with the name of the practice in front or without. */
function limitsIn(words: readonly string[]): Limits {
  const limits = new Map<string, string>();
  for (const word of words) {
    const [, name = '', value = ''] = /^(?:limit-compose-resources\.)?([^.=]+)=(.*)$/s.exec(word) ?? [];
    if (name !== 'memory' && name !== 'cpus')
      throw new UsageError(
        `--param ${word} is neither memory=VALUE nor cpus=VALUE (see: dfix explain ${LIMIT_COMPOSE.name})`,
      );
    const { pattern, summary } = LIMIT_VALUES[name];
    if (!pattern.test(value)) throw new UsageError(`${name} does not take '${value}': ${summary}`);
    limits.set(name, value);
  }
  if (limits.size === 0)
    throw new UsageError(
      `dfix compose needs --param memory=VALUE or --param cpus=VALUE (see: dfix explain ${LIMIT_COMPOSE.name})`,
    );
  return { memory: limits.get('memory'), cpus: limits.get('cpus') };
}
