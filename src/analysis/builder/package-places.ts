import type { Instruction } from '../../dockerfile/instruction.js';
import { hasOption } from '../../shell/packages.js';
import { baseName } from '../../text/path.js';
import { isRoot } from '../state.js';
import { installsPackages, PYTHON } from './languages.js';
import { firstMatch, type Obstacle, type Scene } from './recipe.js';

/** Where a virtual environment goes: the usual place, which no package of a distribution uses. */
export const ENVIRONMENT = '/opt/venv';

/** A virtual environment, which is made where none is, or that of the project. */
export function pythonPlace(scene: Scene): { readonly path: string; readonly before?: Instruction } | Obstacle {
  const { analysis, stage, runs } = scene;
  if (stage.base.kind === 'image' && /^2(?:\.|-|$)/.test(stage.base.image.tag ?? ''))
    return { reason: 'unknown-content', detail: 'Python 2 makes no virtual environments' };
  const first = runs.find((run) => installsPackages(run, PYTHON));
  if (first === undefined) return { reason: 'unknown-content', detail: 'nothing is installed' };
  const { user } = analysis.stateBefore(first.instruction);
  if (user !== undefined && !isRoot(user))
    return { reason: 'unknown-user', detail: `\`${user}\` installs the packages, and may not make ${ENVIRONMENT}` };
  const own = firstMatch(
    analysis,
    stage,
    /(?:python[\d.]*\s+-m\s+venv|virtualenv|uv\s+venv|\buv\s+sync|virtualenvs\.in-project\s+true|POETRY_VIRTUALENVS_IN_PROJECT)/,
  );
  if (own !== undefined) {
    if (firstMatch(analysis, stage, /--system-site-packages/) !== undefined)
      return {
        reason: 'unknown-content',
        detail: '`--system-site-packages` uses packages beside the virtual environment',
      };
    // What starts the process lies beside the environment, unless another image brings it.
    const launcher = scene.start.words.find((word) => /^(?:uv|poetry|pdm|pipenv)$/.test(word));
    const isBrought = stage.instructions.some(
      (one) => one.flag('from') !== undefined && one.words.some(({ text }) => baseName(text) === launcher),
    );
    if (launcher !== undefined && !isBrought)
      return {
        reason: 'unknown-content',
        detail: `\`${launcher}\`, which the container starts, is not in the virtual environment`,
      };
    return ownEnvironment(scene, own);
  }
  const fixed = firstMatch(
    analysis,
    stage,
    /\/usr\/local\/(?:bin\/(?!uv\b|uvx\b)\w+|lib\/python)[\w./-]*|--user\b|--target\b|--prefix\b|--system(?:-site-packages)?\b|UV_SYSTEM_PYTHON|PIP_USER|PIP_TARGET|\bpipenv\b|\bpipx\b|\bconda\b/,
  );
  if (fixed !== undefined)
    return { reason: 'unknown-content', detail: `\`${fixed}\` does not go into a virtual environment` };
  return { path: ENVIRONMENT, before: first.instruction };
}

/** The environment that the file makes itself, where its place is known. */
function ownEnvironment(
  { analysis, stage, workdirs, runs }: Scene,
  made: string,
): { readonly path: string } | Obstacle {
  for (const { keyword, pairs } of stage.instructions) {
    const path =
      keyword === 'ENV'
        ? pairs.find(({ name }) => name === 'VIRTUAL_ENV' || name === 'UV_PROJECT_ENVIRONMENT')?.value
        : undefined;
    if (path !== undefined && /^\/[\w./-]+$/.test(path)) return { path };
  }
  const text = runs.map(({ instruction }) => analysis.rawText(instruction)).join('\n');
  const named = /(?:-m\s+venv|virtualenv)\s+(?:--[\w-]+\s+)*(\/[\w./-]+)/.exec(text)?.[1];
  if (named !== undefined) return { path: named };
  const folder =
    runs.find((run) => installsPackages(run, PYTHON))?.installations[0]?.folder ?? workdirs[workdirs.length - 1];
  return /^(?:uv|virtualenvs|POETRY)/.test(made) && folder !== undefined && folder !== '/'
    ? { path: `${folder}/.venv` }
    : { reason: 'dynamic-value', detail: 'nobody knows where the virtual environment is' };
}

/** Where the official image keeps gems, or the file says so. */
export function rubyPlace({
  analysis,
  stage,
  runs,
}: Scene): { readonly path: string; readonly before?: Instruction } | Obstacle {
  let path = '/usr/local/bundle';
  for (const { keyword, pairs } of stage.instructions) {
    if (keyword !== 'ENV') continue;
    for (const { name, value } of pairs) {
      const plain = value.replace(/^["']|["']$/g, '');
      if (name === 'BUNDLE_PATH' && /^\/[\w./-]+$/.test(plain)) path = plain;
      else if (/^(?:BUNDLE_PATH|GEM_HOME|BUNDLE_APP_CONFIG)$/.test(name))
        return { reason: 'dynamic-value', detail: `${name} says where the gems are` };
    }
  }
  for (const { instruction, globals, installations } of runs) {
    if (
      /--path\b|\bpath\s+\S*vendor|\bdeployment\b|--deployment\b/.test(analysis.rawText(instruction)) &&
      (installations.length > 0 || globals.length > 0)
    )
      return {
        reason: 'unknown-content',
        detail: `line ${instruction.source.startLine} puts the gems below the application`,
      };
    if (globals.some((one) => one.manager === 'gem' && hasOption(one, '-i', '--install-dir', '--user-install')))
      return { reason: 'unknown-content', detail: 'gems go to several places' };
  }
  return { path };
}
