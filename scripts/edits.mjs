// Runs transforms over the files that people edited, as they were before, and tells how the results compare with what
// the people made of them: the number of stages, the final image, what is copied between stages.
//   node scripts/edits.mjs FILE.jsonl.gz NAME[,NAME..] [--kind multistage] [--show N] [--seed N]
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { Dockerfile, rewrite, secondReader, transforms } from '../dist/index.js';
import { sample } from './sample.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { kind: { type: 'string' }, show: { type: 'string', default: '0' }, seed: { type: 'string', default: '1' } },
});
const [file, names] = positionals;
const selected = transforms.filter(({ name }) => names?.split(',').includes(name));
if (file === undefined || selected.length === 0) {
  console.error('usage: node scripts/edits.mjs FILE.jsonl.gz NAME[,NAME..] [--kind KIND] [--show N] [--seed N]');
  process.exit(2);
}

/** What a file ends in: its stages, the image of the last one, and what that takes from other stages. */
function shapeOf(text) {
  const dockerfile = Dockerfile.parse(text);
  const { stages, finalStage } = dockerfile;
  const copies = (finalStage?.instructions ?? []).filter((one) => one.flag('from') !== undefined);
  const carried = new Set(copies.flatMap(({ words }) => words.slice(0, -1).map(({ text }) => lastPart(text))));
  // A stage that goes on from another one is made of that one's image.
  let root = finalStage;
  while (root?.base.kind === 'stage') root = root.base.stage;
  return { stages: stages.length, base: root?.imageWord.text ?? '', carried };
}

/** Files are compared by their names, since people move folders as well. */
const lastPart = (path) => path.replace(/\/+$/, '').replace(/^.*\//, '');

/** An image without its registry, tag and digest. */
const nameOf = (image) =>
  image
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '')
    .replace(/^(?:docker\.io\/)?(?:library\/)?/, '');

const entries = gunzipSync(readFileSync(file))
  .toString('utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const wanted = entries.filter(({ kinds }) => values.kind === undefined || kinds.includes(values.kind));
const reasons = new Map();
const rewritten = [];
let untouched = 0;
for (const { repo, path, before, after } of wanted) {
  const named = new Set(selected.map(({ name }) => name));
  const result = rewrite(before, { transforms: selected, unsafe: true, named, secondReader });
  if (result.status === 'changed') {
    rewritten.push({
      path: `${repo} ${path}`,
      before,
      ours: result.text,
      theirs: after,
      our: shapeOf(result.text),
      their: shapeOf(after),
    });
  } else if (result.declines.length > 0) {
    for (const { reason } of result.declines) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  } else untouched++;
}
console.log(`${wanted.length} edits: ${rewritten.length} rewritten, ${untouched} not looked at or left alone`);
for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a)) console.log(`declined ${count} ${reason}`);
/** How close a result comes to what the person made. */
function closeness({ our, their }) {
  const both = [...our.carried].filter((name) => their.carried.has(name));
  return {
    stages: our.stages === their.stages,
    image: our.base === their.base ? 'yes' : nameOf(our.base) === nameOf(their.base) ? 'but for the tag' : 'no',
    both,
    oursAlone: [...our.carried].filter((name) => !their.carried.has(name)),
    theirsAlone: [...their.carried].filter((name) => !our.carried.has(name)),
  };
}

console.log(
  '| file | stages: ours, theirs | final image: ours, theirs | same image | copied by both | by us alone | by them alone |\n|--|--|--|--|--|--|--|',
);
const close = rewritten.map((one) => ({ ...one, ...closeness(one) }));
for (const { path, our, their, image, both, oursAlone, theirsAlone } of close)
  console.log(
    `| ${path} | ${our.stages}, ${their.stages} | ${our.base}, ${their.base} | ${image} | ${both.join(', ')} | ${oursAlone.join(', ')} | ${theirsAlone.join(', ')} |`,
  );
const count = (holds) => close.filter(holds).length;
console.log(
  `of ${close.length}: as many stages in ${count(({ stages }) => stages)}, the same image in ${count(({ image }) => image === 'yes')} ` +
    `(another tag of it in ${count(({ image }) => image === 'but for the tag')}), all that they copy in ${count(({ theirsAlone }) => theirsAlone.length === 0)}`,
);
for (const { path, before, ours, theirs } of sample(rewritten, Number(values.show), Number(values.seed))) {
  console.log(
    createTwoFilesPatch(path, 'dfix', before, ours, '', '', { context: 30, headerOptions: FILE_HEADERS_ONLY }),
  );
  console.log(`what the person made of it:\n${theirs}`);
}
