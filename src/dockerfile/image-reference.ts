/** An image reference in its parts, as `docker.io/library/node:20@sha256:…` is made of them. */
export interface ImageReference {
  /** The registry host with its port, where one is written. */
  readonly registry: string | undefined;
  /** The path without registry, tag and digest, such as `library/node`. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Splits an image reference. It may still contain variables; then the parts around them are a guess. */
export function parseImageReference(text: string): ImageReference {
  let rest = text;
  let digest: string | undefined;
  let tag: string | undefined;
  const at = rest.indexOf('@');
  if (at !== -1) {
    digest = rest.slice(at + 1);
    rest = rest.slice(0, at);
  }
  const colon = lastColonOutsideBraces(rest);
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    rest = rest.slice(0, colon);
  }
  const slash = rest.indexOf('/');
  const host = slash === -1 ? '' : rest.slice(0, slash);
  const isHost = host.includes('.') || host.includes(':') || host === 'localhost';
  return {
    registry: isHost ? host : undefined,
    repository: isHost ? rest.slice(slash + 1) : rest,
    tag,
    digest,
  };
}

/** The registry and the path of an image with what Docker adds to short names: `docker.io` and `library/node`. */
export function completedName({ registry, repository }: ImageReference): {
  readonly registry: string;
  readonly repository: string;
} {
  const host = registry?.toLowerCase() ?? 'docker.io';
  const isHub = host === 'docker.io' || host === 'index.docker.io';
  if (!isHub) return { registry: host, repository };
  return { registry: 'docker.io', repository: repository.includes('/') ? repository : `library/${repository}` };
}

/** A reference without a digest, with another tag or its first one. */
export function withTag(reference: string, tag: string): string {
  return reference.replace(/(?::[^/:]*)?$/, `:${tag}`);
}

/** The name under which Docker Hub's official images are known, `node` for `docker.io/library/node`; else undefined. */
export function officialImageName(reference: ImageReference): string | undefined {
  const { registry, repository } = reference;
  if (registry !== undefined && registry !== 'docker.io' && registry !== 'index.docker.io') return undefined;
  const name = repository.startsWith('library/') ? repository.slice('library/'.length) : repository;
  return name.includes('/') ? undefined : name;
}

function lastColonOutsideBraces(text: string): number {
  let depth = 0;
  for (let index = text.length - 1; index >= 0; index--) {
    const character = text.charAt(index);
    if (character === '}') depth++;
    else if (character === '{') depth--;
    else if (character === ':' && depth === 0) return index;
  }
  return -1;
}
