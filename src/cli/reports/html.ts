import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FileData, NamedReview, NoteData, PlaceData, ReviewData } from '../../review-page/data.js';
import type { FileOutcome } from '../process-file.js';
import { sha256Of } from '../review/review.js';
import { Shapes } from '../review/shapes.js';
import { type Finding, findingsOf, sentenceOf } from './finding.js';
import type { Reporter } from './reporter.js';

/**
 * The review page: one file that asks the network for nothing. Its policy lets only the page's own script and style
 * run; all that comes from files is in a block of JSON, which the script puts into the page as text.
 */
export function htmlReporter(): Reporter {
  const files: FileData[] = [];
  const shapes = new Shapes();
  const notes = new Map<string, { kind: NoteData['kind']; title: string; places: PlaceData[] }>();
  let isWritten = false;
  return {
    add: (outcome) => {
      const file = files.length;
      const { path, read, result, hunks } = outcome;
      files.push({ path, sha256: read === undefined ? '' : sha256Of(read) });
      if (read !== undefined && result !== undefined) shapes.add(file, read, result.text, hunks ?? []);
      for (const { kind, title, text, line } of notesOf(outcome)) {
        const note = notes.get(`${kind} ${title}`) ?? { kind, title, places: [] };
        notes.set(`${kind} ${title}`, note);
        note.places.push({ file, line, text });
      }
      isWritten ||= outcome.isWritten;
      return '';
    },
    end: () => {
      const sorted = [...notes.values()].sort((a, b) => b.places.length - a.places.length);
      const { transforms, changes, shapes: shapeData } = shapes;
      return pageOf({ files, transforms, changes, shapes: shapeData, notes: sorted, isWritten });
    },
  };
}

interface Note extends Pick<NoteData, 'kind' | 'title'>, Omit<PlaceData, 'file'> {}

function notesOf(outcome: FileOutcome): readonly Note[] {
  return findingsOf(outcome).flatMap((finding) => {
    const note = noteOf(finding);
    return note === undefined ? [] : { ...note, line: finding.place?.line ?? 1 };
  });
}

/** What a finding is told as; nothing for a change, which is a hunk. */
function noteOf(finding: Finding): Omit<Note, 'line'> | undefined {
  const { kind, rule, message, detail } = finding;
  switch (kind) {
    case 'fix':
    case 'file':
      return undefined;
    case 'declined': {
      const [reason = '', ...rest] = detail.split(': ');
      return { kind, title: reason, text: `${rule}: ${message}: ${rest.join(': ')}` };
    }
    case 'offer':
    case 'report':
      return { kind, title: rule, text: sentenceOf(finding) };
    case 'problem':
    case 'disputed':
    case 'fault':
    case 'error':
      return { kind: 'left', title: rule, text: sentenceOf(finding) };
  }
}

/** Characters that could end the block, begin a comment in it, or are no part of a line of script. */
const OUTSIDE_JSON = /[<>&\u2028\u2029]/g;

function pageOf(data: ReviewData): string {
  const name = createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 16);
  const json = JSON.stringify({ name, data } satisfies NamedReview).replace(
    OUTSIDE_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  // The bundle lies in the folder of the page's parts.
  const part = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8').trim();
  const [script, style] = [part('review-page.js'), part('review-page.css')];
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>dfix review</title>
<style>${style}</style>
</head>
<body>
<noscript>This page shows its data with a script.</noscript>
<script type="application/json" id="data">${json}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** How a policy names the text of a script or style. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
