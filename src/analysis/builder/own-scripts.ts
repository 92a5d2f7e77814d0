import { parseShell } from '../../shell/parse.js';
import { baseName } from '../../text/path.js';
import type { Carried } from './carried.js';
import type { Obstacle, Scene } from './recipe.js';

/** Programs of every image with a shell. */
const ANYWHERE =
  /^(?:sh|bash|ash|\.|:|\[|\[\[|true|false|test|echo|printf|cd|exec|export|set|unset|shift|exit|return|trap|wait|eval|read|local|source|env|cat|ls|mkdir|rm|cp|mv|ln|chmod|chown|touch|sleep|date|id|whoami|hostname|basename|dirname|grep|egrep|sed|awk|cut|tr|head|tail|sort|uniq|wc|xargs|find|seq|tee|kill|umask|ulimit|until|uname|pwd|command|type|expr|mktemp|readlink|realpath|stat|tini|dumb-init|gosu|su-exec|java|dotnet)$/;

/** A script that starts the process: what it runs has to be in the image. */
export function scriptObstacle(scene: Scene, carried: readonly Carried[], brought?: RegExp): Obstacle | undefined {
  for (const path of scene.start.paths) {
    if (!/\.(?:sh|bash)$|entrypoint|\/(?:start|run)$/.test(path) || carried.some((one) => one.path === path)) continue;
    const text = scene.finalView?.read(path);
    if (text === undefined)
      return { reason: 'unknown-content', detail: `nobody can tell which programs \`${baseName(path)}\` runs` };
    const installed = scene.runs.flatMap((run) =>
      run.packages.flatMap(({ operands }) => operands.map(({ value = '' }) => value)),
    );
    for (const { words } of parseShell(text).commands) {
      const program = words[0]?.value;
      if (
        program === undefined ||
        ANYWHERE.test(baseName(program)) ||
        brought?.test(baseName(program)) === true ||
        installed.includes(program)
      )
        continue;
      if (carried.some((one) => baseName(one.to ?? one.path) === baseName(program))) continue;
      return { reason: 'unknown-command', detail: `\`${baseName(path)}\` runs \`${program}\`` };
    }
  }
  return undefined;
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
