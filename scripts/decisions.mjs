// Tells over real services with their recorded build contexts what transforms do: for each ecosystem how many services
// they rewrite, and how many they decline by reason.
//   node scripts/decisions.mjs FOLDER NAME[,NAME..] [--show N] [--seed N] [--grep TEXT] [--declines] [--no-context]
import { parseArgs } from 'node:util';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { rewrite, secondReader, transforms } from '../dist/index.js';
import { services } from './recorded-context.mjs';
import { sample } from './sample.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    show: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    grep: { type: 'string', default: '' },
    declines: { type: 'boolean', default: false },
    'no-context': { type: 'boolean', default: false },
  },
});
const [root, names] = positionals;
const selected = transforms.filter(({ name }) => names?.split(',').includes(name));
if (root === undefined || selected.length === 0) {
  console.error('usage: node scripts/decisions.mjs FOLDER NAME[,NAME..] [--show N] [--declines] [--no-context]');
  process.exit(2);
}

const changed = [];
const declines = [];
const rows = new Map();
let faults = 0;
for (const { slug, text, context, ecosystem } of services(root)) {
  const contexts = values['no-context'] ? [] : [context];
  const result = rewrite(text, {
    transforms: selected,
    unsafe: true,
    named: new Set(selected.map(({ name }) => name)),
    contexts,
    secondReader,
  });
  for (const { transform, message } of result.faults) {
    faults++;
    console.log(`${slug}: ${transform}: ${message}`);
  }
  const row = rows.get(ecosystem) ?? { services: 0, rewritten: 0, reasons: new Map() };
  rows.set(ecosystem, row);
  row.services++;
  if (result.status === 'changed') {
    row.rewritten++;
    changed.push({ slug, before: text, after: result.text, notes: result.changes.flatMap(({ checked }) => checked) });
  }
  const seen = new Set();
  for (const { transform, reason, detail } of result.declines) {
    if (seen.has(reason)) continue;
    seen.add(reason);
    row.reasons.set(reason, (row.reasons.get(reason) ?? 0) + 1);
    declines.push(`${ecosystem}\t${slug}\t${transform}\t${reason}\t${detail}`);
  }
}

console.log('| | services | rewritten | declined |\n|--|--|--|--|');
for (const [ecosystem, { services: count, rewritten, reasons }] of [...rows].sort()) {
  const list = [...reasons].sort(([, a], [, b]) => b - a).map(([reason, times]) => `${times} ${reason}`);
  console.log(`| ${ecosystem} | ${count} | ${rewritten} | ${list.join(', ')} |`);
}
if (values.declines) for (const line of declines.sort()) console.log(line);
const shown = changed.filter(({ slug, before }) => `${slug}\n${before}`.includes(values.grep));
for (const { slug, before, after, notes } of sample(shown, Number(values.show), Number(values.seed))) {
  console.log(
    createTwoFilesPatch(slug, slug, before, after, '', '', { context: 40, headerOptions: FILE_HEADERS_ONLY }),
  );
  for (const note of notes) console.log(`    - ${note}`);
}
process.exitCode = faults > 0 ? 1 : 0;
