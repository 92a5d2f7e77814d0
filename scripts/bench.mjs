// Measures dfix: files per second over a folder in one process, and the CPU of `dfix one-file` against bare node.
//   npm run bench -- FOLDER
//   npm run bench -- --fleet [N] [FOLDER]   over N services, 100,000 if not given, half of them real ones of the folder
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decodeBytes, Dockerfile, rewrite, secondReader, transforms } from '../dist/index.js';

const root = process.argv[2];
if (root === undefined) {
  console.error('usage: npm run bench -- FOLDER, or --fleet [N] [FOLDER]');
  process.exit(2);
}
if (root === '--fleet') {
  const { measureFleet } = await import('./fleet.mjs');
  await measureFleet(Number(process.argv[3] ?? 100_000), process.argv[4]);
  process.exit();
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory()
      ? filesBelow(join(folder, entry.name))
      : /dockerfile/i.test(entry.name)
        ? [join(folder, entry.name)]
        : [],
  );
}

const texts = filesBelow(root).map((path) => decodeBytes(readFileSync(path)).text);

/** The median CPU time of a function over the corpus, in milliseconds, after a round to warm up. */
function median(work) {
  const times = [];
  for (let round = 0; round < 6; round++) {
    const before = process.cpuUsage();
    for (const text of texts) work(text);
    const { user, system } = process.cpuUsage(before);
    if (round > 0) times.push((user + system) / 1000);
  }
  return times.sort((a, b) => a - b)[2];
}

const rows = [];
function row(name, ms, base) {
  rows.push({
    what: name,
    'ms CPU': Math.round(ms),
    'files/s': Math.round((texts.length / ms) * 1000),
    ratio: (ms / base).toFixed(2),
  });
}

const scanning = median((text) => Dockerfile.parse(text));
row('scan', scanning, scanning);
// The transforms that may change a file without --unsafe, and all, which offer and report besides.
const safe = transforms.filter((transform) => !transform.onlyUnsafe && !transform.reportsOnly);
row(
  `${safe.length} safe transforms`,
  median((text) => rewrite(text, { transforms: safe })),
  scanning,
);
row(
  '… and the second reader',
  median((text) => rewrite(text, { transforms: safe, secondReader })),
  scanning,
);
row(
  `all ${transforms.length} transforms`,
  median((text) => rewrite(text, { transforms, secondReader })),
  scanning,
);
row(
  '… with unsafe fixes',
  median((text) => rewrite(text, { transforms, unsafe: true, secondReader })),
  scanning,
);
console.log(`${texts.length} files, one process, median of 5 rounds; ratio to scanning`);
console.table(rows);

/** The least user and system CPU of a Node program over some runs, in milliseconds, as the shell's `time` counts it. */
function processCpu(args, runs = 15) {
  let least = Infinity;
  for (let run = 0; run < runs; run++) {
    const script = 'TIMEFORMAT=\'%3U %3S\'; time "$0" "$@" > /dev/null 2> /dev/null';
    const { stderr, status } = spawnSync('bash', ['-c', script, process.execPath, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${args.join(' ')} exited with ${status}`);
    const [user, system] = stderr.trim().split(' ').map(Number);
    least = Math.min(least, (user + system) * 1000);
  }
  return least;
}

const folder = mkdtempSync(join(tmpdir(), 'dfix-bench-'));
const file = join(folder, 'Dockerfile');
writeFileSync(file, 'FROM debian:bookworm\nRUN apt-get update && apt-get install curl\nCMD curl localhost\n');
const bare = processCpu(['-e', '0']);
const whole = processCpu([resolve('dist/cli/launch.cjs'), file]);
console.log(
  `start-up: node -e 0 ${bare.toFixed(0)} ms CPU, dfix one-file ${whole.toFixed(0)} ms CPU, ratio ${(whole / bare).toFixed(2)}`,
);
rmSync(folder, { recursive: true });
