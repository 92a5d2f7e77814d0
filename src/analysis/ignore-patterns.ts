import type { BuildContext } from '../context/build-context.js';
import { Dockerfile } from '../dockerfile/dockerfile.js';
import { Analysis } from './analysis.js';
import { contextCopiesOf, workdirAt } from './copies.js';
import type { Ecosystem } from './installs/installation.js';
import { mountsOf } from './mounts.js';
import { stepsOf } from './script-steps.js';

/** What a Dockerfile wants of its build context. */
export interface ContextDemand {
  /** What COPY, ADD and bind mounts name, without those that name all of it. */
  readonly sources: readonly string[];
  /** It copies the whole context. */
  readonly copiesAll: boolean;
  /** What it installs for; dependencies of other ecosystems may come from the context. */
  readonly installs: ReadonlySet<Ecosystem>;
  /** A command asks git about the repository. */
  readonly asksGit: boolean;
}

/** A pattern of `.dockerignore`, and when it may be added. */
interface PatternRule {
  readonly pattern: string;
  /** A path that it matches: if that is ignored already, so is the rest. */
  readonly sample: string;
  /** Only where each build that copies all installs for the ecosystem itself. */
  readonly ecosystem?: Ecosystem;
  /** Only where `.gitignore` names it: else it may be a folder of sources. */
  readonly gitIgnored?: string;
  /** Only where nothing in the context matches, since what is there may be needed. */
  readonly isForAbsent?: boolean;
}

interface PatternGroup {
  readonly comment: string;
  readonly rules: readonly PatternRule[];
  /** Good to have in a new file; one that people keep gets only what matches something. */
  readonly isForNew?: true;
}

const ASKS_GIT = /\bgit\s+(?:-\S+\s+)*(?:rev-parse|rev-list|describe|log|status|show|submodule|diff|tag|branch)\b/;
/** Tools that read a version from the repository. */
const VERSION_FROM_GIT =
  /setuptools[_-]scm|versioneer|hatch-vcs|poetry-dynamic-versioning|gitversion|git-commit-id|nbgv/i;

function folder(name: string, ecosystem: Ecosystem): PatternRule {
  return { pattern: `**/${name}`, sample: `${name}/x`, ecosystem };
}

function artifact(name: string, ecosystem: Ecosystem): PatternRule {
  return { pattern: `**/${name}`, sample: `${name}/x`, ecosystem, gitIgnored: name };
}

/** Sources: the ignore files that the tools themselves propose, and Docker's "Build context", ".dockerignore files". */
const GROUPS: readonly PatternGroup[] = [
  { comment: 'Version control', rules: [{ pattern: '.git', sample: '.git/HEAD' }] },
  {
    comment: 'Installed or built by the build itself',
    rules: [
      folder('node_modules', 'node'),
      artifact('.next', 'node'),
      artifact('.nuxt', 'node'),
      artifact('dist', 'node'),
      artifact('build', 'node'),
      artifact('coverage', 'node'),
      folder('__pycache__', 'python'),
      { pattern: '**/*.py[co]', sample: 'x.pyc', ecosystem: 'python' },
      folder('.venv', 'python'),
      artifact('venv', 'python'),
      folder('.pytest_cache', 'python'),
      folder('.mypy_cache', 'python'),
      artifact('target', 'rust'),
      artifact('target', 'maven'),
      folder('.gradle', 'gradle'),
      artifact('build', 'gradle'),
      folder('bin', 'dotnet'),
      folder('obj', 'dotnet'),
      artifact('vendor', 'php'),
      folder('.bundle', 'ruby'),
      folder('_build', 'elixir'),
      artifact('deps', 'elixir'),
    ],
  },
  {
    comment: 'Logs, editors and systems',
    isForNew: true,
    rules: [
      { pattern: '**/*.log', sample: 'x.log' },
      { pattern: '.idea', sample: '.idea/x' },
      { pattern: '.vscode', sample: '.vscode/x' },
      { pattern: '**/.DS_Store', sample: '.DS_Store' },
    ],
  },
  {
    comment: 'Secrets',
    rules: [
      { pattern: '**/.env', sample: '.env' },
      { pattern: '**/.env.local', sample: '.env.local' },
      { pattern: '**/.env.*.local', sample: '.env.x.local' },
      { pattern: '**/*.pem', sample: 'x.pem', isForAbsent: true },
      { pattern: '**/id_rsa', sample: 'id_rsa', isForAbsent: true },
    ],
  },
  {
    comment: 'Files of Docker',
    isForNew: true,
    rules: [
      { pattern: 'Dockerfile*', sample: 'Dockerfile' },
      { pattern: '.dockerignore', sample: '.dockerignore' },
      { pattern: 'compose*.y*ml', sample: 'compose.yaml' },
      { pattern: 'docker-compose*.y*ml', sample: 'docker-compose.yml' },
    ],
  },
];

/** Reads what a Dockerfile wants of its context. */
export function demandOf(analysis: Analysis): ContextDemand {
  const { dockerfile } = analysis;
  const named = contextCopiesOf(dockerfile).flatMap((copy) => copy.sources);
  const installs = new Set<Ecosystem>();
  let asksGit = false;
  for (const instruction of dockerfile.instructions) {
    if (instruction.keyword !== 'RUN') continue;
    for (const { type, options } of mountsOf(instruction)) {
      const source = options.get('source') ?? options.get('src') ?? '';
      if (type === 'bind' && !options.has('from')) named.push(source.replace(/^\.?\/|\/$/g, ''));
    }
    if (ASKS_GIT.test(analysis.rawText(instruction))) asksGit = true;
    const body = analysis.body(instruction);
    for (const { step } of body === undefined ? [] : stepsOf(body, workdirAt(analysis, instruction))) {
      if (step.kind === 'install') installs.add(step.installation.ecosystem);
    }
  }
  const isAll = (source: string): boolean => source === '' || source === '*';
  return { sources: named.filter((source) => !isAll(source)), copiesAll: named.some(isAll), installs, asksGit };
}

interface TextDemand {
  readonly text: string;
  readonly demand: ContextDemand;
}

/** Those of all Dockerfiles in a context: in a large repository hundreds of them ask for those of all others. */
const demandsIn = new WeakMap<BuildContext, readonly TextDemand[]>();

/** The demands of all Dockerfiles in a context, besides the one at hand: they share its `.dockerignore`. */
export function otherDemands(context: BuildContext, own: Dockerfile): readonly ContextDemand[] {
  let all = demandsIn.get(context);
  if (all === undefined) {
    all = readDemands(context);
    demandsIn.set(context, all);
  }
  return all.flatMap(({ text, demand }) => (text === own.text ? [] : [demand]));
}

function readDemands(context: BuildContext): readonly TextDemand[] {
  return context.files.flatMap(({ path }) => {
    if (
      !/(?:^|\/)(?:Dockerfile(?:\.[^/]+)?|Containerfile|[^/]+\.[Dd]ockerfile)$/.test(path) ||
      path.endsWith('.dockerignore')
    )
      return [];
    const text = context.read(path);
    return text === undefined ? [] : [{ text, demand: demandOf(new Analysis(Dockerfile.parse(text))) }];
  });
}

/** The lines that a `.dockerignore` lacks, with a comment for each group; `matches` says what a pattern matches. */
export function missingPatterns(
  context: BuildContext,
  demands: readonly ContextDemand[],
  matches: (pattern: string, path: string) => boolean,
): readonly string[] {
  const gitIgnore = context.read('.gitignore') ?? '';
  const asksGit =
    demands.some((demand) => demand.asksGit) || context.files.some(({ path }) => namesVersionTool(context, path));
  const all = demands.filter((demand) => demand.copiesAll);
  const lines: string[] = [];
  const kept = linesOf(context.ignoreFile?.text);
  for (const { comment, rules, isForNew } of GROUPS) {
    const wanted = rules.filter((rule) => {
      if (context.isIgnored(rule.sample) || (rule.pattern === '.git' && asksGit)) return false;
      const { ecosystem, gitIgnored } = rule;
      if (ecosystem !== undefined && !all.every((demand) => demand.installs.has(ecosystem))) return false;
      if (gitIgnored !== undefined && !new RegExp(`^[/*]*${gitIgnored}/?\\s*$`, 'm').test(gitIgnore)) return false;
      // Nothing to look up for a pattern of a new file.
      if (kept.length > 0 || rule.isForAbsent === true) {
        const matched = context.files.filter(({ path }) => matches(rule.pattern, path));
        const isUnwanted = matched.length === 0 ? kept.length > 0 && (isForNew ?? rule.isForAbsent) : rule.isForAbsent;
        if (isUnwanted === true) return false;
        // Brought back by `!`.
        if (matched.some(({ path }) => kept.some((line) => !line.startsWith('!') && matches(line, path)))) return false;
      }
      return !demands.some((demand) => demand.sources.some((source) => matches(rule.pattern, source)));
    });
    const patterns = [...new Set(wanted.map((rule) => rule.pattern))];
    if (patterns.length > 0) lines.push(...(lines.length === 0 ? [] : ['']), `# ${comment}`, ...patterns);
  }
  return lines;
}

/** The patterns of an ignore file. */
function linesOf(text: string | undefined): readonly string[] {
  const lines = text?.split(/\r?\n/).map((line) => line.trim()) ?? [];
  return lines.filter((line) => line !== '' && !line.startsWith('#'));
}

/**
 * The lines of a `.dockerignore` that keep folders out; undefined where a line would leave a file out that reaches the
 * builder today, or where some build names such a folder.
 */
export function patternsFor(
  context: BuildContext,
  own: Dockerfile,
  analysis: Analysis,
  folders: readonly string[],
): readonly string[] | undefined {
  if (context.ignoreFile === undefined) return undefined;
  const demands = [demandOf(analysis), ...otherDemands(context, own)];
  const lines = missingPatterns(context, demands, (pattern, path) => context.matches(pattern, path));
  const found = folders.map((folder) =>
    lines.find((line) => /^[^#]/.test(line) && context.matches(line, `${folder}/x`)),
  );
  const patterns = found.flatMap((pattern) => pattern ?? []);
  if (patterns.length < folders.length) return undefined;
  const isLeftOut = context.files.some(({ path }) => context.matches(patterns.join('\n'), path));
  return isLeftOut ? undefined : [...new Set(patterns)];
}

function namesVersionTool(context: BuildContext, path: string): boolean {
  return (
    /(?:^|\/)(?:pyproject\.toml|setup\.cfg|pom\.xml|build\.gradle(?:\.kts)?|Directory\.Build\.props)$/.test(path) &&
    VERSION_FROM_GIT.test(context.read(path) ?? '')
  );
}
