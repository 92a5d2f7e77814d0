import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import Ajv from 'ajv';
import { stretchesOf } from '../src/cli/reports/stretches.js';
import { untouched } from '../src/rewrite.js';
import { lineEdits } from '../src/text/patch.js';
import { applyEdits } from '../src/text/edit.js';
import { PROGRAM, putFile, type Run, runProgram } from './harness/program.js';

const load = createRequire(import.meta.url);
const FORMATS = [
  'json',
  'jsonl',
  'sarif',
  'rdjson',
  'junit',
  'github',
  'github-summary',
  'gitlab',
  'markdown',
  'commit-message',
  'csv',
  'html',
  'patch',
] as const;
const BAD = 'FROM debian:bookworm\nRUN apt-get update && apt-get install curl\n';
/** A word that means something in every format, in a place where a message repeats it. */
const EVIL = ']]><script>x</script>|`{0}[a](http://e)&amp;%0A::error::\u001b[31m\u202e💥';
const HOSTILE = `FROM debian:bookworm\nMAINTAINER "${EVIL}\nRUN apt-get update && apt-get install curl\nLABEL ${EVIL}==cmd()\nENV A=b A=b\n`;
const STAGES =
  'from debian:bookworm as B\nRUN apt-get update \\\n    && apt-get install curl\nCOPY a b /c\n\nFROM debian:bookworm\n# ü💥\ncopy --from=B /a /b\nRUN true\nCOPY --from=0 /a /b\nCMD node ü\n';

/** Names of files, and what is in them. */
const FILES: Readonly<Record<string, string | Buffer>> = {
  'a|b "c"<script>]]>.Dockerfile': HOSTILE,
  '=cmd().Dockerfile': BAD,
  '100%,a:b`.Dockerfile': BAD,
  'new\nline/Dockerfile': BAD,
  'é💥 x.Dockerfile': STAGES,
  'crlf.Dockerfile': STAGES.replaceAll('\n', '\r\n'),
  'bom.Dockerfile': `\ufeff${STAGES}`,
  'bom-crlf-open.Dockerfile': `\ufeff${STAGES.replaceAll('\n', '\r\n').trimEnd()}`,
  'one-line.Dockerfile': '\ufefffrom debian:bookworm',
  'latin1.Dockerfile': Buffer.from('FROM debian\nMAINTAINER Andr\xe9\n', 'latin1'),
  'same.Dockerfile':
    'FROM debian:bookworm\nRUN apt-get update && apt-get install curl\nRUN true\nRUN apt-get update && apt-get install curl\n',
  'good.Dockerfile': 'FROM scratch\nCOPY app /app\nUSER 1000\nENTRYPOINT ["/app"]\n',
  'unparsable.Dockerfile': `FROM a\n${EVIL} x\n`,
  'binary.Dockerfile': Buffer.from([0, 1, 2]),
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dfix-reports-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function dfix(words: readonly string[], input = ''): Run {
  return runProgram(folder, words, { PATH: process.env['PATH'] }, input);
}

const put = (name: string, text: string | Buffer): string => putFile(folder, name, text);

function putAll(): void {
  for (const [name, text] of Object.entries(FILES)) put(name, text);
}

function read(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

/** A report of all that is in the folder. */
function report(format: (typeof FORMATS)[number], ...words: readonly string[]): string {
  return dfix(['--quiet', '--report', `${format}=-`, ...words]).out;
}

interface FileJson {
  readonly path: string;
  readonly text: string;
  readonly changes: readonly unknown[];
  readonly offers: readonly unknown[];
  readonly reports: readonly unknown[];
  readonly declines: readonly unknown[];
}

/** What dfix makes of each file, by its own JSON. */
function results(...words: readonly string[]): ReadonlyMap<string, FileJson> {
  const { files } = JSON.parse(report('json', '--with-text', ...words)) as { readonly files: readonly FileJson[] };
  return new Map(files.map((file) => [file.path, file]));
}

describe('--report', () => {
  test.each([
    [['--report', 'sarf=x'], "--report has no format 'sarf'; did you mean sarif?"],
    [['--report', 'nonsense=x'], `--report has no format 'nonsense'; there are ${FORMATS.join(', ')}`],
    [['--report', 'constructor=x'], `--report has no format 'constructor'; there are ${FORMATS.join(', ')}`],
    [['--report', 'sarif'], '--report sarif has no path: it takes sarif=PATH, or sarif=-'],
    [['--report', 'csv='], '--report csv has no path: it takes csv=PATH, or csv=-'],
    [['--report', 'csv=-', '--report', 'json=-'], '--report writes two reports to stdout'],
    [['--report', 'csv=x', '--report', 'json=./x'], '--report writes two reports to ./x'],
    [['--report', 'csv=no/x'], '--report cannot write no/x: there is no folder no'],
    [['--report', 'csv=Dockerfile/x'], '--report cannot write Dockerfile/x: there is no folder Dockerfile'],
    [['--report', 'csv=folder'], '--report cannot write folder: it is a folder'],
    [['--report', 'csv=Dockerfile'], '--report would overwrite Dockerfile, which is read'],
    [['--report', 'csv=a\nb/x'], '--report cannot write a b/x: there is no folder a b'],
    [['--report', 'csv=-', '--check', '--diff'], '--report to stdout and --diff exclude each other'],
    [['--report', 'csv=-', '--list'], '--report to stdout and --list exclude each other'],
    [['--report', 'csv=-', '--format', 'json'], '--report to stdout and --format exclude each other'],
    [['--report', 'csv=-', '-'], '--report to stdout and --write of stdin exclude each other'],
  ])('%j is a wrong call, known before anything is done', (words, message) => {
    put('Dockerfile', BAD);
    mkdirSync(join(folder, 'folder'));
    const isCheck = words.includes('--check');
    const run = dfix(['--report', 'jsonl=kept', ...words, ...(isCheck ? [] : ['--write'])], BAD);
    expect(run).toEqual({ code: 2, out: '', err: `dfix: ${message}\n` });
    expect(read('Dockerfile')).toBe(BAD);
    expect(readdirSync(folder).sort()).toEqual(['Dockerfile', 'folder']);
  });

  test('writes all formats in one run, beside what is printed', () => {
    putAll();
    const before = readdirSync(folder).sort();
    const words = FORMATS.flatMap((format) => ['--report', `${format}=out/${format}, x`]);
    mkdirSync(join(folder, 'out'));
    const plain = dfix([]);
    const run = dfix(words);
    expect(run).toEqual(plain);
    expect(run.code).toBe(4);
    expect(readdirSync(folder).sort()).toEqual([...before, 'out'].sort());
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(FORMATS.map((format) => `${format}, x`).sort());
    for (const format of FORMATS) {
      if (format !== 'patch') expect(read(`out/${format}, x`)).toBe(report(format));
      expect(read(`out/${format}, x`)).not.toContain(folder);
    }
    expect(read('out/json, x')).toBe(dfix(['--format', 'json']).out);
    expect(read('out/jsonl, x')).toBe(dfix(['--format', 'jsonl']).out);
  });

  test('is in the order of the paths, whatever was said first', () => {
    put('b/Dockerfile', BAD);
    put('a/Dockerfile', BAD);
    const reports = ['a', 'b'].map((first) => {
      dfix([...FORMATS.flatMap((format) => ['--report', `${format}=${format}`]), first, 'a', 'b']);
      return FORMATS.map(read);
    });
    expect(reports[1]).toEqual(reports[0]);
    expect(dfix(['--list', 'b', 'a']).out).toBe('b/Dockerfile\na/Dockerfile\n');
  });

  test('takes the place of an old one as a whole, through a link and with its mode', () => {
    put('Dockerfile', BAD);
    chmodSync(put('real.csv', 'old'), 0o640);
    symlinkSync('real.csv', join(folder, 'link.csv'));
    expect(dfix(['--write', '--report', 'csv=link.csv']).code).toBe(0);
    expect(lstatSync(join(folder, 'link.csv')).isSymbolicLink()).toBe(true);
    expect(statSync(join(folder, 'real.csv')).mode & 0o777).toBe(0o640);
    expect(read('real.csv')).toContain('clean-apt-lists');
    expect(readdirSync(folder).sort()).toEqual(['Dockerfile', 'link.csv', 'real.csv']);
  });

  test('is added to the file that the steps of a job of GitHub share', () => {
    put('Dockerfile', BAD);
    put('summary.md', 'of another step\n');
    symlinkSync('summary.md', join(folder, 'link.md'));
    const env = { PATH: process.env['PATH'], GITHUB_STEP_SUMMARY: join(folder, 'summary.md') };
    expect(runProgram(folder, ['--report', 'github-summary=link.md', '--report', 'csv=x.csv'], env).code).toBe(0);
    expect(read('summary.md')).toMatch(/^of another step\n## dfix\n/);
    expect(read('x.csv')).not.toBe('');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves nothing behind when %s ends the run',
    async (signal) => {
      for (let index = 0; index < 400; index++) put(`${index}.Dockerfile`, STAGES);
      const child = spawn(process.execPath, [PROGRAM, '--jobs', '1', '--report', 'csv=x.csv'], { cwd: folder });
      const ended = new Promise((done) => child.once('exit', (code, by) => done(by ?? code)));
      const temporary = (): readonly string[] => readdirSync(folder).filter((name) => name.startsWith('.x.csv'));
      // The report is opened before anything is done.
      await new Promise((done) => child.stdout.once('data', done));
      expect(temporary()).toHaveLength(1);
      child.kill(signal);
      child.stdout.resume();
      expect(await ended).toBe(signal);
      expect(temporary()).toEqual([]);
    },
    60_000,
  );

  test('leaves nothing behind when nobody reads on', async () => {
    for (let index = 0; index < 400; index++) put(`${index}.Dockerfile`, STAGES);
    const child = spawn(process.execPath, [PROGRAM, '--jobs', '1', '--report', 'csv=x.csv'], { cwd: folder });
    const ended = new Promise((done) => child.once('exit', done));
    await new Promise((done) => child.stdout.once('data', done));
    child.stdout.destroy();
    expect(await ended).toBe(0);
    expect(readdirSync(folder).filter((name) => name.startsWith('.x.csv'))).toEqual([]);
  }, 60_000);

  test('is written with no file, and of stdin', () => {
    const run = dfix(FORMATS.flatMap((format) => ['--report', `${format}=${format}.out`]));
    expect({ code: run.code, names: readdirSync(folder).sort() }).toEqual({
      code: 3,
      names: FORMATS.map((format) => `${format}.out`).sort(),
    });
    expect(JSON.parse(read('gitlab.out'))).toEqual([]);
    expect(JSON.parse(read('rdjson.out'))).toMatchObject({ diagnostics: [] });
    expect(JSON.parse(read('sarif.out'))).toMatchObject({ runs: [{ results: [] }] });
    const filter = dfix(['-', '--write', '--quiet', '--report', 'csv=stdin.csv'], BAD);
    expect(filter.out).toContain('apt-get install -y curl');
    expect(read('stdin.csv')).toContain('Dockerfile,2,5,2,warning,fix,clean-apt-lists,');
    expect(dfix(['-', '--quiet', '--report', 'csv=-'], BAD).out).toBe(read('stdin.csv'));
  });

  test('that cannot be written is told in the end, and stops nothing', () => {
    put('Dockerfile', BAD);
    const { code, err } = dfix(['--write', '--report', 'jsonl=/dev/full', '--report', 'csv=x.csv']);
    expect({ code, lines: err.split('\n') }).toEqual({
      code: 2,
      lines: ['error: /dev/full: not written: the disk is full', expect.stringContaining('1 rewritten'), ''],
    });
    expect(read('x.csv')).toContain('clean-apt-lists');
    expect(read('Dockerfile')).toContain('install -y');
  });
});

interface Region {
  readonly startLine: number;
  readonly startColumn?: number;
  readonly endLine: number;
  readonly endColumn: number;
}

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly kind?: string;
  readonly message: { readonly text: string };
  readonly locations: readonly {
    readonly physicalLocation: { readonly artifactLocation: { readonly uri: string }; readonly region: Region };
  }[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly fixes?: readonly {
    readonly artifactChanges: readonly {
      readonly artifactLocation: { readonly uri: string };
      readonly replacements: readonly {
        readonly deletedRegion: Region;
        readonly insertedContent: { readonly text: string };
      }[];
    }[];
  }[];
}

interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly version: string;
        readonly rules: readonly { readonly id: string; readonly properties: { readonly tags: readonly string[] } }[];
      };
    };
    readonly columnKind: string;
    readonly results: readonly SarifResult[];
  }[];
}

function sarif(...words: readonly string[]): Sarif {
  return JSON.parse(report('sarif', ...words)) as Sarif;
}

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly newText: string;
}

/** The offset of a place in a text; lines end with a line feed, whatever stands in front of it. */
function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  return lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
}

/** Applies each replacement once. */
function applied(text: string, replacements: readonly Replacement[]): string {
  const once = [...new Map(replacements.map((one) => [JSON.stringify(one), one])).values()];
  return applyEdits(text, once);
}

/** What a schema that somebody else wrote says against a report. */
function complaints(schema: object, report: string): unknown {
  const ajv = new Ajv({ schemaId: 'auto', allErrors: true });
  ajv.addMetaSchema(load('ajv/lib/refs/json-schema-draft-04.json') as object);
  return ajv.validate(schema, JSON.parse(report)) === true ? [] : ajv.errors;
}

describe('sarif', () => {
  // The schema of OASIS, as a package of SARIF's own kit has it.
  test('is what the schema of 2.1.0 asks for', () => {
    putAll();
    const schema = load('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json') as object;
    expect(complaints(schema, report('sarif', '--unsafe'))).toEqual([]);
    expect(complaints(schema, report('sarif', '--write'))).toEqual([]);
    expect(complaints(schema, '{"version":"2.1.0","runs":[{"tool":{}}]}')).not.toEqual([]);
  });

  test('holds what the format asks for', () => {
    putAll();
    const log = sarif();
    const [run] = log.runs;
    if (run === undefined) throw new Error('there is no run');
    expect({ version: log.version, columnKind: run.columnKind }).toEqual({
      version: '2.1.0',
      columnKind: 'utf16CodeUnits',
    });
    expect(run.tool.driver.version).toMatch(/^\d+\.\d+\.\d+/);
    const { rules } = run.tool.driver;
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    expect(Math.max(...rules.map(({ properties }) => properties.tags.length))).toBeLessThanOrEqual(20);
    for (const result of run.results) {
      expect(rules[result.ruleIndex]?.id).toBe(result.ruleId);
      expect(['error', 'warning', 'note', 'none']).toContain(result.level);
      // SARIF 3.27.10: no level but for what is a failure.
      expect(result.level === 'none').toBe(result.kind === 'informational');
      // SARIF 3.11.6: nothing from a file becomes a link or a placeholder.
      expect(result.message.text).not.toMatch(/\]\(|\{\d+\}(?!\})|[\u0000-\u001f\u202e]/);
      const uri = result.locations[0]?.physicalLocation.artifactLocation.uri ?? '';
      expect(uri).toMatch(/^[A-Za-z0-9\-._~%!*'()/]+$/);
      expect(Object.keys(FILES)).toContain(decodeURIComponent(uri));
    }
    const total = [...results().values()].reduce(
      (sum, file) => sum + file.changes.length + file.offers.length + file.reports.length + file.declines.length,
      0,
    );
    // One file that cannot be parsed and one that is binary.
    expect(run.results.length).toBe(total + 2);
    const levels = run.results.filter(({ level }) => level === 'error').map(({ ruleId }) => ruleId);
    expect(levels.sort()).toEqual(['file-error', 'unparsable']);
  });

  test('its fixes make of each file what dfix makes of it', () => {
    putAll();
    const made = results();
    const fixes = new Map<string, Replacement[]>();
    for (const { fixes: own } of sarif().runs.flatMap((run) => run.results)) {
      for (const change of (own ?? []).flatMap((fix) => fix.artifactChanges)) {
        const path = decodeURIComponent(change.artifactLocation.uri);
        const text = read(path).replace(/^\ufeff/, '');
        const replacements = change.replacements.map(({ deletedRegion: region, insertedContent }) => ({
          start: offsetOf(text, region.startLine, region.startColumn ?? 1),
          end: offsetOf(text, region.endLine, region.endColumn),
          newText: insertedContent.text,
        }));
        fixes.set(path, [...(fixes.get(path) ?? []), ...replacements]);
      }
    }
    const changed = [...made.values()].filter(
      ({ changes, path }) => changes.length > 0 && path !== 'latin1.Dockerfile',
    );
    expect([...fixes.keys()].sort()).toEqual(changed.map(({ path }) => path).sort());
    for (const [path, replacements] of fixes) {
      const text = read(path);
      const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
      expect(mark + applied(text.slice(mark.length), replacements)).toBe(made.get(path)?.text);
    }
  });

  test('has no fixes for what is written already', () => {
    put('Dockerfile', BAD);
    const fixesOf = (log: Sarif): number => log.runs.flatMap((run) => run.results).filter(({ fixes }) => fixes).length;
    expect(fixesOf(sarif())).toBe(2);
    expect(fixesOf(sarif('--write'))).toBe(0);
  });

  test('counts no byte order mark', () => {
    const columnsIn = (text: string): unknown => {
      put('Dockerfile', text);
      return sarif().runs.flatMap((run) => run.results.map((result) => result.locations[0]?.physicalLocation.region));
    };
    expect(columnsIn(`\ufeff${STAGES}`)).toEqual(columnsIn(STAGES));
  });

  test('knows a finding again when its line has moved, and tells equal ones apart', () => {
    const namesIn = (text: string): readonly string[] => {
      put('Dockerfile', text);
      return sarif().runs.flatMap((run) =>
        run.results.map((result) => Object.values(result.partialFingerprints).join()),
      );
    };
    const same = String(FILES['same.Dockerfile']);
    const names = namesIn(same);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.endsWith(':2')).length).toBeGreaterThan(0);
    expect(namesIn(same.replace('RUN apt', '# one\n\n# two\nRUN apt'))).toEqual(names);
    expect(namesIn(same.replace('install curl', 'install wget'))).not.toEqual(names);
  });
});

interface Diagnostic {
  readonly message: string;
  readonly location: {
    readonly path: string;
    readonly range?: {
      readonly start: { readonly line: number; readonly column: number };
      readonly end: { readonly line: number; readonly column: number };
    };
  };
  readonly severity: string;
  readonly code: { readonly value: string };
  readonly suggestions?: readonly {
    readonly range: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
    readonly text: string;
  }[];
}

describe('rdjson', () => {
  test('is what a schema of the format asks for', () => {
    putAll();
    const { rdformatSchema: schema } = load('@umbrelladocs/rdformat-validator') as { readonly rdformatSchema: object };
    expect(complaints(schema, report('rdjson', '--unsafe'))).toEqual([]);
    expect(complaints(schema, '{"diagnostics":[{"message":"x","location":{}}]}')).not.toEqual([]);
  });

  test('its suggestions make of each file what dfix makes of it, each line once', () => {
    putAll();
    const made = results();
    const log = JSON.parse(report('rdjson')) as { readonly diagnostics: readonly Diagnostic[] };
    const texts = new Map<string, Replacement[]>();
    for (const { location, suggestions, severity } of log.diagnostics) {
      expect(['ERROR', 'WARNING', 'INFO']).toContain(severity);
      for (const { range, text } of suggestions ?? []) {
        const before = read(location.path);
        const start = offsetOf(before, range.start.line, 1);
        const last = before.split('\n')[range.end.line - 1] ?? '';
        const end = offsetOf(before, range.end.line, last.replace(/\r$/, '').length + 1);
        expect(text).not.toBe('');
        texts.set(location.path, [...(texts.get(location.path) ?? []), { start, end, newText: text }]);
      }
    }
    const changed = [...made.values()].filter(
      ({ changes, path }) => changes.length > 0 && path !== 'latin1.Dockerfile',
    );
    expect([...texts.keys()].sort()).toEqual(changed.map(({ path }) => path).sort());
    for (const [path, replacements] of texts) expect(applyEdits(read(path), replacements)).toBe(made.get(path)?.text);
  });

  test('counts columns in bytes of UTF-8', () => {
    put('Dockerfile', 'FROM debian:bookworm\nRUN echo 💥 && cd /tmp && apt-get install curl\n');
    const { diagnostics } = JSON.parse(report('rdjson')) as { readonly diagnostics: readonly Diagnostic[] };
    const range = diagnostics.find(({ code }) => code.value === 'add-assume-yes')?.location.range;
    const line = Buffer.from('RUN echo 💥 && cd /tmp && apt-get install curl');
    expect(range).toEqual({
      start: { line: 2, column: line.indexOf('install') + 1 },
      end: { line: 2, column: line.length + 1 },
    });
  });

  test('offers no part of a rewrite that needs another file', () => {
    put('Dockerfile', 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nCMD node x\n');
    put('package.json', '{"dependencies":{"left-pad":"1.3.0"}}');
    put('package-lock.json', '{"lockfileVersion":3,"packages":{}}');
    put('.dockerignore', '');
    const { diagnostics } = JSON.parse(report('rdjson')) as { readonly diagnostics: readonly Diagnostic[] };
    expect(diagnostics.map(({ code }) => code.value)).toContain('order-copy-for-cache');
    const texts = diagnostics.flatMap(({ suggestions }) => suggestions ?? []).map(({ text }) => text);
    expect(texts.join('')).not.toContain('package.json');
  });
});

describe('the stretches of a rewrite', () => {
  const change = {
    transform: 'x',
    category: 'style',
    message: '',
    line: 1,
    column: 1,
    endLine: 1,
    applicability: 'safe',
    checked: [],
    configChanges: [],
  } as const;
  const parts = (before: string, after: string, touched: readonly (readonly [number, number])[] = []): unknown => {
    const ranges = touched.map(([line, endLine]) => [{ ...change }, { line, endLine }] as const);
    const edits = [{ start: 0, end: before.length, newText: after }];
    const result = { ...untouched(after, 'changed'), edits, touched: new Map(ranges) };
    const encoding = 'utf-8' as const;
    const read = { bytes: Buffer.from(before), text: before, encoding };
    return stretchesOf({ path: 'x', read, result, error: undefined, isWritten: false }).map(
      ({ line, endLine, endColumn, newText }) => [line, endLine, endColumn, newText],
    );
  };

  test.each([
    ['a replaced line', 'a\nb\nc\n', 'a\nB\nc\n', [[2, 2, 2, 'B']]],
    ['an insertion', 'a\nbcd\n', 'a\nx\nbcd\n', [[2, 2, 4, 'x\nbcd']]],
    ['an insertion at the end', 'a\nb\n', 'a\nb\nc\n', [[2, 2, 2, 'b\nc']]],
    ['a deletion', 'a\nb\nc\n', 'a\nc\n', [[2, 3, 2, 'c']]],
    ['a deletion at the end', 'a\nb\nc\n', 'a\nb\n', [[2, 3, 2, 'b']]],
    ['neighbours of one line', 'a\nb\n', 'b\nc\n', [[1, 2, 2, 'b\nc']]],
    ['lines without an end', 'a\nb', 'a\nB', [[2, 2, 2, 'B']]],
    ['CRLF', 'a\r\nb\r\n', 'a\r\nB\r\n', [[2, 2, 2, 'B']]],
    ['a byte order mark', '\ufeffa\nb\n', '\ufeffA\nB\n', [[1, 2, 2, '\ufeffA\nB']]],
    ['a byte order mark alone in its line', '\ufeffa\nb\n', '\ufeffA\nb\n', [[1, 1, 2, '\ufeffA']]],
    ['an end of the file that comes', 'a', 'b\n', [[1, 1, 2, 'b\n']]],
    ['an end of the file that goes', 'a\n', 'b', []],
  ])('hold %s', (_, before, after, expected) => {
    expect(parts(before, after)).toEqual(expected);
  });

  test('hold all that one fix touches', () => {
    const [before, after] = ['a\nb\nc\nd\ne\nf\ng\n', 'A\nb\nC\nd\nE\nf\nG\n'];
    expect(parts(before, after)).toHaveLength(4);
    expect(parts(before, after, [[3, 5]])).toEqual([
      [1, 1, 2, 'A'],
      [3, 5, 2, 'C\nd\nE'],
      [7, 7, 2, 'G'],
    ]);
    expect(parts(before, after, [[1, 4], [3, 7]])).toEqual([[1, 7, 2, after.trimEnd()]]); // prettier-ignore
  });

  test('hold a line that one fix moves, at its old and its new place', () => {
    expect(parts('a\nb\nc\nd\ne\n', 'b\nc\na\nd\ne\n')).toHaveLength(2);
    expect(parts('a\nb\nc\nd\ne\n', 'b\nc\na\nd\ne\n', [[1, 3]])).toEqual([[1, 4, 2, 'b\nc\na\nd']]);
  });

  test('are made of edits that give the new text', () => {
    const large = 'x\n'.repeat(6000);
    for (const [before, after] of [
      ['', 'a\n'],
      ['a\nb', 'b\na\n'],
      [large, large.replaceAll('x', 'y')],
    ] as const)
      expect(applyEdits(before, lineEdits(before, after))).toBe(after);
  });
});

/** Whether a text is well-formed XML 1.0 of elements and attributes alone; throws where it is not. */
function readXml(text: string): { readonly names: readonly string[]; readonly texts: readonly string[] } {
  const body = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
  const open: string[] = [];
  const names: string[] = [];
  const texts: string[] = [];
  const unescaped = (value: string): string => {
    if (/[<>]|&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(value)) throw new Error(`not escaped: ${value}`);
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(value)) throw new Error('a character XML has not');
    const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
    return value.replace(
      /&(#?)(\w+);/g,
      (_, sign: string, name: string) => (sign === '' ? entities[name] : String.fromCodePoint(Number(name))) ?? '',
    );
  };
  for (const part of body.match(/<[^>]*>|[^<]+/g) ?? []) {
    if (!part.startsWith('<')) texts.push(unescaped(part));
    else if (part.startsWith('</')) {
      if (open.pop() !== part.slice(2, -1)) throw new Error(`ends nothing: ${part}`);
    } else {
      const [, name, list = '', end] = /^<([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>$/.exec(part) ?? [];
      if (name === undefined) throw new Error(`no tag: ${part}`);
      names.push(name);
      for (const [, value = ''] of list.matchAll(/="([^"]*)"/g)) texts.push(unescaped(value));
      if (end === '') open.push(name);
    }
  }
  if (open.length > 0) throw new Error(`not ended: ${open.join()}`);
  return { names, texts };
}

test('junit is XML with a suite a file and a failure a finding', () => {
  putAll();
  const { names, texts } = readXml(report('junit'));
  const counted = (name: string): number => names.filter((one) => one === name).length;
  expect(counted('testsuite')).toBe(Object.keys(FILES).length);
  expect(counted('failure')).toBe(sarif().runs[0]?.results.filter(({ level }) => level !== 'none').length);
  for (const name of Object.keys(FILES)) expect(texts).toContain(name);
  expect(texts.join('')).toContain(`\`${EVIL.replace('\u001b', '')}\` is not made of`);
  put('=cmd().Dockerfile', `FROM a\nRUN <<"\u0008\ufffe"\n`);
  expect(() => readXml(report('junit'))).not.toThrow();
});

describe('github', () => {
  /** Reads a line as the runner does: https://github.com/actions/runner, ActionCommand.TryParseV2. */
  const commandIn = (line: string): Readonly<Record<string, string>> => {
    const [, name = '', list = '', data = ''] = /^::(\w+) (.*?)::(.*)$/.exec(line) ?? [];
    const decoded = (text: string): string =>
      text
        .replaceAll('%0D', '\r')
        .replaceAll('%0A', '\n')
        .replaceAll('%3A', ':')
        .replaceAll('%2C', ',')
        .replaceAll('%25', '%');
    const pairs = list.split(',').map((pair): [string, string] => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), decoded(pair.slice(at + 1))];
    });
    return { ...Object.fromEntries(pairs), name, data: decoded(data) };
  };

  test('holds a command a finding, and nothing that a file says is one', () => {
    putAll();
    const commands = report('github').trimEnd().split('\n').map(commandIn);
    expect(commands.length).toBe(sarif().runs[0]?.results.filter(({ level }) => level !== 'none').length);
    expect(new Set(commands.map(({ name }) => name))).toEqual(new Set(['error', 'warning', 'notice']));
    expect([...new Set(commands.map(({ file }) => file))].sort()).toEqual(
      Object.keys(FILES)
        .filter((name) => name !== 'good.Dockerfile')
        .sort(),
    );
    expect(commands.some(({ data }) => data?.includes('%0A::error::␛') === true)).toBe(true);
  });

  test('names the weightiest first', () => {
    put('a.Dockerfile', 'from debian:bookworm\nRUN curl http://x | sh\nWORKDIR a\n');
    put('b.Dockerfile', 'FROM a\nRUN <<EOF\n');
    const titles: readonly string[] = report('github').match(/^::\w+|title=[^:]*/gm) ?? [];
    const levels = titles.filter((title) => title.startsWith('::'));
    const order = ['::error', '::warning', '::notice'];
    expect(levels).toEqual([...levels].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
    expect(titles[1]).toContain('unparsable');
    expect(titles.indexOf('title=dfix%3A normalize-keyword-case')).toBeGreaterThan(
      titles.indexOf('title=dfix%3A make-workdir-absolute'),
    );
  });
});

test('gitlab holds what the format asks for, each fingerprint once', () => {
  putAll();
  const issues = JSON.parse(report('gitlab')) as readonly {
    readonly description: string;
    readonly check_name: string;
    readonly fingerprint: string;
    readonly severity: string;
    readonly location: { readonly path: string; readonly lines: { readonly begin: number } };
  }[];
  expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length);
  for (const { description, check_name: name, severity, location } of issues) {
    expect(description + name).not.toMatch(/[\u0000-\u001f]/);
    expect(['info', 'minor', 'major', 'critical', 'blocker']).toContain(severity);
    expect(Object.keys(FILES)).toContain(location.path);
    expect(location.lines.begin).toBeGreaterThan(0);
  }
});

/** What Markdown has outside of its code spans, which a run of as many backticks ends. */
function outsideCode(text: string): string {
  return text.replace(/(?<!`)(`+)(?!`)([^]*?[^`])\1(?!`)/g, 'CODE');
}

describe.each(['markdown', 'github-summary'] as const)('%s', (format) => {
  test('holds what files say in code spans alone', () => {
    putAll();
    put('`` ```.Dockerfile', HOSTILE);
    for (const words of [[], ['--unsafe']]) {
      const text = report(format, ...words);
      const outside = outsideCode(text);
      expect(outside).not.toMatch(/script|http|cmd|`|💥|\u001b|\u202e/);
      expect(new Set(outside.match(/<[^>]*>/g) ?? [])).toEqual(
        new Set(format === 'markdown' ? ['<details>', '<summary>', '</summary>', '</details>'] : []),
      );
      // A line is ours from its beginning: no text of a file starts a block.
      for (const line of text.split('\n')) expect(line).toMatch(/^(?:$|[|#<-]| {2}- |[A-Z\d]|dfix)/);
    }
  });

  test('stays below what GitHub takes', () => {
    const many = `FROM debian:bookworm\n${'RUN apt-get update && apt-get install curl\nRUN true\n'.repeat(500)}`;
    for (let index = 0; index < 5; index++) put(`${index}.Dockerfile`, many);
    const text = report(format, '--unsafe', '--skip', 'merge-runs');
    expect(Buffer.byteLength(text)).toBeLessThan(format === 'markdown' ? 65_536 : 1 << 20);
    expect(text).toMatch(/^- and \d+ more lines$/m);
  });
});

test('markdown says what changes, the risk, what is left and how to opt out', () => {
  put('Dockerfile', BAD);
  expect(report('markdown', '--unsafe', '--no-context')).toMatchSnapshot();
  put('Dockerfile', String(FILES['good.Dockerfile']));
  expect(report('markdown', '--only', 'merge-runs')).toBe('dfix has nothing to change.\n');
});

/** The cells of a table by RFC 4180. */
function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  for (const [whole, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    if (!text.startsWith(whole, at)) throw new Error(`no cell at ${at}`);
    at += whole.length;
    row.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  if (at !== text.length) throw new Error(`no cell at ${at}`);
  return rows;
}

test('csv holds a finding a row, and nothing that a spreadsheet runs', () => {
  putAll();
  put('\tx.Dockerfile', BAD);
  put('@x.Dockerfile', BAD);
  put('+x.Dockerfile', BAD);
  put('-x.Dockerfile', BAD);
  const [head, ...rows] = readCsv(report('csv'));
  expect(head).toEqual(
    'path,line,column,end line,level,kind,transform,category,applicability,message,detail'.split(','),
  );
  expect(new Set(rows.map((row) => row.length))).toEqual(new Set([11]));
  expect(rows.length).toBe(sarif().runs[0]?.results.length);
  const paths = [...new Set(rows.map(([path]) => path))];
  expect(paths).toEqual(
    expect.arrayContaining(["'=cmd().Dockerfile", "'@x.Dockerfile", "'+x.Dockerfile", "'-x.Dockerfile"]),
  );
  expect(paths).toEqual(
    expect.arrayContaining(["'\tx.Dockerfile", 'new\nline/Dockerfile', 'a|b "c"<script>]]>.Dockerfile']),
  );
  for (const cell of rows.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]|[\u0000-\u0008\u000b-\u001f]/);
});

describe('patch', () => {
  test('is taken by git, and makes of all files what dfix makes of them', () => {
    putAll();
    const node = 'FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\n';
    const uv =
      'FROM ghcr.io/astral-sh/uv:python3.12-bookworm AS jobs\nWORKDIR /srv\nCOPY . .\nRUN uv sync --frozen --no-install-project\n';
    put('api/Dockerfile', node + uv);
    put('api/Dockerfile.jobs', uv + node);
    put('api/index.js', '');
    put('api/pyproject.toml', '[project]\nname = "api"\nversion = "1"\n');
    put('api/uv.lock', '');
    put('api/package.json', '{"dependencies":{"left-pad":"1.3.0"}}');
    put('api/package-lock.json', '{"lockfileVersion":3,"packages":{}}');
    put('api/.dockerignore', 'ü\n');
    spawnSync('git', ['init', '-q'], { cwd: folder });
    dfix(['--quiet', '--report', 'patch=.git/dfix.patch']);
    const patch = readFileSync(join(folder, '.git/dfix.patch'));
    expect(patch.toString('latin1').match(/^diff --git a\/api\/\.dockerignore/gm)).toHaveLength(1);
    const apply = (...options: readonly string[]): unknown =>
      spawnSync('git', ['apply', '--whitespace=nowarn', ...options, '.git/dfix.patch'], {
        cwd: folder,
        encoding: 'utf8',
      }).stderr;
    expect(apply('--check')).toBe('');
    expect(apply()).toBe('');
    const names = [...Object.keys(FILES), 'api/Dockerfile', 'api/Dockerfile.jobs', 'api/.dockerignore'];
    const patched = names.map((name) => readFileSync(join(folder, name)).toString('latin1'));
    expect(apply('--reverse')).toBe('');
    dfix(['--write']);
    expect(patched).toEqual(names.map((name) => readFileSync(join(folder, name)).toString('latin1')));
    for (const line of ['**/node_modules', '**/.venv'])
      expect(patched[names.indexOf('api/.dockerignore')]?.split('\n')).toContain(line);
    expect(patched[names.indexOf('latin1.Dockerfile')]).toContain('Andr\xe9');
  });

  test('keeps a file of the context in UTF-8 beside a Dockerfile that is not', () => {
    put('Dockerfile', Buffer.from('FROM node:22\n# Andr\xe9\nWORKDIR /app\nCOPY . .\nRUN npm ci\n', 'latin1'));
    put('package.json', '{"dependencies":{"left-pad":"1.3.0"}}');
    put('package-lock.json', '{"lockfileVersion":3,"packages":{}}');
    put('.dockerignore', '# 💥\n');
    spawnSync('git', ['init', '-q'], { cwd: folder });
    for (const words of [['--report', 'patch=x.patch', '--check'], []]) {
      const { out, code } = dfix(['--only', 'order-copy-for-cache', ...words, 'Dockerfile'], '');
      expect(code).toBe(words.length === 0 ? 0 : 1);
      if (words.length === 0) expect(out).toContain('💥');
    }
    const { stderr } = spawnSync('git', ['apply', '--check', 'x.patch'], { cwd: folder, encoding: 'utf8' });
    expect(stderr).toBe('');
  });
});
