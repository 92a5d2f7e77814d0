import { setTimeout as wait } from 'node:timers/promises';
import type { Engine } from './engine.js';
import type { ImageFacts } from './image.js';

/** What tells that a container works. */
export type SmokeTest =
  /** A command in the running container succeeds. */
  | { readonly kind: 'command'; readonly words: readonly string[] }
  /** A request is answered with a status below 400; without a port the first that the image exposes. */
  | { readonly kind: 'http'; readonly port: number | undefined; readonly path: string }
  /** The container itself runs to its end and succeeds. */
  | { readonly kind: 'run' };

export interface SmokeResult {
  readonly isPassed: boolean;
  /** One phrase: what was seen. */
  readonly seen: string;
  /** What the command, the server or the container said. */
  readonly output: string;
  /** Of an image with volumes: whether it passed again in a new container with the same volumes. */
  readonly survivesRestart?: boolean;
}

export interface SmokeSetting {
  readonly engine: Engine;
  readonly test: SmokeTest;
  readonly tag: string;
  /** A name of its own for the container and its volumes. */
  readonly name: string;
  readonly image: ImageFacts;
  readonly signal: AbortSignal;
  /** How long the container has to pass the test. */
  readonly seconds: number;
}

/** How long to wait between two looks, in milliseconds. */
const INTERVAL = 300;

/** How much of an output is kept, in UTF-16 code units. */
const KEPT = 4000;

/** Starts the image as it is configured and asks until the test passes, the container ends or the time is over. */
export async function runSmokeTest(setting: SmokeSetting): Promise<SmokeResult> {
  const { engine, image, name, tag, test } = setting;
  const port = portOf(setting);
  if (test.kind === 'http' && port === undefined)
    return { isPassed: false, seen: 'the image exposes no port to ask', output: '' };
  const paths = engine.hasVolumes ? image.config.volumes : [];
  const volumes = new Map(paths.map((path, index) => [`${name}-${index}`, path]));
  const once = async (): Promise<SmokeResult> => {
    await engine.start(name, tag, port, volumes);
    const result = await ask(setting, port);
    const logs = result.isPassed ? '' : `${result.output}\n${await engine.logs(name)}`.trim();
    await engine.stop(name);
    return result.isPassed ? result : { ...result, output: logs.slice(-KEPT) };
  };
  const result = await once();
  if (volumes.size === 0) return result;
  const again = result.isPassed ? await once() : undefined;
  // The next test starts with what its own image has there.
  await engine.removeVolumes([...volumes.keys()]);
  if (again === undefined) return result;
  return { ...result, survivesRestart: again.isPassed, output: again.isPassed ? result.output : again.output };
}

function portOf({ test, image }: SmokeSetting): number | undefined {
  if (test.kind !== 'http') return undefined;
  const first = image.config.ports.find((port) => port.endsWith('/tcp'));
  return test.port ?? (first === undefined ? undefined : Number.parseInt(first, 10));
}

async function ask(setting: SmokeSetting, port: number | undefined): Promise<SmokeResult> {
  const { engine, name, test, signal, seconds } = setting;
  const deadline = performance.now() + seconds * 1000;
  let last: SmokeResult = { isPassed: false, seen: 'it did not answer', output: '' };
  while (performance.now() < deadline) {
    const { isRunning, exitCode } = await engine.state(name);
    if (!isRunning) {
      const output = (await engine.logs(name)).slice(-KEPT);
      const isPassed = test.kind === 'run' && exitCode === 0;
      return { isPassed, seen: `the container ended with ${exitCode ?? 'no code'}`, output };
    }
    if (test.kind === 'command') {
      const { code, output } = await engine.execute(name, test.words);
      last = { isPassed: code === 0, seen: `the command ended with ${code ?? 'no code'}`, output: output.slice(-KEPT) };
    } else if (test.kind === 'http' && port !== undefined) {
      last = await request(`http://${await engine.address(name, port)}${test.path}`, signal);
    }
    if (last.isPassed) return last;
    await wait(INTERVAL, undefined, { signal });
  }
  return { ...last, seen: `${last.seen}, ${seconds} s after the start` };
}

async function request(url: string, signal: AbortSignal): Promise<SmokeResult> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(5000)]);
    const response = await fetch(url, { redirect: 'manual', signal: limit });
    const output = (await response.text()).slice(0, KEPT);
    return { isPassed: response.status < 400, seen: `the answer is ${response.status}`, output };
  } catch (error) {
    signal.throwIfAborted();
    // Nobody listens yet, or nobody ever will: the deadline decides.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return { isPassed: false, seen: 'nobody answers', output: cause };
  }
}
