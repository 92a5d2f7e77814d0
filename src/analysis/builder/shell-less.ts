import { baseName } from '../../text/path.js';
import { imagePath } from '../copies.js';
import { type DistrolessImage, distrolessFor, STATIC } from './distroless-images.js';
import { isScriptName } from './packages.js';
import type { BuilderPlan } from './plan.js';
import type { Obstacle, Scene } from './recipe.js';
import { packageNamesOf } from './stage-reading.js';

/** Images with no shell, which a caller may ask for. */
export const SHELL_LESS = ['distroless', 'scratch'] as const;

export type ShellLess = (typeof SHELL_LESS)[number];

/** Where the images of Go, of Debian and of Alpine, have their certificates. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

const SCRATCH: DistrolessImage = {
  image: 'scratch',
  programs: [],
  packages: /^(?:ca-certificates|tzdata)$/,
  settings: [],
  notes: [
    'CGO is off: the program needs no library',
    'the image has no time zones, no /tmp and no shell: look whether the process needs one of them',
  ],
};

/** The plan with an image that has no shell; an obstacle where something needs what that does not bring. */
export function withoutShell(scene: Scene, plan: BuilderPlan, image: ShellLess): BuilderPlan | Obstacle {
  const found = imageFor(scene, plan, image);
  const need = typeof found === 'string' ? found : needOf(scene, plan, image, found);
  if (typeof found === 'string' || need !== undefined)
    return { reason: 'unknown-content', detail: `${image} is not enough: ${need ?? ''}` };
  const { recipe } = plan;
  const { settings } = found;
  // An entrypoint of the file takes the place of that of the image.
  const hasOwn = scene.stage.instructions.some(({ keyword }) => keyword === 'ENTRYPOINT');
  return {
    ...plan,
    packages: undefined,
    recipe: {
      ...recipe,
      image: found.image,
      settings: hasOwn ? settings.filter((line) => !isEntrypoint(line)) : settings,
      carried: image === 'scratch' ? [...recipe.carried, { path: CERTIFICATES }] : recipe.carried,
      notes: [
        ...recipe.notes,
        ...found.notes,
        ...(!hasOwn && settings.some(isEntrypoint)
          ? ['its own entrypoint would take CMD for arguments, and is taken away']
          : []),
      ],
    },
  };
}

function isEntrypoint(line: string): boolean {
  return line.startsWith('ENTRYPOINT');
}

/** The image for a plan, or why there is none. */
function imageFor(scene: Scene, plan: BuilderPlan, image: ShellLess): DistrolessImage | string {
  if (isStaticGo(scene)) return image === 'scratch' ? SCRATCH : STATIC;
  return image === 'scratch'
    ? 'only of Go with CGO_ENABLED=0 it is known that a program needs no library'
    : distrolessFor(scene, plan);
}

/** What the process needs besides itself and what the image brings. */
function needOf(
  scene: Scene,
  { kept, packages, owner, ownedFolder, recipe }: BuilderPlan,
  image: ShellLess,
  brought: DistrolessImage,
): string | undefined {
  const { start, later, workdirs, finalView, stage } = scene;
  const [run] = [...kept.filter(({ commands }) => commands !== undefined), ...later];
  if (run !== undefined || recipe.afterwards !== undefined || recipe.globals !== undefined) {
    const line = run?.instruction.source.startLine;
    return `a RUN${line === undefined ? '' : ` of line ${line}`} needs a shell`;
  }
  if (ownedFolder !== undefined) return `without a RUN ${ownedFolder} belongs to root`;
  const library = packages?.names.find((name) => !brought.packages.test(name));
  if (library !== undefined) return `it has no ${library}`;
  if (image === 'scratch' && packageNamesOf(scene.runs).includes('tzdata')) return 'it has no tzdata';
  const health = stage.instructions.filter(({ keyword }) => keyword === 'HEALTHCHECK');
  const inShell = [...start.instructions, ...health].find(
    ({ exec, healthcheckType }) => exec === undefined && healthcheckType?.text.toUpperCase() !== 'NONE',
  );
  if (inShell !== undefined) return `line ${inShell.source.startLine} runs in a shell`;
  const user = stage.instructions.findLast(({ keyword }) => keyword === 'USER')?.argumentsText;
  if (user !== undefined && !/^\d+(?::\d+)?$/.test(user)) return `it has no user \`${user}\``;
  if (owner !== undefined && !/^\d+(?::\d+)?$/.test(owner)) return `it has no user \`${owner}\``;
  const places = recipe.carried.map(({ path, to }) => to ?? path);
  const folder = workdirs[workdirs.length - 1] ?? '/';
  const isThere = (program: string): boolean =>
    brought.programs.includes(program) || places.some((path) => baseName(path) === program);
  const other = [...start.programs.map(({ program }) => program), ...start.healthPrograms.map(baseName)].find(
    (program) => !isThere(program),
  );
  if (other !== undefined) return `it has no \`${other}\``;
  if (start.programs.length === 0) return 'nobody can tell what it starts';
  const isScript = start.paths.some((path) => finalView?.read(path)?.startsWith('#!') === true || isScriptName(path));
  if (isScript) return 'a script starts the program';
  // Without a PATH in the image it depends on the engine where a bare name is looked up.
  const bare = start.names.find((name) => !places.includes(imagePath(folder, name)));
  return bare !== undefined && image === 'scratch' ? `it has no PATH, in which \`${bare}\` is looked up` : undefined;
}

function isStaticGo({ runs, analysis, stage }: Scene): boolean {
  const isSet = stage.instructions.some(
    ({ keyword, pairs }) =>
      keyword === 'ENV' && pairs.some(({ name, value }) => name === 'CGO_ENABLED' && value === '0'),
  );
  const building = runs.filter(({ builds }) => builds.length > 0);
  return (
    building.length > 0 &&
    building.every(
      ({ builds, instruction }) =>
        builds.every(({ tool }) => tool === 'go') && (isSet || /\bCGO_ENABLED=0\b/.test(analysis.rawText(instruction))),
    )
  );
}
