import { property } from '../../context/build-context.js';
import { parseShell } from '../../shell/parse.js';
import { imagePath } from '../copies.js';
import { type NodeProject, PACKAGE_OF } from './node-project.js';
import type { Obstacle } from './recipe.js';
import { buildsAtStart } from './start.js';

/** Programs that are part of every image of Node, and of every shell. */
const BROUGHT =
  /^(?:node|nodejs|npm|npx|yarn|sh|bash|exec|env|cd|export|echo|test|\[|true|false|sleep|set|:|dumb-init|tini|\w+=.*)$/;

/** A program behind the scripts of package.json. */
export interface StartedByNode {
  readonly program: string;
  readonly args: readonly string[];
}

export interface Started {
  readonly programs: readonly StartedByNode[];
  /** One of them comes with a package that only the development needs. */
  readonly needsDevelopment: boolean;
}

/** What the container runs, through the scripts of package.json. */
export function startedBy(project: NodeProject): Started | Obstacle {
  const programs: StartedByNode[] = [];
  for (const one of project.scene.start.programs) {
    const found = resolve(project, one.program, one.args, 3);
    if ('reason' in found) return found;
    programs.push(...found.programs);
  }
  const building = buildsAtStart({
    ...project.scene.start,
    programs: programs.map((one) => ({ ...one, isMain: true })),
  });
  if (building !== undefined) return { reason: 'builds-at-start', detail: `package.json: ${building}` };
  let needsDevelopment = false;
  const development = project.names('devDependencies');
  for (const { program, args } of programs) {
    const name = program === 'npx' ? (args.find((word) => !word.startsWith('-')) ?? program) : program;
    const owner = PACKAGE_OF.get(name) ?? name;
    if ((BROUGHT.test(name) && program !== 'npx') || project.production.includes(owner) || project.isGlobal(name))
      continue;
    if (name.includes('/') || /\.(?:sh|js)$/.test(name)) {
      const place =
        project.scene.start.paths.find((path) => path.endsWith(`/${name}`)) ?? imagePath(project.folder, name);
      const text = project.scene.finalView?.read(place);
      if (/\.js$/.test(name)) continue;
      if (text === undefined) return { reason: 'unknown-content', detail: `nobody can tell what \`${name}\` runs` };
      const other = parseShell(text)
        .commands.map(({ words }) => words[0]?.value ?? '')
        .find(
          (word) =>
            !BROUGHT.test(word) &&
            !/^(?:\.|until|nc|curl|wget|wait|read|printf|mkdir|chmod|chown|ls|cat|rm|cp)$/.test(word) &&
            !project.production.includes(PACKAGE_OF.get(word) ?? word),
        );
      if (other !== undefined) return { reason: 'unknown-command', detail: `\`${name}\` runs \`${other}\`` };
      continue;
    }
    if (!development.includes(owner))
      return {
        reason: 'unknown-command',
        detail: `nobody knows which package brings \`${name}\`, which the container starts`,
      };
    needsDevelopment = true;
  }
  return { programs, needsDevelopment };
}

/** The programs behind a command of a package manager. */
function resolve(
  project: NodeProject,
  program: string,
  args: readonly string[],
  depth: number,
): { readonly programs: readonly StartedByNode[] } | Obstacle {
  if (!/^(?:npm|yarn|pnpm|bun)$/.test(program)) return { programs: [{ program, args }] };
  const words = args.filter((word) => !word.startsWith('-'));
  const [verb = 'start', second = ''] = words;
  const name = verb === 'run' || verb === 'run-script' ? second : verb;
  const pinned = property(project.manifest, 'packageManager');
  const isNewYarn = (typeof pinned === 'string' && /^yarn@[2-9]/.test(pinned)) || project.isBerry();
  const hasPath = /^yarnPath:/m.test(project.view.read(`${project.folder}/.yarnrc.yml`) ?? '');
  const isFetched = program === 'pnpm' || (program === 'yarn' && isNewYarn && !hasPath);
  if (isFetched && !project.isGlobal(program))
    return {
      reason: 'unknown-content',
      detail: `\`${program}\` comes from corepack, which downloads it for each user`,
    };
  const scripts = property(project.manifest, 'scripts');
  if (
    property(scripts, `pre${name}`) !== undefined &&
    /build|compile|tsc|generate/.test(String(property(scripts, `pre${name}`)))
  )
    return { reason: 'builds-at-start', detail: `package.json: "pre${name}" builds when the container starts` };
  const script = property(scripts, name);
  if (typeof script !== 'string') {
    if (name === 'start' && project.scene.finalView?.has(`${project.folder}/server.js`) === true)
      return { programs: [{ program: 'node', args: ['server.js'] }] };
    return { reason: 'unknown-content', detail: `package.json has no script "${name}"` };
  }
  const shell = parseShell(script);
  if (!shell.isValid || depth === 0)
    return { reason: 'unknown-content', detail: `package.json: "${name}" is no script that can be read` };
  const programs: StartedByNode[] = [];
  for (const { words: parts } of shell.commands) {
    const values = parts.map(({ value, text }) => value ?? text);
    const at =
      values[0] === 'cross-env' || values[0] === 'env'
        ? values.findIndex((word, index) => index > 0 && !word.includes('='))
        : 0;
    const [first = '', ...rest] = values.slice(Math.max(at, 0));
    if (first === '') continue;
    if (values[0] === 'cross-env') programs.push({ program: 'cross-env', args: [] });
    const found = resolve(project, first, rest, depth - 1);
    if ('reason' in found) return found;
    programs.push(...found.programs);
  }
  return { programs };
}
