import { MissingProgramError, runChild } from './child.js';
import type { EngineName } from './engine.js';

/** A known vulnerability of a package of an image. */
export interface Finding {
  readonly id: string;
  readonly package: string;
  /** In lower case, such as `high`. */
  readonly severity: string;
}

/** A program that looks for known vulnerabilities in an image. */
export interface Scanner {
  readonly name: string;
  readonly program: string;
  readonly args: (tag: string, engine: EngineName) => readonly string[];
  /** Codes with which it ends after it has done its work. */
  readonly goodCodes: readonly number[];
  readonly read: (report: unknown) => readonly Finding[];
}

/** In the order in which they are looked for. Their reports are read as they document them; other fields do not matter. */
const SCANNERS: readonly Scanner[] = [
  {
    name: 'trivy',
    program: 'trivy',
    args: (tag) => ['image', '--quiet', '--scanners', 'vuln', '--format', 'json', tag],
    goodCodes: [0],
    read: (report) =>
      list(report, 'Results').flatMap((result) =>
        list(result, 'Vulnerabilities').map((one) =>
          finding(text(one, 'VulnerabilityID'), text(one, 'PkgName'), text(one, 'Severity')),
        ),
      ),
  },
  {
    name: 'grype',
    program: 'grype',
    args: (tag, engine) => [`${engine}:${tag}`, '--quiet', '--output', 'json'],
    goodCodes: [0],
    read: (report) =>
      list(report, 'matches').map((match) => {
        const vulnerability = get(match, 'vulnerability');
        return finding(
          text(vulnerability, 'id'),
          text(get(match, 'artifact'), 'name'),
          text(vulnerability, 'severity'),
        );
      }),
  },
  {
    name: 'docker scout',
    program: 'docker',
    args: (tag) => ['scout', 'cves', '--format', 'sarif', `local://${tag}`],
    goodCodes: [0],
    read: (report) =>
      list(report, 'runs').flatMap((run) =>
        list(get(get(run, 'tool'), 'driver'), 'rules').flatMap((rule) => {
          const properties = get(rule, 'properties');
          const severity = text(properties, 'cvssV3_severity');
          return list(properties, 'purls').map((purl) =>
            finding(text(rule, 'id'), typeof purl === 'string' ? packageOf(purl) : '', severity),
          );
        }),
      ),
  },
  {
    name: 'snyk',
    program: 'snyk',
    args: (tag) => ['container', 'test', '--json', tag],
    // 1: it has found something.
    goodCodes: [0, 1],
    read: (report) =>
      (Array.isArray(report) ? report : [report]).flatMap((project: unknown) =>
        list(project, 'vulnerabilities').map((one) =>
          finding(text(one, 'id'), text(one, 'packageName'), text(one, 'severity')),
        ),
      ),
  },
];

/** What a scanner says of two images: the findings of each, and those that only one of them has. */
export interface Scanned {
  readonly scanner: string;
  readonly before: readonly Finding[];
  readonly after: readonly Finding[];
  readonly gone: readonly Finding[];
  readonly fresh: readonly Finding[];
}

/** No scanner can look into these images: one sentence for the user. */
export class NoScannerError extends Error {}

export interface ScanSetting {
  readonly engine: EngineName;
  readonly signal: AbortSignal;
  readonly timeoutSeconds: number;
}

/** Scans two images. Throws a `NoScannerError` where the scanner fails. */
export async function scanBoth(
  scanner: Scanner,
  before: string,
  after: string,
  setting: ScanSetting,
): Promise<Scanned> {
  const first = await scan(scanner, before, setting);
  const second = await scan(scanner, after, setting);
  return {
    scanner: scanner.name,
    before: first,
    after: second,
    gone: without(first, second),
    fresh: without(second, first),
  };
}

/** The first scanner that is installed. Throws a `NoScannerError`. */
export async function findScanner(engine: EngineName, signal: AbortSignal): Promise<Scanner> {
  if (engine === 'buildah') throw new NoScannerError('no scanner looks into the images of buildah');
  for (const scanner of SCANNERS) {
    const args = scanner.program === 'docker' ? ['scout', 'version'] : ['--version'];
    try {
      const { code } = await runChild(scanner.program, args, { signal, timeoutSeconds: 20 });
      if (code === 0) return scanner;
    } catch (error) {
      if (!(error instanceof MissingProgramError)) throw error;
    }
  }
  const names = SCANNERS.map(({ name }) => name).join(', ');
  throw new NoScannerError(`--scan wants a scanner, and none of ${names} is installed`);
}

async function scan(scanner: Scanner, tag: string, setting: ScanSetting): Promise<readonly Finding[]> {
  const { signal, timeoutSeconds, engine } = setting;
  const args = scanner.args(tag, engine);
  const { code, stdout, stderr } = await runChild(scanner.program, args, { signal, timeoutSeconds, isWhole: true });
  if (code === undefined || !scanner.goodCodes.includes(code))
    throw new NoScannerError(`${scanner.name} failed: ${stderr.trim().split('\n').pop() ?? ''}`);
  let report: unknown;
  try {
    report = JSON.parse(stdout.slice(stdout.search(/[[{]/)));
  } catch {
    throw new NoScannerError(`${scanner.name} gives no report that is JSON`);
  }
  const unique = new Map(scanner.read(report).map((one) => [keyOf(one), one]));
  return [...unique.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function without(findings: readonly Finding[], others: readonly Finding[]): readonly Finding[] {
  const known = new Set(others.map(keyOf));
  return findings.filter((one) => !known.has(keyOf(one)));
}

function keyOf(one: Finding): string {
  return `${one.package} ${one.id}`;
}

function finding(id: string, name: string, severity: string): Finding {
  return { id, package: name, severity: severity.toLowerCase() };
}

/** The name in a package URL, such as `pkg:deb/debian/openssl@3.0?arch=amd64`. */
function packageOf(purl: string): string {
  const path = purl.replace(/[@?#].*$/s, '');
  return path.slice(path.lastIndexOf('/') + 1);
}

function get(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, name: string): string {
  const found = get(value, name);
  return typeof found === 'string' ? found : '';
}

function list(value: unknown, name: string): readonly unknown[] {
  const found = get(value, name);
  return Array.isArray(found) ? found : [];
}
