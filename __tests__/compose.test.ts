import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { putFile, type Run, runProgram } from './harness/program.js';
import { inRepository } from './harness/repository.js';
import { limitServices } from '../src/compose/limit-services.js';

const BOTH = { memory: '512m', cpus: '0.5' };
const MEMORY = { memory: '512m', cpus: undefined };

/** The result for a file whose services are these, without the first line. */
function limited(services: string, limits: Parameters<typeof limitServices>[1] = MEMORY): string {
  const result = limitServices(`services:\n${services}`, limits);
  if (result.kind !== 'limited') throw new Error(JSON.stringify(result));
  return result.text.slice('services:\n'.length);
}

function obstacles(text: string): Readonly<Record<string, string | undefined>> {
  const result = limitServices(text, BOTH);
  if (result.kind !== 'limited') throw new Error(JSON.stringify(result));
  return Object.fromEntries(result.notes.map(({ service, obstacle }) => [service, obstacle]));
}

describe('limits of a service', () => {
  test('stand behind what it has, comments included', () => {
    const before =
      '  # the shop\n  web:\n    image: nginx # mirror\n    ports:\n      - "80:80"\n      # - "443:443"\n\n  # the store\n  db:\n    image: a\n';
    expect(limited(before, BOTH)).toBe(
      '  # the shop\n  web:\n    image: nginx # mirror\n    ports:\n      - "80:80"\n      # - "443:443"\n' +
        '    deploy:\n      resources:\n        limits:\n          cpus: "0.5"\n          memory: 512m\n' +
        '\n  # the store\n  db:\n    image: a\n' +
        '    deploy:\n      resources:\n        limits:\n          cpus: "0.5"\n          memory: 512m\n',
    );
  });

  test.each([
    [
      '    web:\n        image: a\n',
      '    web:\n        image: a\n        deploy:\n            resources:\n                limits:\n                    memory: 512m\n',
    ],
    ['  web: {image: a}\n', '  web: {image: a, deploy: {resources: {limits: {memory: 512m}}}}\n'],
    ['  web: { image: a, } # b\n', '  web: { image: a, deploy: { resources: { limits: { memory: 512m } } }, } # b\n'],
    [
      '  web:\n    image: a\n    deploy: {}\n',
      '  web:\n    image: a\n    deploy: { resources: { limits: { memory: 512m } } }\n',
    ],
    [
      '  web:\n    deploy:\n      resources:\n        limits:\n          cpus: 1\n        # less\n        reservations: {memory: 1m}\n    image: a\n',
      '  web:\n    deploy:\n      resources:\n        limits:\n          cpus: 1\n          memory: 512m\n        # less\n        reservations: {memory: 1m}\n    image: a\n',
    ],
    ['  web:\n    image: a\n    cpus: 2\n', '  web:\n    image: a\n    cpus: 2\n    mem_limit: 512m\n'],
    ['  web:\n    image: a\n    mem_limit: 1g\n', '  web:\n    image: a\n    mem_limit: 1g\n'],
    [
      '  web:\n    image: a\n    command: |\n      b\n\n  db:\n    image: c\n    mem_limit: 1g\n',
      '  web:\n    image: a\n    command: |\n      b\n    deploy:\n      resources:\n        limits:\n          memory: 512m\n\n  db:\n    image: c\n    mem_limit: 1g\n',
    ],
    [
      '  web:\n    image: a\n    command: |+\n      b\n\n  db:\n    image: c\n    mem_limit: 1g\n',
      '  web:\n    image: a\n    command: |+\n      b\n\n    deploy:\n      resources:\n        limits:\n          memory: 512m\n  db:\n    image: c\n    mem_limit: 1g\n',
    ],
    [
      '  web:\n    image: a\n    environment:\n    - A=1\n    - B=',
      '  web:\n    image: a\n    environment:\n    - A=1\n    - B=\n    deploy:\n      resources:\n        limits:\n          memory: 512m',
    ],
  ])('keep the style: %j', (before, after) => {
    expect(limited(before)).toBe(after);
    expect(limited(after)).toBe(after);
    const windows = (text: string): string => text.replaceAll('\n', '\r\n');
    expect(limited(windows(before)).replace(/^\n/, '')).toBe(windows(after));
  });

  test('are keys of their own in version 2, behind a byte order mark too', () => {
    const before = '\ufeffversion: "2.4"\nservices:\n  web:\n    image: a\n';
    expect(limitServices(before, BOTH)).toMatchObject({ text: `${before}    cpus: 0.5\n    mem_limit: 512m\n` });
  });
});

test('services are declined where nobody can tell their limits', () => {
  expect(
    obstacles(`x-base: &base {image: a, restart: always}
x-limited: &limited {image: a, deploy: {resources: {limits: {memory: 1g, cpus: "1"}}}}
x-deploy: &deploy {replicas: 2}
services:
  plain: &plain {image: a}
  merged: {<<: *base}
  done: {<<: *limited}
  brings: {<<: {deploy: {replicas: 2}}, image: a}
  takes: {<<: [*base, *plain], ports: ["80"]}
  same: *plain
  extends: {extends: plain}
  override: {ports: ["80"]}
  nothing:
  shared: {image: a, deploy: *deploy}
  anchored: {image: a, deploy: &other {replicas: 1}}
  empty: {image: a, deploy: }
  reserves: {image: a, deploy: {resources: {reservations: {memory: 1gb}}}}
  hidden: {image: a, mem_reservation: "\${MEMORY}"}
  processors: {image: a, deploy: {resources: {reservations: {cpus: "2"}}}}
  swap: {image: a, memswap_limit: 1g}
`),
  ).toMatchInlineSnapshot(`
   {
     "anchored": "its \`deploy\` is used elsewhere as \`other\`",
     "brings": "its merge key brings \`deploy\`, in place of which an own one would stand",
     "empty": "its \`deploy\` is no mapping",
     "extends": "what it extends may have limits",
     "hidden": "it reserves \`"\${MEMORY}"\` of memory",
     "merged": undefined,
     "nothing": "it is no mapping",
     "override": "it has neither image nor build: it completes a service of another file",
     "plain": undefined,
     "processors": "it reserves \`"2"\` processors",
     "reserves": "it reserves \`"1gb"\` of memory",
     "same": "it is an alias of \`plain\`",
     "shared": "its \`deploy\` is an alias",
     "swap": "\`memswap_limit\` counts from the limit of memory",
     "takes": "it takes over \`plain\` by its merge key",
   }
  `);
});

test.each([
  ['', 'it is empty'],
  ['- a\n', 'it is no mapping'],
  ['volumes: {}\n', 'it has no services'],
  ['services: {web: {image: a}}\n---\nservices: {}\n', 'it holds several documents'],
  ['services:\n\tweb:\n\t\timage: a\n', 'Tabs are not allowed'],
  ['services:\n  web: *nobody\n', 'an alias names nothing'],
  ['services:\n  web: {image: a}\n  web: {image: b}\n', 'Map keys must be unique'],
])('%j is a problem', (text, message) => {
  expect(limitServices(text, BOTH)).toEqual({
    kind: 'problem',
    message: expect.stringContaining(message) as unknown as string,
    offset: expect.any(Number) as unknown as number,
  });
});

describe('dfix compose', () => {
  let folder: string;
  inRepository((made) => {
    folder = made;
  });
  const dfix = (...words: readonly string[]): Run => runProgram(folder, ['compose', ...words]);

  test('shows, checks and writes', () => {
    const before = 'services:\n  web:\n    image: a\n  late: {extends: web}\n';
    const path = putFile(folder, 'compose.yaml', before);
    putFile(folder, 'node_modules/compose.yaml', before);
    const words = ['--param', 'memory=512m', '--param', 'limit-compose-resources.cpus=0.5'];
    const shown = dfix(...words);
    expect(shown).toMatchObject({
      code: 0,
      out: expect.stringContaining("\n+          cpus: '0.5'\n") as unknown as string,
    });
    expect(shown.err).toBe(
      'compose.yaml:4:3: `late` gets no limits: what it extends may have limits\n1 read, 1 would change (limits for 1), 1 services declined\n',
    );
    expect(dfix('--check', ...words)).toMatchObject({ code: 1, out: '' });
    expect(readFileSync(path, 'utf8')).toBe(before);
    expect(dfix('--write', '--quiet', ...words)).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(path, 'utf8')).toContain('memory: 512m');
    expect(dfix('--check', ...words).code).toBe(0);
  });

  test('tells what is wrong', () => {
    expect(dfix('--param', 'memory=1g')).toMatchObject({ code: 3 });
    putFile(folder, 'compose.yaml', 'services:\n  web: [\n');
    expect(dfix('--param', 'memory=1g')).toMatchObject({
      code: 4,
      err: expect.stringContaining('compose.yaml:3:1: ') as unknown as string,
    });
    for (const words of [
      [],
      ['--param', 'memory=1'],
      ['--param', 'cpus=0'],
      ['--param', 'memory=1m\n'],
      ['--param', 'x=1'],
    ])
      expect(dfix(...words).code).toBe(2);
    expect(dfix('--check', '--write', '--param', 'cpus=1').code).toBe(2);
    expect(dfix('nowhere.yaml', '--param', 'cpus=1').code).toBe(2);
  });

  test('is listed and explained', () => {
    expect(runProgram(folder, ['list']).out).toContain('limit-compose-resources ');
    expect(runProgram(folder, ['explain', 'limit-compose-resources']).out).toContain('# limit-compose-resources');
  });
});
