import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Instruction } from '../src/dockerfile/instruction.js';
import { type Scan, scan } from '../src/dockerfile/scan.js';
import { LineIndex } from '../src/text/lines.js';
import { describeWithCorpus, readJsonLines, SHARED_CORPUS } from './harness/shared.js';

interface RecordedInstruction {
  readonly Cmd: string;
  readonly Start: number;
  readonly End: number;
  readonly Original: string;
  readonly Flags: readonly string[] | null;
  readonly Vals: readonly string[] | null;
  readonly JSON: boolean;
  readonly Heredocs: readonly RecordedHeredoc[] | null;
  readonly Sub: RecordedInstruction | null;
  readonly PrevComment: readonly string[] | null;
  readonly InsErr: string;
}

interface RecordedHeredoc {
  readonly Name: string;
  readonly Content: string;
  readonly Expand: boolean;
  readonly Chomp: boolean;
  readonly FD: number;
}

interface Recorded {
  readonly File: string;
  readonly Text?: string;
  readonly Err: string;
  readonly Escape: string;
  readonly Ins: readonly RecordedInstruction[] | null;
}

/** Where we differ on purpose, by `file:line`; an entry that is no longer needed fails the test. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'stackabletech+docker-images/eeed793bea18.Dockerfile:6':
    'the program that recorded the answers crashed here, not BuildKit',
};

/** The arguments the way BuildKit's tree holds them: one list of strings. */
function values(instruction: Instruction): readonly string[] {
  const { keyword } = instruction;
  const text = instruction.argumentsText;
  if (keyword === undefined) return [''];
  if (text === '') return [];
  const exec = instruction.exec?.map((word) => word.value);
  switch (keyword) {
    case 'ENV':
    case 'LABEL':
      return instruction.pairs.flatMap((pair) => [pair.name, pair.value, pair.hasEquals ? '=' : '']);
    case 'ARG':
    case 'FROM':
    case 'EXPOSE':
    case 'COPY':
    case 'ADD':
    case 'VOLUME':
      return instruction.words.map((word) => word.text);
    case 'HEALTHCHECK': {
      const command = instruction.logical.slice(instruction.commandSpan);
      return [instruction.healthcheckType?.text ?? '', ...(exec ?? (command === '' ? [] : [command]))];
    }
    case 'ONBUILD':
      return [];
    case 'RUN':
    case 'CMD':
    case 'ENTRYPOINT':
    case 'SHELL':
      return exec ?? [text];
    default:
      return [text];
  }
}

/** The comments before an instruction as BuildKit keeps them: a comment without text starts over. */
function precedingComments(scanned: Scan, index: number, text: string): readonly string[] {
  const from = scanned.instructions[index - 1]?.span.end ?? 0;
  const to = scanned.instructions[index]?.span.start ?? 0;
  let found: string[] = [];
  for (const comment of scanned.comments) {
    if (comment.start < from || comment.start > to) continue;
    // BuildKit takes off the first character of the line, whether it is `#` or a blank before it.
    const content = text
      .slice(Math.max(text.lastIndexOf('\n', comment.start), text.charCodeAt(0) === 0xfeff ? 0 : -1) + 2, comment.end)
      .trim();
    if (content === '') found = [];
    else found.push(content);
  }
  return found;
}

function summary(instruction: Instruction, text: string): unknown {
  const { source } = instruction;
  return {
    Cmd: instruction.keywordText,
    Original: instruction.isOnbuildTrigger ? undefined : instruction.logical.text,
    Lines: instruction.isOnbuildTrigger ? undefined : [source.startLine, source.endLine],
    Flags: instruction.flags.map((flag) => flag.text),
    Vals: values(instruction),
    JSON: instruction.exec !== undefined,
    Heredocs: instruction.isOnbuildTrigger
      ? []
      : instruction.heredocs.map((heredoc) => ({
          Name: heredoc.name,
          Content: text.slice(heredoc.body.start, heredoc.body.end),
          Expand: heredoc.expand,
          Chomp: heredoc.chomp,
          FD: heredoc.fileDescriptor,
        })),
    Sub: instruction.trigger === undefined ? null : summary(instruction.trigger, text),
  };
}

function recordedSummary(recorded: RecordedInstruction, isSub = false): unknown {
  return {
    Cmd: recorded.Cmd,
    Original: isSub ? undefined : recorded.Original,
    Lines: isSub ? undefined : [recorded.Start, recorded.End],
    Flags: recorded.Flags ?? [],
    Vals: recorded.Vals ?? [],
    JSON: recorded.JSON,
    Heredocs: isSub ? [] : (recorded.Heredocs ?? []),
    Sub: recorded.Sub === null ? null : recordedSummary(recorded.Sub, true),
  };
}

/** Go and JavaScript put different numbers of replacement characters for the same bad bytes. */
function comparable(value: unknown): string {
  return JSON.stringify(value).replace(/\ufffd+/g, '\ufffd');
}

/** Names of the files on which the scanner and the recorded answer differ, with the first difference. */
function differences(records: readonly Recorded[], textOf: (record: Recorded) => string): string[] {
  const found: string[] = [];
  for (const record of records) {
    const text = textOf(record);
    const scanned = scan(text);
    const fatal = scanned.problems.some((problem) =>
      ['no-instruction', 'unterminated-heredoc', 'repeated-directive', 'invalid-escape', 'line-too-long'].includes(
        problem.kind,
      ),
    );
    if (record.Err !== '') {
      if (!fatal) found.push(`${record.File}: BuildKit says ${record.Err}`);
      continue;
    }
    const ours = scanned.instructions.map((instruction, index) => [
      summary(instruction, text),
      precedingComments(scanned, index, text),
    ]);
    const theirs = (record.Ins ?? []).map((instruction) => [
      recordedSummary(instruction),
      instruction.PrevComment ?? [],
    ]);
    const at = theirs.findIndex((their, index) => comparable(their) !== comparable(ours[index]));
    if (fatal) found.push(`${record.File}: fatal ${JSON.stringify(scanned.problems)}`);
    else if (record.Escape !== scanned.escape) found.push(`${record.File}: escape`);
    else if (at !== -1)
      found.push(`${record.File}: ${JSON.stringify(ours[at])} instead of ${JSON.stringify(theirs[at])}`);
    else if (ours.length !== theirs.length) found.push(`${record.File}: ${ours.length} instead of ${theirs.length}`);
  }
  return found;
}

/** Instructions that BuildKit rejects by themselves, and those that we do, as `file:line`. */
function rejections(
  records: readonly Recorded[],
  textOf: (record: Recorded) => string,
): { theirs: string[]; ours: string[] } {
  const theirs: string[] = [];
  const ours: string[] = [];
  for (const record of records) {
    for (const instruction of record.Ins ?? []) {
      if (instruction.InsErr !== '') theirs.push(`${record.File}:${instruction.Start}`);
    }
    const text = textOf(record);
    const lines = new LineIndex(text);
    for (const problem of scan(text).problems) {
      if (problem.kind !== 'unknown-instruction' && problem.kind !== 'invalid-arguments') continue;
      ours.push(`${record.File}:${lines.lineAt(problem.start)}`);
    }
  }
  return { theirs, ours };
}

describeWithCorpus('the scanner against the recorded answers of BuildKit', () => {
  // The answers are JSON, in which bad UTF-8 became replacement characters: read the files the same way.
  const readCorpusFile = (record: Recorded): string =>
    readFileSync(join(SHARED_CORPUS, 'dockerfiles', record.File), 'utf8');
  const readText = (record: Recorded): string => record.Text ?? '';

  for (const [archive, textOf] of [
    ['buildkit-parse.jsonl.gz', readCorpusFile],
    ['buildkit-parse-synthetic.jsonl.gz', readText],
  ] as const) {
    test(`${archive}: the same instructions, lines, flags, values and heredocs`, () => {
      const found = differences(readJsonLines<Recorded>(archive), textOf);
      expect(found).toEqual([]);
    });

    test(`${archive}: the same rejected instructions`, () => {
      const { theirs, ours } = rejections(readJsonLines<Recorded>(archive), textOf);
      expect(ours).toEqual(theirs.filter((place) => EXCEPTIONS[place] === undefined));
      const unneeded = Object.keys(EXCEPTIONS).filter((place) => !theirs.includes(place) || ours.includes(place));
      expect(archive.includes('synthetic') ? [] : unneeded).toEqual([]);
    });
  }
});
