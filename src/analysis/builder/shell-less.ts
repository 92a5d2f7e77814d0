import { baseName } from '../../text/path.js';
import { imagePath } from '../copies.js';
import type { BuilderPlan } from './plan.js';
import type { Obstacle, Scene } from './recipe.js';
import { packageNamesOf } from './stage-reading.js';

/** Images with no shell, which a caller may ask for. */
export const SHELL_LESS = ['distroless', 'scratch'] as const;

export type ShellLess = (typeof SHELL_LESS)[number];

/** Static programs alone, with certificates, time zones and `/tmp`, see github.com/GoogleContainerTools/distroless. */
const DISTROLESS = 'gcr.io/distroless/static-debian12';

/** Where the images of Go, of Debian and of Alpine, have their certificates. */
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** The plan with an image that has no shell and no libraries; an obstacle where something may need one of them. */
export function withoutShell(scene: Scene, plan: BuilderPlan, image: ShellLess): BuilderPlan | Obstacle {
  const need = needOf(scene, plan, image);
  if (need !== undefined) return { reason: 'unknown-content', detail: `${image} is not enough: ${need}` };
  const { recipe } = plan;
  const carried = image === 'scratch' ? [...recipe.carried, { path: CERTIFICATES }] : recipe.carried;
  const notes =
    image === 'scratch'
      ? [
          'CGO is off: the program needs no library',
          'the image has no time zones, no /tmp and no shell: look whether the process needs one of them',
        ]
      : ['CGO is off: the program needs no library', 'the image has no shell'];
  return {
    ...plan,
    packages: undefined,
    recipe: {
      ...recipe,
      image: image === 'scratch' ? 'scratch' : DISTROLESS,
      carried,
      notes: [...recipe.notes, ...notes],
    },
  };
}

/** What the process needs besides itself. */
function needOf(scene: Scene, { kept, packages, owner, recipe }: BuilderPlan, image: ShellLess): string | undefined {
  const { start, later, workdirs, finalView, stage } = scene;
  if (!isStaticGo(scene)) return 'only of Go with CGO_ENABLED=0 it is known that a program needs no library';
  const [run] = [...kept.filter(({ commands }) => commands !== undefined), ...later];
  if (run !== undefined || recipe.afterwards !== undefined) {
    const line = run?.instruction.source.startLine;
    return `a RUN${line === undefined ? '' : ` of line ${line}`} needs a shell`;
  }
  const library = packages?.names.find((name) => !/^(?:ca-certificates|tzdata)$/.test(name));
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
  const other = start.programs.find(({ program }) => !places.some((path) => baseName(path) === program));
  if (other !== undefined) return `it has no \`${other.program}\``;
  const isScript = start.paths.some((path) => finalView?.read(path) !== undefined);
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
  return building.every(
    ({ builds, instruction }) =>
      builds.every(({ tool }) => tool === 'go') && (isSet || /\bCGO_ENABLED=0\b/.test(analysis.rawText(instruction))),
  );
}
