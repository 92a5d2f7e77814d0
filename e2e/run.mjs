// Takes the applications of examples/apps through real builds: as they are, with the safe fixes, and with all of them.
//   npm run e2e -- [--only NAME[,NAME]] [--engine docker|buildah] [--jobs N] [--tables]
// --tables writes what was measured into examples/README.md and the README. Ends with: N passed, N failed, N skipped
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openContextFolder } from '../dist/cli/context-folder.js';
import { smokeTestOf } from '../dist/cli/smoke-options.js';
import { Dockerfile, rewrite, secondReader, transforms } from '../dist/index.js';
import { bisect } from '../dist/verify/bisect.js';
import { Announced } from '../dist/verify/announced.js';
import { findEngine } from '../dist/verify/find-engine.js';
import { chooseSourceFile } from '../dist/verify/source-file.js';
import { BrokenBeforeError, Verification } from '../dist/verify/verification.js';
import { Workspace } from '../dist/verify/workspace.js';
import { buildahFor, dockerFor, makeBases } from './bases.mjs';
import { CannotRunError, openBuildah, startDocker } from './engine.mjs';
import { writeTables } from './tables.mjs';
import { WRONG_REWRITES, WRONG_TRANSFORM } from './wrong-rewrites.mjs';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    engine: { type: 'string', default: 'docker' },
    jobs: { type: 'string' },
    tables: { type: 'boolean', default: false },
  },
});

// What buildah removes for one build takes layers away that another one has just found in the store.
const jobs = Number(options.jobs ?? (options.engine === 'buildah' ? 1 : 2));
const all = JSON.parse(readFileSync('examples/apps.json', 'utf8'));
const names = options.only?.split(',');
const unknown = names?.find((name) => !all.some((app) => app.name === name));
if (unknown !== undefined) throw new Error(`there is no example called ${unknown}: see examples/apps.json`);
const apps = all.filter(({ name }) => names === undefined || names.includes(name));

const counts = { passed: 0, failed: 0, skipped: 0 };
const rows = [];

function check(name, faults) {
  counts[faults.length === 0 ? 'passed' : 'failed']++;
  console.log(`${faults.length === 0 ? 'ok' : 'FAILED'}  ${name}`);
  for (const fault of faults) console.log(`        ${fault}`);
}

function skip(name, reason) {
  counts.skipped++;
  console.log(`skipped  ${name}: ${reason}`);
}

async function tryApp(app) {
  const folder = join('examples/apps', app.name);
  const file = join(folder, 'Dockerfile');
  const text = readFileSync(file, 'utf8');
  const context = openContextFolder(folder, file);
  const control = new AbortController();
  const engineSetting = { signal: control.signal, timeoutSeconds: 900, network: 'host', platform: undefined };
  const engine = await findEngine(options.engine, engineSetting);
  const workspace = await Workspace.open(folder, file);
  const setting = {
    engine,
    workspace,
    settings: { buildArgs: app.buildArgs ?? [], secrets: app.secrets ?? [], target: undefined, ...engineSetting },
    smoke: smokeTestOf({ smoke: undefined, smokeHttp: app.smoke.http, smokeRun: app.smoke.run === true }),
    smokeSeconds: 60,
    signal: control.signal,
    onProgress: () => undefined,
  };
  const versionOf = ({ text: own, files }) => ({
    text: own,
    encoding: 'utf-8',
    files: new Map(files.map((one) => [one.path, one.after])),
  });
  const bisectWrong = async (own) => {
    const { kept, dropped } = await bisect({
      ...own,
      before: versionOf({ text, files: [] }),
      rewriteWith: (accepts) => {
        const result = rewrite(text, { transforms: [...transforms, WRONG_TRANSFORM], contexts: [context], accepts });
        return { version: versionOf(result), changes: result.changes };
      },
    });
    const faults = dropped.map(({ change }) => change.transform);
    const isRight = faults.join() === WRONG_TRANSFORM.name && kept.version.text.includes(' jq');
    check(`${app.name}: bisect names the fix that breaks it`, isRight ? [] : [`it leaves out ${faults.join(', ')}`]);
  };
  const selected = transforms.filter(({ name }) => !(app.skip ?? []).includes(name));
  const params = new Map(Object.entries(app.params ?? {}).map(([name, own]) => [name, new Map(Object.entries(own))]));
  const rewriteAs = (unsafe) =>
    rewrite(text, { transforms: selected, unsafe, contexts: [context], params, secondReader });
  try {
    const verification = await Verification.start(setting, versionOf({ text, files: [] }));
    const verifyAs = async (kind, result, version = versionOf(result)) => {
      const changes = [...result.changes, ...result.files];
      const announced = new Announced(Dockerfile.parse(text), changes, transforms);
      const verdict = await verification.compare({ version, announced, isUnsafe: kind === 'unsafe' });
      return { verdict, faults: [...result.faults.map(({ message }) => message), ...verdict.faults] };
    };
    const safe = rewriteAs(false);
    if (safe.status === 'changed' || safe.files.length > 0) {
      const { faults } = await verifyAs('safe', safe);
      check(`${app.name}: safe fixes`, faults);
    }
    const unsafe = rewriteAs(true);
    const { verdict, faults } = await verifyAs('unsafe', unsafe);
    if (
      unsafe.changes.some(({ transform }) => transform === 'add-nonroot-user') &&
      !/^[1-9]\d*/.test(verdict.after?.user ?? '')
    )
      faults.push(`the user is ${verdict.after?.user}`);
    if (app.hides !== undefined && options.engine === 'docker')
      faults.push(...leaks(verification.imageAfter, app.hides));
    check(`${app.name}: all fixes`, faults);
    for (const wrong of WRONG_REWRITES.filter(({ name }) => name === app.name)) {
      const broken = { ...versionOf(unsafe), text: wrong.breaks(unsafe.text) };
      const { faults: seen } = await verifyAs('unsafe', unsafe, broken);
      const isSeen = seen.some((fault) => wrong.expects.test(fault));
      check(
        `${app.name}: verify sees a rewrite that ${wrong.what}`,
        isSeen ? [] : [`it sees ${seen.join('; ') || 'nothing'}`],
      );
    }
    if (app.name === 'shell-entrypoint') await bisectWrong(setting);
    const touched = chooseSourceFile(Dockerfile.parse(text), context);
    const edit = touched === undefined ? undefined : await verification.edit(touched, versionOf(unsafe));
    if (verdict.after !== undefined) rows.push({ app, before: verdict.before, after: verdict.after, edit });
  } catch (error) {
    const words = error instanceof BrokenBeforeError ? error.words : error.stack;
    check(`${app.name}: as it is`, [`${error.message}\n${words}`]);
  } finally {
    await workspace.close();
    await engine.clean();
  }
}

/** Where an image shows a text that it has to hide. */
function leaks(tag, text) {
  const { stdout } = spawnSync('docker', ['history', '--no-trunc', tag], { encoding: 'utf8' });
  return stdout.includes(text) ? ['docker history shows the secret'] : [];
}

const started = Date.now();
const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
let engine;
try {
  engine = options.engine === 'buildah' ? openBuildah() : await startDocker();
} catch (error) {
  if (!(error instanceof CannotRunError)) throw error;
  console.log(`skipped: no engine can run here: ${error.message}`);
  console.log(`0 passed, 0 failed, ${apps.length} skipped`);
  process.exit(0);
}
try {
  Object.assign(process.env, engine.environment);
  console.log(`engine ready after ${seconds()}`);
  const tags = [...new Set(apps.flatMap(({ bases }) => bases))];
  const own = options.engine === 'buildah' ? buildahFor(engine.environment) : dockerFor(engine.environment);
  makeBases(tags, own, (line) => console.log(line));
  console.log(`base images ready after ${seconds()}`);
  const queue = [...apps];
  const work = async () => {
    for (let app = queue.shift(); app !== undefined; app = queue.shift()) {
      Object.assign(process.env, app.environment);
      const reason = app.cannot?.[options.engine];
      if (reason !== undefined) skip(app.name, reason);
      else await tryApp(app);
    }
  };
  await Promise.all(Array.from({ length: jobs }, work));
  rows.sort((a, b) => all.indexOf(a.app) - all.indexOf(b.app));
  console.log(`all done after ${seconds()}`);
  if (options.tables) writeTables(rows);
} finally {
  await engine.stop();
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
