// Rewrites real services with their recorded build contexts, and tells what became of those whose dependencies are
// installed again after an edit of a source file.
//   node scripts/contexts.mjs FOLDER [--show N] [--seed N] [--declines] [--no-context]
import { parseArgs } from 'node:util';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { Analysis } from '../dist/analysis/analysis.js';
import { repeatedInstructions } from '../dist/analysis/cache.js';
import { ImageView, readContextCopy, workdirsOf } from '../dist/analysis/copies.js';
import { stepsOf } from '../dist/analysis/script-steps.js';
import { Dockerfile, rewrite, secondReader, transforms } from '../dist/index.js';
import { finalPlacements, missingAtInstall } from './placements.mjs';
import { services } from './recorded-context.mjs';
import { sample } from './sample.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    show: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    declines: { type: 'boolean', default: false },
    'no-context': { type: 'boolean', default: false },
  },
});
const [root] = positionals;
if (root === undefined) {
  console.error('usage: npm run contexts -- FOLDER [--show N] [--seed N] [--declines] [--no-context]');
  process.exit(2);
}

const SOURCE = /\.(?:[cm]?[jt]sx?|vue|svelte|py|rb|go|rs|java|kt|scala|php|exs?|erb|cs|fs|razor|c|cc|cpp|h|hpp|html)$/;
const NO_SOURCE = /(?:^|\/)(?:[^/]*\.config\.[cm]?[jt]s|mix\.exs|setup\.py|build\.rs)$|(?:^|\/)\.|(?:^|\/)config\//;

/** What is installed or downloaded in each stage, with what the stage copied before. */
function installsOf(analysis, context, edited) {
  const installs = [];
  for (const stage of analysis.dockerfile.stages) {
    const chain = [stage];
    while (chain[0].base.kind === 'stage') chain.unshift(chain[0].base.stage);
    const view = new ImageView(context);
    for (const member of chain) {
      const workdirs = workdirsOf(analysis, member);
      workdirs.forEach((folder) => view.addFolder(folder));
      for (const [index, instruction] of member.instructions.entries()) {
        const copy = readContextCopy(analysis, instruction, workdirs[index]);
        if (copy !== undefined && copy !== 'unknown') view.add(copy);
        const body = instruction.keyword === 'RUN' && member === stage ? analysis.body(instruction) : undefined;
        for (const { step } of body === undefined ? [] : stepsOf(body, workdirs[index])) {
          if (step.kind !== 'install') continue;
          const { installation } = step;
          const hasSources = [...view.below('/')].some((path) => edited.has(view.origin(path).context));
          // Some have nothing to download, and some do it for others.
          const isWorth = installation.reads !== undefined || installation.fetch?.reads(view) !== undefined;
          installs.push({ instruction, stage, ...installation, isCandidate: hasSources && isWorth });
        }
      }
    }
  }
  return installs;
}

/** The installations that the edit of a source file repeats although no step above them did their work. */
function repeatedInstalls(text, context) {
  const analysis = new Analysis(Dockerfile.parse(text));
  const paths = context.files.map(({ path }) => path);
  const edited = new Set(paths.filter((path) => SOURCE.test(path) && !NO_SOURCE.test(path)));
  const installs = installsOf(analysis, context, edited);
  if (installs.length === 0 || edited.size === 0) return [];
  const repeated = repeatedInstructions(analysis, context, edited);
  return installs.filter((install) => {
    if (!install.isCandidate || !repeated.has(install.instruction)) return false;
    const others = installs.filter(
      (other) => other !== install && other.stage === install.stage && other.ecosystem === install.ecosystem,
    );
    if (others.some((other) => !repeated.has(other.instruction))) return false;
    if (install.reads !== undefined) return true;
    const hasCache = install.instruction.flags.some((flag) => flag.text.includes('type=cache'));
    return !hasCache && !others.some((other) => other.reads !== undefined);
  });
}

const options = {
  transforms: transforms.filter(({ name }) => name === 'order-copy-for-cache'),
  unsafe: true,
  secondReader,
};
const table = new Map();
const declines = [];
const shown = [];
let bad = 0;
for (const service of services(root)) {
  const { slug, text, context, ecosystem } = service;
  const row = table.get(ecosystem) ?? {
    services: 0,
    repeats: 0,
    safe: 0,
    unsafe: 0,
    declined: 0,
    silent: 0,
    better: 0,
  };
  table.set(ecosystem, row);
  row.services++;
  const contexts = values['no-context'] ? [] : [context];
  const result = rewrite(text, { ...options, contexts });
  const complain = (what) => {
    bad++;
    console.error(`${slug}: ${what}`);
  };
  for (const fault of result.faults) complain(`refused: ${fault.message}`);
  const again = rewrite(result.text, { ...options, contexts });
  if (again.text !== result.text) complain('a second run changes it again');
  const before = repeatedInstalls(text, context);
  const isCandidate = before.length > 0;
  if (isCandidate) row.repeats++;
  if (result.status === 'changed') {
    const isSafe = result.changes.every(({ applicability }) => applicability === 'safe');
    row[isSafe ? 'safe' : 'unsafe']++;
    if (repeatedInstalls(result.text, context).length < before.length) row.better++;
    for (const difference of finalPlacements.compare(text, result.text, context)) complain(difference);
    for (const late of missingAtInstall(result.text, context)) complain(late);
    shown.push({ ...service, result });
  } else if (result.declines.length > 0) {
    row.declined++;
  } else if (isCandidate) {
    row.silent++;
    declines.push({ slug, reason: 'silent', detail: before.map(({ label }) => label).join(', ') });
  }
  for (const { reason, detail, line } of result.declines)
    declines.push({ slug, reason, detail: `line ${line}: ${detail}` });
}
if (values.declines) for (const { slug, reason, detail } of declines) console.log(`${reason}  ${slug}  ${detail}`);
for (const { slug, text, result } of sample(shown, Number(values.show), Number(values.seed))) {
  console.log(
    createTwoFilesPatch(slug, slug, text, result.text, undefined, undefined, {
      headerOptions: FILE_HEADERS_ONLY,
      context: 3,
    }),
  );
  for (const change of result.changes)
    console.log(`  ${change.applicability}: ${change.message}\n    ${change.checked.join('\n    ')}`);
}
console.table(Object.fromEntries([...table].sort()));
process.exit(bad > 0 ? 1 : 0);
