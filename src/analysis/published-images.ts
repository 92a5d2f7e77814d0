import { type ImageReference, officialImageName } from '../dockerfile/image-reference.js';

/** A release of a distribution: `bookworm` of Debian, `jammy` of Ubuntu, `3.20` of Alpine, or `latest` of any. */
export interface Release {
  readonly distribution: 'debian' | 'ubuntu' | 'alpine';
  readonly name: string;
}

/**
 * The release that the tags without one start from, by version: each entry holds up to the next one, a shorter tag
 * (`1.21`, `1`) means the last version that it stands for, and versions above the last one are unknown. Patch releases
 * before the oldest entry are left out, since their tags have no counterparts.
 *
 * Source: docker-library/official-images and the Dockerfiles behind it, read 2026-08-21.
 */
const DEFAULT_RELEASES: Readonly<
  Record<string, { readonly debian: string; readonly alpine?: string; readonly newest: string }>
> = {
  golang: {
    debian:
      '1.3.3 jessie 1.9.0 stretch 1.11.12 buster 1.12.0 stretch 1.12.7 buster 1.16.7 bullseye 1.19.10 bookworm 1.20.0 bullseye 1.20.5 bookworm 1.24.6 trixie',
    alpine:
      '1.8.0 3.5 1.9.0 3.6 1.9.7 3.8 1.10.0 3.7 1.10.3 3.8 1.10.8 3.9 1.11.0 3.8 1.11.5 3.9 1.11.11 3.10 1.12.0 3.9 1.12.6 3.10 1.12.14 3.11 1.13.0 3.10 1.13.5 3.11 1.13.12 3.12 1.14.0 3.11 1.14.4 3.12 1.14.13 3.13 1.15.0 3.12 1.15.6 3.13 1.15.13 3.14 1.16.0 3.13 1.16.5 3.14 1.16.10 3.15 1.17.0 3.14 1.17.3 3.15 1.17.10 3.16 1.18.0 3.15 1.18.2 3.16 1.18.8 3.17 1.19.0 3.16 1.19.3 3.17 1.19.9 3.18 1.20.0 3.17 1.20.4 3.18 1.20.12 3.19 1.21.0 3.18 1.21.5 3.19 1.21.10 3.20 1.22.0 3.19 1.22.3 3.20 1.22.10 3.21 1.23.0 3.20 1.23.4 3.21 1.23.9 3.22 1.24.0 3.21 1.24.3 3.22 1.24.11 3.23 1.25.0 3.22 1.25.5 3.23 1.25.11 3.24 1.26.0 3.23 1.26.4 3.24',
    newest: '1.27',
  },
  rust: {
    debian: '1.37.0 buster 1.55.0 bullseye 1.72.0 bookworm 1.89.0 trixie',
    alpine:
      '1.37.0 3.10 1.41.0 3.11 1.44.1 3.12 1.50.0 3.13 1.54.0 3.14 1.58.0 3.15 1.61.0 3.16 1.66.0 3.17 1.70.0 3.18 1.75.0 3.19 1.78.0 3.20 1.83.0 3.21 1.87.0 3.22 1.91.1 3.23',
    newest: '1.98',
  },
  node: {
    debian:
      '8.13.0 stretch 9.0.0 jessie 10.13.0 stretch 14.19.3 buster 15.0.0 stretch 16.0.0 buster 17.0.0 bullseye 18.16.0 bookworm 19.0.0 bullseye 20.3.0 bookworm 26.0.0 trixie',
    newest: '26',
  },
  python: {
    debian:
      '2.7.16 buster 3.2.6 jessie 3.4.8 stretch 3.5.0 jessie 3.5.5 stretch 3.5.7 buster 3.6.0 jessie 3.6.5 stretch 3.6.9 buster 3.6.14 bullseye 3.7.0 stretch 3.7.4 buster 3.7.11 bullseye 3.7.17 bookworm 3.8.0 buster 3.8.11 bullseye 3.8.17 bookworm 3.9.0 buster 3.9.6 bullseye 3.9.17 bookworm 3.9.23 trixie 3.10.0 bullseye 3.10.12 bookworm 3.10.18 trixie 3.11.0 bullseye 3.11.4 bookworm 3.11.13 trixie 3.12.0 bookworm 3.12.11 trixie 3.13.0 bookworm 3.13.6 trixie',
    newest: '3.14',
  },
  php: {
    debian:
      '5.6.36 stretch 7.0.0 jessie 7.0.30 stretch 7.1.0 jessie 7.1.17 stretch 7.1.30 buster 7.2.0 stretch 7.2.20 buster 7.3.0 stretch 7.3.7 buster 7.3.29 bullseye 7.4.0 buster 7.4.22 bullseye 8.0.0 buster 8.0.9 bullseye 8.1.20 bookworm 8.1.33 trixie 8.2.0 bullseye 8.2.7 bookworm 8.2.29 trixie 8.3.0 bookworm 8.3.24 trixie 8.4.1 bookworm 8.4.11 trixie',
    alpine:
      '7.4.0 3.10 7.4.1 3.11 7.4.7 3.12 7.4.14 3.13 7.4.20 3.14 7.4.26 3.15 7.4.29 3.16 8.0.0 3.12 8.0.1 3.13 8.0.7 3.14 8.0.13 3.15 8.0.19 3.16 8.1.0 3.15 8.1.6 3.16 8.1.13 3.17 8.1.18 3.18 8.1.26 3.19 8.1.28 3.20 8.1.31 3.21 8.2.0 3.17 8.2.6 3.18 8.2.13 3.19 8.2.19 3.20 8.2.26 3.21 8.2.28 3.22 8.2.29 3.23 8.2.31 3.24 8.3.0 3.19 8.3.7 3.20 8.3.14 3.21 8.3.22 3.22 8.3.28 3.23 8.3.31 3.24 8.4.1 3.21 8.4.8 3.22 8.4.15 3.23 8.4.22 3.24 8.5.0 3.23 8.5.7 3.24',
    newest: '8.5',
  },
  ruby: {
    debian:
      '2.4.4 stretch 2.4.6 buster 2.5.0 stretch 2.5.5 buster 2.6.0 stretch 2.6.3 buster 2.6.8 bullseye 2.7.0 buster 2.7.4 bullseye 3.0.0 buster 3.0.2 bullseye 3.1.4 bookworm 3.2.0 bullseye 3.2.2 bookworm 3.2.9 trixie 3.3.0 bookworm 3.3.9 trixie 3.4.1 bookworm 3.4.5 trixie',
    newest: '4.0',
  },
};

const DEBIAN_NUMBERS: ReadonlyMap<string, string> = new Map([
  ['10', 'buster'],
  ['11', 'bullseye'],
  ['12', 'bookworm'],
  ['13', 'trixie'],
]);

const UBUNTU_NUMBERS: ReadonlyMap<string, string> = new Map([
  ['18.04', 'bionic'],
  ['20.04', 'focal'],
  ['22.04', 'jammy'],
  ['24.04', 'noble'],
]);

const DEBIAN_NAMES = /(?:^|-)(jessie|stretch|buster|bullseye|bookworm|trixie)(?=-|$)/;

/** The release that an image of Docker Hub's library is made of; undefined where nobody here knows. */
export function releaseOf(image: ImageReference): Release | undefined {
  const name = officialImageName(image);
  if (name === undefined || image.digest !== undefined) return undefined;
  const tag = image.tag ?? 'latest';
  if (name === 'ubuntu') {
    const release = UBUNTU_NUMBERS.get(tag) ?? /^(bionic|focal|jammy|noble|latest)(?:-\d+)?$/.exec(tag)?.[1];
    return release === undefined ? undefined : { distribution: 'ubuntu', name: release };
  }
  if (name === 'alpine') {
    const release = /^(3(?:\.\d+)?|latest)(?:\.\d+)?$/.exec(tag)?.[1];
    return release === undefined ? undefined : { distribution: 'alpine', name: release };
  }
  const named = DEBIAN_NAMES.exec(tag)?.[1];
  if (name === 'debian') {
    const release =
      named ?? DEBIAN_NUMBERS.get(/^(\d+)/.exec(tag)?.[1] ?? '') ?? /^(?:latest|stable(?=-slim$|$))/.exec(tag)?.[0];
    return release === undefined ? undefined : { distribution: 'debian', name: release };
  }
  if (named !== undefined) return { distribution: 'debian', name: named };
  const alpine = /(?:^|-)alpine(3\.\d+)?$/.exec(tag);
  if (alpine?.[1] !== undefined) return { distribution: 'alpine', name: alpine[1] };
  const table = DEFAULT_RELEASES[name];
  const version = versionOf(tag);
  if (table === undefined || version === undefined) return undefined;
  const points = alpine === null ? table.debian : table.alpine;
  const release = points === undefined ? undefined : lookUp(points, version, table.newest);
  if (release === undefined) return undefined;
  return { distribution: alpine === null ? 'debian' : 'alpine', name: release };
}

/** Whether the packages of a release are gone from where apt looks for them. */
export function isArchived({ distribution, name }: Release): boolean {
  return distribution === 'debian' && /^(?:jessie|stretch|buster)$/.test(name);
}

/** The version that a tag starts with, as numbers; empty for `latest` and for a tag that is a variant alone. */
function versionOf(tag: string): readonly number[] | undefined {
  const version = /^(?:(\d+(?:\.\d+){0,2})(?=-|$)|latest)?(?:(?:^|-)(?:slim|apache|fpm|cli|zts|alpine))*$/.exec(tag);
  if (version === null) return undefined;
  return version[1]?.split('.').map(Number) ?? [];
}

/** The release of the highest version that a shorter one stands for. */
function lookUp(points: string, version: readonly number[], newest: string): string | undefined {
  if (compare(version, newest.split('.').map(Number)) > 0) return undefined;
  const words = points.split(' ');
  let found: string | undefined;
  for (let index = 0; index < words.length; index += 2) {
    const from = (words[index] ?? '').split('.').map(Number);
    if (compare(from, version) > 0) break;
    found = words[index + 1];
  }
  return found;
}

/** Compares versions in the places that both have: `1.21` is equal to each of `1.21.x`. */
function compare(a: readonly number[], b: readonly number[]): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Images whose every version has a small variant since this one, whatever release it is made of. */
const SLIM_SINCE: Readonly<Record<string, readonly number[]>> = {
  node: [4],
  python: [2, 7, 9],
  ruby: [2, 2],
  rust: [1, 25],
};

/**
 * The tag of the small variant of an image, of the same version and release; undefined where there is none, or it is
 * small already. Source: every tag that docker-library/official-images ever listed, read 2026-08-21: the tags without
 * a release and those of buster and later all have their small partner.
 */
export function slimTagOf(image: ImageReference): string | undefined {
  const name = officialImageName(image);
  const { tag = 'latest', digest } = image;
  if (name === undefined || digest !== undefined || /slim|alpine|onbuild|windows|nano/.test(tag)) return undefined;
  if (name === 'debian') {
    if (/^(?:1[0-3](?:\.\d+)?|buster|bullseye|bookworm|trixie|stable|oldstable)$/.test(tag)) return `${tag}-slim`;
    return tag === 'latest' ? 'stable-slim' : undefined;
  }
  if (name === 'elixir') return /^1\.(?:9|1\d)(?:\.\d+)?(?:-otp-\d+)?$/.test(tag) ? `${tag}-slim` : undefined;
  const since = SLIM_SINCE[name];
  if (since === undefined) return undefined;
  const parts = /^(?:(\d+(?:\.\d+){0,2})|latest|lts|current)?(?:(?<=.)-|^|$)(buster|bullseye|bookworm|trixie)?$/.exec(
    tag,
  );
  if (parts === null) return undefined;
  const [, version, release] = parts;
  const numbers = version?.split('.').map(Number) ?? [];
  const newest = DEFAULT_RELEASES[name]?.newest.split('.').map(Number) ?? [];
  if (version !== undefined && (compare(numbers, since) < 0 || compare(numbers, newest) > 0)) return undefined;
  const start = tag.slice(0, tag.length - (release ?? '').length).replace(/-$/, '');
  const words = name === 'node' ? [start, release, 'slim'] : [start, 'slim', release];
  return words.filter((word) => word !== undefined && word !== '' && word !== 'latest').join('-');
}

/** Versions of Java for which eclipse-temurin has published images with a runtime alone, on glibc and on musl. */
const TEMURIN_RUNTIMES: ReadonlySet<number> = new Set([8, 11, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26]);

/** What Java an image brings. */
export interface JavaImage {
  readonly version: number;
  /** Names the vendor whose runtime takes the place of the kit. */
  readonly vendor: 'temurin' | 'corretto';
  readonly isAlpine: boolean;
  /** The release of Ubuntu that the tag names. */
  readonly release: string | undefined;
}

/**
 * The Java development kit of an image: those of the library's maven, gradle, openjdk, eclipse-temurin and
 * amazoncorretto. Kits of other vendors are unknown. openjdk, which nobody makes any more, is followed by temurin.
 */
export function javaImageOf(image: ImageReference): JavaImage | undefined {
  const name = officialImageName(image);
  const tag = image.tag ?? 'latest';
  if (name === undefined || !/^(?:maven|gradle|openjdk|eclipse-temurin|amazoncorretto|java)$/.test(name))
    return undefined;
  if (/jre|graal|semeru|openj9|ibm|sapmachine|zulu|onbuild|windows|nano|ubi|ea\b/.test(tag)) return undefined;
  const isTool = name === 'maven' || name === 'gradle';
  const written = isTool
    ? /(?:jdk|openjdk-|eclipse-temurin-|amazoncorretto-|adoptopenjdk-)-?(\d+)/.exec(tag)?.[1]
    : /^(?:jdk-)?(\d+)/.exec(tag)?.[1];
  const version = written === undefined ? (isTool ? defaultJava(name, tag) : undefined) : Number(written);
  if (version === undefined) return undefined;
  const vendor = /corretto/.test(name + tag) ? 'corretto' : 'temurin';
  const isAlpine = /alpine/.test(tag);
  return { version, vendor, isAlpine, release: /(?:^|-)(focal|jammy|noble)(?=-|$)/.exec(tag)?.[1] };
}

/** The kit of the tags of maven and gradle that name none. Source: the current tags of both, 2026-08-21. */
function defaultJava(name: string, tag: string): number | undefined {
  if (name === 'maven') return /^(?:latest|3|3\.9)$/.test(tag) ? 26 : undefined;
  if (/^(?:latest|alpine|9(?:\.\d+){0,2})(?:-alpine)?$/.test(tag)) return 25;
  return /^8(?:-alpine)?$/.test(tag) ? 21 : undefined;
}

/** The image with the runtime of a Java kit; undefined where none was published. */
export function javaRuntimeOf({ version, vendor, isAlpine, release }: JavaImage): string | undefined {
  if (vendor === 'corretto')
    return (version === 11 || version === 17 || version >= 21) && version <= 26 && !isAlpine
      ? `amazoncorretto:${version}-headless`
      : undefined;
  if (!TEMURIN_RUNTIMES.has(version)) return undefined;
  const suffix = isAlpine ? '-alpine' : temurinRelease(version, release);
  return `eclipse-temurin:${version}-jre${suffix}`;
}

/** The releases of Ubuntu that each version was published for, in the tags that name one. */
function temurinRelease(version: number, release: string | undefined): string {
  const published =
    release === 'jammy'
      ? [8, 11, 17, 18, 19, 20, 21, 22, 25, 26]
      : release === 'noble'
        ? [8, 11, 17, 21, 22, 23, 24, 25, 26]
        : release === 'focal'
          ? [8, 11, 17, 18, 19]
          : [];
  return published.includes(version) ? `-${release ?? ''}` : '';
}
