import { completedName, parseImageReference } from '../dockerfile/image-reference.js';
import { isDigest } from './digest.js';

/** The whole name of a tag, with all that Docker adds to a short one. */
export interface ImageName {
  /** The host as it is written, with its port and in lower case; `docker.io` for Docker Hub. */
  readonly registry: string;
  /** The path without the registry, such as `library/node`. */
  readonly repository: string;
  readonly tag: string;
  /** All of it in one text, such as `docker.io/library/node:20`. */
  readonly full: string;
}

// https://github.com/distribution/reference/blob/main/regexp.go
const HOST =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/;
const PATH_PART = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** The longest name, without the tag, that registries take. */
const LONGEST = 255;

/**
 * Completes a reference by Docker's rules; which digest is in it makes no difference. Undefined for what is none, such as a
 * reference with a variable. Only what passes here ever becomes part of an address.
 */
export function readImageName(reference: string): ImageName | undefined {
  const parts = parseImageReference(reference);
  const { tag = 'latest', digest } = parts;
  const { registry, repository } = completedName(parts);
  if (registry.length + repository.length >= LONGEST) return undefined;
  if (!HOST.test(registry) || !TAG.test(tag) || (digest !== undefined && !isDigest(digest))) return undefined;
  if (!repository.split('/').every((part) => PATH_PART.test(part))) return undefined;
  return { registry, repository, tag, full: `${registry}/${repository}:${tag}` };
}
