import { copySourcesOf } from '../dockerfile/copy-source.js';
import type { Dockerfile } from '../dockerfile/dockerfile.js';
import { completedName, parseImageReference } from '../dockerfile/image-reference.js';
import { findCopySource } from '../dockerfile/stage.js';
import type { Span } from '../text/span.js';
import { declined, type Diagnostic, reported, type Transform } from './transform.js';

/** An entry of the list: a host, those of one end or one start as `*.host` or `host.*`, or a host with the start of a path. */
const ENTRY = /(?:\*[.-]?)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?:[.-]?\*)?(?::\d{1,5})?(?:\/[a-z0-9._-]+)*/;

/**
 * Reports images of registries that a policy does not allow: base images, those that files are copied or mounted from,
 * and the frontend that `# syntax=` asks for. Silent without a policy, which `--policy allowed-registries=…` or the
 * configuration sets. A short name is one of docker.io.
 *
 * Safe because nothing is changed: which image of an allowed registry is as good is for a person to say.
 */
export const reportForeignRegistry: Transform = {
  name: 'report-foreign-registry',
  summary: 'Reports images of registries that the policy does not allow',
  category: 'security',
  reportsOnly: true,
  related: [
    'hadolint:DL3026',
    'kics:use_only_an_allowed_registry_in_the_from_image',
    'tally:hadolint/DL3026',
    'dockerfile-roast:DF065',
    'dockle:CIS-DI-0002',
  ],
  params: [
    {
      name: 'registries',
      summary: 'the registries that images may come from, such as docker.io,ghcr.io/acme,*.example.org',
      values: new RegExp(`^${ENTRY.source}(?:,${ENTRY.source})*$`),
    },
  ],
  *check({ dockerfile, params }): Iterable<Diagnostic> {
    const allowed = params.get('registries')?.split(',');
    if (allowed === undefined) return;
    for (const { text, span, image, doubt } of imagesOf(dockerfile)) {
      const answer = isRegistryHidden(image) ? undefined : isAllowed(image, allowed);
      if (answer === true) continue;
      if (answer === undefined || doubt !== undefined) {
        const detail = doubt ?? 'a variable without a default hides the registry';
        yield declined(
          span,
          `nobody can tell whether \`${text}\` comes from an allowed registry`,
          'dynamic-value',
          detail,
        );
        continue;
      }
      yield reported(
        span,
        `\`${text}\` is ${text.includes('$') ? 'by default ' : ''}${fullName(image)}, which the policy does not allow`,
        `Take an image of ${allowed.join(', ')}, or a copy of this one there`,
      );
    }
  },
};

interface Named {
  /** As the file has it. */
  readonly text: string;
  readonly span: Span;
  /** With the defaults of build arguments put in. */
  readonly image: string;
  /** Why it may be no image at all. */
  readonly doubt?: string;
}

function* imagesOf(dockerfile: Dockerfile): Iterable<Named> {
  for (const { name, value, start, end } of dockerfile.directives)
    if (name === 'syntax') yield { text: value, span: { start, end }, image: value };
  for (const { from, imageWord, base } of dockerfile.stages) {
    if (base.kind !== 'image' && base.kind !== 'unknown') continue;
    yield { text: imageWord.text, span: from.sourceSpan(imageWord), image: base.text };
  }
  for (const outer of dockerfile.instructions) {
    const instruction = outer.trigger ?? outer;
    for (const { word } of copySourcesOf(instruction)) {
      if (findCopySource(dockerfile.stages, word.text) !== undefined || /^\d+$/.test(word.text)) continue;
      const named = { text: word.text, span: instruction.sourceSpan(word), image: word.text };
      const isBare = !/[:/@$]/.test(word.text);
      yield isBare ? { ...named, doubt: 'the call of the build may give a context of that name' } : named;
    }
  }
}

function fullName(image: string): string {
  const { registry, repository } = completedName(parseImageReference(image));
  return `${registry}/${repository}`;
}

/** Whether a variable stands where the registry may be: in front of the first slash, and not in a tag. */
function isRegistryHidden(image: string): boolean {
  const [visible = ''] = image.split('$');
  return visible !== image && !/\/|^[\w-]+[:@]/.test(visible);
}

function isHost(pattern: string, registry: string): boolean {
  if (pattern.startsWith('*')) return registry.endsWith(pattern.slice(1).toLowerCase());
  if (pattern.endsWith('*')) return registry.startsWith(pattern.slice(0, -1).toLowerCase());
  return registry === completedName({ ...parseImageReference('x'), registry: pattern }).registry;
}

/** Undefined where a variable hides what the policy asks for. */
function isAllowed(image: string, allowed: readonly string[]): boolean | undefined {
  const { registry, repository } = completedName(parseImageReference(image));
  let mayBe = false;
  for (const entry of allowed) {
    const [host = '', ...parts] = entry.split('/');
    if (!isHost(host, registry)) continue;
    const path = parts.join('/');
    if (path === '' || repository === path || repository.startsWith(`${path}/`)) return true;
    const [visible = ''] = repository.split('$');
    if (repository.includes('$') && (`${path}/`.startsWith(visible) || visible.startsWith(path))) mayBe = true;
  }
  return mayBe ? undefined : false;
}
