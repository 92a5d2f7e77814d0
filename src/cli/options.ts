import { CATEGORIES } from '../transforms/transform.js';
import { ENGINE_NAMES } from '../verify/engine.js';
import { FORMATS } from './outputs.js';
import { REPORT_FORMATS } from './reports/index.js';
import { SCAN_FORMATS } from './scan/scan-format.js';
import { VERIFY_FORMATS } from './verify-formats.js';

/** The options of `dfix [paths..]`, as yargs takes them. */
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

export const VERIFY_OPTIONS = {
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
export const PLUGIN_OPTIONS = { config: OPTIONS.config, plugin: OPTIONS.plugin } as const;

export const BASELINE_OPTIONS = {
  baseline: { type: 'string', describe: 'The file to write; .dfix-baseline.json if not given' },
  prune: { type: 'boolean', default: false, describe: 'Only take out what is not there any more' },
  only: OPTIONS.only,
  skip: OPTIONS.skip,
  category: OPTIONS.category,
  param: OPTIONS.param,
  config: OPTIONS.config,
  context: OPTIONS.context,
} as const;

export const SCAN_OPTIONS = {
  format: { choices: SCAN_FORMATS, default: 'text' as const, describe: 'What to print on stdout' },
  shards: { type: 'number', describe: 'For pipelines: a job for each of so many parts instead of each Dockerfile' },
} as const;

export const COMPOSE_OPTIONS = {
  check: OPTIONS.check,
  write: OPTIONS.write,
  diff: OPTIONS.diff,
  param: { type: 'string', array: true, describe: 'The limits: memory=512m, cpus=0.5' },
  quiet: { type: 'boolean', default: false, describe: 'Nothing on stderr but errors' },
} as const;

export const MERGE_OPTIONS = {
  check: OPTIONS.check,
  diff: OPTIONS.diff,
  list: OPTIONS.list,
  format: OPTIONS.format,
  report: OPTIONS.report,
  'with-text': OPTIONS['with-text'],
  quiet: OPTIONS.quiet,
} as const;

/** Of all commands: a variable of the environment may be meant for any of them. */
export const ALL_OPTIONS = {
  ...COMPOSE_OPTIONS,
  ...MERGE_OPTIONS,
  ...SCAN_OPTIONS,
  ...BASELINE_OPTIONS,
  ...VERIFY_OPTIONS,
  ...OPTIONS,
};
