import { readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parse as parseJsonc } from 'jsonc-parser';
import { type Document, parseAllDocuments } from 'yaml';
import { isRecord, property } from '../context/build-context.js';
import { isMissing, readText } from './context-folder.js';

/** A build that some file of the repository declares. Paths are absolute. */
export interface DeclaredBuild {
  readonly dockerfile: string;
  readonly context: string;
}

type Reader = (path: string, text: string, root: string) => readonly DeclaredBuild[];

/** Which files declare builds, by their names. */
const READERS: readonly (readonly [RegExp, Reader])[] = [
  [/^(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$/, readCompose],
  [/^docker-bake(?:\.override)?\.json$/, (path, text) => readBake(path, parseJsonc(text) as unknown)],
  [/^docker-bake(?:\.override)?\.hcl$/, readBakeHcl],
  [/^\.?devcontainer\.json$/, readDevcontainer],
  [/^skaffold(?:[.-][\w.-]+)?\.ya?ml$/, readSkaffold],
];

const byFolder = new Map<string, readonly DeclaredBuild[]>();

/** The builds that files in a folder of a repository declare, those of its workflows included. */
export function buildsDeclaredIn(folder: string, root: string): readonly DeclaredBuild[] {
  let builds = byFolder.get(folder);
  if (builds === undefined) {
    builds = [
      ...namesIn(folder).flatMap((name) => readDeclaration(join(folder, name), root)),
      ...namesIn(join(folder, '.devcontainer')).flatMap((name) =>
        readDeclaration(join(folder, '.devcontainer', name), root),
      ),
      ...(folder === root ? workflowsIn(join(root, '.github/workflows'), root) : []),
    ];
    byFolder.set(folder, builds);
  }
  return builds;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function readDeclaration(path: string, root: string): readonly DeclaredBuild[] {
  const name = basename(path);
  const reader = READERS.find(([pattern]) => pattern.test(name))?.[1];
  const text = reader === undefined ? undefined : readText(path);
  return reader === undefined || text === undefined ? [] : reader(path, text, root);
}

function workflowsIn(folder: string, root: string): readonly DeclaredBuild[] {
  return namesIn(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .flatMap((name) => readWorkflow(readText(join(folder, name)) ?? '', root));
}

/** The documents of a YAML file; those that do not parse are left out, since their own tools complain about them. */
function yamlDocuments(text: string): readonly unknown[] {
  const documents = parseAllDocuments(text, { merge: true });
  return Array.isArray(documents) ? documents.flatMap((document) => valueOf(document)) : [];
}

function valueOf(document: Document.Parsed): readonly unknown[] {
  if (document.errors.length > 0) return [];
  try {
    return [document.toJS({ maxAliasCount: 100 }) as unknown];
  } catch (error) {
    // Too many aliases, which may be meant to take all memory.
    if (error instanceof ReferenceError || (error instanceof Error && error.name === 'ReferenceError')) return [];
    throw error;
  }
}

/** Nothing for a context that is an address, or that a variable hides. */
function build(
  base: string,
  context: unknown,
  dockerfile: unknown,
  from: 'context' | 'base' = 'context',
): readonly DeclaredBuild[] {
  const place = typeof context === 'string' ? context : '.';
  const file = typeof dockerfile === 'string' ? dockerfile : 'Dockerfile';
  if (/\$|\{\{|:\/\/|^git@/.test(`${place}${file}`)) return [];
  const folder = resolve(base, place);
  return [{ context: folder, dockerfile: resolve(from === 'context' ? folder : base, file) }];
}

/** Source: the Compose specification, "Compose Build". */
function readCompose(path: string, text: string): readonly DeclaredBuild[] {
  return yamlDocuments(text).flatMap((document) => {
    const services = property(document, 'services');
    return (isRecord(services) ? Object.values(services) : []).flatMap((service) => {
      const declared = property(service, 'build');
      if (typeof declared === 'string') return build(dirname(path), declared, undefined);
      if (!isRecord(declared) || property(declared, 'dockerfile_inline') !== undefined) return [];
      return build(dirname(path), property(declared, 'context'), property(declared, 'dockerfile'));
    });
  });
}

/** Source: the Docker documentation, "Bake file reference". */
function readBake(path: string, value: unknown): readonly DeclaredBuild[] {
  const targets = property(value, 'target');
  return (isRecord(targets) ? Object.values(targets) : []).flatMap((target) =>
    build(dirname(path), property(target, 'context'), property(target, 'dockerfile')),
  );
}

/** Reads the two attributes of each target that matter; expressions in them are left alone. */
function readBakeHcl(path: string, text: string): readonly DeclaredBuild[] {
  const plain = text.replace(/^\s*(?:#|\/\/).*$/gm, '');
  return [...plain.matchAll(/^\s*target\s+"[^"]*"\s*\{(.*?)^\}/gms)].flatMap(([, body = '']) => {
    const attribute = (name: string): string | undefined =>
      new RegExp(`^\\s*${name}\\s*=\\s*"([^"]*)"`, 'm').exec(body)?.[1];
    const isHidden = ['context', 'dockerfile'].some(
      (name) => attribute(name) === undefined && new RegExp(`^\\s*${name}\\s*=`, 'm').test(body),
    );
    // One that sets neither is a group of settings for others.
    const isBare = attribute('context') === undefined && attribute('dockerfile') === undefined;
    return isHidden || isBare ? [] : build(dirname(path), attribute('context'), attribute('dockerfile'));
  });
}

/** Source: the Development Containers specification, "Image or Dockerfile specific properties". */
function readDevcontainer(path: string, text: string): readonly DeclaredBuild[] {
  const value: unknown = parseJsonc(text, [], { allowTrailingComma: true });
  const dockerfile = property(value, 'build', 'dockerfile') ?? property(value, 'dockerFile');
  if (typeof dockerfile !== 'string') return [];
  return build(dirname(path), property(value, 'build', 'context') ?? property(value, 'context'), dockerfile, 'base');
}

/** Source: skaffold.dev, "skaffold.yaml". */
function readSkaffold(path: string, text: string): readonly DeclaredBuild[] {
  return yamlDocuments(text).flatMap((document) => {
    const artifacts = property(document, 'build', 'artifacts');
    return (Array.isArray(artifacts) ? (artifacts as readonly unknown[]) : []).flatMap((artifact) =>
      property(artifact, 'docker') === undefined && property(artifact, 'custom') !== undefined
        ? []
        : build(dirname(path), property(artifact, 'context'), property(artifact, 'docker', 'dockerfile')),
    );
  });
}

/** Source: github.com/docker/build-push-action, "inputs": without a context it is the repository. */
function readWorkflow(text: string, root: string): readonly DeclaredBuild[] {
  if (!text.includes('docker/build-push-action')) return [];
  return yamlDocuments(text).flatMap((document) => {
    const jobs = property(document, 'jobs');
    return (isRecord(jobs) ? Object.values(jobs) : []).flatMap((job) => {
      const steps = property(job, 'steps');
      return (Array.isArray(steps) ? (steps as readonly unknown[]) : []).flatMap((step) => {
        const uses = property(step, 'uses');
        if (typeof uses !== 'string' || !uses.startsWith('docker/build-push-action')) return [];
        const context = property(step, 'with', 'context');
        const file = property(step, 'with', 'file');
        return file === undefined ? build(root, context, undefined) : build(root, context, file, 'base');
      });
    });
  });
}
