import { type LineData, type RowData, TOKEN_KINDS } from './data.js';
import { el, shown } from './dom.js';
import type { ReviewHunk } from './review.js';

export type Layout = 'split' | 'unified';

/** A line with its number and what became of it. */
interface Numbered {
  readonly number: number;
  readonly line: LineData;
}

interface NumberedRow {
  readonly old: Numbered | undefined;
  readonly now: Numbered | undefined;
  readonly isSame: boolean;
}

/** The lines of a hunk as a table; `hunk` says where they are. */
export function diffTable({ variant, data, file }: ReviewHunk, layout: Layout): HTMLElement {
  const rows = numbered(variant.rows, data.line - variant.lead, data.newLine - variant.lead);
  const caption = el('caption', { class: 'unseen' }, shown(`${variant.path ?? file.path}, line ${data.line}`));
  const body = el('tbody', {}, ...(layout === 'split' ? rows.map(splitRow) : unifiedRows(rows)));
  return el(
    'div',
    { class: 'diff', tabindex: '0', role: 'group', 'aria-label': 'Diff' },
    el('table', { class: layout }, caption, columns(layout), body),
  );
}

function columns(layout: Layout): HTMLElement {
  const names = layout === 'split' ? ['number', 'code', 'number', 'code'] : ['number', 'number', 'code'];
  return el('colgroup', {}, ...names.map((name) => el('col', { class: `${name}-column` })));
}

function numbered(rows: readonly RowData[], line: number, newLine: number): readonly NumberedRow[] {
  let [oldNumber, newNumber] = [line, newLine];
  return rows.map((row) => {
    if ('same' in row) {
      const { same } = row;
      return { old: { number: oldNumber++, line: same }, now: { number: newNumber++, line: same }, isSame: true };
    }
    const old = row.old === undefined ? undefined : { number: oldNumber++, line: row.old };
    const now = row.now === undefined ? undefined : { number: newNumber++, line: row.now };
    return { old, now, isSame: false };
  });
}

function splitRow({ old, now, isSame }: NumberedRow): HTMLElement {
  const cells = (side: Numbered | undefined, kind: 'old' | 'now'): readonly HTMLElement[] =>
    side === undefined
      ? [el('td', { class: 'number void' }), el('td', { class: 'code void' })]
      : [numberCell(side.number, isSame ? 'same' : kind), codeCell(side.line, isSame ? 'same' : kind)];
  return el('tr', {}, ...cells(old, 'old'), ...cells(now, 'now'));
}

/** All old lines of a change, then all new ones. */
function unifiedRows(rows: readonly NumberedRow[]): readonly HTMLElement[] {
  const result: HTMLElement[] = [];
  let added: HTMLElement[] = [];
  for (const { old, now, isSame } of rows) {
    if (isSame) {
      result.push(...added);
      added = [];
    }
    if (isSame && old !== undefined && now !== undefined)
      result.push(
        el('tr', {}, numberCell(old.number, 'same'), numberCell(now.number, 'same'), codeCell(old.line, 'same')),
      );
    else {
      if (old !== undefined)
        result.push(
          el('tr', {}, numberCell(old.number, 'old'), el('td', { class: 'number old' }), codeCell(old.line, 'old')),
        );
      if (now !== undefined)
        added.push(
          el('tr', {}, el('td', { class: 'number now' }), numberCell(now.number, 'now'), codeCell(now.line, 'now')),
        );
    }
  }
  return [...result, ...added];
}

type Kind = 'old' | 'now' | 'same';

const SIGNS: Readonly<Record<Kind, string>> = { old: '−', now: '+', same: ' ' };
const SPOKEN: Readonly<Record<Kind, string>> = { old: 'removed', now: 'added', same: '' };

function numberCell(number: number, kind: Kind): HTMLElement {
  return el('td', { class: `number ${kind}` }, String(number));
}

function codeCell(line: LineData, kind: Kind): HTMLElement {
  const spoken = kind === 'same' ? undefined : el('span', { class: 'unseen' }, SPOKEN[kind]);
  const sign = el('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[kind]);
  return el('td', { class: `code ${kind}` }, sign, spoken, el('code', {}, ...parts(line)));
}

/** A line cut where a token or a mark begins or ends. */
function parts({ text, tokens = [], marks = [] }: LineData): readonly Node[] {
  const kinds = new Map<number, string>();
  const cuts = new Set([0, text.length]);
  const spans: { readonly start: number; readonly end: number; readonly name: string }[] = [];
  for (let at = 0; at + 2 < tokens.length; at += 3)
    spans.push(spanOf(tokens[at] ?? 0, tokens[at + 1] ?? 0, `t-${TOKEN_KINDS[tokens[at + 2] ?? 0] ?? ''}`));
  for (let at = 0; at + 1 < marks.length; at += 2) spans.push(spanOf(marks[at] ?? 0, marks[at + 1] ?? 0, 'mark'));
  for (const { start, end } of spans) cuts.add(start).add(end);
  const sorted = [...cuts].sort((a, b) => a - b);
  for (const { start, end, name } of spans)
    for (const cut of sorted.slice(sorted.indexOf(start), sorted.indexOf(end)))
      kinds.set(cut, `${kinds.get(cut) ?? ''} ${name}`.trim());
  return sorted.slice(0, -1).map((start, index) => {
    const piece = shown(text.slice(start, sorted[index + 1]));
    const name = kinds.get(start);
    return name === undefined ? piece : el('span', { class: name }, piece);
  });
}

function spanOf(start: number, length: number, name: string): { start: number; end: number; name: string } {
  return { start, end: start + length, name };
}
