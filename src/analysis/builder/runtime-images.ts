import { officialImageName, withTag } from '../../dockerfile/image-reference.js';
import type { Stage } from '../../dockerfile/stage.js';
import { baseName } from '../../text/path.js';
import type { Analysis } from '../analysis.js';
import { isArchived, javaImageOf, javaRuntimeOf, type Release, slimTagOf } from '../published-images.js';
import { tomcatRuntimeTag } from '../tomcat-images.js';
import type { SourceKind } from './carried.js';
import { firstMatch, type Obstacle, type Scene } from './recipe.js';

/** The image that runs what was compiled. */
export interface RuntimeImage {
  readonly image: string;
  readonly builderTag?: string;
  readonly packages: readonly string[];
  readonly notes: readonly string[];
  /** What is copied where no package can be installed. */
  readonly certificates?: string;
  /** Libraries of the compiler, and the commands that let programs find them. */
  readonly libraries?: readonly string[];
  readonly afterwards?: readonly string[];
  /** A distribution without anything in /usr/local. */
  readonly isBareSystem: boolean;
}

/** The image that a result runs in; undefined where the base image brings no toolchain that this is about. */
export function runtimeImageOf(scene: Scene, kind: SourceKind): RuntimeImage | Obstacle | undefined {
  const { base } = scene.stage;
  if (base.kind !== 'image') return undefined;
  if (kind === 'dotnet') return dotnetImage(scene, base.text);
  const name = officialImageName(base.image);
  if (kind === 'java') return name === 'tomcat' ? tomcatImage(scene) : javaImage(scene);
  const { release } = scene;
  if (name === 'gcc' && release === undefined)
    return {
      reason: 'unknown-base',
      detail: `\`${base.text}\` does not say which Debian it is made of, as \`gcc:13-bookworm\` does`,
    };
  if (name === undefined || release === undefined) return unknownBase(base.text);
  switch (name) {
    case 'gcc':
      return gccImage(scene, release);
    case 'ubuntu':
    case 'alpine':
      return { image: base.text, packages: [], notes: [], isBareSystem: true };
    case 'debian': {
      const slim = /slim/.test(base.image.tag ?? '') ? base.image.tag : slimTagOf(base.image);
      if (slim === undefined) return unknownBase(base.text);
      return { image: withTag(base.text, slim), packages: [], notes: [], isBareSystem: true };
    }
    case 'golang':
    case 'rust':
      return toolchainImage(scene, kind);
    default:
      return undefined;
  }
}

/** Where the images of GCC have its libraries, which are newer than those of their distribution. */
const GCC_LIBRARIES = '/usr/local/lib64';

/**
 * The distribution that an image of GCC is made of, with the compiler's libraries, found in front of its own ones by
 * the same setting. Source: docker-library/gcc, 13/Dockerfile.
 */
function gccImage({ stage, runs, analysis }: Scene, release: Release): RuntimeImage | Obstacle {
  if (isArchived(release) || stage.base.kind !== 'image') return unknownBase(stage.imageWord.text);
  if (stage.base.fromArguments && !stage.imageWord.text.includes(release.name))
    return { reason: 'dynamic-value', detail: `\`${stage.imageWord.text}\` may name any release` };
  const other = firstMatch(analysis, stage, /-fsanitize\S*|\bgfortran\b|\bgccgo\b/);
  if (other !== undefined)
    return { reason: 'unknown-content', detail: `nobody here knows which libraries of GCC \`${other}\` needs` };
  const usesOpenMp = runs.some(({ instruction }) => /-fopenmp\b/.test(analysis.rawText(instruction)));
  const names = ['libstdc++.so.6', 'libgcc_s.so.1', ...(usesOpenMp ? ['libgomp.so.1'] : [])];
  return {
    image: `debian:${release.name}-slim`,
    packages: [],
    notes: ['the libraries of GCC go along, which are newer than those of the distribution'],
    isBareSystem: false,
    libraries: names.map((name) => `${GCC_LIBRARIES}/${name}`),
    afterwards: [`echo ${GCC_LIBRARIES} > /etc/ld.so.conf.d/000-local-lib.conf`, 'ldconfig'],
  };
}

/** The distribution that an image of Go or Rust is made of. */
function toolchainImage(scene: Scene, kind: SourceKind): RuntimeImage | Obstacle | undefined {
  const { release, stage, runs } = scene;
  const { base } = stage;
  if (base.kind !== 'image' || release === undefined) return undefined;
  const isStatic = release.distribution === 'alpine' && !runs.some((run) => run.packages.length > 0);
  const isNamed = /\b(?:buster|bullseye|bookworm|trixie|alpine3\.\d+)\b/.test(stage.imageWord.text);
  if (base.fromArguments && !isNamed && !isStatic)
    return { reason: 'dynamic-value', detail: `\`${stage.imageWord.text}\` may name any release` };
  const hasTimeZones = release.name !== 'trixie' && release.distribution === 'debian';
  const needsTimeZones = kind === 'go' && !hasTimeZones;
  if (release.distribution === 'alpine')
    return {
      image: `alpine:${release.name}`,
      packages: needsTimeZones ? ['ca-certificates', 'tzdata'] : ['ca-certificates'],
      notes: [],
      isBareSystem: false,
    };
  const isOld = isArchived(release);
  // A tag without a release moves to the next one some day; then both stages would have other libraries.
  const tag = base.image.tag ?? 'latest';
  const isPinned = isOld || new RegExp(`\\b${release.name}\\b`).test(tag);
  const start = tag.replace(/-?slim$/, '');
  const words = [start === 'latest' ? '' : start, /slim/.test(tag) ? 'slim' : '', release.name];
  return {
    image: `debian:${release.name}-slim`,
    ...(isPinned ? {} : { builderTag: words.filter((word) => word !== '').join('-') }),
    packages: isOld ? [] : needsTimeZones ? ['ca-certificates', 'tzdata'] : ['ca-certificates'],
    ...(isOld ? { certificates: '/etc/ssl/certs/ca-certificates.crt' } : {}),
    notes: isPinned
      ? []
      : [`${base.text} is made of ${release.name}, and says so now: both stages keep the same C library`],
    isBareSystem: false,
  };
}

function javaImage({ stage, analysis }: Scene): RuntimeImage | Obstacle | undefined {
  if (stage.base.kind !== 'image') return undefined;
  const java = javaImageOf(stage.base.image);
  const runtime = java === undefined ? undefined : javaRuntimeOf(java);
  if (runtime === undefined) return unknownBase(stage.base.text);
  const place = javaPlaceObstacle(analysis, stage, runtime);
  if (place !== undefined) return place;
  return { image: runtime, packages: [], notes: [], isBareSystem: false };
}

/** Tomcat has a compiler of its own for pages, so that the runtime alone is enough where there is an image with it. */
function tomcatImage({ stage }: Scene): RuntimeImage | Obstacle {
  if (stage.base.kind !== 'image') return unknownBase(stage.base.kind);
  const tag = tomcatRuntimeTag(stage.base.image);
  if (tag !== undefined && stage.base.fromArguments)
    return { reason: 'dynamic-value', detail: `\`${stage.imageWord.text}\` may name any variant` };
  const image = tag === undefined ? stage.imageWord.text : withTag(stage.imageWord.text, tag);
  return { image, packages: [], notes: ['Tomcat compiles pages itself'], isBareSystem: false };
}

/** A place of the kit that the image with the runtime has elsewhere. */
export function javaPlaceObstacle(analysis: Analysis, stage: Stage, image: string): Obstacle | undefined {
  const place = firstMatch(analysis, stage, /\/usr\/(?:local\/openjdk|lib\/jvm)[\w./-]*/);
  return place === undefined
    ? undefined
    : { reason: 'unknown-content', detail: `\`${place}\` is another place in \`${image}\`` };
}

function unknownBase(text: string): Obstacle {
  return { reason: 'unknown-base', detail: `nobody here knows which image runs what \`${text}\` builds` };
}

/** The distributions that both the kit and the runtimes of .NET were published for, as tags name them. */
const DOTNET_VARIANTS = /^(?:|-alpine[\d.]*|-(?:bionic|focal|jammy|noble)|-(?:buster|bullseye|bookworm)-slim)$/;

/** ASP.NET's image holds what the two others have, and is the one that a web application needs. */
function dotnetImage({ analysis, view }: Scene, text: string): RuntimeImage | Obstacle | undefined {
  const match = /^(.*mcr\.microsoft\.com\/dotnet(?:\/core)?)\/sdk:(\d+\.\d+)(?:\.\d+)?(-[\w.-]+)?$/.exec(text);
  if (match === null || /windows|nanoserver/.test(text)) return undefined;
  const [, repository = '', version = '', written = ''] = match;
  // Before 5.0 the runtimes of Debian were small ones alone.
  const variant = Number(version) < 5 && /^-(?:buster|stretch)$/.test(written) ? `${written}-slim` : written;
  if (!DOTNET_VARIANTS.test(variant)) return unknownBase(text);
  if (variant.startsWith('-alpine') && !/DOTNET_SYSTEM_GLOBALIZATION_INVARIANT/.test(analysis.dockerfile.text))
    return {
      reason: 'unknown-content',
      detail:
        'the runtime on Alpine knows no cultures, unlike the kit: DOTNET_SYSTEM_GLOBALIZATION_INVARIANT says which is meant',
    };
  const projects = view === undefined ? [] : [...view.below('/')].filter((path) => /\.(?:cs|fs|vb)proj$/.test(path));
  const isWeb =
    projects.length === 0 ||
    projects.some((path) => {
      const project = view?.read(path);
      return (
        project === undefined ||
        /Sdk="Microsoft\.NET\.Sdk\.(?:Web|Razor|BlazorWebAssembly)|Microsoft\.AspNetCore\.App/.test(project)
      );
    });
  const note =
    projects.length === 0
      ? 'no project file is known: aspnet holds what both kinds of application need'
      : `read: ${projects.map(baseName).join(', ')}`;
  const image = `${repository}/${isWeb ? 'aspnet' : 'runtime'}:${version}${variant}`;
  return { image, packages: [], notes: [note], isBareSystem: false };
}
