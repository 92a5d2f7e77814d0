import { dirname } from 'node:path';
import { isRecord, property } from '../../context/build-context.js';
import { yamlData } from './data-file.js';
import { type Declaration, declare, type Declared, type DeclaredBuild } from './declared-build.js';

/** The builds of services. Source: the Compose specification, "Compose Build". */
export function readCompose(path: string, text: string): readonly Declared[] {
  return yamlData(text).flatMap(({ value, lineOf }) => {
    const services = property(value, 'services');
    return (isRecord(services) ? Object.entries(services) : []).flatMap(([name, service]): readonly Declared[] => {
      const build = property(service, 'build');
      const declaration = (): Declaration => ({
        kind: 'compose',
        path,
        line: lineOf(['services', name, 'build']),
        name,
      });
      if (typeof build === 'string') {
        const words = { context: build, dockerfile: undefined, target: undefined, args: undefined };
        return [declare(declaration(), dirname(path), words)];
      }
      if (!isRecord(build)) return [];
      if (property(build, 'dockerfile_inline') !== undefined)
        return [{ declaration: declaration(), reason: 'inline', word: 'dockerfile_inline' }];
      const words = {
        context: property(build, 'context'),
        dockerfile: property(build, 'dockerfile'),
        target: property(build, 'target'),
        args: property(build, 'args'),
      };
      return [declare(declaration(), dirname(path), words)];
    });
  });
}

/** Completes services that say in a further file of the same folder what they build otherwise, such as the target. */
export function withOverrides(declared: readonly Declared[]): readonly Declared[] {
  const explicit = new Map<string, DeclaredBuild>();
  for (const one of declared) {
    if ('dockerfile' in one && one.declaration.kind === 'compose' && one.isExplicit)
      explicit.set(one.declaration.name, explicit.get(one.declaration.name) ?? one);
  }
  return declared.map((one) => {
    const base = explicit.get(one.declaration.name);
    if (!('dockerfile' in one) || one.declaration.kind !== 'compose' || one.isExplicit || base === undefined)
      return one;
    return { ...one, context: base.context, dockerfile: base.dockerfile, isExplicit: true };
  });
}
