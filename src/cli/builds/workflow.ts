import { isRecord, property } from '../../context/build-context.js';
import { yamlData } from './data-file.js';
import { declare, type Declared } from './declared-build.js';

/** Source: github.com/docker/build-push-action, "inputs": without a context it is the repository. */
export function readWorkflow(path: string, text: string, root: string): readonly Declared[] {
  if (!text.includes('docker/build-push-action')) return [];
  return yamlData(text).flatMap(({ value, lineOf }) => {
    const jobs = property(value, 'jobs');
    return (isRecord(jobs) ? Object.entries(jobs) : []).flatMap(([job, jobValue]) => {
      const steps = property(jobValue, 'steps');
      return (Array.isArray(steps) ? (steps as readonly unknown[]) : []).flatMap((step, index) => {
        const uses = property(step, 'uses');
        if (typeof uses !== 'string' || !uses.startsWith('docker/build-push-action')) return [];
        const given = (name: string): unknown => property(step, 'with', name);
        const name = property(step, 'name') ?? property(step, 'id');
        const declaration = {
          kind: 'github-workflow',
          path,
          line: lineOf(['jobs', job, 'steps', index]),
          name: `${job}, ${typeof name === 'string' ? name : `step ${index + 1}`}`,
        } as const;
        const file = given('file');
        const words = {
          context: inRepository(given('context')),
          dockerfile: file,
          target: given('target'),
          args: lines(given('build-args')),
        };
        return [declare(declaration, root, words, file === undefined ? 'context' : 'base')];
      });
    });
  });
}

/** The action's own name for the repository, which a folder of it may follow. */
function inRepository(context: unknown): unknown {
  if (typeof context !== 'string') return context;
  const folder = /^\{\{\s*defaultContext\s*\}\}(?::(.*))?$/.exec(context.trim());
  return folder === null ? context : (folder[1] ?? '.');
}

function lines(value: unknown): readonly string[] {
  if (typeof value !== 'string') return [];
  return value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
