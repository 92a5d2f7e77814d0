import yargs from 'yargs';
import { checkEnvironment, optionsInEnvironment } from './environment.js';
import { type ExitCode, EXIT_CODES, UsageError } from './exit-codes.js';
import type { Narrowing } from './narrow.js';
import { nearest } from '../text/nearest.js';
import {
  ALL_OPTIONS,
  BASELINE_OPTIONS,
  COMPOSE_OPTIONS,
  MERGE_OPTIONS,
  OPTIONS,
  PLUGIN_OPTIONS,
  SCAN_OPTIONS,
  VERIFY_OPTIONS,
} from './options.js';
import { usePlugins } from './use-plugins.js';
import { version } from './version.js';

/** The options of `dfix [paths..]`. */
export const COMMANDS = ['list', 'explain', 'init', 'scan', 'baseline', 'merge', 'verify', 'compose'];

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
