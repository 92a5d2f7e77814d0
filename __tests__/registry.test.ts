import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readChallenge } from '../src/registry/challenge.js';
import { Registry, type RegistrySetting, type Resolved } from '../src/registry/registry.js';
import { waitBefore } from '../src/registry/retry.js';
import { mayLead, MirrorError } from '../src/registry/source.js';
import {
  type Handler,
  hasRealRegistry,
  INDEX,
  push,
  type RealRegistry,
  serve,
  serveBytes,
  sha256,
  startRealRegistry,
  type TestServer,
} from './harness/registries.js';

const DOCKER_HUB = 'https://index.docker.io/v1/';
const BODY = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] });
const DIGEST = sha256(BODY);

/** What must never be in a message. */
const SECRETS = /pass:word|cGFzczp3b3Jk|ZGZpeD|identity-secret|issued-|signature/;

const realFetch = globalThis.fetch;
const realPath = process.env['PATH'];

let folder: string;
let open: (() => Promise<void>)[];
/** Each request that left, with the status it met. */
let sent: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-test-'));
  open = [];
  sent = [];
  answerElsewhere({});
});

afterEach(async () => {
  globalThis.fetch = realFetch;
  process.env['PATH'] = realPath;
  await Promise.all(open.map((close) => close()));
  rmSync(folder, { recursive: true });
});

function urlOf(input: string | URL | Request): URL {
  return new URL(input instanceof Request ? input.url : input);
}

/** Stands in for the hosts of the network; what is asked of this machine goes its way. */
function answerElsewhere(answers: Readonly<Record<string, (url: URL) => Response>>): void {
  globalThis.fetch = async (input, init) => {
    const url = urlOf(input);
    const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
    const answer = answers[url.origin];
    if (answer === undefined && !isLoopback) sent.push(`${init?.method} ${url.href}`);
    const response = answer?.(url) ?? (isLoopback ? await realFetch(input, init) : new Response(null, { status: 404 }));
    if (answer !== undefined || isLoopback) sent.push(`${init?.method} ${url.href} ${response.status}`);
    return response;
  };
}

function registry(more: Partial<RegistrySetting> = {}): Registry {
  return new Registry({
    dockerConfig: folder,
    cacheFolder: undefined,
    mirrors: [],
    timeoutSeconds: 5,
    retries: 0,
    signal: new AbortController().signal,
    ...more,
  });
}

function resolve(reference: string, more: Partial<RegistrySetting> = {}): Promise<Resolved> {
  return registry(more).resolve(reference);
}

async function problemOf(reference: string, more: Partial<RegistrySetting> = {}): Promise<string> {
  const answer = await resolve(reference, more);
  const problem = 'problem' in answer ? answer.problem : `no problem but ${answer.digest}`;
  expect(problem).not.toMatch(SECRETS);
  // A message is one line, and nothing that moves a terminal's cursor.
  expect(problem).not.toMatch(/\p{Cc}/u);
  return problem;
}

async function server(handler: Handler): Promise<TestServer> {
  const started = await serve(handler);
  open.push(started.close);
  return started;
}

function giveManifest(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { 'Content-Type': INDEX, 'Docker-Content-Digest': DIGEST, ...headers }).end(BODY);
}

function refuse(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, headers).end();
}

function configure(config: unknown): void {
  writeFileSync(join(folder, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config));
}

function auth(username: string, password: string): { readonly auth: string } {
  return { auth: Buffer.from(`${username}:${password}`).toString('base64') };
}

/** A credential helper of the test, which is a script of the shell. */
function putHelper(name: string, script: string): void {
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, `docker-credential-${name}`), 0o755);
  process.env['PATH'] = `${bin}:${realPath}`;
}

describe('the name of an image', () => {
  test.each([
    ['node:20', 'https://registry-1.docker.io/v2/library/node/manifests/20'],
    ['node', 'https://registry-1.docker.io/v2/library/node/manifests/latest'],
    ['bitnami/redis:7.2', 'https://registry-1.docker.io/v2/bitnami/redis/manifests/7.2'],
    ['docker.io/node:20', 'https://registry-1.docker.io/v2/library/node/manifests/20'],
    ['index.docker.io/a/b', 'https://registry-1.docker.io/v2/a/b/manifests/latest'],
    [`node:20@sha256:${'0'.repeat(64)}`, 'https://registry-1.docker.io/v2/library/node/manifests/20'],
    ['ghcr.io/a/b/c:1', 'https://ghcr.io/v2/a/b/c/manifests/1'],
    ['host:5000/x', 'https://host:5000/v2/x/manifests/latest'],
    ['127.0.0.1.example.com/x', 'https://127.0.0.1.example.com/v2/x/manifests/latest'],
  ])('%s is asked for at %s', async (reference, url) => {
    await resolve(reference);
    expect(sent).toEqual([`HEAD ${url}`]);
  });

  test.each(['localhost:1/x', '127.0.0.1:1/x', '127.9.9.9:1/x', '[::1]:1/x'])(
    '%s is asked for on this machine without https',
    async (reference) => {
      const asked: string[] = [];
      globalThis.fetch = (input) => {
        asked.push(urlOf(input).href);
        return Promise.resolve(new Response(null, { status: 404 }));
      };
      await resolve(reference);
      expect(asked).toEqual([`http://${reference.replace('/', '/v2/')}/manifests/latest`]);
    },
  );

  test.each([
    '',
    'node:$TAG',
    'Node',
    'a/../../b',
    'a//b',
    'host:99999/x',
    'ex ample.com/x',
    'a?b.com/x',
    'a#b.com/x',
    'u@h.com/x',
    'node:20@sha256:0',
    'a:b c',
  ])('%j is none', async (reference) => {
    expect(await problemOf(reference)).toBe(`${reference} is no image reference`);
    expect(sent).toEqual([]);
  });

  test('does not write on the terminal where it is none', async () => {
    expect(await problemOf('no\u001b[31mde\n\u202e')).toBe('no[31mde is no image reference');
    expect((await problemOf('$'.repeat(10_000))).length).toBeLessThan(300);
    expect(await problemOf(`${'a/'.repeat(130)}b`)).toMatch(/^(?:a\/)+… is no image reference$/);
  });
});

describe('an answer', () => {
  test('is the digest that a registry tells of its manifest', async () => {
    const { host, asked } = await server((_, response) => giveManifest(response));
    expect(await resolve(`${host}/a/b:1`)).toEqual({ digest: DIGEST });
    expect(asked.map(({ method, path }) => [method, path])).toEqual([['HEAD', '/v2/a/b/manifests/1']]);
    expect(asked[0]?.headers.accept?.split(', ')).toEqual([
      'application/vnd.oci.image.index.v1+json',
      'application/vnd.docker.distribution.manifest.list.v2+json',
      'application/vnd.oci.image.manifest.v1+json',
      'application/vnd.docker.distribution.manifest.v2+json',
    ]);
    expect(asked[0]?.headers.authorization).toBeUndefined();
  });

  test('may be a digest by SHA-512', async () => {
    const digest = `sha512:${'a'.repeat(128)}`;
    const { host } = await server((_, response) => giveManifest(response, { 'Docker-Content-Digest': digest }));
    expect(await resolve(`${host}/a`)).toEqual({ digest });
  });

  test.each([
    ['there is no HEAD', (response: ServerResponse) => refuse(response, 405)],
    ['HEAD has no digest', (response: ServerResponse) => refuse(response, 200, { 'Content-Type': INDEX })],
    [
      'its digest is none',
      (response: ServerResponse) => giveManifest(response, { 'Docker-Content-Digest': 'sha256:0' }),
    ],
    [
      'its digest has something behind it',
      (response: ServerResponse) => giveManifest(response, { 'Docker-Content-Digest': `${DIGEST}, ${DIGEST}` }),
    ],
    ['HEAD is of another type', (response: ServerResponse) => giveManifest(response, { 'Content-Type': 'text/html' })],
    ['HEAD says unasked that nothing changed', (response: ServerResponse) => refuse(response, 304)],
  ])('is made of the manifest where %s', async (_, answerHead) => {
    const { host, asked } = await server(({ method }, response) => {
      if (method === 'HEAD') answerHead(response);
      else response.end(BODY);
    });
    expect(await resolve(`${host}/a:1`)).toEqual({ digest: DIGEST });
    expect(asked.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  test.each(['<html>Log in</html>', '{"schemaVersion":1}', '[2]', ''])('is no digest of %j', async (body) => {
    const { host } = await server((_, response) => response.end(body));
    expect(await problemOf(`${host}/a:1`)).toBe(`${host} answers with something that is no manifest of an image`);
  });

  test.each([
    [404, 'has no tag 1 of a/b'],
    [403, 'gives no access to a/b: it is not there or needs credentials, and there is no FOLDER/config.json'],
    [401, 'gives no access to a/b: it is not there or needs credentials, and there is no FOLDER/config.json'],
    [400, 'answers 400'],
    [204, 'answers 204'],
  ])('of %i is a problem at once', async (status, sentence) => {
    const { host, asked } = await server((_, response) => refuse(response, status));
    const problem = await problemOf(`${host}/a/b:1`, { retries: 3 });
    expect(problem.replace(folder, 'FOLDER')).toBe(`${host} ${sentence}`);
    expect(asked).toHaveLength(1);
  });

  test('is read no further than a manifest can be long', async () => {
    let written = 0;
    const { host } = await server(({ method }, response) => {
      response.writeHead(200);
      if (method === 'HEAD') return void response.end();
      const chunk = Buffer.alloc(64 * 1024);
      const more = (): void => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await problemOf(`${host}/a`)).toBe(`${host} answers with more than 4194304 bytes`);
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  test.each([
    ['escapes in a header', `HTTP/1.1 200 OK\r\nDocker-Content-Digest: sha256:\u001b[2J\r\nContent-Length: 0\r\n\r\n`],
    ['escapes in a reason', `HTTP/1.1 418 \u001b[2J\r\nContent-Length: 0\r\n\r\n`],
    ['headers without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\n`],
    ['no HTTP', '\u001b]0;title\u0007'],
  ])('with %s is a problem', async (_, bytes) => {
    const { host, close } = await serveBytes(bytes);
    open.push(close);
    expect(await problemOf(`${host}/a:1`)).toMatch(/ (?:answers|cannot be reached)/);
  });
});

describe('attempts', () => {
  test('go on until a registry answers', async () => {
    const statuses = [503, 429, 200];
    const { host, asked } = await server((_, response) => {
      const status = statuses.shift() ?? 200;
      if (status === 200) giveManifest(response);
      else refuse(response, status);
    });
    expect(await resolve(`${host}/a:1`, { retries: 2 })).toEqual({ digest: DIGEST });
    expect(asked).toHaveLength(3);
  });

  test.each([
    [500, 'answers 500'],
    [429, 'answers 429, as it was asked too often'],
  ])('end with the problem of %i', async (status, sentence) => {
    const { host, asked } = await server((_, response) => refuse(response, status));
    expect(await problemOf(`${host}/a:1`, { retries: 1 })).toBe(`${host} ${sentence}`);
    expect(asked).toHaveLength(2);
  });

  test('go on where the connection ends', async () => {
    let count = 0;
    const { host } = await server((_, response) => {
      if (++count === 1) response.destroy();
      else giveManifest(response);
    });
    expect(await resolve(`${host}/a:1`, { retries: 1 })).toEqual({ digest: DIGEST });
  });

  test('end for all of a host where the connection always ends', async () => {
    const { host, asked } = await server((_, response) => response.destroy());
    const all = registry({ retries: 1 });
    const problem = { problem: `${host} closes the connection` };
    expect(await all.resolve(`${host}/a:1`)).toEqual(problem);
    expect(asked).toHaveLength(2);
    expect(await all.resolve(`${host}/b:1`)).toEqual(problem);
    expect(asked).toHaveLength(2);
  });

  test('wait as long as a registry asks for', async () => {
    const times: number[] = [];
    const { host } = await server((_, response) => {
      times.push(performance.now());
      if (times.length === 1) refuse(response, 429, { 'Retry-After': '1' });
      else giveManifest(response);
    });
    expect(await resolve(`${host}/a:1`, { retries: 1 })).toEqual({ digest: DIGEST });
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950);
  });

  test('wait longer each time, but not for ever', () => {
    const soon = new Date(Date.now() + 5000).toUTCString();
    expect([1, 2, 3, 4].map((attempt) => waitBefore(attempt, null))).toEqual([250, 500, 1000, 2000]);
    expect(waitBefore(20, null)).toBe(10_000);
    expect(
      ['2', '0', '999999999', '-1', '1e9', 'Wed, 01 Jan 2000 00:00:00 GMT', '\u001b'].map((text) =>
        waitBefore(1, text),
      ),
    ).toEqual([2000, 250, 10_000, 250, 250, 250, 250]);
    expect(waitBefore(1, soon)).toBeGreaterThan(3000);
    expect(waitBefore(1, soon)).toBeLessThanOrEqual(5000);
  });

  test.each([
    ['nothing', (): void => undefined],
    ['an answer by drops', (response: ServerResponse): void => void response.writeHead(200).write('{')],
  ])('end where there comes %s', async (_, answer) => {
    const { host } = await server((_, response) => answer(response));
    expect(await problemOf(`${host}/a:1`, { timeoutSeconds: 0.3 })).toBe(`${host} gives no answer within 0.3 s`);
  });

  test('end where nothing listens', async () => {
    const { host, close } = await serve(() => undefined);
    await close();
    expect(await problemOf(`${host}/a:1`)).toBe(`${host} refuses the connection`);
  });

  test.each(['while it is asked', 'before the next attempt', 'before the first'])(
    'end when aborted %s',
    async (when) => {
      const controller = new AbortController();
      const reason = new Error('the user has enough');
      const { host, asked } = await server((_, response) => {
        if (when === 'before the next attempt') refuse(response, 503, { 'Retry-After': '9' });
        setTimeout(() => controller.abort(reason), 100);
      });
      if (when === 'before the first') controller.abort(reason);
      const started = performance.now();
      const all = registry({ retries: when === 'while it is asked' ? 0 : 2, signal: controller.signal });
      const answers = await Promise.allSettled(
        ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => all.resolve(`${host}/${name}`)),
      );
      expect(answers).toEqual(answers.map(() => ({ status: 'rejected', reason })));
      expect(performance.now() - started).toBeLessThan(3000);
      expect(asked.length).toBeLessThan(7);
    },
  );
});

describe('references of one run', () => {
  test('are asked four at a time, and each once', async () => {
    let now = 0;
    let most = 0;
    const { host, asked } = await server((_, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        giveManifest(response);
      }, 30);
    });
    const all = registry();
    const tags = Array.from({ length: 12 }, (_, index) => `${host}/a:${index}`);
    const answers = await Promise.all(
      [...tags, ...tags.map((tag) => `${tag}@${DIGEST}`)].map((tag) => all.resolve(tag)),
    );
    expect(answers).toEqual(answers.map(() => ({ digest: DIGEST })));
    expect([asked.length, most]).toEqual([12, 4]);
  });

  test('of several hosts do not wait for each other', async () => {
    const slow = await server(() => undefined);
    const quick = await server((_, response) => giveManifest(response));
    const all = registry({ timeoutSeconds: 2 });
    const waiting = [1, 2, 3, 4, 5].map((tag) => all.resolve(`${slow.host}/a:${tag}`));
    expect(await all.resolve(`${quick.host}/a`)).toEqual({ digest: DIGEST });
    await slow.close();
    await Promise.all(waiting);
  });
});

describe('redirects', () => {
  test('are followed to another host without credentials, which do not come back', async () => {
    configure({ auths: {} });
    const other = await server(({ path }, response) => {
      if (path === '/back') refuse(response, 307, { Location: `http://${first.host}/end` });
      else giveManifest(response);
    });
    const first = await server(({ path, headers }, response) => {
      if (path === '/end') giveManifest(response);
      else if (headers.authorization === undefined) refuse(response, 401, { 'WWW-Authenticate': 'Basic' });
      else if (path.endsWith('/here')) refuse(response, 302, { Location: '/end' });
      else refuse(response, 307, { Location: `http://${other.host}${path.endsWith('/back') ? '/back' : '/end'}` });
    });
    configure({ auths: { [first.host]: auth('dfix', 'pass:word') } });
    const all = registry();
    for (const tag of ['there', 'back', 'here']) {
      expect(await all.resolve(`${first.host}/a:${tag}`)).toEqual({ digest: DIGEST });
    }
    expect(other.asked.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    const ends = first.asked.filter(({ path }) => path === '/end').map(({ headers }) => typeof headers.authorization);
    expect(ends).toEqual(['undefined', 'string']);
  });

  test('do not go on for ever', async () => {
    const { host, asked } = await server((_, response) => refuse(response, 302, { Location: '/again' }));
    expect(await problemOf(`${host}/a:1`, { retries: 2 })).toBe(`${host} redirects more than 5 times`);
    expect(asked).toHaveLength(6);
  });

  test.each([
    'http://elsewhere.example.com/',
    'file:///etc/passwd',
    'https://a:signature@elsewhere.example.com/',
    'http://[',
  ])('to %s are not followed', async (location) => {
    const { host } = await server((_, response) => refuse(response, 302, { Location: location }));
    expect(await problemOf(`${host}/a:1`)).toBe(`${host} redirects to where dfix does not follow`);
    expect(sent).toHaveLength(1);
  });

  test('of a registry of the network do not lead to this machine', async () => {
    const { host, asked } = await server((_, response) => giveManifest(response));
    answerElsewhere({
      'https://ghcr.io': () => new Response(null, { status: 302, headers: { Location: `http://${host}/a` } }),
    });
    expect(await problemOf('ghcr.io/a/b')).toBe('ghcr.io redirects to where dfix does not follow');
    expect(asked).toEqual([]);
  });

  test.each([
    ['https://a.example.com', 'https://b.example.com', true],
    ['https://a.example.com', 'http://a.example.com', false],
    ['https://a.example.com', 'https://127.0.0.1', false],
    ['https://a.example.com', 'http://localhost', false],
    ['http://localhost', 'https://a.example.com', true],
    ['http://localhost', 'http://127.1:5000', true],
    ['http://localhost', 'http://[::1]:5000', true],
    ['http://localhost', 'http://127.0.0.1.example.com', false],
    ['http://localhost', 'http://localhost.example.com', false],
    ['https://a.example.com', 'https://b@b.example.com', false],
  ])('from %s to %s: %j', (from, to, may) => {
    expect(mayLead(new URL(from), new URL(to))).toBe(may);
  });

  test.each(['Basic', 'Bearer realm="http://TOKENS/"'])('to a host that asks for %s get nothing', async (challenge) => {
    const tokens = await server((_, response) => response.end('{"token":"issued-1"}'));
    const headers = { 'WWW-Authenticate': challenge.replace('TOKENS', tokens.host) };
    const other = await server((_, response) => refuse(response, 401, headers));
    const first = await server((_, response) => refuse(response, 307, { Location: `http://${other.host}/` }));
    configure({ auths: { [first.host]: auth('dfix', 'pass:word'), [other.host]: auth('dfix', 'pass:word') } });
    expect(await problemOf(`${first.host}/a`)).toBe(`${first.host} gives no access to a with the credentials for it`);
    expect(other.asked.map((request) => request.headers.authorization)).toEqual([undefined]);
    expect([first.asked.length, tokens.asked.length]).toEqual([1, 0]);
  });
});

/** A registry that wants tokens, and the server that gives them. */
async function withTokens(
  answer: (count: number) => unknown,
): Promise<{ readonly tokens: TestServer; readonly first: TestServer; readonly second: TestServer }> {
  let count = 0;
  const tokens = await server((_, response) => response.end(JSON.stringify(answer(++count))));
  const wanting: Handler = ({ headers }, response) => {
    if (headers.authorization?.startsWith('Bearer issued-') === true) return giveManifest(response);
    const challenge = `Bearer realm="http://${tokens.host}/token?from=here",service="the service",scope="repository:a:pull"`;
    refuse(response, 401, { 'WWW-Authenticate': challenge });
  };
  return { tokens, first: await server(wanting), second: await server(wanting) };
}

describe('tokens', () => {
  test('are got without credentials where there are none', async () => {
    const { tokens, first } = await withTokens((count) => ({ token: `issued-${count}` }));
    expect(await resolve(`${first.host}/a:1`)).toEqual({ digest: DIGEST });
    expect(first.asked.map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer issued-1']);
    const path = '/token?from=here&service=the+service&scope=repository%3Aa%3Apull';
    expect(tokens.asked).toMatchObject([{ method: 'GET', path, body: '' }]);
    expect(tokens.asked[0]?.headers.authorization).toBeUndefined();
  });

  test('are got with the password, and kept for the registry that they were got for', async () => {
    const { tokens, first, second } = await withTokens((count) => ({
      access_token: `issued-${count}`,
      expires_in: 300,
    }));
    const { auth: pair } = auth('dfix', 'pass:word');
    configure({ auths: { [`https://${first.host}/v2/`]: { auth: pair } } });
    const all = registry();
    await Promise.all([1, 2, 3].map((tag) => all.resolve(`${first.host}/a:${tag}`)));
    expect(await all.resolve(`${first.host}/a:4`)).toEqual({ digest: DIGEST });
    expect(tokens.asked.map(({ headers }) => headers.authorization)).toEqual([`Basic ${pair}`]);
    // The same realm, service and scope: it gets a token of its own, without the password of the other.
    expect(await all.resolve(`${second.host}/a:1`)).toEqual({ digest: DIGEST });
    expect(tokens.asked.map(({ headers }) => headers.authorization)).toEqual([`Basic ${pair}`, undefined]);
    expect(second.asked.at(-1)?.headers.authorization).toBe('Bearer issued-2');
  });

  test('are got again when they expire', async () => {
    const { tokens, first } = await withTokens((count) => ({ token: `issued-${count}`, expires_in: 0.5 }));
    const all = registry();
    await all.resolve(`${first.host}/a:1`);
    await wait(600);
    expect(await all.resolve(`${first.host}/a:2`)).toEqual({ digest: DIGEST });
    expect(tokens.asked).toHaveLength(2);
  });

  test('are got for an identity token, which goes in a form', async () => {
    const { tokens, first } = await withTokens((count) => ({ access_token: `issued-${count}` }));
    configure({ auths: { [first.host]: { ...auth('dfix', ''), identitytoken: 'identity-secret' } } });
    expect(await resolve(`${first.host}/a:1`)).toEqual({ digest: DIGEST });
    expect(tokens.asked).toMatchObject([{ method: 'POST', path: '/token?from=here' }]);
    expect(tokens.asked[0]?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(tokens.asked[0]?.body))).toEqual({
      grant_type: 'refresh_token',
      service: 'the service',
      scope: 'repository:a:pull',
      client_id: 'dfix',
      refresh_token: 'identity-secret',
    });
  });

  test('are not got for an identity token by way of a redirect', async () => {
    const other = await server((_, response) => response.end('{"token":"issued-1"}'));
    const tokens = await server((_, response) => refuse(response, 307, { Location: `http://${other.host}/` }));
    const challenge = { 'WWW-Authenticate': `Bearer realm="http://${tokens.host}/"` };
    const first = await server((_, response) => refuse(response, 401, challenge));
    configure({ auths: { [first.host]: { identitytoken: 'identity-secret' } } });
    expect(await problemOf(`${first.host}/a`)).toBe(`${tokens.host} redirects to where dfix does not follow`);
    expect(other.asked).toEqual([]);
  });

  test.each([
    ['{"token":"issued-\\nX: y"}', 'answers without a token'],
    ['{"token":7}', 'answers without a token'],
    ['issued-1', 'answers without a token'],
    [JSON.stringify({ token: 'x'.repeat(300_000) }), 'answers with more than 262144 bytes'],
  ])('are none in answer %#', async (body, sentence) => {
    const tokens = await server((_, response) => response.end(body));
    const challenge = { 'WWW-Authenticate': `Bearer realm="http://${tokens.host}/"` };
    const { host, asked } = await server((_, response) => refuse(response, 401, challenge));
    expect(await problemOf(`${host}/a`)).toBe(`${tokens.host} ${sentence}`);
    expect(asked).toHaveLength(1);
  });

  test.each([
    [401, 'REGISTRY gives no access to a with the credentials for it'],
    [404, 'TOKENS answers 404 instead of a token'],
    [503, 'TOKENS answers 503 instead of a token'],
  ])('that a server of tokens refuses with %i are a problem', async (status, sentence) => {
    const tokens = await server((_, response) => refuse(response, status));
    const challenge = { 'WWW-Authenticate': `Bearer realm="http://${tokens.host}/"` };
    const { host } = await server((_, response) => refuse(response, 401, challenge));
    configure({ auths: { [host]: auth('dfix', 'pass:word') } });
    const problem = await problemOf(`${host}/a`);
    expect(problem.replace(host, 'REGISTRY').replace(tokens.host, 'TOKENS')).toBe(sentence);
  });

  test('that a registry does not take are a problem', async () => {
    const tokens = await server((_, response) => response.end('{"token":"issued-1"}'));
    const challenge = { 'WWW-Authenticate': `Bearer realm="http://${tokens.host}/"` };
    const { host, asked } = await server((_, response) => refuse(response, 401, challenge));
    expect(await problemOf(`${host}/a`)).toMatch(/gives no access to a: it is not there or needs credentials/);
    expect(asked).toHaveLength(2);
  });

  test.each([
    'http://tokens.example.com/',
    'ftp://127.0.0.1/',
    'https://u:signature@tokens.example.com/',
    'no address',
  ])('are not asked for at %s', async (realm) => {
    const challenge = { 'WWW-Authenticate': `Bearer realm="${realm}"` };
    const { host } = await server((_, response) => refuse(response, 401, challenge));
    configure({ auths: { [host]: auth('dfix', 'pass:word') } });
    expect(await problemOf(`${host}/a`)).toBe(`${host} gives its tokens where dfix does not ask for them`);
    expect(sent).toHaveLength(1);
  });

  test('are not asked of this machine by a registry of the network', async () => {
    const { host, asked } = await server((_, response) => response.end('{"token":"issued-1"}'));
    const headers = { 'WWW-Authenticate': `Bearer realm="http://${host}/"` };
    answerElsewhere({ 'https://ghcr.io': () => new Response(null, { status: 401, headers }) });
    configure({ auths: { 'ghcr.io': auth('dfix', 'pass:word') } });
    expect(await problemOf('ghcr.io/a/b')).toBe('ghcr.io gives its tokens where dfix does not ask for them');
    expect(asked).toEqual([]);
  });
});

describe('a challenge', () => {
  const bearer = { scheme: 'bearer', realm: 'https://a/b', service: undefined, scope: undefined };
  test.each([
    ['Bearer realm="https://a/b",service="s, t",scope="x y"', { ...bearer, service: 's, t', scope: 'x y' }],
    ['bearer  Realm = "https://a/b" , service=s', { ...bearer, service: 's' }],
    ['Basic realm="Bearer realm=\\"z\\"", Bearer realm="https://a/b"', bearer],
    ['Bearer realm="https://a/b", Basic realm="c"', bearer],
    ['Bearer realm="https://a/b",scope="a\u0080b"', bearer],
    ['Basic realm="c"', { scheme: 'basic' }],
    ['Basic', { scheme: 'basic' }],
    ['Bearer', undefined],
    ['Negotiate abc==', undefined],
    ['realm="https://a/b"', undefined],
    ['', undefined],
  ])('is read of %j', (header, challenge) => {
    expect(readChallenge(header)).toEqual(challenge);
  });

  test('is read in time, whatever is sent', () => {
    const started = performance.now();
    for (const part of ['a=', 'a="', '" ', 'a ', '\\', 'a="\\', ' \t', '=']) readChallenge(part.repeat(8000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('credentials', () => {
  /** A registry that tells in a digest with whose credentials it was asked. */
  async function asking(): Promise<TestServer> {
    return server(({ headers }, response) => {
      if (headers.authorization === undefined) return refuse(response, 401, { 'WWW-Authenticate': 'Basic realm="x"' });
      giveManifest(response);
    });
  }

  function usedBy({ asked }: TestServer): string {
    return Buffer.from(asked.at(-1)?.headers.authorization?.split(' ')[1] ?? '', 'base64').toString();
  }

  test.each([
    ['the host', (host: string) => ({ auths: { [host]: auth('dfix', 'pass:word') } }), 'dfix:pass:word'],
    [
      'an address',
      (host: string) => ({ auths: { [`https://${host}/v1/`]: auth('dfix', 'pass:word') } }),
      'dfix:pass:word',
    ],
    ['two fields', (host: string) => ({ auths: { [host]: { username: 'u', password: 'p' } } }), 'u:p'],
    ['a padded password', (host: string) => ({ auths: { [host]: auth('u', 'p\0\0') } }), 'u:p'],
    ['its helper', (host: string) => ({ credHelpers: { [host]: 'good' }, credsStore: 'bad' }), 'helped:pass:word'],
    ['the store', () => ({ credsStore: 'good' }), 'helped:pass:word'],
    [
      'the file where a helper is missing',
      (host: string) => ({ credsStore: 'missing', auths: { [host]: auth('u', 'p') } }),
      'u:p',
    ],
  ])('are found by %s', async (_, config, expected) => {
    const wanted = await asking();
    putHelper('bad', 'exit 1');
    putHelper(
      'good',
      `[ "$1 $(cat)" = "get ${wanted.host}" ] && echo '{"ServerURL":"x","Username":"helped","Secret":"pass:word"}'`,
    );
    configure(config(wanted.host));
    expect(await resolve(`${wanted.host}/a:1`)).toEqual({ digest: DIGEST });
    expect(usedBy(wanted)).toBe(expected);
  });

  test.each([
    ['there is no FOLDER/config.json', undefined],
    ['FOLDER/config.json is no JSON', '{"auths": {"pass:word'],
    ['FOLDER/config.json has no credentials for it', { auths: { 'other.example.com': auth('dfix', 'pass:word') } }],
    ['FOLDER/config.json has no credentials for it', { auths: 'pass:word', credHelpers: [], credsStore: 7 }],
    ['docker-credential-missing is not installed', { credsStore: 'missing' }],
    ['docker-credential-empty has no credentials for it', { credsStore: 'empty' }],
    ['docker-credential-failing has no credentials for it', { credsStore: 'failing' }],
    ['docker-credential-endless prints too much', { credsStore: 'endless' }],
    ['../bin/run is no name of a credential helper', { credsStore: '../bin/run' }],
    ['empty;touch x is no name of a credential helper', { credsStore: 'empty;touch x' }],
  ])('are missing since %s', async (lack, config) => {
    const wanted = await asking();
    putHelper('empty', 'echo pass:word');
    putHelper('failing', 'echo pass:word; echo pass:word >&2; exit 1');
    putHelper('endless', 'while :; do echo pass:word pass:word pass:word; done');
    putHelper('run', `touch ${folder}/touched`);
    if (config !== undefined) configure(config);
    const problem = await problemOf(`${wanted.host}/a:1`);
    expect(problem.replace(folder, 'FOLDER')).toBe(
      `${wanted.host} gives no access to a: it is not there or needs credentials, and ${lack}`,
    );
    expect(wanted.asked).toHaveLength(1);
    expect(readdirSync(folder)).not.toContain('touched');
  });

  test('that a helper calls an identity token are one', async () => {
    const { tokens, first } = await withTokens(() => ({ access_token: 'issued-1' }));
    putHelper('good', `echo '{"Username":"<token>","Secret":"identity-secret"}'`);
    configure({ credsStore: 'good' });
    expect(await resolve(`${first.host}/a:1`)).toEqual({ digest: DIGEST });
    expect(tokens.asked[0]?.body).toContain('refresh_token=identity-secret');
  });

  test('are not waited for longer than for an answer', async () => {
    const wanted = await asking();
    // What it starts keeps its output open.
    putHelper('slow', 'sleep 3 & sleep 3');
    configure({ credsStore: 'slow' });
    const started = performance.now();
    const problem = await problemOf(`${wanted.host}/a:1`, { timeoutSeconds: 1 });
    expect(problem).toMatch(/, and docker-credential-slow gives no answer within 1 s$/);
    expect(performance.now() - started).toBeLessThan(2500);
  });

  test('are not waited for when the run is aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('the user has enough');
    const wanted = await asking();
    putHelper('slow', 'sleep 3');
    configure({ credsStore: 'slow' });
    setTimeout(() => controller.abort(reason), 200);
    await expect(resolve(`${wanted.host}/a:1`, { signal: controller.signal })).rejects.toBe(reason);
  });

  test.each([DOCKER_HUB, 'docker.io', 'index.docker.io'])('of Docker Hub stand under %s', async (key) => {
    const { auth: pair } = auth('dfix', 'pass:word');
    configure({ auths: { [key]: { auth: pair } } });
    const used: unknown[] = [];
    globalThis.fetch = (input, init) => {
      const headers = new Headers(init?.headers);
      used.push([urlOf(input).href, headers.get('authorization')]);
      const isDone = headers.has('authorization');
      const answer = isDone
        ? new Response(null, { headers: { 'Content-Type': INDEX, 'Docker-Content-Digest': DIGEST } })
        : new Response(null, { status: 401, headers: { 'WWW-Authenticate': 'Basic' } });
      return Promise.resolve(answer);
    };
    expect(await resolve('node:20')).toEqual({ digest: DIGEST });
    expect(used).toEqual([
      ['https://registry-1.docker.io/v2/library/node/manifests/20', null],
      ['https://registry-1.docker.io/v2/library/node/manifests/20', `Basic ${pair}`],
    ]);
  });
});

describe('mirrors', () => {
  const hub = (): Response =>
    new Response(null, { headers: { 'Content-Type': INDEX, 'Docker-Content-Digest': DIGEST } });

  test('are asked before Docker Hub, for its images only, and not with its credentials', async () => {
    const mirror = await server(({ path }, response) => {
      if (path.includes('private')) refuse(response, 401, { 'WWW-Authenticate': 'Basic' });
      else giveManifest(response);
    });
    configure({ auths: { [DOCKER_HUB]: auth('dfix', 'pass:word') } });
    answerElsewhere({ 'https://registry-1.docker.io': hub });
    const all = registry({ mirrors: [`http://${mirror.host}/hub/`] });
    expect(await all.resolve('node:20')).toEqual({ digest: DIGEST });
    expect(await all.resolve('own/private:20')).toEqual({ digest: DIGEST });
    expect(await all.resolve('ghcr.io/a/b')).toEqual({ problem: 'ghcr.io has no tag latest of a/b' });
    expect(mirror.asked.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/hub/v2/library/node/manifests/20', undefined],
      ['/hub/v2/own/private/manifests/20', undefined],
    ]);
    expect(sent.filter((line) => line.includes('docker.io'))).toEqual([
      'HEAD https://registry-1.docker.io/v2/own/private/manifests/20 200',
    ]);
  });

  test('that fail or do not have an image are passed over at once', async () => {
    const failing = await server((_, response) => refuse(response, 500));
    const closing = await server((_, response) => response.destroy());
    const empty = await server((_, response) => refuse(response, 404));
    const good = await server((_, response) => giveManifest(response));
    const all = [failing, closing, empty, good];
    const mirrors = all.map(({ host }) => `http://${host}`);
    expect(await resolve('node', { mirrors, retries: 3 })).toEqual({ digest: DIGEST });
    expect(all.map(({ asked }) => asked.length)).toEqual([1, 1, 1, 1]);
    answerElsewhere({ 'https://registry-1.docker.io': () => new Response(null, { status: 404 }) });
    const problem = await problemOf('node:99', { mirrors: mirrors.slice(0, 3) });
    expect(problem).toBe('docker.io has no tag 99 of library/node');
  });

  test.each([
    '',
    'mirror.example.com',
    'http://mirror.example.com',
    'https://u:pass:word@mirror.example.com',
    'https://m/?a=b',
  ])('are not at %j', (address) => {
    expect(() => registry({ mirrors: [address] })).toThrow(MirrorError);
    expect(() => registry({ mirrors: [address] })).not.toThrow(/pass:word/);
  });
});

describe('kept answers', () => {
  const other = `sha256:${'1'.repeat(64)}`;

  function cacheFiles(): string[] {
    return readdirSync(join(folder, 'cache'));
  }

  test('count where the registry says that nothing changed', async () => {
    let etag = '"first"';
    let digest = DIGEST;
    const { host, asked } = await server(({ headers }, response) => {
      if (headers['if-none-match'] === etag) refuse(response, 304);
      else giveManifest(response, { ETag: etag, 'Docker-Content-Digest': digest });
    });
    const cacheFolder = join(folder, 'cache');
    const ask = (): Promise<Resolved> => resolve(`${host}/a:1`, { cacheFolder });
    expect([await ask(), await ask()]).toEqual([{ digest }, { digest }]);
    [etag, digest] = ['"second"', other];
    expect([await ask(), await ask()]).toEqual([{ digest: other }, { digest: other }]);
    expect(asked.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"first"', '"first"', '"second"']);
    expect(sent.map((line) => line.slice(-3))).toEqual(['200', '304', '200', '304']);
    expect(cacheFiles()).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.json$/)]);
  });

  test('do not count where the registry is not reached, fails, or tells another digest', async () => {
    let answer: Handler = (_, response) => giveManifest(response);
    const { host } = await server((request, response) => answer(request, response));
    const ask = (): Promise<Resolved> => resolve(`${host}/a:1`, { cacheFolder: join(folder, 'cache') });
    expect(await ask()).toEqual({ digest: DIGEST });
    answer = (_, response) => response.destroy();
    expect(await ask()).toEqual({ problem: `${host} closes the connection` });
    answer = (_, response) => refuse(response, 503);
    expect(await ask()).toEqual({ problem: `${host} answers 503` });
    const body = JSON.stringify({ schemaVersion: 2 });
    answer = ({ method }, response) => {
      if (method === 'HEAD') refuse(response, 304, { 'Docker-Content-Digest': other });
      else response.end(body);
    };
    expect(await ask()).toEqual({ digest: sha256(body) });
  });

  test('are replaced where they are damaged', async () => {
    const { host, asked } = await server((_, response) => giveManifest(response, { ETag: '\u0080' }));
    const ask = (): Promise<Resolved> => resolve(`${host}/a:1`, { cacheFolder: join(folder, 'cache') });
    await ask();
    const path = join(folder, 'cache', cacheFiles()[0] ?? '');
    const good = readFileSync(path, 'utf8');
    // A tag of its own that is none is not kept; the digest stands for it.
    expect(JSON.parse(good)).toMatchObject({ etag: `"${DIGEST}"`, digest: DIGEST });
    const damaged = [
      '',
      'no JSON',
      '[]',
      good.slice(0, 50),
      good.replace('"digest":"sha256:', '"digest":"sha256:x'),
      good.replace(':1"', ':2"'),
    ];
    damaged.push(JSON.stringify({ ...(JSON.parse(good) as object), etag: '"a\r\nX: y"' }));
    damaged.push(good.replace('http://', 'https://'));
    for (const text of damaged) {
      writeFileSync(path, text);
      expect(await ask()).toEqual({ digest: DIGEST });
      expect(readFileSync(path, 'utf8')).toBe(good);
    }
    expect(asked.map(({ headers }) => headers['if-none-match'])).toEqual(asked.map(() => undefined));
    expect(cacheFiles()).toHaveLength(1);
  });

  test('need no folder that can be written', async () => {
    const { host } = await server((_, response) => giveManifest(response));
    writeFileSync(join(folder, 'file'), '');
    expect(await resolve(`${host}/a:1`, { cacheFolder: join(folder, 'file', 'cache') })).toEqual({ digest: DIGEST });
  });
});

const describeReal = hasRealRegistry() ? describe : describe.skip;

describeReal('a real registry, where docker-registry is installed', () => {
  /** Of `htpasswd -nbB -C 4 dfix pass:word`. */
  const HTPASSWD = 'dfix:$2y$04$U6EICvuyy08VC8OZBbPgQOJnN5zFyEJMs0zpT9FK0HYwYdGkCPVI6\n';

  /** A busy machine takes its time to start one, in milliseconds. */
  const LONG = 20_000;

  async function start(htpasswd?: string): Promise<RealRegistry> {
    const started = await startRealRegistry(folder, htpasswd);
    open.push(started.stop);
    return started;
  }

  async function tellsDigests(): Promise<void> {
    const { host } = await start();
    const tagged = await push(host, 'team/app', '1');
    const latest = await push(host, 'app', 'latest');
    const all = registry();
    expect(await all.resolve(`${host}/team/app:1`)).toEqual({ digest: tagged });
    expect(await all.resolve(`${host}/app`)).toEqual({ digest: latest });
    expect(await all.resolve(`${host}/app:2`)).toEqual({ problem: `${host} has no tag 2 of app` });
    expect(await all.resolve(`${host}/none:1`)).toEqual({ problem: `${host} has no tag 1 of none` });
    const mirrored = await push(host, 'library/node', '20');
    expect(await resolve('node:20', { mirrors: [`http://${host}`] })).toEqual({ digest: mirrored });
  }

  async function tellsMovedTag(): Promise<void> {
    const { host, stop } = await start();
    const ask = (): Promise<Resolved> => resolve(`${host}/app:1`, { cacheFolder: join(folder, 'cache') });
    const before = await push(host, 'app', '1');
    expect([await ask(), await ask()]).toEqual([{ digest: before }, { digest: before }]);
    const after = await push(host, 'app', '1');
    expect(after).not.toBe(before);
    expect([await ask(), await ask()]).toEqual([{ digest: after }, { digest: after }]);
    const statuses = sent.filter((line) => line.startsWith('HEAD')).map((line) => line.slice(-3));
    expect(statuses).toEqual(['200', '304', '200', '304']);
    await stop();
    expect(await ask()).toEqual({ problem: `${host} refuses the connection` });
  }

  async function asksForPassword(): Promise<void> {
    const { host } = await start(HTPASSWD);
    const entry = auth('dfix', 'pass:word');
    const digest = await push(host, 'app', '1', `Basic ${entry.auth}`);
    expect(await problemOf(`${host}/app:1`)).toMatch(/ gives no access to app: it is not there or needs credentials/);
    configure({ auths: { [host]: auth('dfix', 'other') } });
    expect(await problemOf(`${host}/app:1`)).toBe(`${host} gives no access to app with the credentials for it`);
    configure({ auths: { [host]: entry } });
    expect(await resolve(`${host}/app:1`)).toEqual({ digest });
  }

  test('tells the digests of tags, also as a mirror', tellsDigests, LONG);
  test('tells when a tag was moved, and when not', tellsMovedTag, LONG);
  test('lets those in who know the password', asksForPassword, LONG);
});

if (describeReal !== describe) console.info('docker-registry is not installed: no test asks a real registry.');
