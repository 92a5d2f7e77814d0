import { dirname } from 'node:path';
import { property } from '../../context/build-context.js';
import { type Data, type DataPath, yamlData } from './data-file.js';
import { declare, type Declared } from './declared-build.js';

/** The artifacts of a file and of its profiles. Source: skaffold.dev, "skaffold.yaml". */
export function readSkaffold(path: string, text: string): readonly Declared[] {
  return yamlData(text).flatMap((data) => {
    const profiles = property(data.value, 'profiles');
    const count = Array.isArray(profiles) ? profiles.length : 0;
    const places: readonly DataPath[] = [[], ...Array.from({ length: count }, (_, index) => ['profiles', index])];
    return places.flatMap((place) => artifactsAt(data, place, path));
  });
}

function artifactsAt({ value, lineOf }: Data, place: DataPath, path: string): readonly Declared[] {
  const [, index] = place;
  const profiles = property(value, 'profiles');
  const holder: unknown = index === undefined ? value : Array.isArray(profiles) ? profiles[Number(index)] : undefined;
  const artifacts = property(holder, 'build', 'artifacts');
  return (Array.isArray(artifacts) ? (artifacts as readonly unknown[]) : []).flatMap((artifact, at) => {
    // Kaniko builds Dockerfiles, too; the other builders do not.
    const builder = property(artifact, 'docker') ?? property(artifact, 'kaniko');
    const isOther = ['custom', 'jib', 'bazel', 'buildpacks', 'ko'].some(
      (name) => property(artifact, name) !== undefined,
    );
    if (builder === undefined && isOther) return [];
    const image = property(artifact, 'image');
    const declaration = {
      kind: 'skaffold',
      path,
      line: lineOf([...place, 'build', 'artifacts', at]),
      name: typeof image === 'string' ? image : `artifact ${at + 1}`,
    } as const;
    const words = {
      context: property(artifact, 'context'),
      dockerfile: property(builder, 'dockerfile'),
      target: property(builder, 'target'),
      args: property(builder, 'buildArgs'),
    };
    return [declare(declaration, dirname(path), words)];
  });
}
