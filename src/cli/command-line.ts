import yargs from 'yargs';
import { CATEGORIES } from '../transforms/transform.js';
import { checkEnvironment, optionsInEnvironment } from './environment.js';
import { type ExitCode, EXIT_CODES, UsageError } from './exit-codes.js';
import { ENGINE_NAMES } from '../verify/engine.js';
import type { Narrowing } from './narrow.js';
import { FORMATS } from './outputs.js';
import { REPORT_FORMATS } from './reports/index.js';
import { nearest } from '../text/nearest.js';
import { usePlugins } from './use-plugins.js';
import { SCAN_FORMATS } from './scan/scan-format.js';
import { VERIFY_FORMATS } from './verify-formats.js';
import { version } from './version.js';

/** The options of `dfix [paths..]`. */
export const OPTIONS = {
  check: { type: 'boolean', default: false, describe: 'Write nothing; exit 1 if anything would change' },
  write: { type: 'boolean', default: false, describe: 'Write the files back' },
  interactive: {
    type: 'boolean',
    default: false,
    alias: 'i',
    describe: 'Ask about each hunk, and write what is taken',
  },
  diff: { type: 'boolean', default: false, describe: 'With --check or --write: show the diff' },
  list: { type: 'boolean', default: false, describe: 'Print the names of the files that change' },
  decisions: { type: 'string', describe: 'Apply only what this file accepts, as the page of --report html exports it' },
  unsafe: { type: 'boolean', default: false, describe: 'Apply fixes that may change behaviour too' },
  only: { type: 'string', array: true, describe: 'Run only these transforms (names, or ids of other tools)' },
  skip: { type: 'string', array: true, describe: 'Do not run these transforms' },
  category: { type: 'string', array: true, describe: `Run only these categories: ${CATEGORIES.join(', ')}` },
  param: {
    type: 'string',
    array: true,
    describe: 'Set a parameter of a transform, TRANSFORM.PARAM=VALUE (see: dfix explain TRANSFORM)',
  },
  'numeric-user': {
    choices: ['yes', 'no'] as const,
    describe: 'Whether users are written as numbers: the parameter numeric of all transforms that have one',
  },
  policy: {
    type: 'string',
    array: true,
    describe: 'Report what a policy does not allow, such as allowed-registries=docker.io,ghcr.io/acme',
  },
  format: { choices: FORMATS, describe: 'What to print on stdout' },
  report: {
    type: 'string',
    array: true,
    describe: `Write a report beside what is printed, FORMAT=PATH, as often as wanted; - stands for stdout. ${REPORT_FORMATS.join(', ')}`,
  },
  'patch-dir': {
    type: 'string',
    describe: 'Write a patch, a commit message and a pull request body for each repository into this folder',
  },
  'with-text': { type: 'boolean', default: false, describe: 'With JSON: the rewritten text of each file' },
  config: { type: 'string', describe: 'The configuration file; --no-config to do without. Looked for if not given' },
  plugin: { type: 'string', array: true, describe: 'A module with transforms of your own, as often as wanted' },
  context: { type: 'string', describe: 'The build context; --no-context to do without. Looked for if not given' },
  online: { type: 'boolean', default: false, describe: 'Ask registries for the digests of images' },
  mirror: { type: 'string', array: true, describe: 'With --online: an address to ask before Docker Hub' },
  baseline: { type: 'string', describe: 'Tell and fix only what this file does not hold (see: dfix baseline)' },
  changed: { type: 'boolean', default: false, describe: 'Only what differs from the last commit' },
  since: { type: 'string', describe: 'Only what differs from where the branch left this one' },
  staged: { type: 'boolean', default: false, describe: 'Only what is staged' },
  shard: { type: 'string', describe: 'One part of the files, I/N, or auto for what the CI says' },
  jobs: { type: 'number', describe: 'How many workers; as many as pay if not given' },
  'commit-per-transform': {
    type: 'boolean',
    default: false,
    describe: 'With --write: a commit for each transform in the repository of each file',
  },
  resume: { type: 'string', describe: 'Keep what becomes of each file there, and take over what is there already' },
  quiet: { type: 'boolean', default: false, describe: 'No summary on stderr' },
} as const;

const VERIFY_OPTIONS = {
  unsafe: OPTIONS.unsafe,
  only: OPTIONS.only,
  skip: OPTIONS.skip,
  category: OPTIONS.category,
  param: OPTIONS.param,
  config: OPTIONS.config,
  plugin: OPTIONS.plugin,
  context: { type: 'string', describe: 'The build context. Looked for if not given' },
  'build-arg': { type: 'string', array: true, describe: 'Given to every build, NAME=VALUE' },
  secret: { type: 'string', array: true, describe: 'Given to every build, such as id=token,env=TOKEN' },
  target: { type: 'string', describe: 'The stage to build' },
  platform: { type: 'string', describe: 'The platform to build for' },
  network: { type: 'string', describe: 'The network of builds and smoke tests' },
  smoke: { type: 'string', describe: 'A command that succeeds in the running container' },
  'smoke-http': { type: 'string', describe: '/PATH or PORT/PATH that the running container answers' },
  'smoke-run': { type: 'boolean', default: false, describe: 'The container runs to its end and succeeds' },
  'smoke-timeout': { type: 'number', default: 60, describe: 'How long a smoke test may take, in seconds' },
  touch: { type: 'string', describe: 'The file of the context to edit, to see what is built again' },
  engine: { choices: ENGINE_NAMES, describe: 'The engine. The first that can build if not given' },
  timeout: { type: 'number', default: 1800, describe: 'How long one build may take, in seconds' },
  bisect: { type: 'boolean', default: false, describe: 'Find the fixes with which build and smoke test succeed' },
  scan: { type: 'boolean', default: false, describe: 'Compare what trivy, grype, docker scout or snyk finds' },
  write: { type: 'boolean', default: false, describe: 'Write the file back when it is verified' },
  format: { choices: VERIFY_FORMATS, default: 'table' as const, describe: 'What to print on stdout' },
} as const;

/** What leads to transforms that are not ours. */
const PLUGIN_OPTIONS = { config: OPTIONS.config, plugin: OPTIONS.plugin } as const;

const BASELINE_OPTIONS = {
  baseline: { type: 'string', describe: 'The file to write; .dfix-baseline.json if not given' },
  prune: { type: 'boolean', default: false, describe: 'Only take out what is not there any more' },
  only: OPTIONS.only,
  skip: OPTIONS.skip,
  category: OPTIONS.category,
  param: OPTIONS.param,
  config: OPTIONS.config,
  context: OPTIONS.context,
} as const;

const SCAN_OPTIONS = {
  format: { choices: SCAN_FORMATS, default: 'text' as const, describe: 'What to print on stdout' },
  shards: { type: 'number', describe: 'For pipelines: a job for each of so many parts instead of each Dockerfile' },
} as const;

const COMPOSE_OPTIONS = {
  check: OPTIONS.check,
  write: OPTIONS.write,
  diff: OPTIONS.diff,
  param: { type: 'string', array: true, describe: 'The limits: memory=512m, cpus=0.5' },
  quiet: { type: 'boolean', default: false, describe: 'Nothing on stderr but errors' },
} as const;

const MERGE_OPTIONS = {
  check: OPTIONS.check,
  diff: OPTIONS.diff,
  list: OPTIONS.list,
  format: OPTIONS.format,
  report: OPTIONS.report,
  'with-text': OPTIONS['with-text'],
  quiet: OPTIONS.quiet,
} as const;

const ALL_OPTIONS = {
  ...COMPOSE_OPTIONS,
  ...MERGE_OPTIONS,
  ...SCAN_OPTIONS,
  ...BASELINE_OPTIONS,
  ...VERIFY_OPTIONS,
  ...OPTIONS,
};

const COMMANDS = ['list', 'explain', 'init', 'scan', 'baseline', 'merge', 'verify', 'compose'];

/** Reads the command line and runs what it asks for. Throws a `UsageError` for a wrong call. */
export async function runCommandLine(words: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = 0;
  checkEnvironment(ALL_OPTIONS, process.env);
  const parser = yargs([...words])
    .scriptName('dfix')
    .parserConfiguration({ 'greedy-arrays': false, 'parse-positional-numbers': false })
    .usage(
      'dfix [paths..]\n\nRewrites Dockerfiles: shows a diff unless told to write.\nA path is a Dockerfile or a folder; - stands for stdin.',
    )
    // No positional argument for the paths: yargs would drop a lone `-`.
    .command(
      '$0',
      false,
      (command) => command.options(OPTIONS).config(optionsInEnvironment(OPTIONS, process.env)),
      async (given) => {
        const { runRewrite } = await import('./rewrite-command.js');
        code = await runRewrite({
          paths: given._.map(String),
          check: given.check,
          write: given.write,
          interactive: given.interactive,
          diff: given.diff,
          list: given.list,
          unsafe: given.unsafe,
          only: splitAtCommas(given.only),
          skip: splitAtCommas(given.skip),
          category: splitAtCommas(given.category),
          // A value may hold a comma.
          param: await paramsFrom(given),
          plugin: given.plugin ?? [],
          format: given.format,
          // A path may hold a comma.
          report: given.report ?? [],
          patchDir: given['patch-dir'],
          withText: given['with-text'],
          quiet: given.quiet,
          decisions: given.decisions,
          online: given.online,
          mirror: given.mirror ?? [],
          jobs: jobsFrom(given.jobs),
          baseline: given.baseline,
          commitPerTransform: given['commit-per-transform'],
          resume: given.resume,
          narrowing: narrowingFrom(given),
          config: given.config,
          context: given.context,
        });
      },
    )
    .command(
      'list',
      'List the transforms',
      (command) =>
        command
          .option('format', { choices: ['text', 'json'] as const, default: 'text' as const })
          .options(PLUGIN_OPTIONS)
          .config(optionsInEnvironment(PLUGIN_OPTIONS, process.env)),
      async (given) => {
        await usePlugins({ plugin: given.plugin ?? [], config: given.config });
        const { listText } = await import('./list-command.js');
        process.stdout.write(listText(given.format));
      },
    )
    .command(
      'explain <transform>',
      'Explain a transform, by its name or the id of another tool',
      (command) =>
        command
          .positional('transform', { type: 'string', demandOption: true })
          .options(PLUGIN_OPTIONS)
          .config(optionsInEnvironment(PLUGIN_OPTIONS, process.env)),
      async (given) => {
        await usePlugins({ plugin: given.plugin ?? [], config: given.config });
        const { explainText } = await import('./list-command.js');
        process.stdout.write(await explainText(given.transform));
      },
    )
    .command('init', 'Write a configuration file into the working directory', {}, async () => {
      const { runInit } = await import('./init-command.js');
      process.stdout.write(`${await runInit()}\n`);
    })
    .command(
      'scan',
      'Tell which Dockerfiles would be read, how they are built, and what is passed over',
      (command) =>
        command
          .usage('dfix scan [paths..]')
          .options(SCAN_OPTIONS)
          .config(optionsInEnvironment(SCAN_OPTIONS, process.env)),
      async (given) => {
        const { runScan } = await import('./scan/scan-command.js');
        code = await runScan({ paths: given._.slice(1).map(String), format: given.format, shards: given.shards });
      },
    )
    .command(
      'baseline',
      'Keep what is found today in a file, so that later runs tell only what is new',
      (command) =>
        command
          .usage('dfix baseline [paths..]')
          .options(BASELINE_OPTIONS)
          .config(optionsInEnvironment(BASELINE_OPTIONS, process.env)),
      async (given) => {
        const { runBaseline } = await import('./baseline/baseline-command.js');
        code = await runBaseline({
          paths: given._.slice(1).map(String),
          baseline: given.baseline,
          prune: given.prune,
          only: splitAtCommas(given.only),
          skip: splitAtCommas(given.skip),
          category: splitAtCommas(given.category),
          param: given.param ?? [],
          config: given.config,
          context: given.context,
        });
      },
    )
    .command(
      'merge',
      'Print and report what several runs recorded with --resume, as one run would have',
      (command) =>
        command
          .usage('dfix merge FILES..')
          .options(MERGE_OPTIONS)
          .config(optionsInEnvironment(MERGE_OPTIONS, process.env)),
      async (given) => {
        const { runMerge } = await import('./record/merge-command.js');
        code = await runMerge({
          // The first word is the command.
          paths: given._.slice(1).map(String),
          check: given.check,
          write: false,
          diff: given.diff,
          list: given.list,
          format: given.format,
          report: given.report ?? [],
          withText: given['with-text'],
          quiet: given.quiet,
        });
      },
    )
    .command(
      'verify',
      'Build a Dockerfile before and after, and compare the images. Runs what the Dockerfile says',
      (command) =>
        command
          .usage('dfix verify [path]')
          .options(VERIFY_OPTIONS)
          .config(optionsInEnvironment(VERIFY_OPTIONS, process.env)),
      async (given) => {
        const { runVerify } = await import('./verify-command.js');
        code = await runVerify({
          // The first word is the command.
          paths: given._.slice(1).map(String),
          unsafe: given.unsafe,
          write: given.write,
          only: splitAtCommas(given.only),
          skip: splitAtCommas(given.skip),
          category: splitAtCommas(given.category),
          param: given.param ?? [],
          plugin: given.plugin ?? [],
          config: given.config,
          context: given.context,
          buildArg: given['build-arg'] ?? [],
          secret: given.secret ?? [],
          target: given.target,
          platform: given.platform,
          network: given.network,
          smoke: given.smoke,
          smokeHttp: given['smoke-http'],
          smokeRun: given['smoke-run'],
          smokeTimeout: given['smoke-timeout'],
          touch: given.touch,
          engine: given.engine,
          timeout: given.timeout,
          bisect: given.bisect,
          scan: given.scan,
          format: given.format,
        });
      },
    )
    .command(
      'compose',
      'Limit memory and processors of the services of Compose files',
      (command) =>
        command
          .usage('dfix compose [paths..]')
          .options(COMPOSE_OPTIONS)
          .config(optionsInEnvironment(COMPOSE_OPTIONS, process.env)),
      async (given) => {
        const { runCompose } = await import('./compose-command.js');
        const { check, write, diff, quiet, param = [] } = given;
        code = await runCompose({ paths: given._.slice(1).map(String), check, write, diff, quiet, param });
      },
    )
    .epilogue(
      `Exit codes:\n${[...EXIT_CODES]
        .sort((a, b) => a.code - b.code)
        .map((entry) => `  ${entry.code}  ${entry.meaning}`)
        .join('\n')}`,
    )
    .version(version())
    .help()
    .strictOptions()
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error ?? new UsageError(withSuggestion(message ?? 'the call is wrong'));
    });
  await parser.parseAsync();
  return code;
}

interface Shorthands {
  readonly param: readonly string[] | undefined;
  readonly policy: readonly string[] | undefined;
  readonly 'numeric-user': 'yes' | 'no' | undefined;
}

/** The parameters, with what other options stand for in front: `--param` is more exact. */
async function paramsFrom({ param = [], policy = [], 'numeric-user': numeric }: Shorthands): Promise<string[]> {
  if (policy.length === 0 && numeric === undefined) return [...param];
  const { paramsOfNumericUser, paramsOfPolicies } = await import('./shorthands.js');
  return [...paramsOfPolicies(policy), ...paramsOfNumericUser(numeric), ...param];
}

function narrowingFrom({ changed, since, staged, shard }: Narrowing): Narrowing | undefined {
  const isAll = !changed && since === undefined && !staged && shard === undefined;
  return isAll ? undefined : { changed, since, staged, shard };
}

function jobsFrom(value: number | undefined): number | undefined {
  if (value !== undefined && (!Number.isInteger(value) || value < 1 || value > 256))
    throw new UsageError('--jobs takes a whole number from 1 to 256');
  return value;
}

function splitAtCommas(values: readonly string[] | undefined): string[] {
  return (values ?? []).flatMap((value) => value.split(',')).filter((value) => value !== '');
}

/** Adds the option that was probably meant to what yargs says about an unknown one. */
function withSuggestion(message: string): string {
  const unknown = /^Unknown arguments?: ([^\s,]+)/.exec(message)?.[1];
  if (unknown === undefined) return `${message.replace(/\n\s*/g, ' ')} (see: dfix --help)`;
  const guess = nearest(unknown, [...Object.keys(ALL_OPTIONS), 'help', 'version', ...COMMANDS]);
  const meant = guess === undefined ? '' : `; did you mean ${COMMANDS.includes(guess) ? guess : `--${guess}`}?`;
  return `there is no option --${unknown}${meant} (see: dfix --help)`;
}
