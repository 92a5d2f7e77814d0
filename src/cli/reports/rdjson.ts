import type { ReadFile } from '../files.js';
import { type Finding, sentenceOf, urgentFindings } from './finding.js';
import { plain } from './plain.js';
import type { Reporter } from './reporter.js';
import { type Stretch, stretchAt, stretchesOf } from './stretches.js';

const SEVERITIES = { error: 'ERROR', warning: 'WARNING', note: 'INFO' } as const;

/** reviewdog's format: https://github.com/reviewdog/reviewdog/blob/master/proto/rdf/reviewdog.proto */
export function rdjsonReporter(): Reporter {
  const diagnostics: string[] = [];
  return {
    add: (outcome) => {
      const stretches = stretchesOf(outcome);
      // Two suggestions of the same lines cannot be committed together: the first that needs them has it.
      const given = new Set<Stretch>();
      const columnOf = byteColumns(outcome.read);
      for (const finding of urgentFindings(outcome)) {
        const stretch = stretchAt(stretches, finding);
        const isFirst = stretch !== undefined && !given.has(stretch);
        if (stretch !== undefined) given.add(stretch);
        diagnostics.push(
          JSON.stringify({
            message: plain(sentenceOf(finding)),
            location: { path: outcome.path, ...rangeOf(finding, columnOf) },
            severity: SEVERITIES[finding.level],
            code: { value: finding.rule },
            ...(isFirst ? { suggestions: [suggestionOf(stretch)] } : {}),
          }),
        );
      }
      return '';
    },
    end: () =>
      `{"source":{"name":"dfix"},"severity":"WARNING","diagnostics":[${diagnostics.map((line) => `\n${line}`).join(',')}\n]}\n`,
  };
}

type ColumnOf = (line: number, column: number) => number;

/** The format counts columns in bytes of UTF-8. */
function byteColumns(read: ReadFile | undefined): ColumnOf {
  const lines = read?.text.replace(/^\ufeff/, '').split('\n') ?? [];
  return (line, column) => Buffer.byteLength((lines[line - 1] ?? '').slice(0, column - 1)) + 1;
}

function rangeOf({ place }: Finding, columnOf: ColumnOf): Record<string, unknown> {
  if (place === undefined) return {};
  const start = { line: place.line, column: columnOf(place.line, place.column) };
  const end = { line: place.endLine, column: columnOf(place.endLine, Infinity) };
  return { range: { start, end } };
}

/** Without columns both lines are meant as a whole, but for the end of the last one. */
function suggestionOf({ line, endLine, newText }: Stretch): Record<string, unknown> {
  return { range: { start: { line }, end: { line: endLine } }, text: newText };
}
