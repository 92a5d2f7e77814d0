import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PROGRAM, putFile, type Run, runProgram } from './harness/program.js';
import { pack } from 'tar-stream';
import { openSubject, rewriteSubject } from '../src/cli/verify-subject.js';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import type { Change } from '../src/rewrite.js';
import { transforms } from '../src/transforms/index.js';
import { Announced } from '../src/verify/announced.js';
import { BuildahLog, BuildKitLog } from '../src/verify/build-log.js';
import { compareFields, compareFiles, type FileDifference, Noise } from '../src/verify/compare.js';
import { type ImageFacts, type ImageFile, readConfig } from '../src/verify/image.js';
import { isMadeForMount, mountPointsIn } from '../src/verify/mount-points.js';
import { packagesIn, readTree, usersIn } from '../src/verify/read-files.js';
import { markdownReport } from '../src/verify/report.js';
import { type Finding, findScanner, scanBoth } from '../src/verify/scan.js';
import { Workspace } from '../src/verify/workspace.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => putFile(folder, name, text);

test('a Dockerfile is rewritten with what the configuration of hadolint beside it says', async () => {
  const path = put('Dockerfile', 'FROM debian:bookworm\nRUN apt-get update && apt-get install curl\n');
  put('.hadolint.yaml', 'ignored: [DL3014]\n');
  const options = { only: [], skip: [], category: [], param: [], plugin: [], unsafe: false, context: undefined };
  const { changes } = rewriteSubject(await openSubject(path, { ...options, config: false }));
  expect(changes.map(({ transform }) => transform)).toEqual(['clean-apt-lists']);
});

describe('the log of a builder', () => {
  test('of BuildKit tells the steps, which of them were cached, and the one that failed', () => {
    const log = new BuildKitLog();
    const started = [
      '#1 [internal] load build definition from Dockerfile',
      '#4 [build 1/3] FROM docker.io/library/debian:bookworm',
      '#5 [build 2/3] RUN make',
      '#5 CACHED',
      '#6 [build  3/10] RUN make install',
      '#6 0.2 #7 [stage-1 1/2] RUN not a step',
      '#6 ERROR: process "/bin/sh -c make install" did not complete successfully: exit code: 2',
    ].flatMap((line) => log.add(line) ?? []);
    expect(started).toEqual(['[build 2/3] RUN make', '[build  3/10] RUN make install']);
    expect(log.steps).toEqual([
      { text: '[build 2/3] RUN make', isCached: true },
      { text: '[build  3/10] RUN make install', isCached: false },
    ]);
    expect(log.failed).toBe('[build  3/10] RUN make install');
  });

  test('of buildah tells the same', () => {
    const log = new BuildahLog();
    for (const line of [
      '[1/2] STEP 1/3: FROM debian AS build',
      '[1/2] STEP 2/3: COPY . .',
      '--> Using cache 0d2e',
      '[1/2] STEP 3/3: RUN make',
      'Error: building at STEP "RUN make": while running runtime: exit status 2',
    ]) {
      log.add(line);
    }
    expect(log.steps).toEqual([
      { text: 'COPY . .', isCached: true },
      { text: 'RUN make', isCached: false },
    ]);
    expect(log.failed).toBe('RUN make');
  });
});

function file(content: string, more: Partial<ImageFile> = {}): ImageFile {
  return { type: 'file', mode: 0o644, owner: '0:0', size: content.length, content, ...more };
}

function image(files: Readonly<Record<string, ImageFile>>, config: Parameters<typeof readConfig>[0] = {}): ImageFacts {
  return {
    config: readConfig(config, undefined),
    size: 0,
    layers: 0,
    files: new Map(Object.entries(files)),
    packages: undefined,
    users: [],
  };
}

describe('the files of an image', () => {
  test('are read from an archive, with hard links, without what the engine puts there', async () => {
    const archive = pack();
    archive.entry({ name: './', type: 'directory', mode: 0o755 });
    archive.entry({ name: 'etc/', type: 'directory', mode: 0o755 });
    archive.entry({ name: 'etc/passwd', mode: 0o644 }, 'root:x:0:0::/root:/bin/sh\napp:x:10001:10001::/home/app:\n');
    archive.entry({ name: 'etc/hosts', mode: 0o644 }, '127.0.0.1 localhost\n');
    archive.entry({ name: './usr/bin/su', mode: 0o4755, uid: 0, gid: 5 }, 'program');
    archive.entry({ name: 'usr/bin/other', type: 'link', linkname: 'usr/bin/su' });
    archive.entry({ name: 'usr/bin/sh', type: 'symlink', linkname: 'dash' });
    archive.entry(
      { name: 'var/lib/dpkg/status' },
      'Package: bash\nStatus: install ok installed\nVersion: 5.2\n\nPackage: old\nStatus: deinstall ok config-files\nVersion: 1\n',
    );
    archive.finalize();
    const { files, texts } = await readTree(Readable.from(archive));
    expect([...files.keys()]).toEqual([
      '/etc',
      '/etc/passwd',
      '/usr/bin/su',
      '/usr/bin/sh',
      '/var/lib/dpkg/status',
      '/usr/bin/other',
    ]);
    expect(files.get('/usr/bin/su')).toMatchObject({ mode: 0o4755, owner: '0:5', size: 7 });
    expect(files.get('/usr/bin/other')).toEqual(files.get('/usr/bin/su'));
    expect(files.get('/usr/bin/sh')).toMatchObject({ type: 'link', content: 'dash' });
    expect(packagesIn(texts)).toEqual(new Map([['bash', '5.2']]));
    expect(usersIn(texts)).toEqual(['root', 'app']);
  });

  test('differ in type, content, mode and owner', () => {
    const before = image({ '/a': file('1'), '/b': file('1'), '/c': file('1'), '/d': file('1') }).files;
    const after = image({
      '/a': file('1'),
      '/b': file('2', { owner: '1:1' }),
      '/c': file('1', { type: 'folder' }),
      '/e': file('1'),
    });
    expect(compareFiles(before, after.files)).toEqual([
      { path: '/b', kind: 'changed', aspects: ['content', 'owner'] },
      { path: '/c', kind: 'changed', aspects: ['type'] },
      { path: '/d', kind: 'gone', aspects: [] },
      { path: '/e', kind: 'new', aspects: [] },
    ]);
  });
});

describe('the configuration of an image', () => {
  test('differs by variables and fields; empty and missing are the same', () => {
    const before = image({}, { Env: ['PATH=/bin', 'A=1=2'], Cmd: ['a'], User: '', Labels: null });
    const after = image({}, { Env: ['PATH=/bin'], Cmd: ['b'], ExposedPorts: { '80/tcp': {} } });
    expect(compareFields(before, after)).toEqual([
      { field: 'cmd', before: '["a"]', after: '["b"]' },
      { field: 'expose', before: '', after: '80/tcp' },
      { field: 'env', name: 'A', before: '1=2', after: undefined },
    ]);
  });
});

test('a folder that an engine made to mount something is no difference, but what is in it', () => {
  const text = [
    'FROM alpine',
    'RUN --mount=type=secret,id=token --mount=type=cache,target=/srv/cache/npm/ npm ci',
    'RUN --mount=target=here,source=. ls',
    '',
  ].join('\n');
  const mountPoints = mountPointsIn(text);
  expect(mountPoints).toEqual(['/run/secrets', '/srv/cache/npm/']);
  const one = (type: ImageFile['type']): ImageFile => ({ type, size: 0, mode: 0o755, owner: '0:0', content: '' });
  const after = new Map([
    ...['/run/secrets', '/srv/cache', '/srv/cache/npm', '/srv/cached'].map((path) => [path, one('folder')] as const),
    ...['/run/secrets/token', '/srv'].map((path) => [path, one('file')] as const),
  ]);
  const isMade = (path: string, kind: 'new' | 'changed' = 'new'): boolean =>
    isMadeForMount({ path, kind, aspects: [] }, mountPoints, after);
  expect(['/run/secrets', '/srv/cache', '/srv/cache/npm'].filter((path) => isMade(path))).toHaveLength(3);
  expect(['/run/secrets/token', '/srv/cached', '/srv', '/run/other'].filter((path) => isMade(path))).toEqual([]);
  expect(isMade('/run/secrets', 'changed')).toBe(false);
});

describe('noise', () => {
  const gone = (path: string): FileDifference => ({ path, kind: 'gone', aspects: [] });
  const fresh = (path: string): FileDifference => ({ path, kind: 'new', aspects: [] });

  test('is what two builds of one file do differently, by its path, its shape and its folder', () => {
    const folders = { '/app/.next': file('', { type: 'folder' }), '/app': file('', { type: 'folder' }) };
    const first = image({ ...folders, '/log': file('1'), '/tmp/run-17': file(''), '/app/.next/aCnsAK': file('') });
    const second = image({ ...folders, '/log': file('2'), '/tmp/run-23': file(''), '/app/.next/Xy_2bq': file('') });
    const noise = new Noise(first, second);
    expect(noise.hasFile({ path: '/log', kind: 'changed', aspects: ['content'] })).toBe(true);
    expect(noise.hasFile(fresh('/tmp/run-99'))).toBe(true);
    expect(noise.hasFile(fresh('/app/.next/Qqqqqq/manifest.js'))).toBe(true);
    // The same in both builds by chance; what else of it changes is none.
    expect(noise.hasFile({ path: '/var/log/apt/eipp.log.xz', kind: 'changed', aspects: ['content'] })).toBe(true);
    expect(noise.hasFile({ path: '/var/log/apt/eipp.log.xz', kind: 'changed', aspects: ['owner'] })).toBe(false);
    expect(noise.hasFile(gone('/var/log/apt/eipp.log.xz'))).toBe(false);
    // What is lost is never noise but where the second build lost it, too.
    expect(noise.hasFile(gone('/app/.next/server.js'))).toBe(false);
    expect(noise.hasFile(fresh('/app/server.js'))).toBe(false);
  });
});

describe('what is announced', () => {
  const before = Dockerfile.parse('FROM node:20\nENV PORT=80\nWORKDIR /app\nCOPY . .\nCMD ["node", "."]\n');
  const change = (transform: string, configChanges: Change['configChanges'] = []): Change => ({
    transform,
    category: 'size',
    message: '',
    line: 1,
    column: 1,
    endLine: 1,
    applicability: 'unsafe',
    checked: [],
    configChanges,
  });
  const announced = (...changes: readonly Change[]): Announced => new Announced(before, changes, transforms);
  const gone = (path: string): FileDifference => ({ path, kind: 'gone', aspects: [] });

  test('is nothing without a fix that says so', () => {
    expect(announced(change('merge-runs')).ofFile(gone('/usr/bin/make'))).toBeUndefined();
    expect(announced(change('merge-runs')).ofPackages()).toBeUndefined();
  });

  test('by another base image is what the base brings, not what the file makes', () => {
    const slim = announced(change('use-slim-base', ['base']));
    expect(slim.ofFile(gone('/usr/bin/make'))).toEqual(['use-slim-base']);
    expect(slim.ofFile(gone('/app/server.js'))).toBeUndefined();
    expect(slim.ofField({ field: 'env', name: 'YARN_VERSION', before: '1', after: undefined })).toEqual([
      'use-slim-base',
    ]);
    expect(slim.ofField({ field: 'env', name: 'PORT', before: '80', after: undefined })).toBeUndefined();
    expect(slim.ofField({ field: 'user', before: '', after: '1000' })).toBeUndefined();
  });

  test('is each aspect of a path, by whichever fix', () => {
    const both: FileDifference = { path: '/tmp/list', kind: 'changed', aspects: ['content', 'owner'] };
    expect(announced(change('add-nonroot-user')).ofFile(both)).toBeUndefined();
    expect(announced(change('clean-apt-lists'), change('add-nonroot-user')).ofFile(both)).toEqual([
      'clean-apt-lists',
      'add-nonroot-user',
    ]);
  });

  test('are the files that dfix writes, where the build copies them', () => {
    expect(announced(change('merge-runs')).ofFile(gone('/app/.dockerignore'))).toEqual([]);
  });
});

describe('a workspace', () => {
  test('is a private copy in which versions and edits take turns', async () => {
    const dockerfile = put('app/Dockerfile', 'FROM a\n');
    put('app/src/main.c', 'main\n');
    put('app/secret.key', 'key');
    put('app/.dockerignore', '*.key\n');
    const workspace = await Workspace.open(join(folder, 'app'), dockerfile);
    try {
      const inside = (name: string): string => readFileSync(join(workspace.context, name), 'utf8');
      expect(existsSync(join(workspace.context, 'secret.key'))).toBe(false);
      const files = new Map([[join(folder, 'app/.dockerignore'), '*.key\n.git\n']]);
      await workspace.use({ text: 'FROM b\n', encoding: 'utf-8', files });
      await workspace.touch('src/main.c', '\n');
      expect([inside('Dockerfile'), inside('.dockerignore'), inside('src/main.c')]).toEqual([
        'FROM b\n',
        '*.key\n.git\n',
        'main\n\n',
      ]);
      await workspace.use({ text: 'FROM c\n', encoding: 'utf-8', files: new Map() });
      expect([inside('Dockerfile'), inside('.dockerignore'), inside('src/main.c')]).toEqual([
        'FROM c\n',
        '*.key\n',
        'main\n',
      ]);
      expect(readFileSync(dockerfile, 'utf8')).toBe('FROM a\n');
    } finally {
      await workspace.close();
    }
    expect(existsSync(workspace.context)).toBe(false);
  });

  test('keeps a Dockerfile from outside of the context beside it, with its own ignore file', async () => {
    const dockerfile = put('docker/api.Dockerfile', 'FROM a\n');
    put('docker/api.Dockerfile.dockerignore', 'b\n');
    put('app/a', '');
    put('app/b', '');
    const workspace = await Workspace.open(join(folder, 'app'), dockerfile);
    try {
      await workspace.use({ text: 'FROM b\n', encoding: 'utf-8', files: new Map() });
      expect(readFileSync(workspace.dockerfile, 'utf8')).toBe('FROM b\n');
      expect(readFileSync(`${workspace.dockerfile}.dockerignore`, 'utf8')).toBe('b\n');
      expect(readdirSync(workspace.context)).toEqual(['a']);
    } finally {
      await workspace.close();
    }
  });

  // BuildKit takes files of one size and time for the same where contexts have the same last name.
  test('no two of them have the same last name', async () => {
    const dockerfile = put('app/Dockerfile', 'FROM a\n');
    const names: string[] = [];
    for (let copy = 0; copy < 2; copy++) {
      const workspace = await Workspace.open(join(folder, 'app'), dockerfile);
      names.push(basename(workspace.context));
      await workspace.close();
    }
    expect(names[0]).not.toBe(names[1]);
  });
});

describe('a report for a pull request', () => {
  test('cannot be broken by what stands in the files', () => {
    const side = { size: 2e6, layers: 1, packages: undefined, setuid: [], users: [], user: 'a|b', smoke: undefined };
    const text = markdownReport({
      path: '`x` <img src=y>',
      changes: [],
      verdict: {
        engine: 'Docker',
        before: side,
        after: { ...side, size: 1e6 },
        fields: [],
        files: [],
        packages: [],
        noise: 0,
        edit: undefined,
        faults: ['nobody announced that /a``` is gone'],
      },
    });
    expect(text).toContain('### `` `x` <img src=y>');
    expect(text).toContain('| ` user ` | ` a\\|b ` | ` a\\|b ` |');
    expect(text).toContain('| ` size ` | ` 2.0 MB ` | ` 1.0 MB ` | ` -50.0 % ` |');
    expect(text).toContain('- ```` nobody announced that /a``` is gone ````');
  });
});

describe('a scanner', () => {
  const before = process.env['PATH'];

  afterEach(() => {
    process.env['PATH'] = before;
  });

  const REPORTS: Readonly<Record<string, (ids: readonly string[]) => unknown>> = {
    trivy: (ids) => ({
      Results: [
        { Vulnerabilities: ids.map((id) => ({ VulnerabilityID: id, PkgName: 'openssl', Severity: 'HIGH' })) },
        { Target: 'app' },
      ],
    }),
    grype: (ids) => ({
      matches: ids.map((id) => ({ vulnerability: { id, severity: 'High' }, artifact: { name: 'openssl' } })),
    }),
    docker: (ids) => ({
      runs: [
        {
          tool: {
            driver: {
              rules: ids.map((id) => ({
                id,
                properties: { cvssV3_severity: 'HIGH', purls: ['pkg:deb/debian/openssl@3.0?os_name=debian'] },
              })),
            },
          },
        },
      ],
    }),
    snyk: (ids) => ({ vulnerabilities: ids.map((id) => ({ id, packageName: 'openssl', severity: 'high' })) }),
  };

  test.each(Object.keys(REPORTS))('is read: %s', async (program) => {
    const report = (ids: readonly string[]): string => JSON.stringify(REPORTS[program]?.(ids));
    const path = put(
      `bin/${program}`,
      `#!/bin/bash\ncase "$*" in *x:before*) echo '${report(['CVE-1', 'CVE-2', 'CVE-1'])}';; *x:after*) echo '${report(['CVE-2', 'CVE-3'])}';; esac\n`,
    );
    chmodSync(path, 0o755);
    process.env['PATH'] = `${join(folder, 'bin')}:/nowhere`;
    const { signal } = new AbortController();
    const scanner = await findScanner('docker', signal);
    const scanned = await scanBoth(scanner, 'x:before', 'x:after', { engine: 'docker', signal, timeoutSeconds: 20 });
    const finding = (id: string): Finding => ({ id, package: 'openssl', severity: 'high' });
    expect(scanned.before).toEqual([finding('CVE-1'), finding('CVE-2')]);
    expect([scanned.gone, scanned.fresh]).toEqual([[finding('CVE-1')], [finding('CVE-3')]]);
  });

  test('is asked for in vain where none is installed', async () => {
    process.env['PATH'] = '/nowhere';
    await expect(findScanner('docker', new AbortController().signal)).rejects.toThrow('none of trivy, grype');
    await expect(findScanner('buildah', new AbortController().signal)).rejects.toThrow('buildah');
  });
});

describe('dfix verify', () => {
  let temporary: string;
  const BAD = 'FROM debian:bookworm\nMAINTAINER me\nADD a /a\n';

  /** With programs of the test's own in place of engines: how dfix takes what they do, not what they build. */
  function dfix(words: readonly string[], path = join(folder, 'bin')): Run {
    return runProgram(folder, ['verify', ...words], { PATH: path, TMPDIR: temporary });
  }

  function stub(name: string, script: string): void {
    chmodSync(put(`bin/${name}`, `#!/bin/bash\nexport PATH=/usr/bin:/bin\n${script}`), 0o755);
  }

  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'dfix-test-'));
    mkdirSync(join(folder, 'bin'));
    put('Dockerfile', BAD);
    put('a', '');
  });

  afterEach(() => {
    rmSync(temporary, { recursive: true });
  });

  test('says of each engine what is missing', () => {
    stub('docker', '[ "$1" = version ] && echo 27 && exit 0\necho "docker: unknown command" >&2; exit 1\n');
    stub('podman', 'echo "cannot connect" >&2; exit 125\n');
    const { code, err } = dfix([]);
    expect(code).toBe(5);
    expect(err).toBe(
      'dfix: no engine can build here: docker has no BuildKit: the plugin buildx is not installed; podman: cannot connect; buildah is not installed\n',
    );
    expect(dfix(['--engine', 'buildah']).err).toBe('dfix: no engine can build here: buildah is not installed\n');
  });

  test('says that a file does not build as it is, with the step and the last words', () => {
    stub(
      'docker',
      'case $1 in version) echo 27;; buildx) [ "$2" = version ] && exit 0; echo "#5 [2/2] ADD a /a" >&2; echo "#5 ERROR: no a" >&2; exit 1;; esac\n',
    );
    const { code, err } = dfix([]);
    expect(code).toBe(6);
    expect(err).toContain('dfix: Dockerfile: the Dockerfile does not build as it is: [2/2] ADD a /a\n');
    expect(err).toContain('  #5 ERROR: no a\n');
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('ends a build that hangs, and says that a disk is full', () => {
    stub('docker', 'case $1 in version) echo 27;; buildx) [ "$2" = version ] || sleep 60;; esac\n');
    const hung = dfix(['--timeout', '1']);
    expect(hung.code).toBe(6);
    expect(hung.err).toContain('it took too long');
    stub(
      'docker',
      'case $1 in version) echo 27;; buildx) [ "$2" = version ] || { echo "write: no space left on device" >&2; exit 1; };; esac\n',
    );
    const full = dfix([]);
    expect(full.code).toBe(2);
    expect(full.err).toContain('the disk is full');
  });

  test('leaves nothing behind when it is interrupted', async () => {
    stub(
      'docker',
      `echo "$*" >> ${join(folder, 'calls')}\ncase $1 in version) echo 27;; buildx) [ "$2" = version ] || { echo $$ > ${join(folder, 'pid')}; sleep 60; };; esac\n`,
    );
    const child = spawn(process.execPath, [PROGRAM, 'verify'], {
      cwd: folder,
      env: { PATH: join(folder, 'bin'), TMPDIR: temporary },
    });
    let err = '';
    child.stderr.on('data', (data: Buffer) => (err += data.toString()));
    const ended = new Promise((settle) => child.once('close', settle));
    for (let tries = 0; !existsSync(join(folder, 'pid')) && tries < 100; tries++) await wait(50);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(err).toContain('interrupted');
    expect(readdirSync(temporary)).toEqual([]);
    const calls = readFileSync(join(folder, 'calls'), 'utf8');
    const [, tag] = /--tag (\S+)/.exec(calls) ?? [];
    expect(calls).toContain(`image rm --force ${tag}`);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow();
  });

  test('has one message for each wrong call', () => {
    const messages = [
      ['--smoke', 'a', '--smoke-run'],
      ['--smoke-http', 'health'],
      ['--smoke', '["a'],
      ['--smoke', '[1]'],
      ['missing'],
      ['--bisekt'],
    ].map((words) => dfix(words));
    expect(messages.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(messages.map(({ err }) => err)).toEqual([
      'dfix: --smoke, --smoke-http and --smoke-run exclude each other\n',
      'dfix: --smoke-http health is neither /PATH nor PORT/PATH\n',
      'dfix: --smoke ["a starts like a JSON array and is none\n',
      'dfix: --smoke [1] is no array of words\n',
      'dfix: missing: no such file\n',
      'dfix: there is no option --bisekt; did you mean --bisect? (see: dfix --help)\n',
    ]);
    put('other/Dockerfile', BAD);
    expect(dfix([]).err).toBe(
      'dfix: verify takes one Dockerfile at a time, and there are 2: Dockerfile, other/Dockerfile\n',
    );
  });

  test('has nothing to do for a file that dfix does not change, does not parse, or is none', () => {
    put('Dockerfile', 'FROM debian:bookworm\n');
    expect(dfix([])).toMatchObject({
      code: 0,
      err: 'Dockerfile: dfix changes nothing, so there is nothing to verify\n',
    });
    put('Dockerfile', 'FROM debian:bookworm\nRUM make\n');
    expect(dfix([]).code).toBe(4);
    rmSync(join(folder, 'Dockerfile'));
    expect(dfix([])).toMatchObject({ code: 3, err: 'no Dockerfile in .\n' });
  });
});
