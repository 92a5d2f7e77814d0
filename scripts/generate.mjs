// Writes what is generated from the transforms: docs/transforms, the tables in the README, and nothing else.
//   node scripts/generate.mjs          writes
//   node scripts/generate.mjs --check  exits 1 and names what is out of date
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rewrite, transforms } from '../dist/index.js';
import { configJsonSchema } from '../dist/config-schema.js';
import { openContextFolder } from '../dist/cli/context-folder.js';
import { gitPatch } from '../dist/text/patch.js';

const isCheck = process.argv.includes('--check');
const stale = [];

function emit(path, text) {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  stale.push(path);
  if (!isCheck) writeFileSync(path, text);
}

/** The doc comment of the exported value, as paragraphs. */
function proseOf(name) {
  const source = readFileSync(`src/transforms/${name}.ts`, 'utf8');
  const comment = /\/\*\*\n((?: \*.*\n)+?) \*\/\nexport const \w+: Transform/.exec(source)?.[1];
  if (comment === undefined) throw new Error(`${name} has no doc comment in front of its exported value`);
  return comment.replace(/^ \* ?/gm, '').trim();
}

function kebab(id) {
  return id
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase();
}

const LINKS = {
  hadolint: (id) => `https://github.com/hadolint/hadolint/wiki/${id}`,
  buildkit: (id) => `https://docs.docker.com/reference/build-checks/${kebab(id)}/`,
};

function idRow(id) {
  const [tool, own] = [id.slice(0, id.indexOf(':')), id.slice(id.indexOf(':') + 1)];
  const link = LINKS[tool]?.(own);
  return link === undefined ? `- ${tool} \`${own}\`` : `- ${tool} [\`${own}\`](${link})`;
}

/** What can be set for a transform. */
function paramLines(name, params = []) {
  if (params.length === 0) return [];
  const rows = params.map((param) => `- \`--param ${name}.${param.name}=…\`: ${param.summary}`);
  return ['## Parameters', '', ...rows, ''];
}

const IMAGE_CHANGES = {
  users: 'accounts',
  owners: 'owners and modes of files',
  caches: 'caches and temporary files',
  dependencies: 'the installed libraries of the language',
  packages: 'the packages of the system',
  base: 'what the base image brings',
  'fewer-files': 'files that the process does not need',
};

/** What `dfix verify` takes for announced. */
function imageLine(kinds) {
  return `Among the files of the image it changes on purpose: ${kinds.map((kind) => IMAGE_CHANGES[kind]).join(', ')}.`;
}

/** What the transform makes of its example, alone. */
function exampleOf(name) {
  const before = readFileSync(`examples/${name}/Dockerfile`, 'utf8');
  const transform = transforms.find((candidate) => candidate.name === name);
  // The folder of an example is its build context, where the transform looks at one.
  const context = transform.usesContext
    ? openContextFolder(`examples/${name}`, `examples/${name}/Dockerfile`)
    : undefined;
  const contexts = context === undefined ? [] : [context];
  const answers = `examples/${name}/digests.json`;
  const digests = new Map(existsSync(answers) ? Object.entries(JSON.parse(readFileSync(answers, 'utf8'))) : []);
  const settings = `examples/${name}/params.json`;
  const params = new Map(
    existsSync(settings) ? [[name, new Map(Object.entries(JSON.parse(readFileSync(settings, 'utf8'))))]] : [],
  );
  const named = new Set([name]);
  const result = rewrite(before, { transforms: [transform], unsafe: true, named, contexts, digests, params });
  if (transform.reportsOnly) {
    if (result.reports.length === 0) throw new Error(`examples/${name}/Dockerfile makes ${name} say nothing`);
    return {
      code: ['```dockerfile', before.trimEnd(), '```'],
      notes: result.reports.map((report) => `> Line ${report.line}: ${report.message}. ${report.advice}.`),
      kind: 'reported for a person',
    };
  }
  const [file] = result.files;
  if (file !== undefined) {
    const patch = gitPatch('.dockerignore', file.before, file.after).split('\n').slice(4).join('\n').trimEnd();
    return {
      code: ['```diff', patch, '```'],
      notes: [`> ${file.message}. Checked: ${file.checked.join('; ')}.`],
      kind: file.applicability,
    };
  }
  if (result.status !== 'changed') throw new Error(`examples/${name}/Dockerfile is not changed by ${name}`);
  const patch = gitPatch('Dockerfile', before, result.text).split('\n').slice(3).join('\n').trimEnd();
  return {
    code: ['```diff', patch, '```'],
    notes: result.changes.map(
      (change) => `> Line ${change.line}: ${change.message}. Checked: ${change.checked.join('; ')}.`,
    ),
    kind: result.changes[0].applicability,
  };
}

emit('docs/config.schema.json', `${JSON.stringify(configJsonSchema(), undefined, 2)}\n`);

mkdirSync('docs/transforms', { recursive: true });
for (const { name, summary, category, related, onlyNamed, params, imageChanges } of transforms) {
  const { code, notes, kind } = exampleOf(name);
  const lines = [
    `# ${name}`,
    '',
    `${summary}.`,
    '',
    `Category: ${category}. In the example below it is ${kind}.${onlyNamed ? ' It runs only when `--only` names it.' : ''}`,
    '',
    proseOf(name),
    '',
    ...(imageChanges === undefined ? [] : [imageLine(imageChanges), '']),
    '## Example',
    '',
    ...code,
    '',
    ...notes.flatMap((note) => [note, '']),
    ...paramLines(name, params),
    '## Ids elsewhere',
    '',
    ...related.map(idRow),
    '',
  ];
  emit(`docs/transforms/${name}.md`, lines.join('\n'));
}
for (const file of readdirSync('docs/transforms')) {
  if (transforms.some(({ name }) => `${name}.md` === file)) continue;
  stale.push(`docs/transforms/${file}`);
  if (!isCheck) rmSync(`docs/transforms/${file}`);
}

const rows = transforms.map(
  ({ name, summary, category, related }) =>
    `| [${name}](docs/transforms/${name}.md) | ${category} | ${summary} | ${related
      .filter((id) => /^(?:hadolint|buildkit):/.test(id))
      .map((id) => id.replace(/^hadolint:|^buildkit:/, ''))
      .join(', ')} |`,
);
const table = ['| transform | category | what it does | answers |', '|---|---|---|---|', ...rows].join('\n');

/** What dfix does about each known practice, by the number that the catalogue gives it. */
function practicesPage() {
  const practices = JSON.parse(readFileSync('docs/practices.json', 'utf8'));
  const answer = ({ transforms: names = [], waitsFor, note }) =>
    [
      names.map((name) => `[${name}](transforms/${name}.md)`).join(', '),
      waitsFor === undefined ? '' : `waits for ${waitsFor}`,
      note ?? '',
    ]
      .filter((part) => part !== '')
      .join('; ');
  const lines = practices.map((practice) => `| ${practice.row} | ${practice.practice} | ${answer(practice)} |`);
  return [
    '# Practices',
    '',
    'Every practice that dfix knows of, and what it does about it.',
    '',
    '| | practice | dfix |',
    '|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}

emit('docs/practices.md', practicesPage());

/** The example of the README: what all safe transforms make of a small service. */
function serviceExample() {
  const before = readFileSync('examples/service/Dockerfile', 'utf8');
  const { text } = rewrite(before, { transforms });
  return ['```diff', gitPatch('Dockerfile', before, text).split('\n').slice(4).join('\n').trimEnd(), '```'].join('\n');
}

/** A text with what stands between a mark and its end put in anew. */
function between(readme, mark, text) {
  const start = readme.indexOf(`<!-- ${mark} -->\n`) + `<!-- ${mark} -->\n`.length;
  return `${readme.slice(0, start)}${text}\n${readme.slice(readme.indexOf('<!-- end -->', start))}`;
}

const readme = readFileSync('README.md', 'utf8');
emit('README.md', between(between(readme, 'example', serviceExample()), 'transforms', table));

if (isCheck && stale.length > 0) {
  console.error(`out of date: ${stale.join(', ')}; run npm run generate`);
  process.exit(1);
}
