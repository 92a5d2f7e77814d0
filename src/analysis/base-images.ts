import { officialImageName, type ImageReference } from '../dockerfile/image-reference.js';
import type { StageBase } from '../dockerfile/stage.js';
import { lookUp } from '../text/table.js';

/** The package manager's world that an image belongs to. */
export type DistributionFamily = 'debian' | 'alpine' | 'redhat' | 'suse' | 'arch' | 'busybox' | 'windows' | 'scratch';

/**
 * What a base image is configured with. Undefined means that nobody here knows. `entrypoint` tells whether a shell
 * and an exec form of CMD come to the same: there is none, or it hands its arguments on without looking at them.
 */
export interface BaseFacts {
  readonly family: DistributionFamily | undefined;
  readonly user: string | undefined;
  readonly workdir: string | undefined;
  readonly entrypoint: 'none' | 'transparent' | undefined;
  /** A program that downloads addresses and is part of the image. */
  readonly downloader: 'curl' | 'wget' | undefined;
}

/** Nothing is known. */
export const UNKNOWN_BASE: BaseFacts = {
  family: undefined,
  user: undefined,
  workdir: undefined,
  entrypoint: undefined,
  downloader: undefined,
};

/** Of Windows nothing else is known. */
export const WINDOWS_BASE: BaseFacts = { ...UNKNOWN_BASE, family: 'windows' };

/** Distributions: no entrypoint, root, working directory `/`, for every tag that was ever listed. */
const DISTRIBUTIONS: Readonly<Record<string, DistributionFamily>> = {
  debian: 'debian',
  ubuntu: 'debian',
  'buildpack-deps': 'debian',
  alpine: 'alpine',
  busybox: 'busybox',
  centos: 'redhat',
  fedora: 'redhat',
  rockylinux: 'redhat',
  almalinux: 'redhat',
  oraclelinux: 'redhat',
  amazonlinux: 'redhat',
  opensuse: 'suse',
  archlinux: 'arch',
};

interface LanguageImage {
  readonly workdir: string;
  readonly entrypoint?: 'none' | 'transparent';
  /** The first major version that starts as root in every tag; older ones, and tags without a version, are uneven. */
  readonly rootSince?: number;
  /** The family of a tag that names none, where every such tag has the same. */
  readonly family?: DistributionFamily;
}

/**
 * Language images that start as root in every listed tag. Source: the Dockerfiles behind docker-library's
 * official-images, read 2026-08-21. Tags with `onbuild` have other working directories and are left out.
 */
const LANGUAGES: Readonly<Record<string, LanguageImage>> = {
  node: { workdir: '/', entrypoint: 'transparent', family: 'debian' },
  python: { workdir: '/', entrypoint: 'none', family: 'debian' },
  pypy: { workdir: '/', entrypoint: 'none', family: 'debian' },
  golang: { workdir: '/go', entrypoint: 'none', family: 'debian' },
  ruby: { workdir: '/', entrypoint: 'none', family: 'debian' },
  rust: { workdir: '/', entrypoint: 'none', family: 'debian' },
  perl: { workdir: '/usr/src/app', entrypoint: 'none', family: 'debian' },
  php: { workdir: '/var/www/html', entrypoint: 'transparent', family: 'debian' },
  elixir: { workdir: '/', entrypoint: 'none', family: 'debian' },
  erlang: { workdir: '/', entrypoint: 'none', family: 'debian' },
  haskell: { workdir: '/', entrypoint: 'none', family: 'debian' },
  openjdk: { workdir: '/', entrypoint: 'none' },
  java: { workdir: '/', entrypoint: 'none', family: 'debian' },
  'eclipse-temurin': { workdir: '/', entrypoint: 'transparent' },
  amazoncorretto: { workdir: '/', entrypoint: 'none' },
  gradle: { workdir: '/home/gradle', rootSince: 6 },
  // Its entrypoint looks at the first argument.
  composer: { workdir: '/app', family: 'alpine' },
  maven: { workdir: '/', entrypoint: 'transparent' },
  // Its entrypoint runs the scripts of /docker-entrypoint.d only when the first argument is nginx.
  nginx: { workdir: '/', family: 'debian' },
  httpd: { workdir: '/usr/local/apache2', entrypoint: 'none', family: 'debian' },
  dart: { workdir: '/root', entrypoint: 'none', family: 'debian' },
  swift: { workdir: '/', entrypoint: 'none' },
  gcc: { workdir: '/', entrypoint: 'none', family: 'debian' },
};

/** The working directory differs with the age of the tag: unknown. */
const UNEVEN_WORKDIR: ReadonlySet<string> = new Set(['perl']);

/**
 * Images with curl in every tag that is not a small one: they start from buildpack-deps. Source: the Dockerfiles behind
 * docker-library's official-images, read 2026-08-21.
 */
const WITH_CURL: ReadonlySet<string> = new Set(['buildpack-deps', 'golang', 'node', 'python', 'ruby', 'rust']);

/** Alpine has the wget of busybox, with certificates. */
function downloaderOf(name: string, tag: string, family: DistributionFamily | undefined): 'curl' | 'wget' | undefined {
  if (family === 'alpine') return 'wget';
  return family === 'debian' && WITH_CURL.has(name) && !/slim/.test(tag) ? 'curl' : undefined;
}

export function baseFacts(base: StageBase): BaseFacts {
  switch (base.kind) {
    case 'scratch':
      return { family: 'scratch', user: 'root', workdir: '/', entrypoint: 'none', downloader: undefined };
    case 'image':
      return factsOf(base.image);
    case 'stage':
    case 'unknown':
      return UNKNOWN_BASE;
  }
}

/** Images without a shell: root in each tag that does not say otherwise. Source: GoogleContainerTools/distroless, README. */
const DISTROLESS = /^gcr\.io\/distroless\/(?:static|base|base-nossl|cc|java\d+|nodejs\d+|python3)-debian1[0-3]$/;

/** Nearly every transform asks for the base of a stage. */
const known = new WeakMap<ImageReference, BaseFacts>();

function factsOf(image: ImageReference): BaseFacts {
  let facts = known.get(image);
  if (facts === undefined) {
    facts = imageFacts(image);
    known.set(image, facts);
  }
  return facts;
}

function imageFacts(image: ImageReference): BaseFacts {
  const { repository } = image;
  const tag = image.tag ?? '';
  if (DISTROLESS.test(`${image.registry ?? ''}/${repository}`) && (tag === '' || tag === 'latest'))
    return { ...UNKNOWN_BASE, user: 'root', workdir: '/' };
  if (/windows|nanoserver|servercore/i.test(`${repository}:${tag}`)) {
    return WINDOWS_BASE;
  }
  const name = officialImageName(image);
  const distribution = lookUp(DISTRIBUTIONS, name);
  if (name !== undefined && distribution !== undefined) {
    const downloader = downloaderOf(name, tag, distribution);
    return { family: distribution, user: 'root', workdir: '/', entrypoint: 'none', downloader };
  }
  const family = familyOfTag(tag);
  const language = lookUp(LANGUAGES, name);
  if (name === undefined || language === undefined || tag.includes('onbuild')) return { ...UNKNOWN_BASE, family };
  return {
    family: family ?? language.family,
    user: isRootIn(tag, language) ? 'root' : undefined,
    workdir: workdirOf(name, tag, language),
    entrypoint: language.entrypoint,
    downloader: downloaderOf(name, tag, family ?? language.family),
  };
}

function isRootIn(tag: string, { rootSince }: LanguageImage): boolean {
  return rootSince === undefined || tag === 'latest' || Number(/^\d+/.exec(tag)?.[0] ?? 0) >= rootSince;
}

function workdirOf(name: string, tag: string, language: LanguageImage): string | undefined {
  // Only the variants with a web server have a folder for it, in each of the 15,509 listed tags.
  if (name === 'php') return /(?:^|-)(?:apache|fpm)(?:-|$)/.test(tag) ? language.workdir : '/';
  return UNEVEN_WORKDIR.has(name) ? undefined : language.workdir;
}

const DEBIAN_TAG =
  /(?:^|-)(?:slim|wheezy|jessie|stretch|buster|bullseye|bookworm|trixie|forky|sid|xenial|bionic|focal|jammy|noble)(?:-|$)/;

/** What a tag says about its distribution, by the names that all publishers use. */
function familyOfTag(tag: string): DistributionFamily | undefined {
  if (/(?:^|-)alpine/.test(tag)) return 'alpine';
  if (DEBIAN_TAG.test(tag)) return 'debian';
  return /(?:^|-)(?:oraclelinux|centos|ubi|al20)/.test(tag) ? 'redhat' : undefined;
}
