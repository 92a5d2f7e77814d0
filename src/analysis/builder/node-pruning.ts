import { invocationsOf } from '../../shell/invocation.js';
import { hasOption, packageCommandOf } from '../../shell/packages.js';
import { WRITES_INTO_MODULES } from './node-dependencies.js';
import type { NodeProject } from './node-project.js';
import { isOfContext } from './results.js';

/** How the packages of the development are taken away; undefined where there are none left. */
export function pruningOf(project: NodeProject, needsDevelopment: boolean): string | undefined {
  if (project.names('devDependencies').length === 0 || needsDevelopment) return undefined;
  const { analysis, runs, last } = project.scene;
  const installs = runs.flatMap(({ instruction }) => {
    const body = analysis.body(instruction);
    return body === undefined ? [] : invocationsOf(body).flatMap((invocation) => packageCommandOf(invocation) ?? []);
  });
  const nodes = installs.filter(
    ({ manager, action }) => action === 'install' && /^(?:npm|yarn|pnpm|bun)$/.test(manager),
  );
  const omits = (command: (typeof nodes)[number]): boolean =>
    hasOption(command, '--production', '--prod', '-P') ||
    command.options.some(({ name, value }) => (name === '--omit' || name === '--only') && /dev|prod/.test(value ?? ''));
  const prunes = installs.some(
    ({ manager, subcommand }) => /^(?:npm|pnpm)$/.test(manager) && subcommand?.value === 'prune',
  );
  if (prunes || (nodes.length > 0 && nodes.every(omits))) return undefined;
  const env = analysis.stateBefore(last.instruction).environment;
  for (let entry = env; entry !== undefined; entry = entry.before)
    if (
      entry.name === 'NODE_ENV' &&
      entry.value === 'production' &&
      !nodes.some((command) =>
        command.options.some(({ name }) => name === '--include' || name === '--production=false'),
      )
    )
      return undefined;
  const here = project.scene.workdirs[last.instruction.index - project.scene.stage.from.index] ?? '/';
  const enter = here === project.folder ? '' : `cd ${project.folder} && `;
  const [first] = nodes.filter(({ options }) => !options.some(({ name }) => name === '-g' || name === '--global'));
  const legacy = first !== undefined && hasOption(first, '--legacy-peer-deps') ? ' --legacy-peer-deps' : '';
  switch (first?.manager) {
    case 'npm': {
      const { base } = project.scene.stage;
      const major = base.kind === 'image' ? Number(/^(\d+)/.exec(base.image.tag ?? '')?.[1] ?? 99) : 99;
      return `${enter}npm prune ${major < 15 ? '--production' : '--omit=dev'}${legacy}`;
    }
    case 'pnpm':
      if (project.view.has(`${project.folder}/pnpm-workspace.yaml`)) return undefined;
      return `${enter}CI=true pnpm prune --prod`;
    case 'yarn': {
      // It installs anew: no patch is applied again, what was generated is gone, and what was mounted is not there.
      const hasMounts = runs.some(({ instruction }) => instruction.flag('mount') !== undefined);
      if (project.isBerry() || hasMounts || isPatched(project)) return undefined;
      if (!project.view.has(`${project.folder}/yarn.lock`)) return undefined;
      return `${enter}yarn install --production --ignore-scripts --prefer-offline`;
    }
    default:
      return undefined;
  }
}

function isPatched(project: NodeProject): boolean {
  return (
    project.production.concat(project.names('devDependencies')).some((name) => WRITES_INTO_MODULES.test(name)) ||
    isOfContext(project.view, `${project.folder}/patches`)
  );
}
