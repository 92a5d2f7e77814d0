import { knownTransforms } from '../known-transforms.js';
import { version } from '../version.js';
import { type Finding, findingsOf, OTHER_RULES, sentenceOf } from './finding.js';
import { fingerprinter } from './fingerprint.js';
import { plain } from './plain.js';
import type { Reporter } from './reporter.js';
import { type Stretch, stretchAt, stretchesOf } from './stretches.js';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/**
 * GitHub refuses a report with more of them for a rule; all ids are among the properties as well.
 * https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
 */
const MAX_TAGS = 20;

type Json = Readonly<Record<string, unknown>>;

/** SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function sarifReporter(): Reporter {
  const results: string[] = [];
  const rules = new Map<string, number>();
  const indexOf = (rule: string): number => {
    const index = rules.get(rule) ?? rules.size;
    rules.set(rule, index);
    return index;
  };
  return {
    add: (outcome) => {
      const location = artifactLocation(outcome.path);
      const fingerprint = fingerprinter(outcome);
      const stretches = stretchesOf(outcome);
      for (const finding of findingsOf(outcome)) {
        const stretch = stretchAt(stretches, finding);
        results.push(
          JSON.stringify({
            ruleId: finding.rule,
            ruleIndex: indexOf(finding.rule),
            // The format has no level for what is no failure.
            ...(finding.level === 'none' ? { kind: 'informational' } : {}),
            level: finding.level,
            message: { text: inert(plain(sentenceOf(finding))) },
            locations: [{ physicalLocation: { artifactLocation: location, ...regionOf(finding) } }],
            partialFingerprints: { 'findingHash/v1': fingerprint(finding) },
            ...(stretch === undefined ? {} : { fixes: [fixOf(finding, location, stretch)] }),
          }),
        );
      }
      return '';
    },
    end: () => {
      const head = JSON.stringify({
        driver: { name: 'dfix', version: version(), rules: [...rules.keys()].map(ruleCalled) },
      });
      const bases = JSON.stringify({ SRCROOT: { description: { text: 'The folder in which dfix ran.' } } });
      const list = results.map((result) => `\n${result}`).join(',');
      return `{"$schema":"${SCHEMA}","version":"2.1.0","runs":[{"tool":${head},\n"columnKind":"utf16CodeUnits","originalUriBaseIds":${bases},\n"results":[${list}\n]}]}\n`;
    },
  };
}

function ruleCalled(id: string): Json {
  const transform = knownTransforms().find(({ name }) => name === id);
  const summary = transform?.summary ?? OTHER_RULES[id] ?? id;
  const related = transform?.related ?? [];
  const tags = [...(transform === undefined ? [] : [transform.category]), ...related].slice(0, MAX_TAGS);
  return { id, shortDescription: { text: `${summary}.` }, properties: { tags, related } };
}

/** A path as a reference: what lies outside the working directory has no base. */
function artifactLocation(path: string): Json {
  const encoded = path.split('/').map(encodeSegment).join('/');
  if (path.startsWith('/')) return { uri: `file://${encoded}` };
  if (/^[A-Za-z]:\//.test(path)) return { uri: `file:///${path.slice(0, 2)}${encoded.slice(encoded.indexOf('/'))}` };
  return { uri: encoded, uriBaseId: 'SRCROOT' };
}

/** A lone surrogate, which `encodeURIComponent` does not take, becomes what a file of UTF-8 holds in its place. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(Buffer.from(segment).toString());
}

/** GitHub takes no result without a line. */
function regionOf({ place }: Finding): Json {
  if (place === undefined) return { region: { startLine: 1 } };
  return { region: { startLine: place.line, startColumn: place.column, endLine: place.endLine } };
}

function fixOf(finding: Finding, location: Json, stretch: Stretch): Json {
  const { line, endLine, endColumn, newText } = stretch;
  const replacement = {
    deletedRegion: { startLine: line, startColumn: 1, endLine, endColumn },
    // Regions do not count a byte order mark, so nobody who applies the fix deletes the one that is there.
    insertedContent: { text: newText.replace(/^\ufeff/, '') },
  };
  const artifactChanges = [{ artifactLocation: location, replacements: [replacement] }];
  return { description: { text: inert(plain(finding.message)) }, artifactChanges };
}

/** A message in which nothing is taken for a link or for a place to put an argument in. */
function inert(text: string): string {
  return text.replaceAll('](', '] (').replace(/\{(\d+)\}/g, '{{$1}}');
}
