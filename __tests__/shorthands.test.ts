import { describe, expect, test } from '@jest/globals';
import { putFile, type Run, runProgram } from './harness/program.js';
import { inRepository } from './harness/repository.js';

let folder: string;

inRepository((made) => {
  folder = made;
  putFile(folder, 'Dockerfile', 'FROM quay.io/acme/node:22\nCOPY --from=ghcr.io/acme/tools:1 /a /a\n');
});

const dfix = (...words: readonly string[]): Run => runProgram(folder, words);

/** The images that are reported to come from another registry. */
function foreign(...words: readonly string[]): readonly string[] {
  const { out, err } = dfix('--format', 'json', ...words);
  expect(err).not.toContain('dfix:');
  const { files } = JSON.parse(out) as { files: { reports: { transform: string; message: string }[] }[] };
  return files
    .flatMap(({ reports }) => reports)
    .filter(({ transform }) => transform === 'report-foreign-registry')
    .map(({ message }) => message.split('`')[1] ?? '');
}

describe('the policy of allowed registries', () => {
  test('comes from the command line, from a configuration, and from the nearest one', () => {
    expect(foreign()).toEqual([]);
    expect(foreign('--policy', 'allowed-registries=docker.io,quay.io')).toEqual(['ghcr.io/acme/tools:1']);
    putFile(folder, '.dfix.yaml', 'policy:\n  allowed-registries: [ghcr.io]\n');
    expect(foreign()).toEqual(['quay.io/acme/node:22']);
    // The command line is nearer than any configuration.
    expect(foreign('--policy', 'allowed-registries=docker.io')).toHaveLength(2);
    putFile(folder, 'a/Dockerfile', 'FROM node:22\n');
    putFile(folder, 'a/.dfix.yaml', 'policy: { allowed-registries: [quay.io] }\n');
    expect(foreign('a')).toEqual(['node:22']);
  });

  test.each([
    ['policy:\n  allowed-registries: ["quay.io, ghcr.io"]\n', ".dfix.yaml:2:24: 'quay.io, ghcr.io' is no registry"],
    ['policy:\n  allowed-registries: []\n', '.dfix.yaml:2:23: it names no registry'],
    ['policy:\n  allowed-registry: []\n', ".dfix.yaml:2:3: there is no setting 'allowed-registry'; did you mean"],
  ])('is checked in a configuration: %j', (text, message) => {
    putFile(folder, '.dfix.yaml', text);
    const { code, err } = dfix();
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) as unknown as string });
  });

  test.each([
    ['allowed-registries', '--policy allowed-registries is not POLICY=VALUE'],
    ['allowed-registry=quay.io', "there is no policy 'allowed-registry'; did you mean 'allowed-registries'?"],
    ['allowed-registries=', "report-foreign-registry.registries does not take ''"],
    ['allowed-registries=quay.io`x', "report-foreign-registry.registries does not take 'quay.io`x'"],
  ])('is checked on the command line: %j', (policy, message) => {
    const { code, err } = dfix('--policy', policy);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(message) as unknown as string });
  });
});

describe('--numeric-user', () => {
  test('writes users as numbers or names, and --param is more exact', () => {
    putFile(folder, 'Dockerfile', 'FROM node:22\nWORKDIR /app\nCOPY . .\nCMD ["node", "server.js"]\n');
    const words = ['--unsafe', '--only', 'add-nonroot-user'];
    expect(dfix(...words).out).toContain('\n+USER 1000\n');
    expect(dfix(...words, '--numeric-user=no').out).toContain('\n+USER node\n');
    expect(dfix(...words, '--numeric-user=no', '--param', 'add-nonroot-user.numeric=yes').out).toContain(
      '\n+USER 1000\n',
    );
    expect(dfix(...words, '--numeric-user=maybe')).toMatchObject({ code: 2 });
  });
});
