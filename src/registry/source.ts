import { isIPv4 } from 'node:net';
import type { ImageName } from './image-name.js';

/** A registry, or a mirror of Docker Hub, that is asked for a tag. */
export interface Source {
  /** What the API's paths are added to; it ends without a slash. */
  readonly base: string;
  /** How messages call it. */
  readonly name: string;
  /** Under which name config.json keeps its credentials. */
  readonly credentialKey: string;
  readonly isMirror: boolean;
}

/** Thrown for a mirror's address that cannot be one. */
export class MirrorError extends Error {}

/** The key of Docker Hub in config.json, which is the address of an API that is long gone. */
export const DOCKER_HUB_KEY = 'https://index.docker.io/v1/';

/** The registry that an image's name stands for; undefined where its host is no address. */
export function sourceOf({ registry }: ImageName): Source | undefined {
  if (registry === 'docker.io') {
    return { base: 'https://registry-1.docker.io', name: registry, credentialKey: DOCKER_HUB_KEY, isMirror: false };
  }
  const url = parseUrl(`https://${registry}`);
  if (url === undefined) return undefined;
  const scheme = isLoopback(url) ? 'http' : 'https';
  return { base: `${scheme}://${registry}`, name: registry, credentialKey: registry, isMirror: false };
}

/** Reads the address of a mirror. Throws a `MirrorError`, which does not repeat a password. */
export function mirrorOf(address: string): Source {
  const url = parseUrl(address);
  if (url === undefined || url.search !== '' || url.hash !== '') {
    throw new MirrorError('the address of a mirror is that of a registry, such as https://mirror.example.com');
  }
  if (!isPrivate(url)) {
    throw new MirrorError(
      `the mirror ${url.host} has no address by https, nor one of this machine, without a password`,
    );
  }
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
  return { base, name: url.host, credentialKey: url.host, isMirror: true };
}

/** Where a registry keeps the manifest of a tag. */
export function manifestUrl({ base }: Source, { repository, tag }: ImageName): URL {
  return new URL(`${base}/v2/${repository}/manifests/${tag}`);
}

export function parseUrl(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
}

/**
 * Whether an address that `from` answered with, for its tokens or as a redirect, may be asked: only where nobody can
 * listen, and a registry of the network has no say in what is asked of this machine.
 */
export function mayLead(from: URL, to: URL): boolean {
  return isPrivate(to) && (isLoopback(from) || !isLoopback(to));
}

/** Nobody on the way can read what is sent there. A name and a password in an address would get into requests. */
function isPrivate(url: URL): boolean {
  if (url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
}

/** `URL` has already written every form of an address in one way: 127.1 is 127.0.0.1. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
}
