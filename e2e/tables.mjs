// Writes what the builds measured into examples/README.md, and the medians into the README.
import { readFileSync, writeFileSync } from 'node:fs';
import { megabytes, signedShare } from '../dist/verify/report.js';

const START = '<!-- measured by npm run e2e -- --tables -->';
const END = '<!-- end -->';

export function writeTables(rows) {
  const sizes = rows.map(({ before, after }) => (after.size - before.size) / before.size);
  const edits = rows.filter(({ edit }) => edit !== undefined && edit.before.repeated > 0);
  const steps = edits.map(({ edit }) => share(edit.after) - share(edit.before));
  const summary = [
    `Measured on ${rows.length} applications, built for real before and after \`--unsafe\` on ${new Date().toISOString().slice(0, 10)}:`,
    '',
    '| | median | from | to |',
    '|---|---|---|---|',
    `| size of the image | ${percent(median(sizes))} | ${percent(Math.min(...sizes))} | ${percent(Math.max(...sizes))} |`,
    `| share of the steps that an edit of a source repeats, before | ${plain(median(edits.map(({ edit }) => share(edit.before))))} | | |`,
    `| the same, after | ${plain(median(edits.map(({ edit }) => share(edit.after))))} | | |`,
    `| difference, in points | ${points(median(steps))} | ${points(Math.min(...steps))} | ${points(Math.max(...steps))} |`,
  ];
  const table = [
    '| application | what it is | size before | after | | user | steps that an edit repeats, before | after | time of these |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows.map(rowOf),
  ];
  replaceIn('README.md', summary);
  replaceIn('examples/README.md', [...summary, '', ...table]);
}

function rowOf({ app, before, after, edit }) {
  const cells = [
    `[${app.name}](apps/${app.name})`,
    app.about,
    megabytes(before.size),
    megabytes(after.size),
    signedShare(before.size, after.size),
    after.user || 'root',
    ...(edit === undefined
      ? ['', '', '']
      : [count(edit.before), count(edit.after), `× ${(edit.after.seconds / edit.before.seconds).toFixed(2)}`]),
  ];
  return `| ${cells.join(' | ')} |`;
}

const count = ({ repeated, steps }) => `${repeated} of ${steps}`;
const share = ({ repeated, steps }) => (steps === 0 ? 0 : repeated / steps);
const plain = (value) => `${(value * 100).toFixed(0)} %`;
const percent = (value) => `${value > 0 ? '+' : ''}${(value * 100).toFixed(1)} %`;
const points = (value) => `${value > 0 ? '+' : ''}${(value * 100).toFixed(0)}`;

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function replaceIn(file, lines) {
  const text = readFileSync(file, 'utf8');
  const start = text.indexOf(START);
  const end = text.indexOf(END, start);
  if (start < 0 || end < 0) throw new Error(`${file} has no place for the table`);
  writeFileSync(file, `${text.slice(0, start)}${START}\n\n${lines.join('\n')}\n\n${text.slice(end)}`);
}
