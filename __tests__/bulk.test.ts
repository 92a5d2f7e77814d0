import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isMap, parseAllDocuments, parseDocument } from 'yaml';
import { PROGRAM, putFile, type Run, runProgram } from './harness/program.js';

const BULK = resolve(import.meta.dirname, '../examples/bulk');

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

/** Small files, one in twenty of which does not parse. */
function putFleet(below: string, count: number): void {
  for (let index = 0; index < count; index++) {
    const bad = index % 20 === 7 ? 'RUM x\n' : '';
    put(`${below}/team-${index % 9}/${index}/Dockerfile`, `FROM debian:bookworm\nMAINTAINER team ${index}\n${bad}`);
  }
}

const hasParallel = spawnSync('parallel', ['--version']).status === 0;

describe('GNU parallel', () => {
  const run = hasParallel ? test : test.skip;
  run(
    `${hasParallel ? '' : "(parallel is not installed: Debian's package parallel) "}makes of four parts what one run makes`,
    () => {
      putFleet('a', 2000);
      const formats = ['jsonl', 'sarif', 'csv', 'markdown', 'patch', 'commit-message'];
      const words = (name: string): readonly string[] =>
        formats.flatMap((format) => ['--report', `${format}=../${name}.${format}`]);
      const whole = dfix('a', '--check', '--diff', ...words('whole'));
      const { status, stdout, stderr } = spawnSync(
        join(BULK, 'gnu-parallel.sh'),
        ['4', '--check', '--diff', ...words('parts')],
        {
          cwd: join(folder, 'a'),
          encoding: 'utf8',
          maxBuffer: 1 << 28,
          env: { ...process.env, COMMAND: `${process.execPath} ${PROGRAM}`, HOME: folder },
        },
      );
      expect({ code: status, out: stdout, err: stderr }).toEqual(whole);
      expect(whole.code).toBe(4);
      for (const format of formats) expect(read(`parts.${format}`)).toBe(read(`whole.${format}`));
    },
  );
});

describe('dfix merge', () => {
  const parts = (): void => {
    putFleet('a', 40);
    for (const part of [1, 2, 3]) dfix('a', '--shard', `${part}/3`, '--resume', `../${part}`);
  };

  test('unites what Dockerfiles of several parts add to one file', () => {
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      put(`a/${name}.Dockerfile`, 'FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD ["node", "index.js"]\n');
    put('a/package.json', '{ "name": "x", "version": "1.0.0", "dependencies": { "ms": "2.1.3" }, "scripts": {} }');
    put('a/package-lock.json', '{ "name": "x", "lockfileVersion": 3, "packages": {} }');
    put('a/index.js', '');
    for (const part of [1, 2, 3]) dfix('a', '--unsafe', '--shard', `${part}/3`, '--resume', `../${part}`);
    const merged = dfix('a', 'merge', '../3', '../1', '../2', '--format', 'json', '--with-text');
    expect(merged).toEqual(dfix('a', '--unsafe', '--format', 'json', '--with-text'));
    expect(merged.out.split('"isNew": true')).toHaveLength(2);
  });

  test('refuses what is no whole set of parts, with the file and the line', () => {
    parts();
    const merge = (...words: readonly string[]): string => {
      const { code, err } = dfix('.', 'merge', ...words);
      expect(code).toBe(2);
      return err;
    };
    expect(merge()).toBe('dfix: merge takes the records of runs with --resume\n');
    expect(merge('1', '3')).toBe('dfix: part 2 of 3 is missing\n');
    expect(merge('1', '2', '2')).toBe('dfix: 2:1: it is part 2 of 3, as is 2\n');
    expect(merge('gone')).toBe('dfix: merge cannot read gone: no such file\n');
    put('notes', 'a\nb\n');
    expect(merge('notes')).toBe('dfix: notes:1: it is no line of a record that --resume writes\n');
    const lines = read('1').split('\n');
    put('short', lines.slice(0, -2).join('\n'));
    expect(merge('short')).toBe(
      'dfix: short:1: the run that begins here did not come to its end: run it again with --resume\n',
    );
    put('wrong', lines.toSpliced(2, 1, 'call mother').join('\n'));
    expect(merge('wrong', '2', '3')).toBe('dfix: wrong:3: it is no line of a record that --resume writes\n');
    put('other', read('2').replace('"dfix":"', '"dfix":"9.'));
    expect(merge('1', 'other', '3')).toMatch(/^dfix: other:1: it is of dfix 9\./);
    put('safe', read('2').replace('"unsafe":false', '"unsafe":true'));
    expect(merge('1', 'safe', '3')).toBe('dfix: safe:1: it was made with other options than 1\n');
    dfix('a', '--resume', '../one');
    cp('one', 'two');
    expect(merge('one', 'two')).toBe('dfix: two:2: team-0/0/Dockerfile is in one:2 as well\n');
  });

  const cp = (from: string, to: string): void => writeFileSync(join(folder, to), read(from));
});

describe('a run over many files', () => {
  test('does the rest where some are broken, cannot be read or written', () => {
    putFleet('a', 1000);
    const { code, err } = dfix('a', '--write', '--jobs', '2');
    expect(code).toBe(4);
    expect(err).toContain('1000 files read, 950 rewritten (950 fixes)');
    expect(err.split('error: ')).toHaveLength(51);
    expect(read('a/team-0/0/Dockerfile')).toContain('LABEL');
  });

  const canBecomeNobody = process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0;
  const run = canBecomeNobody ? test : test.skip;
  run(`${canBecomeNobody ? '' : '(needs root and setpriv) '}leaves a folder that may not be written as it is`, () => {
    put('a/fixed/Dockerfile', 'FROM debian\nMAINTAINER me\n');
    put('a/open/Dockerfile', 'FROM debian\nMAINTAINER me\n');
    for (const name of ['', 'a', 'a/open']) chmodSync(join(folder, name), 0o777);
    chownSync(join(folder, 'a/open/Dockerfile'), 65534, 65534);
    // The checkout may lie in a folder that is root's alone: who runs it may read everything, and write nothing.
    const reads = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', ...reads];
    const { status, stderr } = spawnSync(
      'setpriv',
      [...nobody, process.execPath, PROGRAM, '--write', '--resume', '../r'],
      { cwd: join(folder, 'a'), encoding: 'utf8' },
    );
    expect(stderr).toContain('error: fixed/Dockerfile: not written: no permission\n');
    expect(status).toBe(2);
    expect(readdirSync(join(folder, 'a/fixed'))).toEqual(['Dockerfile']);
    expect(read('a/open/Dockerfile')).toContain('LABEL');
    expect(read('r')).toContain('{"path":"fixed/Dockerfile","unwritten":"not written: no permission"}');
    expect(dfix('a', '--write', '--resume', '../r').code).toBe(0);
    expect(read('a/fixed/Dockerfile')).toContain('LABEL');
  });
});

/** What is wrong with a workflow. The package imports JSON in a way that no Node loads, so it is bundled first. */
function workflowErrors(workflow: string): readonly unknown[] {
  const script = `
    import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
    import { readFileSync } from 'node:fs';
    const file = { name: 'workflow.yml', content: readFileSync(0, 'utf8') };
    const { context, value } = parseWorkflow(file, new NoOperationTraceWriter());
    const told = (errors) => errors.map(({ message }) => message);
    if (value === undefined) console.log(JSON.stringify(told(context.errors.getErrors())));
    else convertWorkflowTemplate(context, value).then(() => console.log(JSON.stringify(told(context.errors.getErrors()))));`;
  const root = resolve(import.meta.dirname, '..');
  const words = ['--bundle', '--platform=node', '--log-level=error'];
  const bundled = spawnSync(join(root, 'node_modules/.bin/esbuild'), words, {
    cwd: root,
    input: script,
    encoding: 'utf8',
  });
  const program = put('parser.cjs', bundled.stdout);
  const { stdout, stderr } = spawnSync(process.execPath, [program], { input: workflow, encoding: 'utf8' });
  expect(bundled.stderr + stderr).toBe('');
  return JSON.parse(stdout) as readonly unknown[];
}

describe('examples/bulk', () => {
  const names = readdirSync(BULK);
  const text = (name: string): string => readFileSync(join(BULK, name), 'utf8');

  test.each(names.filter((name) => /\.ya?ml$/.test(name)))('%s is YAML with one mapping', (name) => {
    const documents = parseAllDocuments(text(name), { strict: true });
    expect(Array.isArray(documents) && documents.map(({ errors, contents }) => [errors, isMap(contents)])).toEqual([
      [[], true],
    ]);
  });

  test('has a workflow that the parser of GitHub takes', () => {
    const workflow = text('github-matrix.yml');
    expect(workflowErrors(workflow)).toEqual([]);
    expect(workflowErrors(workflow.replace('needs: shard', 'needs: shards'))).not.toEqual([]);
    expect(workflowErrors(workflow.replace('runs-on', 'run-on'))).not.toEqual([]);
  });

  test.each(names.filter((name) => name.endsWith('.sh')))('%s is a script', (name) => {
    const { status, stderr } = spawnSync('sh', ['-n', join(BULK, name)], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('names every file in its README', () => {
    const missing = names.filter((name) => name !== 'README.md' && !text('README.md').includes(`](${name})`));
    expect(missing).toEqual([]);
  });

  test('gives options that dfix has', () => {
    const help = dfix('.', '--help').out + dfix('.', 'merge', '--help').out;
    const used = names.flatMap((name) =>
      [...text(name).matchAll(/dfix(?:@\S+)? (?:merge )?[^\n|]*/g)].flatMap(
        ([call]) => call.match(/--[a-z][a-z-]+/g) ?? [],
      ),
    );
    expect([...new Set(used)].filter((option) => !help.includes(option))).toEqual([]);
    expect(used.length).toBeGreaterThan(10);
  });

  test('has a Kubernetes job whose parts are numbered and counted', () => {
    const job: unknown = parseDocument(text('kubernetes-job.yaml')).toJS();
    expect(job).toMatchObject({
      kind: 'Job',
      spec: {
        completionMode: 'Indexed',
        completions: 8,
        template: { spec: { containers: [{ env: [{ name: 'JOB_COMPLETIONS', value: '8' }] }] } },
      },
    });
  });
});
