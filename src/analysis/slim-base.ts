import { type BuildContext, isRecord, property } from '../context/build-context.js';
import { officialImageName, withTag } from '../dockerfile/image-reference.js';
import type { Stage } from '../dockerfile/stage.js';
import { invocationsOf } from '../shell/invocation.js';
import { parseShell } from '../shell/parse.js';
import { baseName } from '../text/path.js';
import type { Analysis } from './analysis.js';
import { dependenciesOf, namesTimeZones } from './builder/native-packages.js';
import { type Obstacle, onbuildObstacle } from './builder/recipe.js';
import { javaPlaceObstacle } from './builder/runtime-images.js';
import { hasTakenNumber } from './builder/owners.js';
import { SAME_IN_UBUNTU } from './builder/packages.js';
import { packageNamesOf, readRuns, type RunReading } from './builder/stage-reading.js';
import { buildsAtStart, startOf } from './builder/start.js';
import { imageViewAtEnd, type ImageView } from './copies.js';
import { javaImageOf, javaRuntimeOf, releaseOf, slimTagOf } from './published-images.js';

/** A smaller image that a stage can start from. */
export interface SlimBase {
  /** As FROM gets it. */
  readonly image: string;
  /** Packages of the distribution that the larger image brings and that the stage uses. */
  readonly packages: readonly string[];
  readonly notes: readonly string[];
}

/** Programs of every image of Debian and its like, and of the shell. */
const EVERYWHERE = new Set(
  (
    'sh bash dash . : [ [[ test true false echo printf cd exec export set unset shift exit return trap wait eval read local source env cat ls mkdir rmdir rm cp mv ln chmod chown chgrp touch sleep date id whoami hostname basename dirname grep egrep fgrep sed awk mawk cut tr head tail sort uniq wc xargs find seq tee kill umask ulimit uname pwd command type expr mktemp readlink realpath stat install md5sum sha1sum sha256sum sha512sum base64 tar gzip gunzip zcat diff cmp nproc arch df du sync tty yes dd mount umount su chroot ' +
    'apt-get apt apt-cache apt-mark apt-key dpkg dpkg-reconfigure dpkg-query debconf-set-selections update-alternatives ldconfig useradd usermod userdel groupadd groupmod passwd chpasswd getent nologin setpriv perl locale ' +
    'tini dumb-init gosu su-exec'
  ).split(' '),
);

/** Programs of the images that are built on buildpack-deps, with the package that brings them to the small ones. */
const BROUGHT_BY: ReadonlyMap<string, string> = new Map([
  ['curl', 'curl'],
  ['wget', 'wget'],
  ['git', 'git'],
  ['gpg', 'gnupg'],
  ['gpg2', 'gnupg'],
  ['unzip', 'unzip'],
  ['zip', 'zip'],
  ['xz', 'xz-utils'],
  ['bzip2', 'bzip2'],
  ['ps', 'procps'],
  ['pgrep', 'procps'],
  ['pkill', 'procps'],
  ['ssh', 'openssh-client'],
  ['ssh-keyscan', 'openssh-client'],
  ['scp', 'openssh-client'],
  ['file', 'file'],
  ['patch', 'patch'],
  ['adduser', 'adduser'],
  ['addgroup', 'adduser'],
  ['deluser', 'adduser'],
]);

/** Programs that images of a language bring in each of their variants. */
const OWN: Readonly<Record<string, RegExp>> = {
  node: /^(?:node|nodejs|npm|npx|yarn|yarnpkg|corepack|docker-entrypoint\.sh)$/,
  python: /^(?:python[\d.]*|pip[\d.]*|pydoc3?|idle3?)$/,
  ruby: /^(?:ruby|gem|bundle|bundler|rake|irb|erb)$/,
  java: /^(?:java|keytool|rmiregistry|jrunscript|jfr)$/,
};

/** Downloads over TLS need the certificates, which the small images of Node and Ruby have not all. */
const NEEDS_CERTIFICATES: ReadonlySet<string> = new Set(['curl', 'wget', 'git']);

/** The smaller image for the final stage; undefined where it is small, or nobody makes one. */
export function slimBaseOf(
  analysis: Analysis,
  stage: Stage,
  contexts: readonly BuildContext[],
): SlimBase | Obstacle | undefined {
  const { base } = stage;
  if (base.kind !== 'image' || base.image.digest !== undefined) return undefined;
  const name = officialImageName(base.image);
  if (name === undefined) return undefined;
  const target = targetOf(stage, name);
  if (target === undefined) return undefined;
  if (base.fromArguments)
    return { reason: 'dynamic-value', detail: `\`${stage.imageWord.text}\` may name any variant` };
  const runs = readRuns(analysis, stage);
  const kit = target.language === 'java' ? javaObstacle(analysis, stage, runs ?? [], target) : undefined;
  if (kit !== undefined) return kit;
  const onbuild = onbuildObstacle(stage);
  if (onbuild !== undefined) return onbuild;
  if (runs === undefined) return undefined;
  const views = contexts.map((context) => imageViewAtEnd(analysis, stage, context));
  if (name === 'debian')
    return (
      debianObstacle(analysis, stage, runs) ?? {
        image: target.image,
        packages: [],
        notes: ['it has the same packages, without manuals and translations'],
      }
    );
  const start = startOf(analysis);
  const building = start === undefined ? undefined : buildsAtStart(start);
  if (building !== undefined) return { reason: 'builds-at-start', detail: building };
  const dependencies = dependenciesOf(runs, views, target.language);
  if (dependencies !== undefined) return dependencies;
  const hook = nodeScriptObstacle(runs, views);
  if (hook !== undefined) return hook;
  const used = new Set<string>();
  for (const { instruction } of runs) {
    const body = analysis.body(instruction);
    for (const { program } of body === undefined ? [] : invocationsOf(body)) used.add(program);
  }
  for (const { program } of start?.programs ?? []) used.add(program);
  for (const program of start?.healthPrograms ?? []) used.add(baseName(program));
  const scripts = scriptPrograms(start?.paths ?? [], views);
  if ('reason' in scripts) return scripts;
  for (const program of scripts.programs) used.add(program);
  const usesEngine =
    target.language === 'node' &&
    views.some((view) =>
      [...view.below('/')].some(
        (path) => /\/package\.json$/.test(path) && /"(?:prisma|@prisma\/client)"/.test(view.read(path) ?? ''),
      ),
    );
  const taken = runs.find((run) => hasTakenNumber(run, target.image));
  if (taken !== undefined)
    return { reason: 'unknown-user', detail: `the number 1000 belongs to a user of \`${target.image}\`` };
  const zones = (target.language === 'node' || target.language === 'ruby') && namesTimeZones(analysis, stage);
  return packagesFor(used, runs, target, [...(zones ? ['tzdata'] : []), ...(usesEngine ? ['openssl'] : [])]);
}

interface Target {
  readonly image: string;
  readonly language: 'node' | 'python' | 'ruby' | 'java' | 'debian';
  /** The image has curl, wget and certificates itself. */
  readonly hasDownloaders: boolean;
  readonly isAlpine: boolean;
}

function targetOf(stage: Stage, name: string): Target | undefined {
  if (stage.base.kind !== 'image') return undefined;
  const { image } = stage.base;
  if (/^(?:openjdk|java|eclipse-temurin)$/.test(name)) {
    const tag = image.tag ?? 'latest';
    // Runtimes of openjdk, which nobody makes any more, have the same successor.
    const isRuntime = /jre/.test(tag);
    if (name === 'eclipse-temurin' && isRuntime) return undefined;
    const java = javaImageOf(isRuntime ? { ...image, tag: tag.replace(/-?jre/, '') } : image);
    const runtime = java === undefined ? undefined : javaRuntimeOf(java);
    return runtime === undefined
      ? undefined
      : { image: runtime, language: 'java', hasDownloaders: true, isAlpine: /alpine/.test(tag) };
  }
  if (name !== 'node' && name !== 'python' && name !== 'ruby' && name !== 'debian') return undefined;
  const slim = slimTagOf(image);
  if (slim === undefined) return undefined;
  const reference = withTag(stage.imageWord.text, slim);
  return { image: reference, language: name, hasDownloaders: false, isAlpine: false };
}

/** What an image of Ubuntu with the runtime alone has in other places, or by other names. */
function javaObstacle(
  analysis: Analysis,
  stage: Stage,
  runs: readonly RunReading[],
  { image, isAlpine }: Target,
): Obstacle | undefined {
  const place = javaPlaceObstacle(analysis, stage, image);
  if (place !== undefined) return place;
  const isUbuntu = /eclipse-temurin/.test(stage.imageWord.text);
  const odd = isAlpine || isUbuntu ? undefined : packageNamesOf(runs).find((name) => !SAME_IN_UBUNTU.test(name));
  return odd === undefined
    ? undefined
    : { reason: 'unknown-base', detail: `nobody here knows whether \`${image}\` has \`${odd}\`` };
}

/** Packages of old releases that look for the folders of manuals, which the small image lacks. */
function debianObstacle(analysis: Analysis, stage: Stage, runs: readonly RunReading[]): Obstacle | undefined {
  const release = stage.base.kind === 'image' ? releaseOf(stage.base.image) : undefined;
  if (release === undefined || !/^(?:buster|bullseye)$/.test(release.name)) return undefined;
  const found = runs.find(({ instruction }) =>
    /\b(?:openjdk-\d+|default-j(?:re|dk)|postgresql)/.test(analysis.rawText(instruction)),
  );
  return found === undefined
    ? undefined
    : {
        reason: 'unknown-content',
        detail: `line ${found.instruction.source.startLine} installs a package that fails without the folders of manuals`,
      };
}

/** Scripts of package.json that a RUN starts: what they use of the system nobody knows. */
function nodeScriptObstacle(runs: readonly RunReading[], views: readonly ImageView[]): Obstacle | undefined {
  for (const { label, folder } of runs.flatMap((run) => run.builds.filter(({ tool }) => tool === 'node'))) {
    for (const view of views) {
      const scripts = property(view.parse(`${folder}/package.json`, 'json'), 'scripts');
      const texts = isRecord(scripts) ? Object.values(scripts).map(String) : [];
      const odd = texts
        .flatMap((text) => parseShell(text).commands.map(({ words }) => words[0]?.value ?? ''))
        .find((program) => SYSTEM_TOOLS.test(baseName(program)));
      if (odd !== undefined) return { reason: 'unknown-command', detail: `\`${label}\` may run \`${odd}\`` };
    }
  }
  return undefined;
}

const SYSTEM_TOOLS = /^(?:make|cmake|gcc|g\+\+|python[\d.]*|git|curl|wget|unzip|psql|mysql|convert)$|\.(?:sh|py)$/;

/** The programs that scripts of the application run when the container starts. */
function scriptPrograms(
  paths: readonly string[],
  views: readonly ImageView[],
): { readonly programs: readonly string[] } | Obstacle {
  const programs: string[] = [];
  for (const path of paths) {
    if (!/\.(?:sh|bash)$|entrypoint|\/(?:start|run)$/.test(path)) continue;
    const texts = views.map((view) => view.read(path));
    if (texts.length === 0 || texts.includes(undefined))
      return { reason: 'unknown-content', detail: `nobody can tell which programs \`${baseName(path)}\` runs` };
    for (const text of texts)
      for (const { words } of parseShell(text ?? '').commands)
        if (words[0]?.value !== undefined) programs.push(baseName(words[0].value));
  }
  return { programs };
}

function packagesFor(
  used: ReadonlySet<string>,
  runs: readonly RunReading[],
  target: Target,
  more: readonly string[],
): SlimBase | Obstacle {
  const installed = new Set(packageNamesOf(runs));
  const globals = new Set(
    runs.flatMap((run) =>
      run.globals.flatMap(({ operands }) => operands.map(({ value = '' }) => value.replace(/(?<=.)[@[=<>~].*$/s, ''))),
    ),
  );
  const added = new Set<string>(more);
  for (const program of used) {
    if (EVERYWHERE.has(program) || OWN[target.language]?.test(program) === true || program === '') continue;
    if (installed.has(program) || installed.has(BROUGHT_BY.get(program) ?? '') || globals.has(program)) continue;
    const isBrought = BROUGHT_BY.has(program);
    if (
      isBrought &&
      target.hasDownloaders &&
      /^(?:curl|wget)$/.test(program) &&
      !(target.isAlpine && program === 'curl')
    )
      continue;
    if (isBrought && !target.isAlpine) added.add(BROUGHT_BY.get(program) ?? program);
    else if (!/[./$]/.test(program) && !isStartedTool(program, target))
      return { reason: 'unknown-command', detail: `nobody knows whether the small image has \`${program}\`` };
  }
  if (
    target.language !== 'python' &&
    target.language !== 'java' &&
    [...added].some((one) => NEEDS_CERTIFICATES.has(one))
  )
    added.add('ca-certificates');
  return {
    image: target.image,
    packages: [...added].filter((one) => !installed.has(one)).sort(),
    notes: [`the programs that RUN and the container use are in it${added.size > 0 ? ', or are installed' : ''}`],
  };
}

/** Programs that packages of the language bring. */
function isStartedTool(program: string, { language }: Target): boolean {
  if (language === 'python')
    return /^(?:gunicorn|uvicorn|hypercorn|daphne|flask|django-admin|celery|streamlit|fastapi|alembic|locust|mkdocs|jupyter|pytest)$/.test(
      program,
    );
  if (language === 'ruby') return /^(?:rails|puma|rackup|unicorn|sidekiq|jekyll)$/.test(program);
  return language === 'node' && /^(?:pm2-runtime|pm2|serve|http-server|next|nuxt)$/.test(program);
}
