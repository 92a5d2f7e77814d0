import type { BuilderPlan } from './plan.js';
import type { Scene } from './recipe.js';

/** An image without a shell that brings what a process runs on. */
export interface DistrolessImage {
  readonly image: string;
  /** Programs that it brings. */
  readonly programs: readonly string[];
  /** Packages of the distribution whose files it has. */
  readonly packages: RegExp;
  /** What the image is told so that it starts as the other one does. */
  readonly settings: readonly string[];
  readonly notes: readonly string[];
}

const REGISTRY = 'gcr.io/distroless';

/** In all of them, see common/BUILD.bazel there. */
const EVERYWHERE = /^(?:ca-certificates|tzdata)$/;

/** What `cc` brings besides, by the release that it is made of. */
const LIBRARIES: Readonly<Record<string, { readonly number: number; readonly packages: RegExp }>> = {
  bookworm: { number: 12, packages: /^(?:ca-certificates|tzdata|libssl3|libgomp1)$/ },
  trixie: { number: 13, packages: /^(?:ca-certificates|tzdata|libssl3t64|libgomp1)$/ },
};

/** Static programs alone. */
export const STATIC: DistrolessImage = {
  image: `${REGISTRY}/static-debian12`,
  programs: [],
  packages: EVERYWHERE,
  settings: [],
  notes: ['CGO is off: the program needs no library', 'the image has no shell'],
};

/**
 * The image for what a recipe carries; otherwise why there is none. Source: GoogleContainerTools/distroless, README
 * and the build files of each image, read 2026-11-22: of Java and Node it keeps images on Debian 13 alone.
 */
export function distrolessFor({ release }: Scene, { recipe }: BuilderPlan): DistrolessImage | string {
  const { image } = recipe;
  if (/alpine/.test(image)) return `what is built for \`${image}\` has another C library`;
  const java = /^eclipse-temurin:(\d+)-jre/.exec(image)?.[1];
  if (java !== undefined)
    return /^(?:17|21|25)$/.test(java)
      ? withOwnStart(`java${java}`, ['java'], [])
      : `there is no image with Java ${java} any more`;
  const node = /^node:(\d+)?/.exec(image);
  if (node !== null)
    return /^(?:22|24|26)$/.test(node[1] ?? '')
      ? withOwnStart(`nodejs${node[1] ?? ''}`, ['node'], ['ENV PATH=/nodejs/bin:$PATH'])
      : `there is no image for \`${image}\` any more`;
  if (/^python:/.test(image)) return 'its Python is the one of Debian, which runs no other environment';
  const libraries = release?.distribution === 'debian' ? LIBRARIES[release.name] : undefined;
  if (libraries === undefined || !/^debian:/.test(image)) return `nobody here knows one for \`${image}\``;
  return {
    image: `${REGISTRY}/cc-debian${libraries.number}`,
    programs: [],
    packages: libraries.packages,
    settings: [],
    notes: [`it has the libraries of C and C++ of ${release?.name ?? ''}, and OpenSSL`, 'the image has no shell'],
  };
}

/** Images whose entrypoint is the interpreter, which would take a command for its arguments. */
function withOwnStart(name: string, programs: readonly string[], more: readonly string[]): DistrolessImage {
  return {
    image: `${REGISTRY}/${name}-debian13`,
    programs,
    packages: EVERYWHERE,
    settings: [...more, 'ENTRYPOINT []'],
    notes: ['the image has no shell'],
  };
}
