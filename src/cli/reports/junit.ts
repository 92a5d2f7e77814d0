import { type Finding, sentenceOf, urgentFindings } from './finding.js';
import type { Reporter } from './reporter.js';

/** JUnit's XML as CI systems read it: a suite a file, a failed test a finding, and a passed one where there is none. */
export function junitReporter(): Reporter {
  const suites: string[] = [];
  let tests = 0;
  let failures = 0;
  return {
    add: (outcome) => {
      const findings = urgentFindings(outcome);
      const count = Math.max(1, findings.length);
      const name = attribute(outcome.path);
      const cases =
        findings.length === 0
          ? `    <testcase classname="${name}" name="nothing to do"/>\n`
          : findings.map((finding) => failedCase(outcome.path, finding)).join('');
      suites.push(
        `  <testsuite name="${name}" tests="${count}" failures="${findings.length}" errors="0" skipped="0">\n${cases}  </testsuite>\n`,
      );
      tests += count;
      failures += findings.length;
      return '';
    },
    end: () =>
      `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="dfix" tests="${tests}" failures="${failures}" errors="0">\n${suites.join('')}</testsuites>\n`,
  };
}

function failedCase(path: string, finding: Finding): string {
  const { place, rule, level, message } = finding;
  const at = place === undefined ? '' : `:${place.line}:${place.column}`;
  const text = characters(`${path}${at}: ${rule}: ${sentenceOf(finding)}`);
  const head = `    <testcase classname="${attribute(path)}" name="${attribute(`${rule}${at}`)}">\n`;
  return `${head}      <failure type="${level}" message="${attribute(message)}">${text}</failure>\n    </testcase>\n`;
}

/** Text without what XML 1.0 has no way to write, https://www.w3.org/TR/xml/#charsets */
function characters(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#13;');
}

/** Quotes and, since a reader makes blanks of them, ends of lines written as references. */
function attribute(text: string): string {
  return characters(text)
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')
    .replaceAll('\t', '&#9;')
    .replaceAll('\n', '&#10;');
}
