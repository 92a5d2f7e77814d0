import { withTag } from '../../dockerfile/image-reference.js';
import type { Instruction } from '../../dockerfile/instruction.js';
import { baseName } from '../../text/path.js';
import { type ContextCopy, type ImageView, isWithin, readContextCopy } from '../copies.js';
import { isObstacle } from '../installs/installation.js';
import { slimTagOf } from '../published-images.js';
import { isBuildPackage, runtimePackagesOf } from '../runtime-libraries.js';
import { dependenciesOf } from './native-packages.js';
import { cleansUp, programObstacle } from './own-scripts.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';
import { packageNamesOf, type RunReading } from './stage-reading.js';
import { type Language, languageOf } from './languages.js';
import { foreignObstacle, laterObstacle, placeObstacle, toolObstacle } from './language-obstacles.js';
import { ENVIRONMENT, pythonPlace, rubyPlace } from './package-places.js';
import { pythonPrograms } from './python-programs.js';

/** Packages of which nobody here knows what they need of the system. */
const HARD =
  /^(?:uwsgi|gdal|fiona|rasterio|pygraphviz|playwright|pyppeteer|selenium|pysqlcipher3|pyaudio|python-snappy|psycopg2cffi|m2crypto|dlib|pygobject|dbus-python|scapy|pyenchant|textract|pdf2image|imgkit|pdfkit|wicked_pdf|grover|ffi-icu|mini_magick|carrierwave-vips|rugged|therubyracer)$/;

/** An application of a language that is not compiled, with packages that are. */
export function dependencyRecipe(scene: Scene): Recipe | Obstacle | undefined {
  const language = languageOf(scene);
  const { stage, runs, view, release } = scene;
  if (language === undefined || stage.base.kind !== 'image') return undefined;
  const slim = slimTagOf(stage.base.image);
  const toolchain = packageNamesOf(runs).filter((name) => isBuildPackage(name, release));
  if (toolchain.length === 0 && slim === undefined) return undefined;
  if (cleansUp(scene)) return undefined;
  // Where nothing is compiled, the small image alone does it.
  const views = view === undefined ? [] : [view];
  if (toolchain.length === 0 && dependenciesOf(runs, views, language.ecosystem) === undefined) return undefined;
  if (stage.base.fromArguments && slim !== undefined)
    return { reason: 'dynamic-value', detail: `\`${stage.imageWord.text}\` may name any variant` };
  const image = slim === undefined ? stage.imageWord.text : withTag(stage.imageWord.text, slim);
  const libraries = librariesOf(scene, language, slim !== undefined);
  if ('reason' in libraries) return libraries;
  const foreign = foreignObstacle(scene, language) ?? placeObstacle(scene, language);
  if (foreign !== undefined) return foreign;
  const later = laterObstacle(scene, language);
  if (later !== undefined) return later;
  const names = libraries.packages;
  const script =
    slim === undefined ? toolObstacle(scene, toolchain) : programObstacle(scene, [], broughtBy(scene, language));
  if (script !== undefined) return script;
  const place = language.ecosystem === 'python' ? pythonPlace(scene) : rubyPlace(scene);
  if ('reason' in place) return place;
  const copies = copiesBesides(scene, language, place.path);
  return {
    image,
    carried: [{ path: place.path }],
    copies: copies.repeated,
    builderOnly: copies.manifests,
    isShared: true,
    packages: names,
    ...(place.before === undefined
      ? {}
      : {
          environment: {
            before: place.before,
            make: [`RUN python -m venv ${ENVIRONMENT}`],
            variables: `ENV VIRTUAL_ENV=${ENVIRONMENT} PATH=${ENVIRONMENT}/bin:$PATH`,
          },
        }),
    notes: [
      ...(scene.start.programs.length === 0 ? ['the file starts nothing: look what is run in its image'] : []),
      toolchain.length > 0
        ? `only the builder has ${toolchain.join(', ')}`
        : 'packages that have to be compiled are compiled in the builder',
      ...(view === undefined
        ? []
        : [`the manifests name no other library of the system${names.length > 0 ? ` than ${names.join(', ')}` : ''}`]),
    ],
  };
}

/** The programs of a language and of its packages. */
function broughtBy(scene: Scene, { ecosystem, programs }: Language): RegExp {
  const names = ecosystem === 'python' ? pythonPrograms(scene).filter((name) => /^[\w.-]+$/.test(name)) : [];
  return new RegExp([programs.source, ...names.map((name) => `^${name.replace(/[.-]/g, '\\$&')}$`)].join('|'));
}

/** A package in a list of several in one line, as the files of projects have them. */
const QUOTED = /["']([A-Za-z][\w.-]*)(?=\s*(?:\[|[=<>~!;,@"']))/g;

/** What packages that were compiled in the full image need of the system, which the small one lacks. */
function librariesOf(
  { view, release, runs }: Scene,
  { libraries, names, manifests, manager }: Language,
  isSmaller: boolean,
): { readonly packages: readonly string[] } | Obstacle {
  const found = new Set<string>();
  for (const { globals } of runs)
    for (const { manager: name, operands } of globals)
      if (manager.test(name))
        for (const { value = '' } of operands) found.add(value.replace(/[[=<>~!].*$/s, '').toLowerCase());
  const named = view === undefined ? [] : manifestsRead(runs, view);
  const texts =
    view === undefined
      ? []
      : [...view.below('/')]
          .filter((path) => named.includes(path) || (manifests.test(path) && !/README/i.test(path)))
          .map((path) => view.read(path));
  const readsManifests = runs.some((run) => run.installations.length > 0);
  if (isSmaller && readsManifests && (texts.length === 0 || texts.includes(undefined)))
    return {
      reason: 'unknown-content',
      detail: 'without its manifests nobody can tell which libraries of the system the packages need',
    };
  for (const text of texts)
    for (const [, name, other] of [...(text ?? '').matchAll(names), ...(text ?? '').matchAll(QUOTED)])
      found.add((name ?? other ?? '').toLowerCase().replace(/_/g, '-'));
  for (const text of texts)
    for (const [, nested = ''] of (text ?? '').matchAll(/^\s*(?:-r|--requirement|-c|--constraint)[\s=]+(\S+)/gm)) {
      const path = [...(view?.below('/') ?? [])].find((one) =>
        one.endsWith(`/${nested.replace(/^(?:\.{1,2}\/)+/, '')}`),
      );
      const more = path === undefined ? undefined : view?.read(path);
      if (more === undefined && isSmaller)
        return { reason: 'unknown-content', detail: `nobody can read ${nested}, which the requirements name` };
      for (const [, name, other] of (more ?? '').matchAll(names))
        found.add((name ?? other ?? '').toLowerCase().replace(/_/g, '-'));
    }
  const hard = isSmaller ? [...found].find((name) => HARD.test(name)) : undefined;
  if (hard !== undefined)
    return { reason: 'unknown-content', detail: `nobody here knows what \`${hard}\` needs of the system` };
  const packages = new Set<string>();
  for (const name of found) {
    const library = libraries.get(name);
    // Where the base stays the same, only the tools of the build go.
    if (library === undefined || (!isSmaller && library !== 'git')) continue;
    const left = library === 'git' || library === 'libgomp1' ? [library] : runtimePackagesOf(library, release);
    if (left === 'unknown')
      return { reason: 'unknown-content', detail: `nobody here knows which library \`${name}\` needs in this release` };
    for (const one of left) packages.add(one);
  }
  return { packages: [...packages] };
}

/** The files that installations are told to read, whatever they are called. */
function manifestsRead(runs: readonly RunReading[], view: ImageView): readonly string[] {
  return runs.flatMap(({ installations }) =>
    installations.flatMap(({ reads }) => {
      const read = reads?.(view);
      return read === undefined || isObstacle(read) ? [] : read.files.filter((path) => path.endsWith('.txt'));
    }),
  );
}

/** The copies in front of the cut: those for the installation alone, and all others, which the new image gets, too. */
function copiesBesides(
  { analysis, stage, last, workdirs, finalView }: Scene,
  { manifests }: Language,
  place: string,
): { readonly repeated: readonly Instruction[]; readonly manifests: readonly Instruction[] } {
  const repeated: Instruction[] = [];
  const only: Instruction[] = [];
  // `bundle exec` and `poetry run` read the manifests again, unless a later copy brings them anyway.
  const runsByManager = stage.instructions.some((one) =>
    /\bbundle\b.*\bexec\b|\bbundle exec\b|\b(?:uv|poetry|pdm)\b[\s",]+run\b|\brackup\b|\brails\b|\bpuma\b/.test(
      analysis.rawText(one),
    ),
  );
  const others = stage.instructions.flatMap((one, index) => {
    const copy = readContextCopy(analysis, one, workdirs[index] ?? '/');
    return copy === undefined || copy === 'unknown' || !copy.sources.includes('') ? [] : [copy];
  });
  const isReadLater = (copy: ContextCopy): boolean =>
    runsByManager &&
    !others.some((one) => one.instruction !== copy.instruction && isWithin(copy.destination, one.destination));
  for (const [index, instruction] of stage.instructions.entries()) {
    if (instruction.index > last.instruction.index) break;
    if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue;
    const copy = readContextCopy(analysis, instruction, workdirs[index] ?? '/');
    if (copy === undefined || copy === 'unknown') continue;
    // A later copy brings all of its files again.
    const isOverwritten =
      finalView !== undefined &&
      [...finalView.below('/')].every((path) => finalView.origin(path)?.copy !== instruction);
    const isManifest =
      isOverwritten ||
      copy.sources.every((source) => manifests.test(baseName(source))) ||
      isWithin(copy.destination, place);
    (isManifest && !isReadLater(copy) ? only : repeated).push(instruction);
  }
  return { repeated, manifests: only };
}
