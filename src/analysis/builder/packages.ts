import { hasOption } from '../../shell/packages.js';
import { baseName } from '../../text/path.js';
import { isArchived, type Release } from '../published-images.js';
import { runtimePackagesOf } from '../runtime-libraries.js';
import type { Kept } from './kept.js';
import { namesTimeZones } from './native-packages.js';
import { scriptPrograms } from './own-scripts.js';
import type { Obstacle, Recipe, Scene } from './recipe.js';

/** What the image that runs installs. */
export interface RuntimeInstall {
  readonly manager: 'apt-get' | 'apk';
  readonly names: readonly string[];
  readonly withRecommended: boolean;
  /** The release whose names the libraries have, where the tag of the image does not say it. */
  readonly release: string | undefined;
  /** The index of the first instruction of the old stage that installed packages; undefined where none did. */
  readonly behind: number | undefined;
}

/** Programs of the system, with the package of Debian and of Alpine that brings them. */
const PROGRAMS: ReadonlyMap<string, readonly [debian: string, alpine: string | undefined]> = new Map([
  ['curl', ['curl', 'curl']],
  ['wget', ['wget', undefined]],
  ['pgrep', ['procps', undefined]],
  ['ps', ['procps', undefined]],
  ['nc', ['netcat-openbsd', undefined]],
]);

/** Packages that are called the same in Debian and in Ubuntu. */
export const SAME_IN_UBUNTU =
  /^(?:curl|wget|ca-certificates|tzdata|fontconfig|libfreetype6|fonts-[\w-]+|ttf-dejavu|unzip|zip|bash|tini|dumb-init|procps|gosu|locales|postgresql-client|default-mysql-client|jq|git|openssl|netcat-openbsd|adduser|iputils-ping|dnsutils|vim|nano|less|tcpdump|net-tools)$/;

/** The package manager of an image by its name. */
export function managerOf(image: string): 'apt-get' | 'apk' | undefined {
  if (/(?:^|\/)alpine:|-alpine|:alpine/.test(image)) return 'apk';
  if (/amazoncorretto|azurelinux|mariner|cbl-|chiseled|ubi/.test(image)) return undefined;
  return 'apt-get';
}

/** What of the packages of the builder the new image needs, and what the recipe adds. */
export function packagesOf(scene: Scene, recipe: Recipe, kept: readonly Kept[]): RuntimeInstall | Obstacle | undefined {
  const { runs, release, stage } = scene;
  const manager = managerOf(recipe.image);
  const names = new Set<string>();
  let withRecommended = false;
  let behind: number | undefined;
  for (const { packages, instruction } of runs) {
    const line = `line ${instruction.source.startLine}`;
    for (const command of packages) {
      behind ??= instruction.index;
      if (command.isDynamic)
        return { reason: 'dynamic-value', detail: `${line}: the names of the packages are not all there` };
      if (manager === undefined || (command.manager === 'apk') !== (manager === 'apk'))
        return { reason: 'unknown-base', detail: `${line}: \`${recipe.image}\` has another package manager` };
      for (const { value = '' } of command.operands) {
        if (value.startsWith('/') || value.startsWith('.'))
          return { reason: 'unknown-content', detail: `${line}: \`${value}\` is a package of its own` };
        if (isPassingTool(value, scene) || recipe.dropped?.test(value) === true) continue;
        // node-gyp runs on Python.
        if (recipe.isNode === true && /^(?:python[\d.]*|py3-pip|py3-setuptools)$/.test(value)) continue;
        const where: Release | undefined =
          release ?? (manager === 'apk' ? { distribution: 'alpine', name: 'latest' } : undefined);
        const left = runtimePackagesOf(value, where);
        if (left === 'unknown')
          return {
            reason: 'unknown-content',
            detail: `${line}: nobody here knows which library of \`${value}\` the program needs`,
          };
        const isKept = left.includes(value);
        if (isKept && /temurin/.test(recipe.image) && manager === 'apt-get' && !SAME_IN_UBUNTU.test(value))
          return {
            reason: 'unknown-base',
            detail: `${line}: nobody here knows whether \`${recipe.image}\` has \`${value}\``,
          };
        if (isKept && manager === 'apt-get' && !hasOption(command, '--no-install-recommends')) withRecommended = true;
        // It recommends them, and cannot do without for most addresses.
        if (left.some((one) => /^libcurl/.test(one)) && !hasOption(command, '--no-install-recommends'))
          names.add('ca-certificates');
        for (const name of left) names.add(name);
      }
    }
  }
  const strange = /temurin/.test(recipe.image) && manager === 'apt-get' ? scene.later : [];
  for (const { packages, instruction } of strange) {
    const name = packages.flatMap(({ operands }) => operands).find(({ value = '' }) => !SAME_IN_UBUNTU.test(value));
    if (name !== undefined)
      return {
        reason: 'unknown-base',
        detail: `line ${instruction.source.startLine}: nobody here knows whether \`${recipe.image}\` has \`${name.text}\``,
      };
  }
  for (const name of [...recipe.packages, ...addedFor(scene, recipe, kept, manager)]) {
    if (release !== undefined && isArchived(release) && !names.has(name))
      return {
        reason: 'unknown-base',
        detail: `the packages of ${release.name} are no longer where apt looks for them`,
      };
    names.add(name);
  }
  if (names.size === 0) return undefined;
  // The distribution has another version of it.
  const foreign = runs.find(({ instruction }) => /deb\.nodesource\.com/.test(scene.analysis.rawText(instruction)));
  if (foreign !== undefined && names.has('nodejs'))
    return {
      reason: 'unknown-content',
      detail: `line ${foreign.instruction.source.startLine}: \`nodejs\` comes from a source of packages that the other image does not have`,
    };
  if (manager === undefined)
    return {
      reason: 'unknown-base',
      detail: `nobody here knows how \`${recipe.image}\` installs ${[...names].join(', ')}`,
    };
  const isNamed =
    release === undefined || recipe.image.includes(release.name) || stage.imageWord.text.includes(release.name);
  const hasLibraries = [...names].some((name) => /^lib.*\d/.test(name));
  return {
    manager,
    names: [...names].sort(),
    withRecommended,
    behind,
    release: isNamed || !hasLibraries ? undefined : release.name,
  };
}

/** What the larger image brought, and what is started or repeated needs. */
function addedFor(scene: Scene, recipe: Recipe, kept: readonly Kept[], manager: string | undefined): readonly string[] {
  const { analysis, stage, start, later } = scene;
  const isSame = stage.base.kind === 'image' && recipe.image === stage.base.text;
  const names: string[] = [];
  const inScripts = scriptPrograms(scene);
  const started = [...start.healthPrograms, ...start.programs.map((one) => one.program), ...inScripts];
  for (const program of isSame ? [] : started) {
    const [debian, alpine] = PROGRAMS.get(baseName(program)) ?? [];
    const isThere =
      manager === 'apt-get' && recipe.image.startsWith('eclipse-temurin') && /^(?:curl|wget)$/.test(debian ?? '');
    const name = manager === 'apk' ? alpine : debian;
    if (name !== undefined && !isThere) names.push(name);
  }
  // A script may download from anywhere, unlike a check of the container itself.
  if (manager === 'apt-get' && !isSame && inScripts.some((program) => /^(?:curl|wget)$/.test(program)))
    names.push('ca-certificates');
  const isBare = /^(?:node|ruby|debian):/.test(recipe.image);
  if (manager === 'apt-get' && !isSame && isBare && namesTimeZones(analysis, stage)) names.push('tzdata');
  const commands = [...kept.flatMap((one) => one.commands ?? []), ...later.flatMap((run) => run.programs)];
  // Newer releases of Debian and Ubuntu have useradd alone.
  if (manager === 'apt-get' && !isSame && commands.some((command) => /^(?:adduser|addgroup|deluser)\b/.test(command)))
    names.push('adduser');
  if (!isSame && commands.some((command) => /^update-ca-certificates\b/.test(command))) names.push('ca-certificates');
  return names;
}

/** A program that downloads or unpacks for the build: some command uses it, and nothing that is started does. */
function isPassingTool(name: string, { runs, start }: Scene): boolean {
  // Node that builds the assets of another program.
  if (/^(?:nodejs|npm|yarn|yarnpkg)$/.test(name))
    return (
      runs.some((run) => run.builds.some((build) => build.tool === 'node')) &&
      !start.words.some((word) => /\b(?:node|npm|npx|yarn)\b/.test(word))
    );
  const tool =
    /^(?:curl|wget|unzip|zip|tar|gnupg2?|gpg|xz-utils|xz|bzip2|jq|software-properties-common|apt-transport-https|lsb-release)$/.exec(
      name,
    )?.[0];
  if (tool === undefined) return false;
  if (start.words.some((word) => word.includes(tool)) || start.words.some(isScriptName)) return false;
  return runs.some((run) => run.programs.includes(tool)) || !/^(?:curl|wget|unzip|zip|jq|tar)$/.test(tool);
}

/** Whether a word names a script of one's own, by the names that people give them. */
export function isScriptName(word: string): boolean {
  return /\.(?:sh|bash)$|entrypoint|(?:^|\/)(?:start|run|boot|init)$/.test(word);
}
