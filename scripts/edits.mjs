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
  const carried = (finalStage?.instructions ?? []).filter((one) => one.flag('from') !== undefined).length;
  return { stages: stages.length, base: finalStage?.imageWord.text ?? '', carried };
}

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
console.log(
  '| file | stages: ours, theirs | final image: ours, theirs | same image | taken from stages: ours, theirs |\n|--|--|--|--|--|',
);
for (const { path, our, their } of rewritten) {
  const isSame = our.base === their.base ? 'yes' : nameOf(our.base) === nameOf(their.base) ? 'but for the tag' : 'no';
  console.log(
    `| ${path} | ${our.stages}, ${their.stages} | ${our.base}, ${their.base} | ${isSame} | ${our.carried}, ${their.carried} |`,
  );
}
for (const { path, before, ours, theirs } of sample(rewritten, Number(values.show), Number(values.seed))) {
  console.log(
    createTwoFilesPatch(path, 'dfix', before, ours, '', '', { context: 30, headerOptions: FILE_HEADERS_ONLY }),
  );
  console.log(`what the person made of it:\n${theirs}`);
}
