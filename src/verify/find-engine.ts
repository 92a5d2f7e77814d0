import { BuildahEngine } from './buildah.js';
import { MissingProgramError, runChild } from './child.js';
import type { EngineSetting } from './container-engine.js';
import { DockerEngine, PodmanEngine } from './docker.js';
import { type Engine, ENGINE_NAMES, type EngineName, NoEngineError } from './engine.js';

/** How long an engine has to answer, in seconds. */
const ANSWER = 20;

/**
 * Finds an engine that can build: the one that is asked for, else the first of Docker with BuildKit, podman and buildah
 * that answers. Throws a `NoEngineError` that says of each what is missing.
 */
export async function findEngine(asked: EngineName | undefined, setting: EngineSetting): Promise<Engine> {
  const missing: string[] = [];
  for (const name of asked === undefined ? ENGINE_NAMES : [asked]) {
    const found = await FINDERS[name](setting);
    if (typeof found !== 'string') return found;
    missing.push(found);
  }
  throw new NoEngineError(`no engine can build here: ${missing.join('; ')}`);
}

const FINDERS: Readonly<Record<EngineName, (setting: EngineSetting) => Promise<Engine | string>>> = {
  async docker(setting) {
    const version = await say('docker', ['version', '--format', '{{.Server.Version}}'], setting);
    if (version.answer === undefined) return version.fault;
    // Without buildx the command falls back to the old builder, which reads many files otherwise, without a word.
    const buildx = await say('docker', ['buildx', 'version'], setting);
    if (buildx.answer === undefined) return 'docker has no BuildKit: the plugin buildx is not installed';
    return new DockerEngine(`Docker ${version.answer} with BuildKit`, setting);
  },
  async podman(setting) {
    const version = await say('podman', ['version', '--format', '{{.Client.Version}}'], setting);
    return version.answer === undefined ? version.fault : new PodmanEngine(`podman ${version.answer}`, setting);
  },
  async buildah(setting) {
    const version = await say('buildah', ['--version'], setting);
    if (version.answer === undefined) return version.fault;
    return new BuildahEngine(version.answer.replace(/^buildah version (\S+).*$/, 'buildah $1'), setting);
  },
};

type Said = { readonly answer: string } | { readonly answer: undefined; readonly fault: string };

async function say(program: string, args: readonly string[], { signal }: EngineSetting): Promise<Said> {
  try {
    const { code, stdout, stderr, isTimedOut } = await runChild(program, args, { signal, timeoutSeconds: ANSWER });
    if (code === 0) return { answer: stdout.trim() };
    if (isTimedOut) return { answer: undefined, fault: `${program} does not answer` };
    return { answer: undefined, fault: `${program}: ${stderr.trim().split('\n')[0] ?? ''}` };
  } catch (error) {
    if (error instanceof MissingProgramError) return { answer: undefined, fault: error.message };
    throw error;
  }
}
