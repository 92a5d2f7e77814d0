import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PROGRAM, putFile, type Run, runProgram } from './harness/program.js';

const BAD = 'FROM debian:bookworm\nRUN apt-get update && apt-get install curl\n';
const NODE = 'FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "index.js"]\n';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => putFile(folder, name, text);
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const dfix = (cwd: string, ...words: readonly string[]): Run => runProgram(join(folder, cwd), words);

/** Services with and without a build context, one that does not parse, one that is binary, one in Latin-1. */
function putServices(below: string): void {
  for (const name of ['a', 'b', 'c/d']) put(`${below}/${name}/Dockerfile`, BAD.replace('curl', `curl ${name[0]}`));
  for (const name of ['Dockerfile', 'worker.Dockerfile']) put(`${below}/node/${name}`, NODE);
  put(
    `${below}/node/package.json`,
    '{ "name": "x", "version": "1.0.0", "dependencies": { "ms": "2.1.3" }, "scripts": {} }',
  );
  put(`${below}/node/package-lock.json`, '{ "name": "x", "lockfileVersion": 3, "packages": {} }');
  put(`${below}/node/index.js`, '');
  put(`${below}/wrong/Dockerfile`, 'FROM a\nRUM b\n');
  put(`${below}/binary/Dockerfile`, 'FROM a\0\n');
  put(`${below}/mark/Dockerfile`, `\ufeff${BAD}`);
  writeFileSync(put(`${below}/old/Dockerfile`, ''), Buffer.from('FROM debian\nMAINTAINER Andr\xe9\n', 'latin1'));
}

/** What a run says, and all the reports that it writes. */
function everything(cwd: string, ...words: readonly string[]): unknown {
  const formats = ['json', 'sarif', 'csv', 'markdown', 'patch', 'rdjson', 'junit', 'gitlab'];
  const reports = formats.flatMap((format) => ['--report', `${format}=../report.${format}`]);
  const run = dfix(cwd, '--diff', '--with-text', ...words, ...reports);
  return { run, reports: formats.map((format) => read(`report.${format}`)) };
}

/** The paths that the last run of a record did not take over. */
function rewritten(record: string): readonly string[] {
  const lines = read(record).trimEnd().split('\n');
  return lines
    .slice(lines.findLastIndex((line) => line.startsWith('{"dfix"')))
    .flatMap((line) => /^\{"path":"([^"]*)","key":"[0-9a-f]/.exec(line)?.[1] ?? []);
}

function treeOf(below: string): Record<string, string> {
  const names = readdirSync(join(folder, below), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, below, name)).isFile()).sort();
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, below, name), 'latin1')]));
}

describe('--resume', () => {
  test('gives the same bytes as a run without it, wherever the run before was cut off', () => {
    putServices('a');
    const whole = everything('a', '--unsafe');
    expect(everything('a', '--unsafe', '--resume', '../r')).toEqual(whole);
    const record = readFileSync(join(folder, 'r'));
    expect(rewritten('r')).toHaveLength(8);
    for (const share of [0.03, 0.4, 0.55, 0.8, 0.97, 1]) {
      writeFileSync(join(folder, 'r'), record.subarray(0, Math.round(record.length * share)));
      expect(everything('a', '--unsafe', '--resume', '../r')).toEqual(whole);
    }
    // Only what cannot be taken over is rewritten once more.
    expect(rewritten('r')).toEqual([]);
    expect(dfix('.', 'merge', 'r').code).toBe(4);
  });

  test('rewrites what rests on something else now', () => {
    putServices('a');
    const again = (...words: readonly string[]): readonly string[] => {
      dfix('a', '--resume', '../r', ...words);
      return rewritten('r').filter((path) => !/^(?:wrong|old|mark)/.test(path));
    };
    const nodes = ['node/Dockerfile', 'node/worker.Dockerfile'];
    const all = ['a/Dockerfile', 'b/Dockerfile', 'c/d/Dockerfile', ...nodes];
    expect(again()).toEqual(all);
    expect(again()).toEqual([]);
    put('a/b/Dockerfile', `${BAD}\n`);
    expect(again()).toEqual(['b/Dockerfile']);
    put('a/b/.hadolint.yaml', 'ignored: [DL3014]\n');
    expect(again()).toEqual(['b/Dockerfile']);
    put('a/c/dfix.config.yaml', 'transforms: { add-no-install-recommends: on }\n');
    expect(again()).toEqual(['c/d/Dockerfile']);
    put('a/node/package.json', '{ "name": "y", "version": "1.0.0", "scripts": {} }');
    expect(again()).toEqual(nodes);
    put('a/node/more.js', '');
    expect(again()).toEqual(nodes);
    put('a/node/.dockerignore', 'more.js\n');
    expect(again()).toEqual(nodes);
    expect(again('--skip', 'merge-runs')).toEqual(all);
    expect(again('--skip', 'merge-runs', '--unsafe')).toEqual(all);
  });

  test('goes on where a run that writes was killed, and tells what that run wrote as well', () => {
    putServices('a');
    cpSync(join(folder, 'a'), join(folder, 'b'), { recursive: true });
    const whole = everything('a', '--write', '--resume', '../r');
    // Killed when the first files were written: of the next one, the text is there and the line is not.
    const lines = read('r').split('\n');
    const at = lines.findIndex((line) => line.startsWith('{"path":"c/d/Dockerfile","key"'));
    writeFileSync(join(folder, 'q'), `${lines.slice(0, at + 1).join('\n')}\n{"path":"c/d/Do`);
    for (const name of ['a', 'b', 'c/d'])
      cpSync(join(folder, `a/${name}/Dockerfile`), join(folder, `b/${name}/Dockerfile`));
    expect(everything('b', '--write', '--resume', '../q')).toEqual(whole);
    expect(treeOf('b')).toEqual(treeOf('a'));
    // That run has ended: what is written by now is nothing that the next one did.
    expect(dfix('b', '--write', '--resume', '../q').err).toContain(' 0 rewritten');
    // Nor is what was written once written by a run that only looks.
    put('b/a/Dockerfile', BAD.replace('curl', 'curl a'));
    const looked = dfix('b', '--resume', '../q', '--format', 'jsonl');
    expect(dfix('b', 'merge', '../q', '--format', 'jsonl')).toEqual(looked);
    expect(looked.out).not.toContain('"isWritten":true');
  });

  test('takes a line that was cut off away, and no file that is none of its own', () => {
    putServices('a');
    put('notes', 'call mother\n');
    expect(dfix('a', '--resume', '../notes')).toMatchObject({
      code: 2,
      err: 'dfix: ../notes:1: it is no line of a record that --resume writes\n',
    });
    put('line', 'call');
    expect(dfix('a', '--resume', '../line').code).toBe(2);
    expect([read('notes'), read('line')]).toEqual(['call mother\n', 'call']);
    expect(dfix('a', '--resume', 'a/Dockerfile').err).toBe(
      'dfix: --resume would overwrite a/Dockerfile, which is read\n',
    );
    expect(dfix('a', '--resume', 'gone/r').err).toBe('dfix: --resume cannot write gone/r: no such file\n');
    expect(dfix('a', '--resume', 'r', '-').err).toBe('dfix: --resume is about files, and - stands for stdin\n');
    dfix('a', '--resume', '../r');
    appendFileSync(join(folder, 'r'), '{"path":"a/Dock');
    dfix('a', '--resume', '../r');
    expect(read('r')).not.toContain('"a/Dock{');
  });

  test('is the same with workers', () => {
    for (let index = 0; index < 100; index++) put(`a/${index}/Dockerfile`, BAD.replace('curl', `curl p${index}`));
    const whole = dfix('a', '--jobs', '1');
    expect(dfix('a', '--jobs', '2', '--resume', '../r')).toEqual(whole);
    const lines = read('r').split('\n');
    writeFileSync(join(folder, 'r'), lines.filter((_, at) => at === 0 || at % 3 === 0).join('\n'));
    expect(dfix('a', '--jobs', '2', '--resume', '../r')).toEqual(whole);
    expect(rewritten('r').length).toBeGreaterThan(60);
    expect(rewritten('r').length).toBeLessThan(70);
  });
});

describe('kill -9', () => {
  const writtenFiles = (): number => (existsSync(join(folder, 'r')) ? read('r').split('"written":true').length - 1 : 0);

  test('leaves every file old or new, and --resume finishes', async () => {
    for (let index = 0; index < 80; index++) put(`a/${index}/Dockerfile`, BAD.replace('curl', `curl p${index}`));
    cpSync(join(folder, 'a'), join(folder, 'b'), { recursive: true });
    const old = treeOf('a');
    const whole = dfix('b', '--write', '--diff');
    const now = treeOf('b');
    let killed = 0;
    for (const least of [8, 25, 45]) {
      const child = spawn(process.execPath, [PROGRAM, '--write', '--resume', '../r'], { cwd: join(folder, 'a') });
      const ended = once(child, 'exit');
      while (child.exitCode === null && writtenFiles() < least) await wait(20);
      child.kill('SIGKILL');
      await ended;
      if (child.signalCode === 'SIGKILL') killed++;
      const tree = treeOf('a');
      const files = Object.keys(tree).filter((name) => name.endsWith('/Dockerfile'));
      expect(files).toHaveLength(80);
      expect(files.filter((name) => tree[name] !== old[name] && tree[name] !== now[name])).toEqual([]);
      // What was on its way lies beside its file, under a name that says whose it is.
      expect(
        Object.keys(tree).filter((name) => !/\/(?:Dockerfile|\.Dockerfile\.dfix-\d+-[0-9a-f]{8})$/.test(name)),
      ).toEqual([]);
    }
    expect(killed).toBeGreaterThan(0);
    expect(dfix('a', '--write', '--diff', '--resume', '../r')).toEqual(whole);
    expect(treeOf('a')).toEqual(now);
  }, 60_000);
});
