// Runs the built library over every Dockerfile below a folder and checks the laws on each result.
//   node scripts/corpus.mjs FOLDER [--unsafe] [--only NAME,..] [--each] [--show N] [--declines] [--patch FILE]
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import {
  changedFields,
  decodeBytes,
  Dockerfile,
  encodeText,
  finalConfig,
  rewrite,
  secondReader,
  transforms,
} from '../dist/index.js';
import { sample } from './sample.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    unsafe: { type: 'boolean', default: false },
    optional: { type: 'boolean', default: false },
    only: { type: 'string' },
    each: { type: 'boolean', default: false },
    show: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    declines: { type: 'boolean', default: false },
    patch: { type: 'string' },
  },
});
const [root] = positionals;
if (root === undefined) {
  console.error(
    'usage: npm run corpus -- FOLDER [--unsafe] [--only NAME,..] [--each] [--show N] [--declines] [--patch FILE]',
  );
  process.exit(2);
}

function dockerfilesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return dockerfilesBelow(path);
    return /(?:^|\.)(?:Dockerfile|Containerfile)(?:\.|$)/i.test(entry.name) && statSync(path).isFile() ? [path] : [];
  });
}

const files = dockerfilesBelow(root)
  .sort()
  .map((path) => ({ path: relative(root, path), bytes: readFileSync(path) }));
const byName = new Map(transforms.map((transform) => [transform.name, transform]));

/** What a run breaks: the laws that the engine does not enforce itself, and those that it does, once more. */
function breaches(before, result, options) {
  const found = [];
  for (const fault of result.faults) found.push(`refused: ${fault.transform}: ${fault.message}`);
  const scanned = Dockerfile.parse(before);
  if (rebuilt(scanned) !== before) found.push('round trip');
  if (result.status !== 'changed') {
    if (result.text !== before) found.push('a diff without a change');
    return found;
  }
  const after = Dockerfile.parse(result.text);
  if (after.problems.length > 0) found.push(`does not parse: ${after.problems[0].message}`);
  if (after.directives.map((d) => d.text).join() !== scanned.directives.map((d) => d.text).join())
    found.push('directives');
  const again = rewrite(result.text, options);
  if (again.text !== result.text) found.push(`not idempotent: ${again.changes.map((change) => change.transform)}`);
  const disagreement = secondReader.compare(after);
  if (disagreement !== undefined) found.push(`second reader: ${disagreement.detail}`);
  const declared = new Set(result.changes.flatMap((change) => change.configChanges));
  const changed = changedFields(finalConfig(scanned), finalConfig(after)).filter((field) => !declared.has(field));
  if (changed.length > 0) found.push(`final config: ${changed}`);
  return found;
}

/** The text put together again from the spans of the instructions and the gaps between them. */
function rebuilt(dockerfile) {
  let text = '';
  let at = 0;
  for (const { span } of dockerfile.instructions) {
    text += dockerfile.text.slice(at, span.start) + dockerfile.text.slice(span.start, span.end);
    at = span.end;
  }
  return text + dockerfile.text.slice(at);
}

function run(list, { unsafe, named }) {
  const options = { transforms: list, unsafe, named, secondReader };
  const total = {
    files: 0,
    changed: 0,
    skipped: 0,
    changes: 0,
    offers: 0,
    declines: 0,
    reports: 0,
    breaches: 0,
    crashes: 0,
  };
  const byTransform = new Map();
  const reasons = new Map();
  const statuses = new Map();
  const changedFiles = [];
  for (const file of files) {
    total.files++;
    const { text, encoding } = decodeBytes(file.bytes);
    let result;
    try {
      result = rewrite(text, options);
    } catch (error) {
      total.crashes++;
      console.error(`${file.path}: ${error.stack}`);
      continue;
    }
    if (Buffer.compare(Buffer.from(encodeText(text, encoding)), file.bytes) !== 0) console.error(`${file.path}: bytes`);
    statuses.set(result.status, (statuses.get(result.status) ?? 0) + 1);
    for (const breach of breaches(text, result, options)) {
      total.breaches++;
      console.error(`${file.path}: ${breach}`);
    }
    for (const [key, entries] of [
      ['changes', result.changes],
      ['offers', result.offers],
      ['declines', result.declines],
      ['reports', result.reports],
    ]) {
      total[key] += entries.length;
      for (const entry of entries) {
        const row = byTransform.get(entry.transform) ?? {
          files: new Set(),
          changes: 0,
          offers: 0,
          declines: 0,
          reports: 0,
        };
        row[key]++;
        if (key === 'changes') row.files.add(file.path);
        byTransform.set(entry.transform, row);
      }
    }
    for (const decline of result.declines) {
      const key = `${decline.transform} ${decline.reason}`;
      const list = reasons.get(key) ?? [];
      list.push(`${file.path}:${decline.line} ${decline.detail}`);
      reasons.set(key, list);
    }
    if (result.status === 'changed') {
      total.changed++;
      changedFiles.push({ ...file, text, result });
    }
  }
  total.skipped = total.files - total.changed - (statuses.get('unchanged') ?? 0);
  return { total, byTransform, reasons, statuses, changedFiles };
}

function patchOf(file) {
  const options = { headerOptions: FILE_HEADERS_ONLY, context: 3 };
  return `diff --git a/${file.path} b/${file.path}\n${createTwoFilesPatch(`a/${file.path}`, `b/${file.path}`, file.text, file.result.text, undefined, undefined, options)}`;
}

const chosen =
  values.only === undefined ? transforms : values.only.split(',').map((name) => byName.get(name) ?? fail(name));
const named = new Set(values.only === undefined && !values.optional ? [] : chosen.map((transform) => transform.name));

function fail(name) {
  console.error(`no transform is called ${name}`);
  process.exit(2);
}

let bad = 0;
if (values.each) {
  const rows = [];
  for (const transform of chosen) {
    const { total } = run([transform], { unsafe: true, named: new Set([transform.name]) });
    bad += total.breaches + total.crashes;
    rows.push({ transform: transform.name, ...total });
  }
  console.table(rows);
} else {
  const { total, byTransform, reasons, statuses, changedFiles } = run(chosen, { unsafe: values.unsafe, named });
  bad += total.breaches + total.crashes;
  console.table(
    [...byTransform].sort().map(([transform, row]) => ({
      transform,
      files: row.files.size,
      changes: row.changes,
      offers: row.offers,
      declines: row.declines,
    })),
  );
  if (values.declines) {
    for (const [key, list] of [...reasons].sort((a, b) => b[1].length - a[1].length)) {
      console.log(`${key}: ${list.length}`);
      for (const line of sample(list, 4, Number(values.seed))) console.log(`    ${line}`);
    }
  }
  for (const file of sample(changedFiles, Number(values.show), Number(values.seed))) console.log(patchOf(file));
  if (values.patch !== undefined) writeFileSync(values.patch, changedFiles.map(patchOf).join(''));
  console.log(Object.fromEntries(statuses));
  console.table([total]);
}
process.exit(bad > 0 ? 1 : 0);
