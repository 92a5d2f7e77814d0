import { type BuildContext, isRecord, property } from '../context/build-context.js';
import type { Stage } from '../dockerfile/stage.js';
import { parseShell } from '../shell/parse.js';
import { baseName } from '../text/path.js';
import type { Analysis } from './analysis.js';
import { copiedFileAtEnd } from './image-files.js';
import { lookupIn } from './state.js';

/** A script of package.json that a package manager is told to run. */
export interface ScriptCall {
  readonly manager: 'npm' | 'yarn' | 'pnpm';
  /** The name of the script. */
  readonly name: string;
  /** What the script gets behind its own arguments. */
  readonly args: readonly string[];
}

export interface ScriptObstacle {
  readonly reason:
    | 'builds-at-start'
    | 'dynamic-value'
    | 'later-use'
    | 'missing-manifest'
    | 'not-alone'
    | 'other-program'
    | 'shell-control'
    | 'unknown-command'
    | 'unknown-content'
    | 'variable-in-exec-form';
  readonly detail: string;
}

/** What a script comes to: the words of one command of node. */
export interface NodeCommand {
  readonly words: readonly string[];
  /** As package.json has it. */
  readonly script: string;
}

/** Programs that build or watch sources whenever they start. */
const BUILDS =
  /^(?:nodemon|ts-node|ts-node-dev|tsx|babel-node|vite|webpack|webpack-dev-server|react-scripts|vue-cli-service|ng|gulp|grunt|tsc|esbuild|parcel|rollup)$/;

/** Reads a call such as `npm run start -- --port 80`; undefined for one that runs no script of package.json. */
export function scriptCallOf(words: readonly string[]): ScriptCall | ScriptObstacle | undefined {
  const manager = baseName(words[0] ?? '');
  if (manager !== 'npm' && manager !== 'yarn' && manager !== 'pnpm') return undefined;
  const dashes = words.indexOf('--');
  const own = words.slice(1, dashes === -1 ? undefined : dashes);
  const option = own.find((word) => word.startsWith('-') && !/^(?:-s|-q|--silent|--quiet|--loglevel=\w+)$/.test(word));
  const [verb, ...rest] = own.filter((word) => !word.startsWith('-'));
  if (option !== undefined && own.some((word) => /^(?:start|run|run-script)$/.test(word)))
    return { reason: 'unknown-command', detail: `\`${option}\` is an option of ${manager}` };
  const isRun = verb === 'run' || verb === 'run-script';
  const name = isRun ? rest.shift() : verb;
  // Other verbs of npm are its own commands.
  if (name === undefined || (!isRun && name !== 'start')) return undefined;
  return { manager, name, args: [...rest, ...(dashes === -1 ? [] : words.slice(dashes + 1))] };
}

/** What a script of the package in a folder of the final image runs, as far as one build context tells. */
export function nodeCommandOf(
  analysis: Analysis,
  stage: Stage,
  call: ScriptCall,
  folder: string,
  context: BuildContext,
): NodeCommand | ScriptObstacle {
  const fileOf = (name: string): string | undefined => copiedFileAtEnd(analysis, stage, `${folder}/${name}`, context);
  const read = (name: string): string | undefined => context.read(fileOf(name) ?? '');
  if (fileOf('package.json') === undefined)
    return { reason: 'missing-manifest', detail: 'no COPY puts a package.json there' };
  const manifest = parsed(read('package.json') ?? '');
  if (!isRecord(manifest)) return { reason: 'unknown-content', detail: 'nobody can read package.json' };
  const { name, args } = call;
  for (const hook of [`pre${name}`, `post${name}`]) {
    if (property(manifest, 'scripts', hook) !== undefined)
      return { reason: 'not-alone', detail: `package.json: "${hook}" runs as well` };
  }
  const script =
    property(manifest, 'scripts', name) ??
    (name === 'start' && fileOf('server.js') !== undefined ? 'node server.js' : undefined);
  if (typeof script !== 'string') return { reason: 'unknown-content', detail: `package.json has no script "${name}"` };
  const obstacle = managerObstacle(call, manifest, read) ?? readerOf(context);
  if (obstacle !== undefined) return obstacle;
  const lookup = lookupIn(analysis.stateAtEnd(stage));
  const words = wordsOf(script, name, (variable) => lookup(variable) ?? undefined);
  return 'reason' in words ? words : { words: [...words, ...args], script };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What changes how a manager runs scripts, or how node finds packages without it. */
function managerObstacle(
  { manager }: ScriptCall,
  manifest: unknown,
  read: (name: string) => string | undefined,
): ScriptObstacle | undefined {
  for (const field of ['dependencies', 'devDependencies']) {
    if (property(manifest, field, 'node') !== undefined)
      return { reason: 'other-program', detail: 'package.json: the package "node" brings a node of its own' };
  }
  const settings = read('.npmrc') ?? '';
  const setting = /^\s*(?:node-options|script-shell|shell-emulator|node-linker\s*=\s*pnp)\b/m
    .exec(settings)?.[0]
    .trim();
  if (setting !== undefined) return { reason: 'dynamic-value', detail: `.npmrc sets ${setting} for what it runs` };
  if (manager !== 'yarn') return undefined;
  // Without yarn, node finds no packages that Plug'n'Play keeps.
  const isClassic = read('yarn.lock')?.includes('# yarn lockfile v1') === true && read('.pnp.js') === undefined;
  const pinned = property(manifest, 'packageManager');
  return isClassic && !(typeof pinned === 'string' && /^yarn@[^01]/.test(pinned))
    ? undefined
    : { reason: 'other-program', detail: "yarn may load packages by Plug'n'Play, which node alone does not" };
}

/** A file of the application that reads what only a package manager sets. */
function readerOf(context: BuildContext): ScriptObstacle | undefined {
  for (const { path } of context.files) {
    if (!/\.[cm]?[jt]sx?$/.test(path) || /(?:^|\/)node_modules\//.test(path)) continue;
    const [variable] =
      /\bnpm_(?:package|lifecycle|config|command)_?\w*|\bINIT_CWD\b/.exec(context.read(path) ?? '') ?? [];
    if (variable !== undefined)
      return { reason: 'later-use', detail: `${path} reads ${variable}, which the package manager sets` };
  }
  return undefined;
}

/** The words of a script that is one command of node, without what the image sets in any case. */
function wordsOf(
  script: string,
  name: string,
  lookup: (variable: string) => string | undefined,
): readonly string[] | ScriptObstacle {
  const where = `package.json: "${name}"`;
  const shell = parseShell(script);
  const [item] = shell.items;
  const command = item?.commands[0];
  if (!shell.isValid || command === undefined || shell.items.length > 1 || item?.type !== 'Command')
    return { reason: 'shell-control', detail: `${where} is more than one command` };
  if (shell.endsInBackground || command.redirections.length > 0 || /[\n#]/.test(script.slice(shell.end)))
    return { reason: 'shell-control', detail: `${where} is more than one command` };
  const isSet = (assignment: string): boolean => {
    const [, variable = '', value] = /^(\w+)=(.*)$/s.exec(assignment) ?? [];
    return value !== undefined && lookup(variable) === value;
  };
  const assigned = command.assignments.find(({ name: own, value }) => !isSet(`${own}=${value ?? ''}`));
  if (assigned !== undefined) return { reason: 'shell-control', detail: `${where} sets ${assigned.name}` };
  const dynamic = command.words.find(({ value, text }) => value === undefined || /[*?[]/.test(text));
  if (dynamic !== undefined)
    return { reason: 'variable-in-exec-form', detail: `${where}: the shell expands ${dynamic.text}` };
  const words = command.words.map(({ value, text }) => value ?? text);
  if (words[0] === 'cross-env' || words[0] === 'exec') words.shift();
  while (/^\w+=/.test(words[0] ?? '')) {
    const [word = ''] = words;
    if (!isSet(word)) return { reason: 'shell-control', detail: `${where} sets ${word.replace(/=.*$/s, '')}` };
    words.shift();
  }
  const [program = ''] = words;
  if (BUILDS.test(program)) return { reason: 'builds-at-start', detail: `${where} starts ${program}` };
  if (program !== 'node')
    return { reason: 'other-program', detail: `${where} starts ${program}, which the package manager looks up` };
  return words.length > 1 ? words : { reason: 'other-program', detail: `${where} starts no file` };
}
