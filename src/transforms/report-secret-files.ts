import type { Analysis } from '../analysis/analysis.js';
import { type ContextCopy, placementsOf, readContextCopy } from '../analysis/copies.js';
import { isPlaceholder, isSecretName } from '../analysis/secrets.js';
import type { BuildContext } from '../context/build-context.js';
import type { Instruction } from '../dockerfile/instruction.js';
import { type Diagnostic, reported, type Transform } from './transform.js';

/**
 * Reports files of secrets that a COPY puts into a layer, such as the private key of a login, and addresses with a
 * password in a RUN. Whoever can pull the image can read them, also where a later RUN removes the file.
 *
 * Safe because nothing is changed: what has to be rotated, and who gives the secret to the build, is for a person.
 */
export const reportSecretFiles: Transform = {
  name: 'report-secret-files',
  summary: 'Reports files of secrets and addresses with passwords',
  category: 'security',
  reportsOnly: true,
  usesContext: true,
  related: ['trivy:DS-0031', 'dockle:CIS-DI-0010', 'tally:secrets-in-code'],
  *check({ dockerfile, analysis, contexts }): Iterable<Diagnostic> {
    const suspicious = contexts.filter(({ files }) => files.some(({ path }) => isCandidate(path)));
    for (const instruction of dockerfile.instructions) {
      const diagnostic =
        instruction.keyword === 'RUN' ? loginIn(analysis, instruction) : filesIn(analysis, instruction, suspicious);
      if (diagnostic !== undefined) yield diagnostic;
    }
  },
};

function filesIn(
  analysis: Analysis,
  instruction: Instruction,
  contexts: readonly BuildContext[],
): Diagnostic | undefined {
  if (contexts.length === 0 && !NAMES_SECRET.test(instruction.argumentsText)) return undefined;
  const copy = readContextCopy(analysis, instruction, '/');
  const secrets = copy === undefined || copy === 'unknown' ? [] : secretsOf(copy, contexts);
  if (secrets.length === 0) return undefined;
  const shown = secrets.slice(0, MOST_SHOWN).map((name) => `\`${name}\``);
  const rest = secrets.length > shown.length ? ` and ${secrets.length - shown.length} more` : '';
  return reported(
    instruction.sourceSpan(instruction.argumentsSpan),
    `a layer gets ${shown.join(', ')}${rest}, and keeps it even if a later RUN removes it`,
    'Give it to the RUN that needs it with --mount=type=secret, or to the container when it starts, and rotate it',
  );
}

function loginIn(analysis: Analysis, run: Instruction): Diagnostic | undefined {
  const text = analysis.rawText(run);
  if (!text.includes('@')) return undefined;
  const [, host, password = ''] = LOGIN.exec(text) ?? [];
  if (host === undefined || isPlaceholder(password) || /^[A-Z][A-Z_]*$/.test(password)) return undefined;
  return reported(
    run.sourceSpan(run.argumentsSpan),
    `an address of ${host} holds a password, which the history of the image shows`,
    'Give it to the RUN with --mount=type=secret, such as a .netrc, and rotate it',
  );
}

/** A literal password in front of a host; variables and what only stands for one are told apart. */
const LOGIN = /\bhttps?:\/\/(?=[^/\s"'@]*:[^/\s"'@]*@([\w.-]+))[^/\s:"'@$]*:([^/\s"'@$<>{}]+)@/;

/** Above this number the rest is counted. */
const MOST_SHOWN = 3;

/** Files that hold nothing but secrets. */
const SECRET_FILE =
  /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.git-credentials|\.pypirc|\.aws\/credentials|\.kube\/config|\.docker\/config\.json)$/;

/** What the name of such a file has in it, wherever quotes stand. */
const NAMES_SECRET = /id_|netrc|credentials|pypirc|config/;

/** Files that may hold some; their text tells. */
const MAYBE_SECRET = /(?:^|\/)(?:\.npmrc|\.yarnrc|\.env|[^/]+\.(?:pem|key))$/;

function isCandidate(path: string): boolean {
  return SECRET_FILE.test(path) || MAYBE_SECRET.test(path);
}

/** The names of the files of secrets that a copy brings. */
function secretsOf(copy: ContextCopy, contexts: readonly BuildContext[]): readonly string[] {
  const { sources, destination } = copy;
  const found = new Set(sources.filter((source) => SECRET_FILE.test(source)));
  const [only = ''] = sources;
  if (sources.length === 1 && SECRET_FILE.test(destination)) found.add(only);
  for (const context of contexts) {
    for (const { context: path } of placementsOf(copy, context, () => true) ?? []) {
      if (SECRET_FILE.test(path) || (MAYBE_SECRET.test(path) && holdsSecret(context.read(path)))) found.add(path);
    }
  }
  return [...found];
}

function holdsSecret(text: string | undefined): boolean {
  if (text === undefined) return false;
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return true;
  return text.split(/\r?\n/).some((line) => {
    const [, name = '', value = ''] = /^\s*(?:export\s+)?((?:\/\/[^\s=]+:)?[\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    const isNamed = /_(?:authToken|auth|password)$/.test(name) || isSecretName(name);
    return isNamed && !/\$/.test(value) && !isPlaceholder(value);
  });
}
