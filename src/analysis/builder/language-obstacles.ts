import { baseName } from '../../text/path.js';
import type { Language } from './languages.js';
import { isScriptName } from './packages.js';
import type { Obstacle, Scene } from './recipe.js';

/** Why what comes behind the last installation does not run in the small image. */
export function laterObstacle({ later }: Scene, { programs }: Language): Obstacle | undefined {
  for (const { instruction, unknown, builds, programs: used } of later) {
    const line = `line ${instruction.source.startLine}`;
    if (builds.length > 0)
      return {
        reason: 'unknown-command',
        detail: `${line}: \`${builds[0]?.label ?? ''}\` may need the tools of the build`,
      };
    const other =
      unknown === undefined ? undefined : used.find((program) => !programs.test(program) && !SIMPLE.test(program));
    if (unknown !== undefined && (other !== undefined || used.length === 0))
      return { reason: 'unknown-command', detail: `${line}: nobody knows what \`${unknown}\` needs` };
  }
  return undefined;
}

/** What another package manager installs, or a build makes, is left where nobody carries it. */
export function foreignObstacle({ runs, later }: Scene, { ecosystem, manager }: Language): Obstacle | undefined {
  for (const run of [...runs, ...later]) {
    const label =
      run.installations.find((one) => one.ecosystem !== ecosystem)?.label ??
      run.globals.find((one) => !manager.test(one.manager))?.manager ??
      (runs.includes(run) ? run.builds[0]?.label : undefined);
    if (label !== undefined)
      return {
        reason: 'unknown-content',
        detail: `line ${run.instruction.source.startLine}: nobody can tell what of \`${label}\` the process needs`,
      };
  }
  return undefined;
}

/** A script that the container starts may use the tools that go. */
export function toolObstacle({ start, finalView }: Scene, toolchain: readonly string[]): Obstacle | undefined {
  // A program of Python may start it, too.
  const source = toolchain.includes('git')
    ? [...(finalView?.below('/') ?? [])].find(
        (path) => /\.py$/.test(path) && /["'](?:git)["' ]/.test(finalView?.read(path) ?? ''),
      )
    : undefined;
  if (source !== undefined) return { reason: 'unknown-content', detail: `${source} runs \`git\`` };
  const tools = toolchain.filter((name) => /^(?:git|make|gcc|g\+\+|cmake|subversion|mercurial)$/.test(name));
  for (const path of tools.length === 0 ? [] : start.paths.filter(isScriptName)) {
    const text = finalView?.read(path);
    const used = tools.find((tool) =>
      text === undefined ? /^(?:git|make)$/.test(tool) : new RegExp(`\\b${tool.replace(/\+/g, '\\+')}\\b`).test(text),
    );
    if (used !== undefined)
      return {
        reason: 'unknown-content',
        detail:
          text === undefined
            ? `nobody can tell whether \`${baseName(path)}\` runs \`${used}\``
            : `\`${baseName(path)}\` runs \`${used}\``,
      };
  }
  return undefined;
}

/** Files that name a program by the place where it is without a virtual environment. */
export function placeObstacle({ finalView, start }: Scene, { ecosystem }: Language): Obstacle | undefined {
  if (ecosystem !== 'python' || finalView === undefined) return undefined;
  for (const path of finalView.below('/')) {
    const isStarted = start.paths.includes(path) || start.argumentPaths.includes(path);
    if (
      !isStarted &&
      !/\.(?:sh|bash|conf|cfg|ini|service)$|(?:^|\/)(?:Procfile|crontab|[\w.-]*(?:entrypoint|start|run|cron)[\w.-]*)$/.test(
        path,
      )
    )
      continue;
    const found = /\/usr\/local\/bin\/(?:python|pip|gunicorn|uvicorn|celery|flask)[\w.]*/.exec(
      finalView.read(path) ?? '',
    );
    if (found !== null)
      return {
        reason: 'unknown-content',
        detail: `${path} runs \`${found[0]}\`, which is in the virtual environment afterwards`,
      };
  }
  return undefined;
}

const SIMPLE =
  /^(?:|cd|echo|printf|export|set|true|mkdir|chmod|chown|rm|cp|mv|ln|touch|cat|ls|sed|grep|apt-get|apk|useradd|groupadd|adduser|addgroup|test|\[)$/;
