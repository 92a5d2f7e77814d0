import { dirname } from 'node:path';
import { property } from '../../context/build-context.js';
import { jsonData } from './data-file.js';
import { declare, type Declared } from './declared-build.js';

/** Source: the Development Containers specification, "Image or Dockerfile specific properties". */
export function readDevcontainer(path: string, text: string): readonly Declared[] {
  const { value, lineOf } = jsonData(text);
  const inBuild = property(value, 'build', 'dockerfile');
  const dockerfile = inBuild ?? property(value, 'dockerFile');
  if (typeof dockerfile !== 'string') return [];
  const name = property(value, 'name');
  const declaration = {
    kind: 'devcontainer',
    path,
    line: lineOf(inBuild === undefined ? ['dockerFile'] : ['build']),
    name: typeof name === 'string' ? name : 'devcontainer',
  } as const;
  const words = {
    context: property(value, 'build', 'context') ?? property(value, 'context'),
    dockerfile,
    target: property(value, 'build', 'target'),
    args: property(value, 'build', 'args'),
  };
  return [declare(declaration, dirname(path), words, 'base')];
}
