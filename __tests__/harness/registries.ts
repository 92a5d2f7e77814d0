import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export const INDEX = 'application/vnd.oci.image.index.v1+json';
export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export function sha256(content: string): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** A request as a server of a test got it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server on this machine that answers as a test says, and remembers what it was asked. */
export interface TestServer {
  readonly host: string;
  readonly asked: readonly Asked[];
  readonly close: () => Promise<void>;
}

export type Handler = (request: Asked, response: ServerResponse) => void;

export async function serve(handler: Handler): Promise<TestServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
      asked.push(one);
      handler(one, response);
    });
  });
  const host = await listen(server);
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { host, asked, close };
}

/** Answers every connection with the same bytes, which need not be HTTP. */
export async function serveBytes(bytes: string): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.from(bytes, 'latin1')));
  });
  const host = await listen(server);
  const close = (): Promise<void> =>
    new Promise((done) => {
      server.close(() => done());
      for (const socket of sockets) socket.destroy();
    });
  return { host, asked: [], close };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Whether Debian's package docker-registry is installed. */
export function hasRealRegistry(): boolean {
  return spawnSync('docker-registry', ['--version']).status === 0;
}

/** A real registry that keeps its images in a folder of the test. */
export interface RealRegistry {
  readonly host: string;
  readonly stop: () => Promise<void>;
}

export async function startRealRegistry(folder: string, htpasswd?: string): Promise<RealRegistry> {
  const free = await serveBytes('');
  await free.close();
  mkdirSync(join(folder, 'images'), { recursive: true });
  writeFileSync(join(folder, 'htpasswd'), htpasswd ?? '');
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'images') } },
    http: { addr: free.host },
    ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } } }),
  };
  // JSON is YAML as well.
  writeFileSync(join(folder, 'registry.yml'), JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', join(folder, 'registry.yml')], { stdio: 'ignore' });
  const ended = new Promise<void>((done) => child.once('close', () => done()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await fetch(`http://${free.host}/v2/`).catch(() => undefined);
    if (answer !== undefined) return { host: free.host, stop };
    await wait(50);
  }
  await stop();
  throw new Error('docker-registry does not start');
}

/** Pushes a new image without layers, and an index of it as the tag. The digest of the index. */
export async function push(host: string, repository: string, tag: string, authorization?: string): Promise<string> {
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', author: randomUUID() });
  const upload = await put(`http://${host}/v2/${repository}/blobs/uploads/`, 'POST', '', '', authorization);
  const blob = new URL(upload.headers.get('location') ?? '');
  blob.searchParams.set('digest', sha256(config));
  await put(blob.href, 'PUT', config, 'application/octet-stream', authorization);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...sized(config) },
    layers: [],
  });
  const manifests = `http://${host}/v2/${repository}/manifests`;
  await put(`${manifests}/${sha256(manifest)}`, 'PUT', manifest, MANIFEST, authorization);
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: [{ mediaType: MANIFEST, ...sized(manifest), platform: { architecture: 'amd64', os: 'linux' } }],
  });
  await put(`${manifests}/${tag}`, 'PUT', index, INDEX, authorization);
  return sha256(index);
}

function sized(content: string): { readonly digest: string; readonly size: number } {
  return { digest: sha256(content), size: content.length };
}

async function put(url: string, method: string, body: string, type: string, authorization = ''): Promise<Response> {
  const response = await fetch(url, { method, body, headers: { 'Content-Type': type, Authorization: authorization } });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  await response.body?.cancel();
  return response;
}
