import { parseShell } from '../../shell/parse.js';
import { baseName } from '../../text/path.js';
import { runtimePackagesOf } from '../runtime-libraries.js';
import type { Carried } from './carried.js';
import { isScriptName } from './packages.js';
import type { Obstacle, Scene } from './recipe.js';
import { packageNamesOf } from './stage-reading.js';

/** Programs of every image with a shell. */
const ANYWHERE =
  /^(?:sh|bash|ash|dash|\.|:|\[|\[\[|true|false|test|echo|printf|cd|exec|export|set|unset|shift|exit|return|trap|wait|eval|read|local|source|env|cat|ls|mkdir|rm|cp|mv|ln|chmod|chown|touch|sleep|date|id|whoami|hostname|basename|dirname|grep|egrep|sed|awk|cut|tr|head|tail|sort|uniq|wc|xargs|find|seq|tee|kill|umask|ulimit|until|uname|pwd|command|type|expr|mktemp|readlink|realpath|stat|tini|dumb-init|gosu|su-exec|java|dotnet|\$.*|)$/;

/** Programs that the plan installs where they are started. */
const ADDED = /^(?:curl|wget|nc|pgrep|ps)$/;

/** What is started, by words or by scripts of one's own, has to be in the image that runs. */
export function programObstacle(scene: Scene, carried: readonly Carried[], brought?: RegExp): Obstacle | undefined {
  const { start, finalView } = scene;
  const installed = installedNames(scene);
  const isThere = (program: string): boolean => {
    const name = baseName(program);
    if (ANYWHERE.test(name) || brought?.test(name) === true) return true;
    // What was installed below a folder of programs is looked up in PATH.
    if (copiedTo(scene, name) !== undefined) return true;
    if (carried.some((one) => baseName(one.to ?? one.path) === name || one.path === '/usr/local')) return true;
    return installed.some((one) => one === name || one.startsWith(name) || name.startsWith(one.replace(/\d.*$/, '')));
  };
  for (const program of [...start.names, ...start.healthPrograms.filter((word) => !word.includes('/'))])
    // The first argument of an entrypoint that runs its arguments, or takes them for options.
    if (
      !/^-/.test(program) &&
      !isThere(program) &&
      !ADDED.test(program) &&
      !/^\//.test(program) &&
      !program.includes('.')
    )
      return { reason: 'unknown-command', detail: `nobody knows whether the other image has \`${program}\`` };
  const copied = [...start.names, ...start.healthPrograms].flatMap((name) => copiedTo(scene, name) ?? []);
  for (const path of [...start.paths, ...copied]) {
    if (carried.some((one) => one.path === path)) continue;
    const text = finalView?.read(path);
    if (text === undefined && brought?.test(baseName(path)) === true) continue;
    const isScript = isScriptName(path) || text?.startsWith('#!') === true;
    if (!isScript) continue;
    if (text === undefined)
      return { reason: 'unknown-content', detail: `nobody can tell which programs \`${baseName(path)}\` runs` };
    for (const { words } of parseShell(text).commands) {
      const program = words[0]?.value;
      if (program === undefined || isThere(program) || ADDED.test(program)) continue;
      return { reason: 'unknown-command', detail: `\`${baseName(path)}\` runs \`${program}\`` };
    }
  }
  return undefined;
}

/** The programs of scripts of one's own that the container starts. */
export function scriptPrograms({ start, finalView }: Scene): readonly string[] {
  return start.paths.flatMap((path) => {
    const text = finalView?.read(path);
    const isScript = text !== undefined && (isScriptName(path) || /^#!.*sh\b/.test(text));
    return isScript ? parseShell(text).commands.flatMap(({ words }) => words[0]?.value ?? []) : [];
  });
}

/** Where a copy from the context puts a program that is looked up in PATH. */
function copiedTo({ finalView }: Scene, name: string): string | undefined {
  return ['/usr/local/bin', '/usr/bin', '/bin']
    .map((folder) => `${folder}/${name}`)
    .find((path) => finalView?.has(path) === true);
}

/** The packages that are left of those that the file installs, without their versions. */
function installedNames({ runs, later, release }: Scene): readonly string[] {
  return packageNamesOf([...runs, ...later]).flatMap((name) => {
    const left = runtimePackagesOf(name, release);
    return left === 'unknown' ? [] : left.map((one) => one.replace(/[=~].*$/, ''));
  });
}

/** A script that builds programs may install them anywhere. */
export function ownScriptObstacle({ runs, view }: Scene): Obstacle | undefined {
  const [script] = runs.flatMap((run) => run.scripts);
  if (script === undefined) return undefined;
  const name = baseName(script.split(/\s/)[0] ?? '');
  const text = [...(view?.below('/') ?? [])]
    .filter((path) => baseName(path) === name)
    .map((path) => view?.read(path))[0];
  return text === undefined || /\binstall\b|\/usr\//.test(text)
    ? { reason: 'unknown-content', detail: `\`${script}\` may install into the system` }
    : undefined;
}

/** Whether a RUN removes the packages of the build again: the image is as small as a second stage would make it. */
export function cleansUp({ analysis, runs }: Scene): boolean {
  return runs.some(({ instruction }) =>
    /\bapt(?:-get)?\b[^&|;\n]*\b(?:purge|autoremove|remove)\b|\bapk\s+del\b/.test(analysis.rawText(instruction)),
  );
}
