import type { Category } from '../../transforms/transform.js';
import { type Finding, sentenceOf, urgentFindings } from './finding.js';
import { fingerprinter } from './fingerprint.js';
import { plain } from './plain.js';
import type { Reporter } from './reporter.js';

const WEIGHTY: ReadonlySet<Category | undefined> = new Set(['security', 'correctness']);

/** GitLab's code quality: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format */
export function gitlabReporter(): Reporter {
  const issues: string[] = [];
  return {
    add: (outcome) => {
      const fingerprint = fingerprinter(outcome);
      for (const finding of urgentFindings(outcome)) {
        issues.push(
          JSON.stringify({
            description: plain(sentenceOf(finding)),
            check_name: finding.rule,
            // It has to be the only one of its kind in the whole report.
            fingerprint: fingerprint(finding, outcome.path),
            severity: severityOf(finding),
            location: { path: outcome.path, lines: { begin: finding.place?.line ?? 1 } },
          }),
        );
      }
      return '';
    },
    end: () => (issues.length === 0 ? '[]\n' : `[\n${issues.join(',\n')}\n]\n`),
  };
}

function severityOf({ level, category }: Finding): 'info' | 'minor' | 'major' | 'critical' {
  if (level === 'error') return 'critical';
  if (level === 'warning') return WEIGHTY.has(category) ? 'major' : 'minor';
  return 'info';
}
