import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askHelper } from './credential-helper.js';
import { fieldOf, parseJson, textOf } from './json.js';
import { codeOf } from './problem.js';
import { DOCKER_HUB_KEY } from './source.js';

export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity'; readonly token: string };

/** What config.json knows of a registry. */
export interface Known {
  readonly credentials: Credentials | undefined;
  /** Why there are none, as the end of a sentence; empty where there are some. */
  readonly lack: string;
}

export interface CredentialSetting {
  /** The folder of config.json. */
  readonly dockerConfig: string;
  /** How long a credential helper may take. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** Docker Hub under the names that Docker and podman write. */
const HUB_NAMES = [DOCKER_HUB_KEY, 'https://index.docker.io/v1', 'index.docker.io', 'docker.io'];

/** Reads credentials as `docker login` leaves them; https://docs.docker.com/reference/cli/docker/login/. */
export class CredentialStore {
  readonly #setting: CredentialSetting;
  readonly #known = new Map<string, Promise<Known>>();
  #config: Promise<Config> | undefined;

  constructor(setting: CredentialSetting) {
    this.#setting = setting;
  }

  /** Looks a registry up, once. Throws only the reason of an aborted signal. */
  find(key: string): Promise<Known> {
    const known = this.#known.get(key) ?? this.#find(key);
    this.#known.set(key, known);
    return known;
  }

  async #find(key: string): Promise<Known> {
    this.#config ??= readConfig(join(this.#setting.dockerConfig, 'config.json'));
    const { content, lack } = await this.#config;
    const helper = textOf(fieldOf(content, 'credHelpers'), key) ?? textOf(content, 'credsStore');
    const helped = helper === undefined ? undefined : await askHelper(helper, key, this.#setting);
    // A helper that is missing stops nobody: most images need no credentials.
    const credentials = helped?.credentials ?? readAuths(fieldOf(content, 'auths'), key);
    return { credentials, lack: credentials === undefined ? (helped?.fault ?? lack) : '' };
  }
}

interface Config {
  readonly content: unknown;
  readonly lack: string;
}

async function readConfig(path: string): Promise<Config> {
  try {
    const content = parseJson(await readFile(path, 'utf8'));
    const lack = content === undefined ? `${path} is no JSON` : `${path} has no credentials for it`;
    return { content, lack };
  } catch (error) {
    const lack = codeOf(error) === 'ENOENT' ? `there is no ${path}` : `${path} cannot be read (${codeOf(error)})`;
    return { content: undefined, lack };
  }
}

function readAuths(auths: unknown, key: string): Credentials | undefined {
  for (const name of namesOf(key)) {
    const credentials = readEntry(fieldOf(auths, name));
    if (credentials !== undefined) return credentials;
  }
  return undefined;
}

/** What an entry may be called. An entry with a path, as podman has them, is for some of the host's images only. */
function namesOf(key: string): readonly string[] {
  if (key === DOCKER_HUB_KEY) return HUB_NAMES;
  const paths = ['', '/', '/v1', '/v1/', '/v2', '/v2/'];
  return ['', 'https://', 'http://'].flatMap((scheme) => paths.map((path) => `${scheme}${key}${path}`));
}

function readEntry(entry: unknown): Credentials | undefined {
  const token = textOf(entry, 'identitytoken');
  if (token !== undefined) return { kind: 'identity', token };
  const pair = Buffer.from(textOf(entry, 'auth') ?? '', 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon > 0) {
    // Docker pads passwords with NUL.
    return { kind: 'password', username: pair.slice(0, colon), password: pair.slice(colon + 1).replace(/\0+$/, '') };
  }
  const username = textOf(entry, 'username');
  const password = textOf(entry, 'password');
  return username === undefined || password === undefined ? undefined : { kind: 'password', username, password };
}
