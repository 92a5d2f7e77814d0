import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { hclBlocks } from '../src/cli/builds/hcl.js';
import { putFile, type Run, runProgram } from './harness/program.js';

const FILE = 'FROM debian:bookworm\nMAINTAINER me\n';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-scan-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const put = (name: string, text: string): string => putFile(folder, name, text);

const dfix = (...words: readonly string[]): Run => runProgram(folder, words);

interface BuildJson {
  readonly kind: string;
  readonly path: string;
  readonly line: number;
  readonly name: string;
  readonly context: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string | null>>;
}

interface ScanJson {
  readonly files: readonly { readonly path: string; readonly builds: readonly BuildJson[] }[];
  readonly skipped: readonly {
    readonly path: string;
    readonly reason: string;
    readonly detail?: string;
    readonly builds: readonly BuildJson[];
  }[];
}

function scan(...words: readonly string[]): ScanJson {
  return JSON.parse(dfix('scan', '--format', 'json', ...words).out) as ScanJson;
}

/** The builds of a Dockerfile, each in one line. */
function builds(path: string): readonly string[] {
  const file = scan().files.find((one) => one.path === path);
  return (file?.builds ?? []).map(
    ({ kind, path: declaring, line, name, context, target = '', args }) =>
      `${kind} ${declaring}:${line} ${name} ${context} ${target} ${JSON.stringify(args)}`,
  );
}

describe('the builds of a Dockerfile', () => {
  beforeEach(() => {
    put('web/Dockerfile', FILE);
  });

  test('are those that compose declares', () => {
    put(
      'compose.yaml',
      `x-args: &args
  A: 1
services:
  short:
    build: ./web
  long:
    image: x
    build:
      context: .
      dockerfile: web/Dockerfile
      target: prod
      args: { <<: *args, B: "two words", C: }
  list:
    build: { context: web, args: ["A=b=c", "D"] }
`,
    );
    put('compose.override.yaml', 'services:\n  short:\n    build:\n      target: dev\n');
    expect(builds('web/Dockerfile')).toEqual([
      'compose compose.override.yaml:3 short web dev {}',
      'compose compose.yaml:5 short web  {}',
      'compose compose.yaml:8 long . prod {"A":"1","B":"two words","C":null}',
      'compose compose.yaml:14 list web  {"A":"b=c","D":null}',
    ]);
  });

  test('are those of bake, with what targets inherit', () => {
    put(
      'docker-bake.hcl',
      `variable "TAG" { default = "latest" }
# target "no" { context = "web" }
function "f" {
  params = [x]
  result = "\${x}}"
}
group "default" { targets = ["web", "job"] }
target "_base" {
  args = { A = "1", B = TAG }
}
target "web" {
  inherits = ["_base"]
  context = "web" // the folder
  target = "prod"
  args = {
    A = "2"
    "C" : "}"
  }
  labels = { x = join(",", ["a", "b"]) }
}
target "job" {
  context = "\${TAG}"
}
`,
    );
    put('docker-bake.json', '{ "target": { "app": {\n "context": "web", "args": {"N": 1} } } }');
    expect(builds('web/Dockerfile')).toEqual([
      'bake docker-bake.hcl:11 web web prod {"A":"2","B":"${…}","C":"}"}',
      'bake docker-bake.json:1 app web  {"N":"1"}',
    ]);
    expect(scan().skipped).toMatchObject([{ path: 'docker-bake.hcl', reason: 'variable', detail: '${TAG}' }]);
  });

  test('are those of skaffold, devcontainer and the workflows of GitHub', () => {
    put(
      'skaffold.yaml',
      `apiVersion: skaffold/v4beta1
kind: Config
build:
  artifacts:
    - image: web
      context: web
      docker: { target: prod, buildArgs: { A: b } }
    - image: other
      jib: {}
profiles:
  - name: ci
    build:
      artifacts:
        - image: web-ci
          context: web
          kaniko: { dockerfile: Dockerfile }
`,
    );
    put(
      '.devcontainer/devcontainer.json',
      '{ // ours\n "name": "dev",\n "build": { "dockerfile": "../web/Dockerfile", "context": "..", "target": "dev", },\n}',
    );
    put('.git/HEAD', '');
    put(
      '.github/workflows/build.yml',
      `jobs:
  image:
    steps:
      - uses: actions/checkout@v4
      - name: Build
        uses: docker/build-push-action@v6
        with:
          context: "{{defaultContext}}:web"
          target: prod
          build-args: |
            A=b
            C=d
      - uses: docker/build-push-action@v6
        with: { file: web/Dockerfile, context: "\${{ matrix.x }}" }
`,
    );
    expect(builds('web/Dockerfile')).toEqual([
      'devcontainer .devcontainer/devcontainer.json:3 dev . dev {}',
      'github-workflow .github/workflows/build.yml:5 image, Build web prod {"A":"b","C":"d"}',
      'skaffold skaffold.yaml:5 web web prod {"A":"b"}',
      'skaffold skaffold.yaml:14 web-ci web  {}',
    ]);
    // A folder below hears of what is declared above it, once.
    expect(scan('web').files).toMatchObject([{ path: 'web/Dockerfile', builds: [{}, {}, {}, {}] }]);
  });

  test('of files that mean harm cost no more than those of others', () => {
    put('compose.yaml', `a: &a [x]\n${'b: [*a, *a]\n'.repeat(3)}services: { __proto__: { build: web } }\n`);
    put('docker-bake.hcl', 'target "a" { context = '.repeat(20_000));
    put('docker-bake.json', `{"target":{${'"a":{"inherits":['.repeat(500)}`);
    put('skaffold.yaml', 'build: [\n');
    expect(scan().files.map(({ path }) => path)).toEqual(['web/Dockerfile']);
    expect(hclBlocks(`x "y" { a = ${'['.repeat(100_000)}`)).toHaveLength(1);
    expect(hclBlocks('a "b" {\n c = <<-E\n } "\n  E\n d = "e"\n f = null\n g = 1 + 2\n}')[0]?.attributes).toEqual(
      new Map(Object.entries({ c: '${…}', d: 'e', f: undefined, g: '${…}' })),
    );
  });
});

describe('a Dockerfile that only its build names', () => {
  const compose = 'services:\n  app:\n    build:\n      dockerfile: build/prod.docker\n';

  test('is read by a run over its folder, and by scan', () => {
    put('Dockerfile', FILE);
    put('build/prod.docker', FILE);
    put('compose.yaml', compose);
    expect(dfix('--list').out).toBe('Dockerfile\nbuild/prod.docker\n');
    expect(dfix('--list', 'build').out).toBe('');
    expect(scan().files.map(({ path }) => path)).toEqual(['Dockerfile', 'build/prod.docker']);
    spawnSync('git', ['init', '-q'], { cwd: folder });
    expect(dfix('--list').out).toBe('Dockerfile\nbuild/prod.docker\n');
    // The root of the repository ends the way up.
    expect(dfix('--list', 'build').out).toBe('build/prod.docker\n');
    put('.gitignore', 'build/\n');
    expect(dfix('--list').out).toBe('Dockerfile\n');
    expect(scan().skipped).toMatchObject([{ path: 'build/prod.docker', reason: 'git-ignored' }]);
  });

  test.each([
    ['compose.yaml', 'services: {app: {build: {"dockerfile": image/app}}}'],
    ['compose.yaml', 'x: &f image/app\nservices: {app: {build: {dockerfile: *f}}}'],
    ['compose.yaml', 'services:\n app:\n  build:\n   ? dockerfile\n   : >-\n    image/app\n'],
    ['docker-bake.hcl', 'target "x" {\n  dockerfile = "image/app"\n}'],
    ['skaffold.yaml', 'build: {artifacts: [{image: x, docker: {dockerfile: image/app}}]}'],
    ['.devcontainer/devcontainer.json', '{"dockerFile": "../image/app"}'],
    [
      '.github/workflows/x.yaml',
      'jobs: {a: {steps: [{uses: docker/build-push-action@v6, with: {file: ./image/app}}]}}',
    ],
  ])('is found in %s: %s', (name, text) => {
    put('.git/HEAD', '');
    put(name, text);
    put('image/app', FILE);
    expect(dfix('--list').out).toBe('image/app\n');
  });

  test('is not read outside of the folder, in a vendored one, or when it is none', () => {
    put(
      'a/compose.yaml',
      'services: {x: {build: {dockerfile: ../b.docker}}, y: {build: {dockerfile: vendor/c.docker}}, z: {build: {dockerfile: d}}}\n',
    );
    put('b.docker', FILE);
    put('a/vendor/c.docker', FILE);
    put('a/d/e', '');
    expect(dfix('--list', 'a').code).toBe(3);
  });
});

test('scan says why the others are passed over', () => {
  put('Dockerfile', FILE);
  put('Dockerfile.dockerignore', 'x\n');
  put('vendor/Dockerfile', FILE);
  put('out/Dockerfile', FILE);
  put('legacy/Dockerfile', FILE);
  put('own/Dockerfile', `# dfix ignore-file\n\n${FILE}`);
  put('Dockerfile.j2', FILE);
  put('t/Dockerfile', 'FROM {{ base }}\n');
  put('b/Dockerfile', 'FROM a\0\n');
  put('.dfixignore', 'legacy/\n');
  put('.gitignore', 'out/\n');
  put(
    'compose.yaml',
    `services:
  gone: { build: { context: nowhere } }
  far: { build: "https://example.com/x.git#main" }
  some: { build: "\${DIR}" }
  here: { build: { dockerfile_inline: "FROM a" } }
  quiet: { build: { target: x } }
  out: { build: out }
`,
  );
  spawnSync('git', ['init', '-q'], { cwd: folder });
  const { files, skipped } = scan();
  expect(files.map(({ path }) => path)).toEqual(['Dockerfile']);
  expect(skipped.map(({ path, reason, detail = '' }) => `${path} ${reason} ${detail}`.trim())).toEqual([
    'Dockerfile.dockerignore ignore-file',
    'Dockerfile.j2 template',
    'b/Dockerfile binary',
    'compose.yaml remote-context https://example.com/x.git#main',
    'compose.yaml variable ${DIR}',
    'compose.yaml inline dockerfile_inline',
    'legacy/Dockerfile dfixignore',
    'nowhere/Dockerfile missing',
    'out/Dockerfile git-ignored',
    'own/Dockerfile ignore-comment',
    't/Dockerfile template',
    'vendor/Dockerfile vendored',
  ]);
  const { out, err, code } = dfix('scan');
  expect(out).toMatchSnapshot();
  expect({ err, code }).toEqual({ err: '1 Dockerfile to read, 12 passed over\n', code: 0 });
  expect(dfix('scan', 't')).toMatchObject({ code: 3 });
});

describe('pipelines', () => {
  const HOSTILE = '$(id)`id`${{ github.token }} "x"\n: y.Dockerfile';

  beforeEach(() => {
    put('web/Dockerfile', FILE);
    put('job/Dockerfile', FILE);
    put(
      'compose.yaml',
      'services:\n  a: { build: { context: web, target: x } }\n  b: { build: { context: ., dockerfile: web/Dockerfile, target: x } }\n',
    );
    put(HOSTILE, FILE);
  });

  test('github-matrix holds an entry a Dockerfile, or a part', () => {
    const matrix = (...words: readonly string[]): unknown =>
      JSON.parse(dfix('scan', '--format', 'github-matrix', ...words).out);
    expect(dfix('scan', '--format', 'github-matrix').out.split('\n')).toHaveLength(2);
    expect(matrix()).toEqual({
      include: [
        { dockerfile: HOSTILE, context: '', target: '' },
        { dockerfile: 'job/Dockerfile', context: '', target: '' },
        { dockerfile: 'web/Dockerfile', context: '', target: 'x' },
      ],
    });
    const { include } = matrix('--shards', '40') as { include: { shard: string; files: number }[] };
    expect(include.reduce((sum, { files }) => sum + files, 0)).toBe(3);
    const listed = include.map(({ shard }) => dfix('--list', '--shard', shard).out).join('');
    expect(listed.split('\n').sort()).toEqual(dfix('--list').out.split('\n').sort());
  });

  test('gitlab-child holds a job each, and the shell gets no word of the repository', () => {
    interface Job {
      readonly script: readonly string[];
      readonly variables?: { readonly DOCKERFILE: { readonly value: string; readonly expand: boolean } };
    }
    const pipeline = (...words: readonly string[]): Record<string, Job> =>
      parse(dfix('scan', '--format', 'gitlab-child', ...words).out) as Record<string, Job>;
    const { default: head, ...jobs } = pipeline();
    expect(head).toEqual({ image: 'node:22' });
    expect(Object.values(jobs).map(({ variables }) => variables?.DOCKERFILE)).toEqual([
      { value: HOSTILE, expand: false },
      { value: 'job/Dockerfile', expand: false },
      { value: 'web/Dockerfile', expand: false },
    ]);
    expect(new Set(Object.values(jobs).flatMap(({ script }) => script)).size).toBe(1);
    expect(Object.values(jobs)[0]?.script[0]).toMatch(/^npx --yes dfix@\S+ --check .* -- "\$DOCKERFILE"$/);
    const shards = pipeline('--shards', '2', "it's", 'web', '.');
    expect(shards['dfix 1/2']?.script[0]).toContain("--shard 1/2 -- 'it'\\''s' 'web' '.'");
  });

  test.each([
    [['--shards', '2'], '--shards is for pipelines, not for text'],
    [['--format', 'github-matrix', '--shards', '0'], '--shards takes a whole number from 1 to 1000'],
    [
      ['--format', 'github-matrix', 'many'],
      'a matrix of GitHub makes 256 jobs at most, and there are 257: use --shards N',
    ],
  ])('%j is a wrong call', (words, message) => {
    if (words.includes('many')) for (let index = 0; index < 257; index++) put(`many/${index}.Dockerfile`, FILE);
    expect(dfix('scan', ...words)).toMatchObject({ code: 2, err: `dfix: ${message}\n` });
  });
});
