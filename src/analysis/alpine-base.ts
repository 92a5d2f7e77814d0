import type { BuildContext } from '../context/build-context.js';
import { type ImageReference, officialImageName, withTag } from '../dockerfile/image-reference.js';
import type { Stage } from '../dockerfile/stage.js';
import { type Invocation, invocationsOf } from '../shell/invocation.js';
import { baseName } from '../text/path.js';
import { lookUp } from '../text/table.js';
import type { Analysis } from './analysis.js';
import { dependenciesOf } from './builder/native-packages.js';
import { isScriptName } from './builder/packages.js';
import { type Obstacle, onbuildObstacle } from './builder/recipe.js';
import { readRuns, type RunReading } from './builder/stage-reading.js';
import { buildsAtStart, startOf } from './builder/start.js';
import { imageViewAtEnd, type ImageView } from './copies.js';
import type { SlimBase } from './slim-base.js';

/**
 * The first versions since which each version has its variant on Alpine. Source: every tag that
 * docker-library/official-images ever listed, read 2026-08-21.
 */
const ALPINE_SINCE: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  node: [8, 0],
  python: [3, 6],
  ruby: [2, 3],
};

/** The variant on Alpine of an image, full or small; undefined where there is none, or it is one already. */
export function alpineTagOf(image: ImageReference): string | undefined {
  const name = officialImageName(image);
  const since = lookUp(ALPINE_SINCE, name);
  if (since === undefined || image.digest !== undefined) return undefined;
  const tag = image.tag ?? 'latest';
  const match = /^(\d+(?:\.\d+){0,2}|latest|lts|current)?(?:-?(?:slim|buster|bullseye|bookworm|trixie))*$/.exec(tag);
  const version = match?.[1];
  if (match === null) return undefined;
  if (version === undefined || version === 'latest') return 'alpine';
  const [major = 0, minor] = version.split('.').map(Number);
  const isOld = major < since[0] || (major === since[0] && minor !== undefined && minor < since[1]);
  return isOld ? undefined : `${version}-alpine`;
}

/** Programs that mean the same to busybox, where they get no option that is written out. */
const SAME_IN_BUSYBOX =
  /^(?:mkdir|rm|cp|mv|ln|chmod|chown|touch|cat|cd|echo|printf|test|\[|true|false|set|export|:|exec|sleep|env|ls|pwd|wget|until|exit)$/;

const OF_LANGUAGE: Readonly<Record<'node' | 'python' | 'ruby', RegExp>> = {
  node: /^(?:node|npm|npx|yarn|corepack|pnpm|tsc|next|serve|pm2-runtime)$/,
  python: /^(?:python[\d.]*|pip[\d.]*|gunicorn|uvicorn|hypercorn|flask|django-admin|celery|alembic|fastapi|streamlit)$/,
  ruby: /^(?:ruby|gem|bundle|rake|rackup|puma|rails)$/,
};

/** Programs that packages of the same name bring to Alpine. */
const INSTALLED = /^(?:curl|git)$/;

/** The image on Alpine for the final stage; an obstacle where something may rely on Debian or on glibc. */
export function alpineBaseOf(
  analysis: Analysis,
  stage: Stage,
  contexts: readonly BuildContext[],
): SlimBase | Obstacle | undefined {
  const { base } = stage;
  const tag = base.kind === 'image' ? alpineTagOf(base.image) : undefined;
  const name = base.kind === 'image' ? officialImageName(base.image) : undefined;
  if (tag === undefined || base.kind !== 'image' || (name !== 'node' && name !== 'python' && name !== 'ruby'))
    return undefined;
  if (base.fromArguments)
    return { reason: 'dynamic-value', detail: `\`${stage.imageWord.text}\` may name any variant` };
  const shell = stage.instructions.find((one) => one.keyword === 'SHELL');
  if (shell !== undefined)
    return { reason: 'unknown-command', detail: `line ${shell.source.startLine}: Alpine has no other shell than ash` };
  const onbuild = onbuildObstacle(stage);
  if (onbuild !== undefined) return onbuild;
  const carried = stage.instructions.find(
    (one) =>
      one.flag('from') !== undefined &&
      /node_modules|site-packages|venv|wheels|\/bin\b|\/lib\b|bundle/.test(one.argumentsText),
  );
  if (carried !== undefined)
    return {
      reason: 'unknown-content',
      detail: `line ${carried.source.startLine} may bring what was compiled for glibc`,
    };
  const runs = readRuns(analysis, stage);
  if (runs === undefined) return undefined;
  const start = startOf(analysis);
  const building = start === undefined ? undefined : buildsAtStart(start);
  if (building !== undefined) return { reason: 'builds-at-start', detail: building };
  const views = contexts.map((context) => imageViewAtEnd(analysis, stage, context));
  const obstacle =
    packageObstacle(runs) ?? dependenciesOf(runs, views, name) ?? scriptObstacle(start?.paths ?? [], views);
  if (obstacle !== undefined) return obstacle;
  const invocations = runs.flatMap(({ instruction }) => {
    const body = analysis.body(instruction);
    return body === undefined ? [] : invocationsOf(body);
  });
  const started = [...(start?.programs ?? []).map(({ program }) => program), ...(start?.healthPrograms ?? [])];
  const odd =
    invocations.find((one) => !isSame(one, OF_LANGUAGE[name]))?.program ??
    started.map(baseName).find((program) => !isKnown(program, OF_LANGUAGE[name]));
  if (odd !== undefined)
    return { reason: 'unknown-command', detail: `nobody knows whether \`${odd}\` is the same on Alpine` };
  const used = [...invocations.map(({ program }) => program), ...started.map(baseName)];
  return {
    image: withTag(stage.imageWord.text, tag),
    packages: [...new Set(used.filter((program) => INSTALLED.test(program)))].sort(),
    notes: [
      'no package of the system is installed, and no package of the language is known to be compiled',
      'Alpine has musl instead of glibc: look for wheels, native modules and programs that were made for glibc, and how names are resolved',
    ],
  };
}

function packageObstacle(runs: readonly RunReading[]): Obstacle | undefined {
  const run = runs.find(
    ({ packages, programs }) => packages.length > 0 || programs.some((one) => /^(?:apt|dpkg)/.test(one)),
  );
  return run === undefined
    ? undefined
    : {
        reason: 'unknown-base',
        detail: `line ${run.instruction.source.startLine} installs packages, which Alpine calls otherwise`,
      };
}

function scriptObstacle(paths: readonly string[], views: readonly ImageView[]): Obstacle | undefined {
  for (const path of paths) {
    const texts = views.map((view) => view.read(path));
    const isScript = isScriptName(path) || texts.some((text) => text?.startsWith('#!') === true);
    if (!isScript) continue;
    if (texts.length === 0 || texts.some((text) => text === undefined || !/^#!\s*\/bin\/sh\b/.test(text)))
      return { reason: 'unknown-content', detail: `\`${baseName(path)}\` may need bash, or programs of Debian` };
    if (texts.some((text) => /\b(?:apt-get|apt|useradd|gosu|getopt|readlink -f|date -d)\b/.test(text ?? '')))
      return { reason: 'unknown-command', detail: `\`${baseName(path)}\` uses programs of Debian` };
  }
  return undefined;
}

function isKnown(program: string, language: RegExp): boolean {
  const known = [SAME_IN_BUSYBOX, language, INSTALLED, /^(?:sh|[\w.-]+\.sh|tini|)$/];
  return known.some((one) => one.test(program));
}

/** Whether a command does the same there: one of the language, or one without the options of GNU. */
function isSame({ program, args }: Invocation, language: RegExp): boolean {
  if (language.test(program) || INSTALLED.test(program)) return true;
  return isKnown(program, language) && !args.some(({ text }) => /^--\w/.test(text));
}
