import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { reviewFile } from '../src/cli/interactive/review-file.js';
import type { Talk } from '../src/cli/interactive/talk.js';
import { tokensOf } from '../src/cli/review/highlight.js';
import { UsageError } from '../src/cli/exit-codes.js';
import { readDecisions } from '../src/cli/review/read-decisions.js';
import { hunksOf } from '../src/cli/review/hunks.js';
import { withNeeds } from '../src/cli/review/needs.js';
import { type Again, isOfDockerfile, type Reviewed, take, takeHunks } from '../src/cli/review/take.js';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { rewrite, type RewriteOptions } from '../src/rewrite.js';
import { secondReader } from '../src/second-reader.js';
import { composeEdits } from '../src/text/compose.js';
import { applyEdits, type Edit } from '../src/text/edit.js';
import { transforms } from '../src/transforms/index.js';
import { pageData } from './harness/page-data.js';
import { PROGRAM, putFile, type Run, runProgram } from './harness/program.js';

const BASIC = 'from debian:bookworm\nMAINTAINER Joe\nRUN sudo apt-get update && apt-get install curl\nENV A b\n';
/** `rm` has nothing to do only once `apk add` keeps no cache. */
const DEPENDENT =
  'FROM alpine:3.19\nRUN apk add curl \\\n    && echo a \\\n    && echo b \\\n    && rm -rf /var/cache/apk/*\n';

function reviewed(text: string, options: Partial<RewriteOptions> = {}): Reviewed {
  const base = { transforms, secondReader, ...options };
  const again: Again = (accepts) => rewrite(text, { ...base, accepts });
  const result = rewrite(text, base);
  const read = { bytes: Buffer.from(text), text, encoding: 'utf-8' as const };
  return { text, result, again, hunks: withNeeds(hunksOf(read, result), again) };
}

function takenText(review: Reviewed, ids: readonly string[]): string {
  const taken = take(review, new Set(ids));
  return 'refusal' in taken ? taken.refusal : taken.result.text;
}

describe('composed edits', () => {
  test('do what the steps do', () => {
    const step = fc.array(fc.tuple(fc.nat(30), fc.nat(3), fc.string({ maxLength: 3 })), { maxLength: 4 });
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.array(step, { maxLength: 4 }), (text, wishes) => {
        let now = text;
        const steps = wishes.map((wish) => {
          const edits: Edit[] = [];
          let from = 0;
          for (const [gap, length, newText] of wish) {
            const start = from + (gap % 7) + 1;
            if (start + length > now.length) break;
            edits.push({ start, end: start + length, newText });
            from = start + length;
          }
          now = applyEdits(now, edits);
          return edits;
        });
        expect(applyEdits(text, composeEdits(text.length, steps))).toBe(now);
      }),
    );
  });

  test('are those of the result', () => {
    const { result } = reviewed(BASIC);
    expect(applyEdits(BASIC, result.edits)).toBe(result.text);
  });
});

describe('hunks', () => {
  test('are the pieces of the rewrite, each with its changes', () => {
    const { hunks, result } = reviewed(BASIC);
    const own = hunks.filter(isOfDockerfile);
    expect(own.map(({ lines, changes }) => [lines.line, changes.map(({ transform }) => transform)])).toEqual([
      [1, ['normalize-keyword-case']],
      [2, ['replace-maintainer']],
      [3, ['drop-sudo', 'clean-apt-lists', 'add-assume-yes']],
      [4, ['replace-legacy-key-value']],
    ]);
    expect(applyEdits(BASIC, own.map(({ edit }) => edit))).toBe(result.text); // prettier-ignore
  });

  test('have ids of the bytes, the place and the new text', () => {
    const ids = (text: string): readonly string[] => reviewed(text).hunks.map(({ id }) => id);
    expect(ids(BASIC)).toEqual(ids(BASIC));
    expect(new Set([...ids(BASIC), ...ids(`${BASIC}\n`)]).size).toBe(8);
  });

  test('hold an edit at the end of the file behind a line that changes', () => {
    const review = reviewed(`${BASIC}ENV C d`);
    const own = review.hunks.filter(isOfDockerfile).map(({ edit }) => edit);
    expect(applyEdits(review.text, own)).toBe(review.result.text);
  });

  test('can be taken in every selection', () => {
    const review = reviewed(BASIC);
    for (let bits = 0; bits < 16; bits++) {
      const chosen = review.hunks.filter((_, index) => (bits >> index) % 2 === 1);
      const text = applyEdits(BASIC, chosen.filter(isOfDockerfile).map(({ edit }) => edit)); // prettier-ignore
      expect(takenText(review, chosen.map(({ id }) => id))).toBe(text); // prettier-ignore
    }
  });

  test('name those that they rely on, and are not taken without them', () => {
    const review = reviewed(DEPENDENT);
    const [first, second] = review.hunks;
    expect(review.hunks.map(({ needs }) => needs)).toEqual([[], [first?.id]]);
    expect(takenText(review, [second?.id ?? ''])).toBe(
      'line 4 (add-apk-no-cache) relies on line 2 (add-apk-no-cache), which is not accepted',
    );
    expect(takenText(review, [first?.id ?? ''])).toBe(DEPENDENT.replace('add curl', 'add --no-cache curl'));
    const unknowing = { ...review, hunks: review.hunks.map((hunk) => ({ ...hunk, needs: [] })) };
    expect(takenText(unknowing, [second?.id ?? ''])).toBe(
      'line 4 (add-apk-no-cache) relies on a hunk that is not accepted',
    );
  });

  test('are judged as a part where the engine would write it in another way', () => {
    const review = reviewed(BASIC);
    const own = review.hunks.filter(isOfDockerfile);
    const taken = (newText: string): unknown => {
      const [first] = own;
      if (first === undefined) return undefined;
      const found = takeHunks(review, [{ ...first, edit: { ...first.edit, newText } }]);
      return 'refusal' in found ? found.refusal : found.result.text;
    };
    expect(taken('FROM  debian:bookworm\n')).toBe(BASIC.replace('from', 'FROM '));
    expect(taken('FROM debian\n')).toMatch(/the word "debian:bookworm" is lost/);
    expect(taken('FROM debian:bookworm\nRUN (\n')).toMatch(/script on line 2 does not parse/);
    expect(taken('FROM debian:bookworm\nUSER me\n')).toMatch(/final image's .* changes/);
    expect(taken('FROM debian:bookworm\nNOPE\n')).toMatch(/new problem/);
  });
});

test('tokens are where the scanner sees them', () => {
  const text =
    '# syntax=x\nFROM a AS b\n# c\nRUN --mount=type=cache,target=/x echo "a $B" \\\n  # inner\n  \'c\' $D\nRUN <<E\nx\nE\nONBUILD ENV A=${B}\n';
  const tokens = tokensOf(Dockerfile.parse(text)).map(({ start, end, kind }) => `${kind}: ${text.slice(start, end)}`);
  expect(tokens).toEqual([
    'comment: # syntax=x',
    'keyword: FROM',
    'keyword: AS',
    'comment: # c',
    'keyword: RUN',
    'flag: --mount=type=cache,target=/x',
    'string: "a ',
    'variable: $B',
    'string: "',
    'comment: # inner',
    "string: 'c'",
    'variable: $D',
    'keyword: RUN',
    'heredoc: x\nE',
    'keyword: ONBUILD',
    'keyword: ENV',
    'variable: ${B}',
  ]);
});

describe('a review on the terminal', () => {
  const plainly = (_: string, text: string): string => text;

  interface Held {
    readonly text: string | undefined;
    readonly hasEnded: boolean;
    readonly shown: string;
  }

  async function hold(
    text: string,
    answers: readonly string[],
    edits: readonly (string | undefined)[] = [],
  ): Promise<Held> {
    const [left, written, shown] = [[...answers], [...edits], [] as string[]];
    const talk: Talk = {
      show: (line) => void shown.push(line),
      ask: (question) => {
        shown.push(question);
        return Promise.resolve(left.shift());
      },
      edit: () => Promise.resolve(written.shift()),
    };
    const { result, hasEnded } = await reviewFile('a/Dockerfile', reviewed(text, { unsafe: false }), talk, plainly);
    expect(left).toEqual([]);
    return { text: result?.text, hasEnded, shown: shown.join('\n') };
  }

  test('takes and leaves', async () => {
    const { text, hasEnded, shown } = await hold(BASIC, ['y', 'n', 'N', ' y ']);
    expect(text).toBe(BASIC.replace('from', 'FROM').replace('A b', 'A=b'));
    expect(hasEnded).toBe(false);
    expect(shown).toContain('a/Dockerfile (2 of 4)\nreplace-maintainer (safe): `MAINTAINER` is deprecated');
    expect(shown).toContain('  no other instruction sets org.opencontainers.image.authors');
    expect(shown).toContain('-ENV A b\n+ENV A=b');
  });

  test('takes or leaves the rest', async () => {
    expect((await hold(BASIC, ['n', 'a'])).text).toBe(reviewed(BASIC).result.text.replace('FROM', 'from'));
    expect((await hold(BASIC, ['y', 'd'])).text).toBe(BASIC.replace('from', 'FROM'));
    expect(await hold(BASIC, ['n', 'n', 'n', 'n'])).toMatchObject({ text: undefined, hasEnded: false });
  });

  test('ends with what was taken, also when there is no more input', async () => {
    expect(await hold(BASIC, ['y', 'q'])).toMatchObject({ text: BASIC.replace('from', 'FROM'), hasEnded: true });
    expect(await hold(BASIC, ['y'])).toMatchObject({ text: BASIC.replace('from', 'FROM'), hasEnded: true });
  });

  test('explains its letters, and offers only those that can be done', async () => {
    const { shown } = await hold(BASIC, ['?', 's', 'x', 'q']);
    expect(shown.match(/Take this hunk \[y,n,a,d,e,q,\?\]\? /g)).toHaveLength(4);
    expect(shown.match(/n - leave it\n/g)).toHaveLength(3);
    expect(shown).not.toContain('s - ');
  });

  test('splits a hunk into its changes', async () => {
    const { text, shown } = await hold(BASIC, ['n', 'n', 's', 'y', 'n', 'y', 'n']);
    expect(text).toBe(BASIC.replace('sudo ', '').replace('install', 'install -y'));
    expect(shown).toContain(
      '-RUN apt-get update && apt-get install curl\n+RUN apt-get update && apt-get install -y curl',
    );
    expect((await hold(BASIC, ['n', 'n', 's', 'n', 'a', 'n'])).text).toBe(
      BASIC.replace('install curl', 'install -y curl && sudo rm -rf /var/lib/apt/lists/*'),
    );
  });

  test('takes what a person wrote, if both readers can read it', async () => {
    const { text, shown } = await hold(
      BASIC,
      ['y', 'e', 'e', 'e', 'n', 'n'],
      [undefined, 'WRONG x\n', 'LABEL who="Joe"\n'],
    );
    expect(text).toBe(BASIC.replace('from', 'FROM').replace('MAINTAINER Joe', 'LABEL who="Joe"'));
    expect(shown).toContain('The editor failed');
    expect(shown).toContain("The file does not read with this: line 2: 'WRONG' is not an instruction");
  });

  test('leaves alone what relies on a hunk that was left', async () => {
    const { text, shown } = await hold(DEPENDENT, ['n', 'y']);
    expect(text).toBeUndefined();
    expect(shown).toContain('Left alone: line 4 (add-apk-no-cache) relies on line 2 (add-apk-no-cache).');
  });

  test('shows what a file hides', async () => {
    const { shown } = await hold('FROM a\nENV A \u001b[31m\u202eb\n', ['n']);
    expect(shown).not.toMatch(/[\u001b\u202e]/);
    expect(shown).toContain('\\u202e');
  });
});

describe('the command', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dfix-review-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const dfix = (...words: readonly string[]): Run => runProgram(folder, words);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

  interface FileJson {
    path: string;
    sha256: string;
    hunks: { id: string; decision?: string; comment?: string }[];
  }

  /** The decisions that accept every hunk of the page, as a person may change them. */
  function reviewOf(...words: readonly string[]): FileJson[] {
    const { data } = pageData(dfix('--quiet', '--report', 'html=-', ...words).out);
    const hunks = data.shapes.flatMap(({ variants }) => variants.flatMap((variant) => variant.hunks));
    return data.files.map(({ path, sha256 }, index) => ({
      path,
      sha256,
      hunks: hunks
        .filter(({ file }) => file === index)
        .sort((a, b) => a.line - b.line)
        .map(({ id }) => ({ id, decision: 'accept' })),
    }));
  }

  function decide(files: readonly unknown[]): void {
    putFile(folder, 'decisions.json', JSON.stringify({ version: 1, files }, undefined, 2));
  }

  test('writes what was accepted and nothing else', () => {
    for (const name of ['a/Dockerfile', 'b/Dockerfile', 'c/Dockerfile']) putFile(folder, name, BASIC);
    const [a, b] = reviewOf();
    if (a === undefined || b === undefined) throw new Error('the page lacks a file');
    a.hunks = a.hunks.map((hunk, index) => ({ ...hunk, decision: index === 1 ? 'reject' : 'accept', comment: 'x' }));
    b.hunks = [
      { id: b.hunks[3]?.id ?? '', decision: 'accept' },
      { id: b.hunks[0]?.id ?? '', comment: 'later' },
    ];
    decide([a, b]);
    expect(dfix('--decisions', 'decisions.json').out).toContain('+ENV A=b');
    expect(read('a/Dockerfile')).toBe(BASIC);
    const { code, err } = dfix('--write', '--decisions', 'decisions.json');
    expect([code, err]).toEqual([0, expect.stringContaining('2 rewritten (6 fixes)')]);
    const all = reviewed(BASIC).result.text;
    expect(read('a/Dockerfile')).toBe(all.replace(/^LABEL.*$/m, 'MAINTAINER Joe'));
    expect(read('b/Dockerfile')).toBe(BASIC.replace('A b', 'A=b'));
    expect(read('c/Dockerfile')).toBe(BASIC);
  });

  test('leaves a file alone that is not the one that was reviewed, and writes the others', () => {
    for (const name of ['a/Dockerfile', 'b/Dockerfile', 'c/Dockerfile']) putFile(folder, name, BASIC);
    const files = reviewOf();
    const [, second, third] = files;
    if (second !== undefined) second.hunks = [{ id: '0123456789abcdef', decision: 'accept' }];
    decide([...files, { path: 'gone/Dockerfile', sha256: '', hunks: [] }]);
    putFile(folder, 'a/Dockerfile', `${BASIC}# more\n`);
    const { code, err } = dfix('--write', '--decisions', 'decisions.json');
    expect(code).toBe(2);
    expect(err).toContain('a/Dockerfile: left alone: it is not the file that was reviewed');
    expect(err).toContain('b/Dockerfile: left alone: its hunks are not those that were reviewed');
    expect(err).toContain('gone/Dockerfile: not written: decisions.json names it, and it is not among the files');
    expect(read('a/Dockerfile')).toBe(`${BASIC}# more\n`);
    expect(read('b/Dockerfile')).toBe(BASIC);
    expect(third?.hunks).toHaveLength(4);
    expect(read('c/Dockerfile')).toBe(reviewed(BASIC).result.text);
  });

  test('names the hunks that rely on each other', () => {
    putFile(folder, 'Dockerfile', DEPENDENT);
    const [file] = reviewOf();
    decide([{ ...file, hunks: file?.hunks.slice(1) }]);
    const { code, err } = dfix('--write', '--decisions', 'decisions.json');
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(
        'left alone: line 4 (add-apk-no-cache) relies on line 2 (add-apk-no-cache), which is not accepted',
      ),
    ]);
    expect(read('Dockerfile')).toBe(DEPENDENT);
  });

  test('writes a file of the context only when it was accepted', () => {
    putFile(folder, 'Dockerfile', 'FROM node:22\nWORKDIR /app\nCOPY . .\nENV A b\n');
    putFile(folder, '.git/HEAD', 'ref: x\n');
    putFile(folder, 'node_modules/a/index.js', '');
    putFile(folder, 'index.js', '');
    const words = ['--unsafe', '--only', 'write-dockerignore,replace-legacy-key-value'];
    const [file] = reviewOf(...words);
    expect(file?.hunks).toHaveLength(2);
    decide([{ ...file, hunks: file?.hunks.slice(1) }]);
    dfix('--write', '--decisions', 'decisions.json', ...words);
    expect(read('Dockerfile')).toContain('ENV A=b');
    expect(existsSync(join(folder, '.dockerignore'))).toBe(false);
    const [rest] = reviewOf(...words);
    decide([rest]);
    dfix('--write', '--decisions', 'decisions.json', ...words);
    expect(read('.dockerignore')).toContain('.git');
  });

  test.each([
    ['{"version": 1, "files": [}', 'decisions.json:1:26: it is no JSON: value expected'],
    ['{"version": 1,\n  "file": []}', "decisions.json:2:3: there is no key 'file'; did you mean 'files'?"],
    ['{"version": 2, "files": []}', 'decisions.json:1:13: version: it is not 1, the version that this dfix reads'],
    ['{"version": 1}', 'decisions.json:1:1: files: it is missing'],
    [
      '{"version": 1, "files": [{"path": "a", "sha256": "", "hunks": [\n{"id": "x", "decision": "take"}]}]}',
      'decisions.json:2:25: files.0.hunks.0.decision: it is neither accept nor reject',
    ],
    [
      '{"version": 1, "files": [{"path": "a", "sha256": "", "hunks": [\n{"id": "x", "decison": "accept"}]}]}',
      "decisions.json:2:13: there is no key 'decison'; did you mean 'decision'?",
    ],
    [
      '{"version": 1, "files": [{"path": "a", "sha256": "", "hunks": []},\n{"path": "a", "sha256": "", "hunks": []}]}',
      'decisions.json:2:10: a is there twice',
    ],
  ])('says what is wrong with %s', async (text, message) => {
    const path = putFile(folder, 'decisions.json', text);
    const fault: unknown = await readDecisions(path).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(UsageError);
    expect(String(fault)).toMatch(new RegExp(`/${message.replace(/[.*+?()[\]]/g, '\\$&')}$`));
  });

  test('rejects what has no meaning together', () => {
    putFile(folder, 'Dockerfile', BASIC);
    for (const [words, message] of [
      [['-i'], '--interactive asks on a terminal, and stdin is none'],
      [['-i', '--write'], '--interactive and --write exclude each other'],
      [['-i', '-'], '--interactive and stdin exclude each other'],
      [['--decisions', 'no.json'], '--decisions: no.json: no such file'],
      [['--decisions', 'no.json', '--report', 'html=x'], '--decisions and --report html exclude each other'],
      [['--decisions', 'decisions.json', '-'], '--decisions is about files, and - stands for stdin'],
    ] as const)
      expect(dfix(...words)).toMatchObject({ code: 2, err: expect.stringContaining(message) as unknown });
  });

  test('asks on a real terminal, with a real editor', () => {
    putFile(folder, 'one/Dockerfile', BASIC);
    putFile(folder, 'two/Dockerfile', BASIC);
    const editor = putFile(
      folder,
      'editor with blank.mjs',
      "import fs from 'node:fs'; fs.writeFileSync(process.argv[2], 'LABEL a=b\\n');",
    );
    const { stdout, status } = spawnSync(
      'script',
      ['--quiet', '--return', '--command', `"${process.execPath}" "${PROGRAM}" -i`, join(folder, 'typescript')],
      {
        cwd: folder,
        // Two files: the first is decided hunk by hunk, the second left by the end.
        input: 'y\ne\nn\nn\nq\n',
        env: { ...process.env, NO_COLOR: '1', EDITOR: `"${process.execPath}" "${editor}"`, VISUAL: '' },
        encoding: 'utf8',
        timeout: 60_000,
      },
    );
    expect(stdout).toContain('Dockerfile (1 of 4)');
    expect(stdout).toContain('2 files read, 1 rewritten');
    expect(status).toBe(0);
    expect(read('one/Dockerfile')).toBe(BASIC.replace('from', 'FROM').replace('MAINTAINER Joe', 'LABEL a=b'));
    expect(read('two/Dockerfile')).toBe(BASIC);
  });
});
