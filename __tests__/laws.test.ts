import { describe, expect, test } from '@jest/globals';
import { Dockerfile } from '../src/dockerfile/dockerfile.js';
import { rewrite, type RewriteResult } from '../src/rewrite.js';
import { secondReader } from '../src/second-reader.js';
import { deletion, type Edit, insertion, replacement } from '../src/text/edit.js';
import { transforms } from '../src/transforms/index.js';
import {
  type Diagnostic,
  type Fix,
  fixed,
  type Subject,
  type Transform,
  written,
} from '../src/transforms/transform.js';

const TEXT = `# syntax=docker/dockerfile:1
# what this is
FROM debian:bookworm
RUN echo one && \\
    # inside
    echo two
USER app
CMD ["run"]
`;

function bad(check: (subject: Subject) => Iterable<Diagnostic>): Transform {
  return { name: 'bad', summary: 'Breaks a law', category: 'style', related: [], check };
}

function oneFix(edits: (text: string) => readonly Edit[], more: Partial<Fix> = {}): Transform {
  return bad(({ dockerfile }) => {
    const made = edits(dockerfile.text);
    return made.length === 0
      ? []
      : [fixed({ start: 0, end: 1 }, 'a fix', { edits: made, applicability: 'safe', checked: [], ...more })];
  });
}

function spanOf(text: string, part: string): { readonly start: number; readonly end: number } {
  const start = text.indexOf(part);
  return { start, end: start + part.length };
}

function run(transform: Transform, text = TEXT): RewriteResult {
  return rewrite(text, { transforms: [transform], secondReader });
}

/** Expects that nothing was changed and that the fault says why. */
function expectRefused(result: RewriteResult, message: string | RegExp, text = TEXT): void {
  expect(result.text).toBe(text);
  expect(result.changes).toEqual([]);
  expect(result.faults[0]?.transform).toBe('bad');
  expect(result.faults[0]?.message).toMatch(message);
}

describe('law 1: the engine refuses', () => {
  test('overlapping edits', () => {
    const edits = (text: string): Edit[] => [
      replacement(spanOf(text, 'echo one'), 'x'),
      replacement(spanOf(text, 'one'), 'y'),
    ];
    expectRefused(run(oneFix(edits)), /overlap/);
  });

  test('two insertions at one place', () => {
    expectRefused(run(oneFix(() => [insertion(40, 'a'), insertion(40, 'b')])), /overlap/);
  });

  test('edits outside the file', () => {
    expectRefused(run(oneFix((text) => [insertion(text.length + 1, 'a')])), /outside/);
  });

  test('a lost comment', () => {
    expectRefused(
      run(oneFix((text) => [deletion(spanOf(text, '# what this is\n'))])),
      /comment "# what this is" is lost/,
    );
  });

  test('a lost comment inside an instruction', () => {
    expectRefused(run(oneFix((text) => [deletion(spanOf(text, '    # inside\n'))])), /comment "# inside" is lost/);
  });

  test('code that became a comment', () => {
    const result = run(
      oneFix((text) => [insertion(text.indexOf('USER'), '# ')], { removes: ['USER', 'app'], configChanges: ['user'] }),
    );
    expectRefused(result, /became a comment/);
  });

  test('a lost parser directive', () => {
    expectRefused(run(oneFix((text) => [insertion(text.indexOf('# syntax'), '# first\n')])), /directive/);
  });

  test('a swallowed command', () => {
    expectRefused(run(oneFix((text) => [deletion(spanOf(text, 'echo one && '))])), /word "one" is lost/);
  });

  test('a lost flag', () => {
    const text = 'FROM debian\nCOPY --chown=a:b x y\n';
    expectRefused(
      run(
        oneFix((now) => [deletion(spanOf(now, '--chown=a:b '))]),
        text,
      ),
      /word "--chown=a:b" is lost/,
      text,
    );
  });

  test('a script that no longer parses', () => {
    expectRefused(run(oneFix((text) => [insertion(text.indexOf('echo two'), '&& ')])), /does not parse/);
  });

  test('a new syntax problem', () => {
    expectRefused(
      run(oneFix((text) => [replacement(spanOf(text, 'USER'), 'USR')], { removes: ['USER'] })),
      /new problem/,
    );
  });

  test('an instruction that swallows the next one', () => {
    const result = run(oneFix((text) => [insertion(spanOf(text, 'echo two').end, ' \\')], { configChanges: ['user'] }));
    expectRefused(result, /no longer the same instruction/);
  });

  test('a change of the final configuration that was not announced', () => {
    expectRefused(
      run(oneFix((text) => [replacement(spanOf(text, 'USER app'), 'USER web')], { removes: ['app'] })),
      /user changes/,
    );
  });

  test('an endless flip', () => {
    const flip = bad(({ dockerfile }) => {
      const [from, to] = dockerfile.text.includes('USER app') ? ['USER app', 'USER web'] : ['USER web', 'USER app'];
      const edits = [replacement(spanOf(dockerfile.text, from), to)];
      return [
        fixed({ start: 0, end: 1 }, 'flips', {
          edits,
          applicability: 'safe',
          checked: [],
          removes: [from],
          configChanges: ['user'],
        }),
      ];
    });
    const result = run(flip);
    expect(result.faults[0]?.message).toMatch(/undo each other/);
    expect(result.text).toContain('USER web');
  });

  test('a file that grows without end', () => {
    const grow = bad(({ dockerfile }) => [
      fixed({ start: 0, end: 1 }, 'grows', {
        edits: [insertion(dockerfile.text.indexOf('echo two'), 'x ')],
        applicability: 'safe',
        checked: [],
      }),
    ]);
    expect(run(grow).faults[0]?.message).toMatch(/still changes after 10 passes/);
  });

  test('a transform that changes its input', () => {
    const mutate = bad(({ dockerfile }) => {
      (dockerfile as { text: string }).text = 'FROM evil\n';
      return [];
    });
    expect(run(mutate).faults[0]?.message).toMatch(/changed its input/);
  });

  test('a transform that throws', () => {
    const throws = bad(() => {
      throw new Error('broken');
    });
    expectRefused(run(throws), /broken/);
  });

  test('a value that a parameter does not take', () => {
    const [transform] = transforms.filter(({ name }) => name === 'add-healthcheck');
    if (transform === undefined) throw new Error('add-healthcheck is gone');
    const run = (values: readonly [string, string][]): RewriteResult =>
      rewrite('FROM alpine\n', { transforms: [transform], params: new Map([[transform.name, new Map(values)]]) });
    expect(run([['path', '/healthz']]).faults).toEqual([]);
    expect(() => run([['path', '/"]\nRUN id']])).toThrow(RangeError);
    expect(() => run([['pfad', '/healthz']])).toThrow(RangeError);
  });

  test('a fix without a change', () => {
    expectRefused(run(oneFix((text) => [replacement(spanOf(text, 'echo'), 'echo')])), /changes nothing/);
  });

  test('one bad fix, and keeps the good one beside it', () => {
    const both = bad(({ dockerfile }) => {
      const { text } = dockerfile;
      if (text.includes('echo zero')) return [];
      const fix = (edits: readonly Edit[]): Fix => ({ edits, applicability: 'safe', checked: [] });
      return [
        fixed(spanOf(text, 'echo two'), 'good', fix([insertion(text.indexOf('echo two'), 'echo zero && ')])),
        fixed(spanOf(text, 'USER'), 'bad', fix([deletion(spanOf(text, 'USER app\n'))])),
      ];
    });
    const result = run(both);
    expect(result.text).toBe(TEXT.replace('echo two', 'echo zero && echo two'));
    expect(result.faults).toHaveLength(1);
    expect(result.changes.map((change) => change.message)).toEqual(['good']);
  });

  test('a fix that the description of its transform rules out', () => {
    const safe = oneFix((text) => [insertion(text.indexOf('echo two'), 'x ')]);
    expectRefused(run({ ...safe, onlyUnsafe: true }), /rules out/);
    expectRefused(run({ ...safe, reportsOnly: true }), /rules out/);
  });

  test('a file of the build context that gets nothing', () => {
    const file = (before: string | undefined, adds: readonly string[]): Transform =>
      bad(({ dockerfile }) => [
        written(spanOf(dockerfile.text, 'USER'), 'a file', {
          path: 'x',
          before,
          adds,
          applicability: 'safe',
          checked: [],
        }),
      ]);
    expect(run(file('a\n', ['a'])).faults).toMatchObject([{ message: 'its fix changes nothing' }]);
    expect(run(file('a\n', ['# only a comment'])).faults).toHaveLength(1);
    expect(run(file('a\r\nb', ['a', 'c'])).files).toMatchObject([{ path: 'x', after: 'a\r\nb\r\n\r\nc\r\n' }]);
    expect(run(file(undefined, ['a'])).files).toMatchObject([{ before: undefined, after: 'a\n' }]);
  });

  test('two transforms that write into one file', () => {
    const add = (...adds: readonly string[]): Transform =>
      bad(({ dockerfile }) => [
        written(spanOf(dockerfile.text, 'USER'), 'a file', {
          path: 'x',
          before: undefined,
          adds,
          applicability: 'safe',
          checked: [],
        }),
      ]);
    const transforms = [add('# one', 'a'), add('# two', 'a'), add('# three', 'a', 'b')];
    const { files } = rewrite(TEXT, { transforms });
    expect(files).toMatchObject([
      { before: undefined, after: '# one\na\n' },
      { before: '# one\na\n', after: '# one\na\n\n# three\nb\n' },
    ]);
  });

  test('nothing of a transform that runs only by name', () => {
    const taste: Transform = { ...oneFix((text) => [insertion(text.indexOf('echo two'), 'x ')]), onlyNamed: true };
    expect(run(taste).status).toBe('unchanged');
    const named = rewrite(TEXT, { transforms: [taste], named: new Set([taste.name]) });
    expect(named.status).toBe('changed');
  });

  test('nothing that a fix announces', () => {
    const good = oneFix((text) => (text.includes('app') ? [replacement(spanOf(text, 'USER app'), 'USER web')] : []), {
      removes: ['app'],
      configChanges: ['user'],
    });
    expect(run(good).text).toBe(TEXT.replace('app', 'web'));
  });
});

describe('law 1: the second reader', () => {
  const good = oneFix((text) => (text.includes('zero') ? [] : [insertion(text.indexOf('echo two'), 'echo zero && ')]));

  test('that disagrees on the input leaves the file alone', () => {
    const reader = { compare: () => ({ line: 3, detail: 'other' }), compareNew: () => undefined };
    const result = rewrite(TEXT, { transforms: [good], secondReader: reader });
    expect({ status: result.status, text: result.text, dispute: result.dispute }).toEqual({
      status: 'disputed',
      text: TEXT,
      dispute: 'line 3: other',
    });
  });

  test('that disagrees on the result is a fault of dfix', () => {
    const reader = { compare: () => undefined, compareNew: () => ({ line: 3, detail: 'other' }) };
    const result = rewrite(TEXT, { transforms: [good], secondReader: reader });
    expectRefused(result, /second reader disagrees/);
  });

  test('sees an instruction that the scanner does not see', () => {
    const before = Dockerfile.parse('FROM a\nRUN b\n');
    const blind = { ...before, text: before.text, instructions: before.instructions.slice(0, 1) };
    expect(secondReader.compare(blind as unknown as Dockerfile)?.detail).toMatch(/only the second reader sees RUN/);
  });
});

describe('laws 2 to 4', () => {
  test('a file that nothing changes keeps every byte', () => {
    const odd = '\ufeff# c\r\nFROM a\r\n\r\n\tRUN  x \\ \n   y\t\r\rUSER z';
    expect(rewrite(odd, { transforms: [] }).text).toBe(odd);
  });

  test('a second run of all transforms changes nothing', () => {
    const text = 'from debian\nmaintainer x\nrun apt update\nrun apt install b a\nadd . /x\nenv a b\ncmd foo bar\n';
    const all = {
      transforms,
      unsafe: true,
      named: new Set(transforms.map((transform) => transform.name)),
      secondReader,
    };
    const once = rewrite(text, all);
    expect(once.status).toBe('changed');
    expect(rewrite(once.text, all).text).toBe(once.text);
  });

  test('places are those of the file that was given', () => {
    const text = 'FROM debian\n\nmaintainer x\nRUN apt-get update\nRUN apt-get install b\nCMD foo bar\n';
    const { changes } = rewrite(text, { transforms });
    expect(changes.map((change) => `${change.line} ${change.transform}`)).toEqual([
      '3 normalize-keyword-case',
      '3 replace-maintainer',
      '4 merge-update-with-install',
      '4 clean-apt-lists',
      '5 add-assume-yes',
      '6 use-exec-form',
    ]);
  });
});

describe('what builds name with --target', () => {
  const STAGES = `FROM alpine:3.20 AS Tools
WORKDIR /tools
FROM alpine:3.20 AS app
USER app
`;

  function withTargets(transform: Transform, targets: readonly string[], unsafe = true): RewriteResult {
    return rewrite(STAGES, { transforms: [transform], unsafe, targets, secondReader });
  }

  const renames = (from: string, to: string): Transform =>
    oneFix((text) => (text.includes(from) ? [replacement(spanOf(text, from), to)] : []), { removes: [from] });
  const movesTools = oneFix((text) => (text.includes('/x') ? [] : [replacement(spanOf(text, '/tools'), '/x')]), {
    removes: ['/tools'],
  });
  const insertsStage = (at: (text: string) => number): Transform =>
    oneFix((text) => (text.includes('new') ? [] : [insertion(at(text), 'FROM alpine:3.20 AS new\nUSER app\n')]));

  test.each([
    ['a stage that is gone', renames('Tools', 'kit'), 'tools', '`--target tools` would find no stage'],
    ['the last stage that is gone', renames('app', 'web'), 'APP', '`--target APP` would find no stage'],
    [
      'a last stage that is one no more',
      insertsStage((text) => text.length),
      'app',
      '`--target app` would no longer mean the last stage',
    ],
    [
      'a name that comes to mean the last stage',
      renames('app', 'tools'),
      'tools',
      '`--target tools` would come to mean the last stage',
    ],
    ['a number that means another stage', insertsStage(() => 0), '0', '`--target 0` would mean another stage'],
    ['another configuration', movesTools, 'tools', 'the image of `--target tools` would have another workdir'],
  ])('%s', (_, transform, target, detail) => {
    const { declines, ...result } = withTargets(transform, ['nowhere', target]);
    expect(result).toMatchObject({ status: 'unchanged', changes: [], faults: [] });
    expect(declines.map(({ reason, detail: said }) => [reason, said])).toEqual([['build-target', detail]]);
    expect(withTargets(transform, ['nowhere', '7']).status).toBe('changed');
  });

  test('an announced change of the configuration stays a fix', () => {
    const announced = oneFix((text) => (text.includes('/x') ? [] : [replacement(spanOf(text, '/tools'), '/x')]), {
      removes: ['/tools'],
      configChanges: ['workdir'],
    });
    expect(withTargets(announced, ['tools']).text).toContain('WORKDIR /x');
  });

  test('a fix that nobody asked for is no offer either', () => {
    const unsafe = oneFix((text) => [replacement(spanOf(text, 'Tools'), 'kit')], { applicability: 'unsafe' });
    const { offers, declines } = withTargets(unsafe, ['tools'], false);
    expect([offers, declines.length]).toEqual([[], 1]);
    expect(withTargets(unsafe, [], false).offers).toHaveLength(1);
  });

  test('only the fix that harms one is declined', () => {
    const several = bad(({ dockerfile: { text } }) =>
      ['/tools', 'Tools', 'USER', 'alpine:3.20'].flatMap((word) => {
        if (!text.includes(word)) return [];
        const span = spanOf(text, word);
        const newText = word === 'USER' ? 'user' : word === '/tools' ? '/tools/' : `${word}x`;
        const fix: Fix = {
          edits: [replacement(span, newText)],
          applicability: 'safe',
          checked: [],
          removes: [word],
          configChanges: word === 'alpine:3.20' ? ['base'] : [],
        };
        return newText.startsWith(word) && text.includes(newText) ? [] : [fixed(span, word, fix)];
      }),
    );
    const { text, declines, faults } = withTargets(several, ['tools']);
    expect(text).toBe(STAGES.replace('3.20', '3.20x').replace('/tools', '/tools/').replace('USER', 'user'));
    expect(declines.map(({ message }) => message)).toEqual(['Tools']);
    expect(faults).toEqual([]);
  });

  test('a result that is refused stays a fault', () => {
    const broken = oneFix((text) => [replacement(spanOf(text, 'WORKDIR'), 'WORKDIRS')], { removes: ['WORKDIR'] });
    const meeting = oneFix((text) => [
      replacement(spanOf(text, 'WORKDIR /tools'), 'x'),
      replacement(spanOf(text, '/tools'), 'y'),
    ]);
    expectRefused(withTargets(broken, ['tools']), /new problem/, STAGES);
    expectRefused(withTargets(meeting, ['tools']), /overlap/, STAGES);
  });
});

describe('hostile sizes', () => {
  const everything = {
    transforms,
    unsafe: true,
    named: new Set(transforms.map((transform) => transform.name)),
    secondReader,
  };

  test.each([
    [
      'one list of ten thousand packages',
      `RUN apt-get update && apt-get install \\\n${Array.from({ length: 10_000 }, (_, index) => `    p${(index * 7919) % 10_000} \\\n`).join('')}    z\n`,
    ],
    ['three thousand RUNs', 'RUN apt-get install x\n'.repeat(3000)],
    ['three thousand ENVs', Array.from({ length: 3000 }, (_, index) => `ENV A${index} b c\n`).join('')],
    [
      'three hundred stages',
      Array.from({ length: 300 }, (_, index) => `FROM a as s${index}\nRUN apt-get update\n`).join(''),
    ],
    ['five thousand brackets', `RUN ${'('.repeat(5000)}a${')'.repeat(5000)}\n`],
    ['quotes without end', `ENV A ${'"'.repeat(60_001)}\n`],
    ['substitutions without end', `ENV A ${'${'.repeat(30_000)}\nRUN echo ${'$('.repeat(3000)}\n`],
  ])('%s', (_, body) => {
    const { faults } = rewrite(`FROM debian\n${body}`, everything);
    expect(faults).toEqual([]);
  });
});
